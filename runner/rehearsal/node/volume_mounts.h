// The volumeMounts of a container: what of a volume is mounted where.
#pragma once
#include <string>
#include <vector>

#include "rehearsal/node/environment.h"
#include "rehearsal/node/volumes.h"

namespace zdt::rehearsal {

/// source  a path of the server's own, which no container can change.   destination  the path in the container.
struct VolumeMount {
  std::string source, destination;
  bool read_only = false;
};

/// The mounts of the container, a mount below another one after it, with that of its service account. A subPath is
/// looked up beneath its volume, and what is found there is bound to a place below `folder`, as the kubelet does it:
/// later changes in the volume do not move it. Links in the volume are followed as long as they stay in it. A subPath
/// that is missing becomes a folder. remove_mounted(folder) undoes it.
/// https://github.com/kubernetes/kubernetes/blob/v1.33.0/pkg/volume/util/subpath/subpath_linux.go
/// Fails kInvalid (a volume that the pod does not have, a subPath that leads out), kEnvironment.
Result<std::vector<VolumeMount>> resolve_mounts(const json& container, const Environment& environment,
                                                const Volumes& volumes, const std::string& folder, Owner owner);

}  // namespace zdt::rehearsal
