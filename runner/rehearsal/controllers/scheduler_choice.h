// Which node a pod gets: the filters and scores of kube-scheduler's default plugins, as far as they concern
// us. https://kubernetes.io/docs/reference/scheduling/config/#scheduling-plugins
#pragma once
#include "rehearsal/controllers/scheduler_snapshot.h"

namespace zdt::rehearsal {

/// node  "" when none fits; then `why` is the sentence of FailedScheduling.
struct Choice {
  std::string node, why;
};

/// Filters by readiness, cordon, taints, node affinity, resources, spreading and pod affinity. Of the nodes
/// that are left it takes the best by PreferNoSchedule (weight 3), preferred node affinity, spreading and
/// preferred pod affinity (2 each), and free processors and memory (1); then the one with the fewest pods,
/// then the first by name.
Choice choose_node(const json& pod, const Snapshot& snapshot);

}  // namespace zdt::rehearsal
