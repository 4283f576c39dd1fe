#include "rehearsal/controllers/autoscaling_behavior.h"

#include <algorithm>
#include <cmath>

namespace zdt::rehearsal {
namespace {

constexpr int64_t kDownscaleWindow = 300;
constexpr auto kLongestMemory =
    std::chrono::hours(1);  // the longest window and policy period that the API allows

/// spec.behavior.scaleUp or scaleDown over the defaults (pkg/apis/autoscaling/v2/defaults.go).
json rules_of(const json& autoscaler, bool up) {
  json percent = {{"type", "Percent"}, {"value", 100}, {"periodSeconds", 15}};
  json rules = {{"selectPolicy", "Max"},
                {"stabilizationWindowSeconds", up ? 0 : kDownscaleWindow},
                {"policies", json::array({std::move(percent)})}};
  if (up) rules["policies"].push_back({{"type", "Pods"}, {"value", 4}, {"periodSeconds", 15}});
  for (const auto& [field, value] :
       object_at(autoscaler, {"spec", "behavior", up ? "scaleUp" : "scaleDown"}).items()) {
    if (!value.is_null()) rules[field] = value;
  }
  return rules;
}

double with_percent(int64_t start, int64_t percent) {
  return static_cast<double>(start) * (1 + static_cast<double>(percent) / 100);
}

}  // namespace

Allowance ScaleHistory::stabilize(const json& autoscaler, int64_t current, int64_t wished, WallTime now) {
  const bool up = wished >= current;
  const auto window = seconds_at(rules_of(autoscaler, up), {"stabilizationWindowSeconds"});
  int64_t recommended = wished;
  for (const Entry& each : wishes_) {
    if (each.time <= now - window) continue;
    recommended = up ? std::min(recommended, each.count) : std::max(recommended, each.count);
  }
  while (!wishes_.empty() && wishes_.front().time < now - kLongestMemory) wishes_.pop_front();
  note_wish(wished, now);
  if (recommended == wished) return {wished, "ReadyForNewScale", "recommended size matches current size"};
  if (up)
    return {recommended, "ScaleUpStabilized",
            "recent recommendations were lower than current one, applying the lowest recent recommendation"};
  return {recommended, "ScaleDownStabilized",
          "recent recommendations were higher than current one, applying the highest recent recommendation"};
}

void ScaleHistory::note_change(int64_t from, int64_t to, WallTime now) {
  for (auto* entries : {&added_, &removed_}) {
    while (!entries->empty() && entries->front().time < now - kLongestMemory) entries->pop_front();
  }
  (to > from ? added_ : removed_).push_back({now, std::abs(to - from)});
}

int64_t ScaleHistory::sum_within(const std::deque<Entry>& entries, int64_t seconds, WallTime now) {
  int64_t sum = 0;
  for (const Entry& each : entries) sum += each.time > now - std::chrono::seconds(seconds) ? each.count : 0;
  return sum;
}

int64_t ScaleHistory::upper_bound(const json& autoscaler, int64_t current, WallTime now) const {
  if (!at(autoscaler, {"spec", "behavior"}).is_object()) return std::max<int64_t>(2 * current, 4);
  const json rules = rules_of(autoscaler, true);
  const std::string select = string_at(rules, {"selectPolicy"});
  if (select == "Disabled") return current;
  std::optional<int64_t> bound;
  for (const json& policy : array_at(rules, {"policies"})) {
    const int64_t period = int32_at(policy, {"periodSeconds"}), value = int32_at(policy, {"value"});
    const int64_t start = current - sum_within(added_, period, now) + sum_within(removed_, period, now);
    const int64_t proposed = string_at(policy, {"type"}) == "Pods"
                                 ? start + value
                                 : int32_from(with_percent(start, value));
    if (!bound) bound = proposed;
    bound = select == "Min" ? std::min(*bound, proposed) : std::max(*bound, proposed);
  }
  return std::max(bound.value_or(current), current);
}

int64_t ScaleHistory::lower_bound(const json& autoscaler, int64_t current, WallTime now) const {
  const json rules = rules_of(autoscaler, false);
  const std::string select = string_at(rules, {"selectPolicy"});
  if (select == "Disabled") return current;
  std::optional<int64_t> bound;
  for (const json& policy : array_at(rules, {"policies"})) {
    const int64_t period = int32_at(policy, {"periodSeconds"}), value = int32_at(policy, {"value"});
    const int64_t start = current + sum_within(removed_, period, now) - sum_within(added_, period, now);
    const int64_t proposed = string_at(policy, {"type"}) == "Pods"
                                 ? start - value
                                 : int32_from(std::trunc(with_percent(start, -value)));
    if (!bound) bound = proposed;
    bound = select == "Min" ? std::max(*bound, proposed) : std::min(*bound, proposed);
  }
  return std::min(bound.value_or(current), current);
}

Allowance ScaleHistory::limit(const json& autoscaler, int64_t current, int64_t wished, ReplicaRange range,
                              WallTime now) const {
  if (wished > current) {
    const int64_t bound = upper_bound(autoscaler, current, now);
    if (range.most > bound && wished > bound)
      return {bound, "ScaleUpLimit",
              "the desired replica count is increasing faster than the maximum scale rate"};
    if (wished > range.most)
      return {range.most, "TooManyReplicas",
              "the desired replica count is more than the maximum replica count"};
  } else {
    const int64_t bound = wished == current ? range.least : lower_bound(autoscaler, current, now);
    if (range.least < bound && wished < bound)
      return {bound, "ScaleDownLimit",
              "the desired replica count is decreasing faster than the maximum scale rate"};
    if (wished < range.least)
      return {range.least, "TooFewReplicas",
              "the desired replica count is less than the minimum replica count"};
  }
  return {wished, "DesiredWithinRange", "the desired count is within the acceptable range"};
}

}  // namespace zdt::rehearsal
