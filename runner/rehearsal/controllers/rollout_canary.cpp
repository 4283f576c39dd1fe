#include "rehearsal/controllers/rollout_canary.h"

#include <algorithm>
#include <cmath>

namespace zdt::rehearsal {
namespace {

constexpr int64_t kFullWeight = 100;

/// One way to split `total` pods.
struct Split {
  int64_t canary = 0, total = 0;
  double distance_from(int64_t weight) const {
    return std::abs(static_cast<double>(canary * kFullWeight) / static_cast<double>(total) -
                    static_cast<double>(weight));
  }
};

/// Rounding up and down miss the weight equally; then only the larger canary is considered.
bool is_tied(int64_t total, int64_t weight) { return (total * weight) % kFullWeight == kFullWeight / 2; }

std::vector<Split> possible_splits(int64_t wanted, int64_t weight, int64_t surge) {
  const int64_t up = (wanted * weight + kFullWeight - 1) / kFullWeight, down = wanted * weight / kFullWeight;
  const bool may_be_none = weight == kFullWeight || weight == 0 || (wanted == 1 && surge == 0);
  std::vector<Split> splits;
  if (up < wanted || may_be_none) splits.push_back({up, wanted});
  if (!is_tied(wanted, weight) && (down != 0 || may_be_none)) splits.push_back({down, wanted});
  if (surge == 0) return splits;
  splits.push_back({up, wanted + 1});
  if (!is_tied(wanted + 1, weight) && (down != 0 || may_be_none)) splits.push_back({down, wanted + 1});
  return splits;
}

/// Grows `size` towards `goal` as far as there is `room`, and takes that from the room.
void grow(int64_t& size, int64_t goal, int64_t& room) {
  if (size >= goal || room <= 0) return;
  const int64_t given = std::min(room, goal - size);
  size += given;
  room -= given;
}

/// What may be counted on when pods are taken away. On the side that is drained the wanted pods count, broken
/// ones included: else a side that never comes up could not be scaled down.
int64_t countable(const CanarySize& size, bool is_drained) {
  return is_drained ? size.replicas : std::min(size.replicas, size.available);
}

/// Keeps both within wanted + surge, without taking away availability that is needed
/// (adjustReplicaWithinLimits).
void fit(const CanarySize& drained, int64_t& drained_size, const CanarySize& kept, int64_t& kept_size,
         int64_t most, int64_t least_available) {
  kept_size -= std::max<int64_t>(0, kept_size + drained_size - most);
  const int64_t available = std::min(drained.available, drained_size) + std::min(kept.available, kept_size);
  const int64_t lost = std::max<int64_t>(0, kept.available - kept_size);
  kept_size += std::min(lost, std::max<int64_t>(0, least_available - available));
  drained_size -= std::max<int64_t>(0, kept_size + drained_size - most);
}

/// No steps are followed: everything belongs to the updated ReplicaSet.
int64_t promoted_size(const CanaryCase& now) {
  int64_t size = now.updated.replicas, room = now.wanted + now.limits.surge - now.others - size;
  grow(size, now.wanted, room);
  return now.others == 0 ? std::min(size, now.wanted) : size;
}

}  // namespace

CanaryCounts weighted_counts(int64_t wanted, int64_t weight, int64_t surge) {
  if (wanted == 0) return {};
  const auto splits = possible_splits(wanted, weight, surge);
  if (splits.empty()) return {0, wanted};
  const Split best = *std::min_element(
      splits.begin(), splits.end(),
      [weight](const Split& a, const Split& b) { return a.distance_from(weight) < b.distance_from(weight); });
  return {best.canary, best.total - best.canary};
}

CanaryCounts canary_counts(const CanaryCase& now) {
  if (!now.stable) return {promoted_size(now), 0};
  const CanaryCounts goal = weighted_counts(now.wanted, now.weight, now.limits.surge);
  const int64_t most = now.wanted + now.limits.surge, least = now.wanted - now.limits.unavailable;
  CanaryCounts counts{now.updated.replicas, now.stable->replicas};
  int64_t room = most - now.others - counts.updated - counts.stable;
  grow(counts.stable, goal.stable, room);
  grow(counts.updated, goal.updated, room);
  if (now.others > 0) return counts;
  const bool growing = goal.updated >= now.updated.replicas;
  const int64_t surplus = countable(now.updated, !growing) + countable(*now.stable, growing) - least;
  if (surplus <= 0) return counts;
  const CanarySize& drained = growing ? *now.stable : now.updated;
  const int64_t drained_goal = growing ? goal.stable : goal.updated;
  int64_t& drained_size = growing ? counts.stable : counts.updated;
  if (drained.replicas > drained_goal) drained_size = std::max(drained_goal, drained.replicas - surplus);
  fit(drained, drained_size, growing ? now.updated : *now.stable, growing ? counts.updated : counts.stable,
      most, least);
  return counts;
}

Fenceposts canary_fenceposts(const json& rollout) {
  const json& canary = object_at(rollout, {"spec", "strategy", "canary"});
  json rolling = json::object();
  for (const char* field : {"maxSurge", "maxUnavailable"}) {
    if (const json& value = at(canary, {field}); !value.is_null()) rolling[field] = value;
  }
  return fenceposts(
      {{"spec",
        {{"replicas", wanted_replicas_of(rollout)}, {"strategy", {{"rollingUpdate", std::move(rolling)}}}}}});
}

}  // namespace zdt::rehearsal
