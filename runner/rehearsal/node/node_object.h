// The Node object that this node registers itself as.
#pragma once
#include "base/units.h"
#include "rehearsal/node/node.h"

namespace zdt::rehearsal {

/// Ready, with this machine's processors and memory as its capacity, as each of Kind's nodes has them. Labels and taints
/// are those that Kind puts on: tiers and the like come later, from whoever deploys.
json node_object(const NodeIdentity& node, WallTime now);

/// Creates it, or renews it when it is there already. Fails as the store does.
Result<void> register_node(Store& store, const NodeIdentity& node);

}  // namespace zdt::rehearsal
