// How large each ReplicaSet of a Rollout is to be.
#include <fmt/format.h>

#include <algorithm>

#include "rehearsal/controllers/replica_set_template.h"
#include "rehearsal/controllers/revisions.h"
#include "rehearsal/controllers/rollout_sets.h"

namespace zdt::rehearsal {
namespace {

Result<bool> scale_set(const RolloutLook& look, const ObjectPtr& set, int64_t size) {
  const int64_t before = wanted_replicas_of(*set);
  const auto [ns, name] = key_of(*set);
  const auto written = look.store.modify(kReplicaSets, ns, name, [&](json& changed) {
    changed["spec"]["replicas"] = size;
    changed["metadata"]["annotations"][kDesiredReplicas] = std::to_string(look.wanted());
  });
  if (!written) return written.error();
  if (before == size) return false;
  look.event("ScalingReplicaSet",
             fmt::format("Scaled {} ReplicaSet {} (revision {}) from {} to {}", before < size ? "up" : "down",
                         name, number_in(*set, kRolloutRevision), before, size));
  return true;
}

CanarySize canary_size(const json& set) { return {wanted_replicas_of(set), available_of(set)}; }

int64_t spec_sum(const std::vector<ObjectPtr>& sets) {
  int64_t sum = 0;
  for (const ObjectPtr& set : sets) sum += wanted_replicas_of(*set);
  return sum;
}

/// Pods of others serve requests too, so they go as soon as enough are available: broken ones first, then the
/// newest revision (scaleDownOldReplicaSetsForCanary).
Result<bool> shrink_others(const RolloutLook& look) {
  auto others = look.sets.others();
  if (spec_sum(others) == 0) return false;
  int64_t available = 0;
  for (const ObjectPtr& set : look.sets.all) available += size_of(*set).available;
  int64_t surplus = available - (look.wanted() - canary_fenceposts(*look.rollout).unavailable);
  std::sort(others.begin(), others.end(), [](const ObjectPtr& a, const ObjectPtr& b) {
    return number_in(*a, kRolloutRevision) > number_in(*b, kRolloutRevision);
  });
  bool changed = false;
  for (const ObjectPtr& set : others) {
    const int64_t healthy = size_of(*set).available, taken = std::clamp<int64_t>(surplus, 0, healthy);
    if (healthy - taken == wanted_replicas_of(*set)) continue;
    const auto scaled = scale_set(look, set, healthy - taken);
    if (!scaled) return scaled.error();
    surplus -= taken;
    changed = changed || *scaled;
  }
  return changed;
}

}  // namespace

CanaryCounts rollout_counts(const RolloutLook& look) {
  CanaryCase now{look.wanted(),
                 canary_weight(*look.rollout),
                 canary_fenceposts(*look.rollout),
                 canary_size(*look.sets.updated),
                 std::nullopt,
                 spec_sum(look.sets.others())};
  if (look.sets.has_two()) now.stable = canary_size(*look.sets.stable);
  return canary_counts(now);
}

Result<bool> scale_rollout_sets(const RolloutLook& look) {
  if (bool_at(*look.rollout, {"spec", "paused"})) return false;
  const CanaryCounts counts = rollout_counts(look);
  if (look.sets.has_two()) {
    const auto scaled = scale_set(look, look.sets.stable, counts.stable);
    if (!scaled || *scaled) return scaled;
  }
  const auto scaled = scale_set(look, look.sets.updated, counts.updated);
  if (!scaled || *scaled) return scaled;
  return shrink_others(look);
}

}  // namespace zdt::rehearsal
