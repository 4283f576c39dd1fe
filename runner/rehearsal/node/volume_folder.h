// The folder of a volume whose files come from objects: they change all at once, as the kubelet's do.
// https://github.com/kubernetes/kubernetes/blob/v1.33.0/pkg/volume/util/atomic_writer.go
#pragma once
#include <map>
#include <string>

#include "base/error.h"

namespace zdt::rehearsal {

struct VolumeFile {
  std::string content;
  unsigned mode = 0644;
  bool operator==(const VolumeFile&) const = default;
};
/// path below the volume -> the file.
using VolumeFiles = std::map<std::string, VolumeFile>;

/// Makes every missing folder of `folder`, with mode 0755, since the container's user must get through, and
/// the last one with `mode`. False: cannot.
bool make_open_folder(const std::string& folder, unsigned mode = 0755);

/// Makes `folder` hold exactly `files`. Each is a link through `..data` into a hidden folder; a change is one
/// rename of
/// `..data`, so that readers see all of the old or all of the new, and whoever watches the folder sees a
/// move. group >= 0 owns the files and may read them. True when something changed. Fails kInvalid (a path
/// that leads out), kEnvironment.
Result<bool> write_volume_folder(const std::string& folder, const VolumeFiles& files, int64_t group);

}  // namespace zdt::rehearsal
