// Which files of a folder an audit reads, as `kubectl -R` and `kubectl -k` would.
#pragma once
#include <set>
#include <string>
#include <vector>

#include "host/host.h"

namespace zdt::cli {

/// Dockerfile…, Containerfile…, ….Dockerfile.
bool is_dockerfile(const host::fs::path& path);

/// The kustomization of a folder; "" without one.
host::fs::path kustomization_in(const host::fs::path& folder);

/// manifests    .yaml, .yml and .json files, at any depth, that no kustomization takes.
/// kustomized   folders with a kustomization that no other one takes, to be built.
/// dockerfiles  at any depth.   Each in the order of their paths. Links to folders are not followed, .git is left out.
struct FolderFiles {
  std::vector<host::fs::path> manifests, kustomized, dockerfiles;
};
FolderFiles files_in(const host::fs::path& folder);

/// The first entry of a kustomization that leads out of the machine (https://…, github.com/…, git@…), at any depth of its
/// local bases; "" without one.
std::string remote_base(const host::fs::path& kustomized);

}  // namespace zdt::cli
