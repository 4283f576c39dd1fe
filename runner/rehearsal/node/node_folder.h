// Where the node's folder is seen by the runtime.
#pragma once
#include <string>

#include "base/error.h"

namespace zdt::rehearsal {

/// Mounts `folder` (made when it is missing) at a place in our own mount namespace, and returns that place. There the root
/// of a pod with a user namespace, an ordinary user of this machine, may pass; on the machine the folder lies below others
/// that only root may enter. No device and no set-user-id program works in it, so neither in containers' root file systems
/// nor in volumes. Fails kEnvironment: /sys/fs/cgroup is not the empty tmpfs of `cluster serve`.
Result<std::string> mount_node_folder(const std::string& folder);

}  // namespace zdt::rehearsal
