// topologySpreadConstraints.
// https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/
#pragma once
#include "rehearsal/controllers/scheduler_snapshot.h"

namespace zdt::rehearsal {

/// Why a constraint with DoNotSchedule keeps the pod from `node`; "" when none does.
std::string spread_obstacle(const json& pod, const NodeView& node, const Snapshot& snapshot);

/// How many pods of its kind the pod would meet in the domains of `node`, over all constraints with
/// ScheduleAnyway. A pod without constraints counts the pods of its controller on the node: the default,
/// spreading over hosts.
double spread_load(const json& pod, const NodeView& node, const Snapshot& snapshot);

}  // namespace zdt::rehearsal
