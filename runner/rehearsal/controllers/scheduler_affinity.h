// Where a pod wants to be: nodes by their labels, and near to or far from other pods.
// https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/
#pragma once
#include "rehearsal/controllers/scheduler_snapshot.h"

namespace zdt::rehearsal {

/// nodeSelector and requiredDuringSchedulingIgnoredDuringExecution.
bool matches_node_affinity(const json& pod, const json& node);
/// The sum of the weights of the preferred terms that `node` matches.
int64_t preferred_node_weight(const json& pod, const json& node);

/// Why required pod affinity or anti-affinity, the pod's own or that of pods which are there, keeps it from
/// `node`;
/// "" when nothing does.
std::string pod_affinity_obstacle(const json& pod, const NodeView& node, const Snapshot& snapshot);
/// The weights of preferred pod affinity less those of anti-affinity, the pod's own and those of pods which
/// are there.
int64_t preferred_pod_weight(const json& pod, const NodeView& node, const Snapshot& snapshot);

}  // namespace zdt::rehearsal
