// What --on means to a command.
#pragma once
#include "cluster/target.h"

namespace zdt::cli {

/// The target that --on names; of auto, it is said on stderr which and why.
std::string chosen_target(host::Host& host, const std::string& on);

/// How to reach the API of a target that exists. Fails as make_target() and Target::connection() do.
Result<kube::Connection> connection_to(host::Host& host, const std::string& on, const std::string& kubeconfig);

}  // namespace zdt::cli
