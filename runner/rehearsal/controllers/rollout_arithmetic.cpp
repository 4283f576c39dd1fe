#include "rehearsal/controllers/rollout_arithmetic.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>

#include "rehearsal/store/values.h"

namespace zdt::rehearsal {
namespace {

enum class Rounding { kUp, kDown };

/// An IntOrString: a number, or a percentage of `whole`. Text that is neither counts as 0; the API refuses
/// it.
int64_t resolve(const json& value, int64_t whole, Rounding rounding) {
  if (value.is_number()) return std::max<int64_t>(int32_of(value), 0);
  const std::string text = value.is_string() ? value.get<std::string>() : "25%";
  int64_t percent = 0;
  std::from_chars(text.data(), text.data() + text.size(), percent);
  const int64_t hundredths = std::clamp<int64_t>(percent, 0, INT32_MAX) * std::max<int64_t>(whole, 0);
  return (hundredths + (rounding == Rounding::kUp ? 99 : 0)) / 100;
}

int64_t sum_of(const std::vector<ReplicaSetSize>& sizes, int64_t ReplicaSetSize::*field) {
  return std::accumulate(sizes.begin(), sizes.end(), int64_t{0},
                         [field](int64_t sum, const ReplicaSetSize& each) { return sum + each.*field; });
}

/// Takes `count` from the sizes, at most `at_most(i)` from each; returns nothing: the caller knows the count.
template <class AtMost>
void take(std::vector<int64_t>& sizes, int64_t count, AtMost at_most) {
  for (size_t i = 0; i < sizes.size() && count > 0; ++i) {
    const int64_t taken = std::clamp<int64_t>(at_most(i), 0, count);
    sizes[i] -= taken;
    count -= taken;
  }
}

}  // namespace

int64_t wanted_replicas_of(const json& object) { return int32_at(object, {"spec", "replicas"}, 1); }

Fenceposts fenceposts(const json& deployment) {
  if (string_at(deployment, {"spec", "strategy", "type"}) == "Recreate") return {};
  const int64_t wanted = wanted_replicas_of(deployment);
  const json& rolling = object_at(deployment, {"spec", "strategy", "rollingUpdate"});
  Fenceposts result{resolve(at(rolling, {"maxSurge"}), wanted, Rounding::kUp),
                    resolve(at(rolling, {"maxUnavailable"}), wanted, Rounding::kDown)};
  if (result.surge == 0 && result.unavailable == 0) result.unavailable = 1;
  result.unavailable = std::min(result.unavailable, wanted);
  return result;
}

int64_t updated_size(int64_t wanted, int64_t surge, int64_t total, int64_t updated) {
  if (updated >= wanted) return wanted;
  const int64_t room = std::max<int64_t>(wanted + surge - total, 0);
  return updated + std::min(room, wanted - updated);
}

std::vector<int64_t> shrunk_old_sizes(int64_t wanted, int64_t unavailable, const ReplicaSetSize& updated,
                                      const std::vector<ReplicaSetSize>& old) {
  std::vector<int64_t> sizes;
  for (const ReplicaSetSize& each : old) sizes.push_back(each.replicas);
  const int64_t minimum = wanted - unavailable;
  const int64_t total = sum_of(old, &ReplicaSetSize::replicas) + updated.replicas;
  const int64_t most = total - minimum - (updated.replicas - updated.available);
  if (most <= 0) return sizes;
  take(sizes, most, [&](size_t i) { return old[i].replicas - old[i].available; });
  const int64_t available = sum_of(old, &ReplicaSetSize::available) + updated.available;
  take(sizes, available - minimum, [&](size_t i) { return sizes[i]; });
  return sizes;
}

std::vector<int64_t> proportional_sizes(int64_t limit, const std::vector<ReplicaSetSize>& sizes) {
  const int64_t difference = limit - sum_of(sizes, &ReplicaSetSize::replicas);
  std::vector<int64_t> result;
  int64_t left = difference;
  for (const ReplicaSetSize& each : sizes) {
    const int64_t before = std::max<int64_t>(each.recorded_limit, 1);
    const int64_t share =
        std::llround(static_cast<double>(each.replicas) * static_cast<double>(limit) / static_cast<double>(before)) -
        each.replicas;
    const int64_t given =
        difference > 0 ? std::clamp<int64_t>(share, 0, left) : std::clamp<int64_t>(share, left, 0);
    result.push_back(each.replicas + given);
    left -= given;
  }
  if (!result.empty()) result.front() = std::max<int64_t>(result.front() + left, 0);
  return result;
}

}  // namespace zdt::rehearsal
