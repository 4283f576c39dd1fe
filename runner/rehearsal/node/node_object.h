// The Node object that this node registers itself as.
#pragma once
#include "base/units.h"
#include "rehearsal/node/node.h"

namespace zdt::rehearsal {

/// Ready, with this machine's processors and memory as its capacity.   address  the gateway of the pods.
json node_object(const NodeOptions& options, const std::string& address, WallTime now);

/// Creates it, or renews it when it is there already. Fails as the store does.
Result<void> register_node(Store& store, const NodeOptions& options, const std::string& address);

}  // namespace zdt::rehearsal
