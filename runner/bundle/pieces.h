// What lies in a folder that `bundle create --from` names.
#pragma once
#include "bundle/bundle.h"

namespace zdt::bundle {

/// The pieces of one file: image archives (*.tar, *.tar.gz, as `docker save` and OCI tools write them, one
/// piece for each image name inside), charts (*.tgz), manifests (*.yaml, *.yml). Nothing for any other file.
/// Fails kInvalid (an archive without an image name, a chart without Chart.yaml), kEnvironment.
Result<std::vector<Piece>> pieces_in_file(const fs::path& file);

/// Those of every file of the folder itself, by name. Fails kUsage when it is no folder.
Result<std::vector<Piece>> pieces_in_folder(const fs::path& folder);

}  // namespace zdt::bundle
