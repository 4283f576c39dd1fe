#include "kube/motion.h"

#include "base/text.h"
#include "base/units.h"
#include "kube/rollout.h"

namespace zdt::kube {
namespace {

/// The pause of the canary's current step, when it ends by itself.
std::optional<milliseconds> timed_pause(const json& rollout) {
  const json& steps = array_at(rollout, {"spec", "strategy", "canary", "steps"});
  const auto step = static_cast<size_t>(int_at(rollout, {"status", "currentStepIndex"}));
  if (step >= steps.size()) return std::nullopt;
  const json& duration = at(steps[step], {"pause", "duration"});
  if (duration.is_number_integer()) return milliseconds(duration.get<int64_t>() * 1000);
  auto parsed = duration.is_string() ? parse_duration(duration.get<std::string>()) : Result<milliseconds>(milliseconds(0));
  if (!parsed || parsed->count() == 0) return std::nullopt;
  return *parsed;
}

/// What `kubectl rollout status` waits for (k8s.io/kubectl/pkg/polymorphichelpers/rollout_status.go).
std::string daemon_set_moves(const json& daemon_set) {
  const json& status = at(daemon_set, {"status"});
  const int64_t want = int_at(status, {"desiredNumberScheduled"});
  if (int_at(status, {"observedGeneration"}) < int_at(daemon_set, {"metadata", "generation"})) {
    return "the new specification has not been observed yet";
  }
  const int64_t updated = int_at(status, {"updatedNumberScheduled"}), available = int_at(status, {"numberAvailable"});
  if (updated < want) return fmt::format("{} of {} pods updated", updated, want);
  if (available < want) return fmt::format("{} of {} pods available", available, want);
  return "";
}

std::string name_of(const json& object) {
  return fmt::format("{}/{}", string_at(object, {"metadata", "namespace"}), string_at(object, {"metadata", "name"}));
}

milliseconds longer_than_usual(const json& workload) {
  return string_at(workload, {"kind"}) == "Rollout" ? timed_pause(workload).value_or(milliseconds(0)) : milliseconds(0);
}

}  // namespace

std::string moves(const json& workload) {
  if (string_at(workload, {"kind"}) == "DaemonSet") return daemon_set_moves(workload);
  const std::string missing = rollout_unmet(&workload);
  if (missing.empty() || !rollout_failure(&workload).empty()) return "";
  const bool paused = string_at(rollout_status(workload), {"phase"}) == "Paused";
  return paused && !timed_pause(workload) ? "" : missing;
}

bool Motion::is_stuck(const json& object, milliseconds beyond) {
  const auto now = std::chrono::steady_clock::now();
  std::string state = at(object, {"metadata", "generation"}).dump() + at(object, {"status"}).dump();
  Seen& seen = seen_[string_at(object, {"metadata", "uid"})];
  if (seen.state != state) seen = {std::move(state), now};
  return now - seen.since >= patience_ + beyond;
}

Task<void> Motion::look_at(std::string kind, std::vector<std::string>& moving) {
  Query query{.kind = std::move(kind), .ns = ns_, .labels = labels_};
  auto list = co_await client_.list(std::move(query));
  if (!list) co_return;
  for (const json& object : array_at(*list, {"items"})) {
    const std::string missing = moves(object);
    if (missing.empty() || is_stuck(object, longer_than_usual(object))) continue;
    moving.push_back(fmt::format("{} {}: {}", string_at(object, {"kind"}), name_of(object), missing));
  }
}

Task<void> Motion::look_at_pods(std::vector<std::string>& moving) {
  Query query{.kind = "pods", .ns = ns_, .labels = labels_};
  auto list = co_await client_.list(std::move(query));
  if (!list) co_return;
  int leaving = 0;
  for (const json& pod : array_at(*list, {"items"})) {
    const milliseconds grace(1000 * int_at(pod, {"metadata", "deletionGracePeriodSeconds"}));
    if (!at(pod, {"metadata", "deletionTimestamp"}).is_null() && !is_stuck(pod, grace)) ++leaving;
  }
  if (leaving > 0) moving.push_back(leaving == 1 ? "1 pod is being deleted" : fmt::format("{} pods are being deleted", leaving));
}

Task<std::string> Motion::look() {
  std::vector<std::string> moving;
  for (const char* kind : {kDeployments, "statefulsets.apps", "daemonsets.apps", kRollouts}) co_await look_at(kind, moving);
  co_await look_at_pods(moving);
  co_return join(moving, "; ");
}

}  // namespace zdt::kube
