#include "rehearsal/controllers/pods.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <map>
#include <tuple>

#include "rehearsal/controllers/objects.h"

namespace zdt::rehearsal {
namespace {

int phase_rank(const json& pod) {
  const std::string phase = string_at(pod, {"status", "phase"}, "Pending");
  return phase == "Pending" ? 0 : phase == "Unknown" ? 1 : 2;
}

int64_t deletion_cost(const json& pod) {
  const std::string text =
      string_at(pod, {"metadata", "annotations", "controller.kubernetes.io/pod-deletion-cost"});
  int64_t cost = 0;
  std::from_chars(text.data(), text.data() + text.size(), cost);
  return cost;
}

/// The whole power of two of an age in nanoseconds; unknown or future times are the youngest.
int age_bucket(const std::optional<WallTime>& time, WallTime now) {
  if (!time || *time >= now) return -1;
  const auto age = std::chrono::duration_cast<std::chrono::nanoseconds>(now - *time);
  return static_cast<int>(std::log2(static_cast<double>(age.count())));
}

std::optional<WallTime> time_at(const json& object, Path path) {
  const auto time = parse_time(string_at(object, path));
  return time ? std::optional(*time) : std::nullopt;
}

int64_t most_restarts(const json& pod, std::string_view list) {
  int64_t most = 0;
  for (const json& status : array_at(pod, {"status", list}))
    most = std::max(most, int32_at(status, {"restartCount"}));
  return most;
}

/// Smaller goes first.
auto deletion_rank(const json& pod, int64_t neighbours, WallTime now) {
  const bool ready = is_ready(pod);
  return std::make_tuple(
      !string_at(pod, {"spec", "nodeName"}).empty(), phase_rank(pod), ready, deletion_cost(pod), -neighbours,
      ready ? age_bucket(ready_changed_at(pod), now) : 0, -most_restarts(pod, "containerStatuses"),
      -most_restarts(pod, "initContainerStatuses"),
      age_bucket(time_at(pod, {"metadata", "creationTimestamp"}), now), string_at(pod, {"metadata", "uid"}));
}

}  // namespace

bool has_ended(const json& pod) {
  const std::string phase = string_at(pod, {"status", "phase"});
  return phase == "Succeeded" || phase == "Failed";
}

bool is_active(const json& pod) { return !has_ended(pod) && !is_deleting(pod); }

bool is_ready(const json& pod) { return condition_is_true(pod, "Ready"); }

std::optional<WallTime> ready_changed_at(const json& pod) {
  return time_at(condition_of(pod, "Ready"), {"lastTransitionTime"});
}

std::optional<milliseconds> until_available(const json& pod, int64_t min_ready_seconds, WallTime now) {
  if (!is_ready(pod)) return std::nullopt;
  const auto since = ready_changed_at(pod);
  if (min_ready_seconds == 0 || !since) return milliseconds(0);
  const auto left = std::chrono::ceil<milliseconds>(*since + std::chrono::seconds(min_ready_seconds) - now);
  return std::max(left, milliseconds(0));
}

void sort_for_deletion(std::vector<ObjectPtr>& pods, const std::vector<ObjectPtr>& related, WallTime now) {
  std::map<std::string, int64_t> by_node;
  for (const ObjectPtr& pod : related) by_node[string_at(*pod, {"spec", "nodeName"})] += is_active(*pod) ? 1 : 0;
  using Ranked = std::pair<decltype(deletion_rank(json(), 0, now)), ObjectPtr>;
  std::vector<Ranked> ranked;
  for (ObjectPtr& pod : pods) {
    auto rank = deletion_rank(*pod, by_node[string_at(*pod, {"spec", "nodeName"})], now);
    ranked.emplace_back(std::move(rank), std::move(pod));
  }
  std::sort(ranked.begin(), ranked.end(), [](const Ranked& a, const Ranked& b) { return a.first < b.first; });
  for (size_t i = 0; i < pods.size(); ++i) pods[i] = std::move(ranked[i].second);
}

Result<void> mark_disruption(Store& store, const json& pod, const std::string& reason, const std::string& message,
                             WallTime now) {
  json condition = {{"type", "DisruptionTarget"}, {"status", "True"},
                    {"reason", reason},           {"message", message},
                    {"lastProbeTime", nullptr},   {"lastTransitionTime", format_time(now)}};
  const auto [ns, name] = key_of(pod);
  const auto marked = store.modify("pods", ns, name, [&](json& changed) {
    json others = json::array();
    for (const json& each : array_at(changed, {"status", "conditions"})) {
      if (string_at(each, {"type"}) != "DisruptionTarget") others.push_back(each);
    }
    others.push_back(std::move(condition));
    changed["status"]["conditions"] = std::move(others);
  });
  if (!marked) return marked.error();
  return {};
}

}  // namespace zdt::rehearsal
