// The numbers of a canary without a traffic router: values in, values out. Its weight is the share of the
// pods. The rules are those of argo-rollouts/utils/replicaset/canary.go.
#pragma once
#include <optional>

#include "rehearsal/controllers/rollout_arithmetic.h"

namespace zdt::rehearsal {

/// replicas  of a ReplicaSet's spec.   available  of its status, which may lag behind a scale-down.
struct CanarySize {
  int64_t replicas = 0;
  int64_t available = 0;
};

/// wanted   spec.replicas of the Rollout.   weight  the updated ReplicaSet's share, 0 to 100.
/// stable   nothing when there is none beside the updated one.   others  the sum of spec.replicas of all
/// other ReplicaSets.
struct CanaryCase {
  int64_t wanted = 1;
  int64_t weight = 100;
  Fenceposts limits;
  CanarySize updated;
  std::optional<CanarySize> stable;
  int64_t others = 0;
};

struct CanaryCounts {
  int64_t updated = 0;
  int64_t stable = 0;
  bool operator==(const CanaryCounts&) const = default;
};

/// The counts whose share comes nearest to `weight`: their sum is `wanted`, or one more when a surge is
/// allowed. A weight of 1 to 99 leaves no side without a pod where two can run
/// (approximateWeightedCanaryStableReplicaCounts).
CanaryCounts weighted_counts(int64_t wanted, int64_t weight, int64_t surge);

/// The sizes to take now on the way to weighted_counts(): never more than wanted + surge in all, and never
/// fewer available than wanted - unavailable. Others go first (CalculateReplicaCountsForBasicCanary).
CanaryCounts canary_counts(const CanaryCase& now);

/// maxSurge and maxUnavailable of spec.strategy.canary; 25 % each by default.
Fenceposts canary_fenceposts(const json& rollout);

}  // namespace zdt::rehearsal
