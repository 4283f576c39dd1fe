// The numbers of a rolling update: values in, values out. The rules are those of
// kubernetes/pkg/controller/deployment/rolling.go and util/deployment_util.go.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "base/json.h"

namespace zdt::rehearsal {

/// surge        pods above the wanted number: maxSurge, percentages rounded up.
/// unavailable  pods below it: maxUnavailable, rounded down; 1 when both come out as 0; never above the
/// wanted number. Missing values are 25%. With strategy Recreate both are 0.
struct Fenceposts {
  int64_t surge = 0;
  int64_t unavailable = 0;
  bool operator==(const Fenceposts&) const = default;
};
Fenceposts fenceposts(const json& deployment);

/// spec.replicas, 1 when missing.
int64_t wanted_replicas_of(const json& object);

/// One ReplicaSet. replicas: of its spec.  available: of its status, at most `replicas` (a status that has
/// not caught up with a scale-down counts pods that are on their way out). recorded_limit: the deployment's
/// largest total (wanted + surge) when it was last scaled.
struct ReplicaSetSize {
  int64_t replicas = 0;
  int64_t available = 0;
  int64_t recorded_limit = 0;
};

/// What the updated ReplicaSet may grow to (NewRSNewReplicas): the room that the total leaves, up to the
/// wanted number.
int64_t updated_size(int64_t wanted, int64_t surge, int64_t total, int64_t updated);

/// The new sizes of the old ReplicaSets, `old` being in order from the oldest: first the unhealthy replicas
/// go, then those that are more than the wanted number less `unavailable` (reconcileOldReplicaSets).
std::vector<int64_t> shrunk_old_sizes(int64_t wanted, int64_t unavailable, const ReplicaSetSize& updated,
                                      const std::vector<ReplicaSetSize>& old);

/// A deployment was scaled in the middle of a rollout: shares the difference to `limit` (wanted + surge, or
/// 0) out in proportion to the sizes; what rounding leaves goes to the first (GetReplicaSetProportion).
/// `sizes` are in order of preference.
std::vector<int64_t> proportional_sizes(int64_t limit, const std::vector<ReplicaSetSize>& sizes);

}  // namespace zdt::rehearsal
