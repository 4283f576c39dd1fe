#include "rehearsal/api/pod_summary.h"

#include <fmt/format.h>

#include <set>

#include "rehearsal/api/human_time.h"

namespace zdt::rehearsal::api {
namespace {

/// Restarts and the end of the last one that was restarted.
struct Restarts {
  int64_t count = 0;
  std::string last;  // RFC 3339 in UTC, so that the order of the texts is the order in time

  void add(const json& container) {
    count += int_at(container, {"restartCount"});
    last = std::max(last, string_at(container, {"lastState", "terminated", "finishedAt"}));
  }
  std::string text(WallTime now) const {
    if (count == 0 || last.empty()) return std::to_string(count);
    return fmt::format("{} ({} ago)", count, age_since(last, now));
  }
};

bool condition_is_true(const json& pod, std::string_view type) {
  for (const json& condition : array_at(pod, {"status", "conditions"})) {
    if (string_at(condition, {"type"}) == type) return string_at(condition, {"status"}) == "True";
  }
  return false;
}

std::set<std::string> sidecar_names(const json& pod) {
  std::set<std::string> names;
  for (const json& container : array_at(pod, {"spec", "initContainers"})) {
    if (string_at(container, {"restartPolicy"}) == "Always") names.insert(string_at(container, {"name"}));
  }
  return names;
}

/// Why a container ended: its reason, else its signal or exit code.
std::string end_of(const json& terminated) {
  const std::string reason = string_at(terminated, {"reason"});
  if (!reason.empty()) return reason;
  if (int_at(terminated, {"signal"}) != 0) return fmt::format("Signal:{}", int_at(terminated, {"signal"}));
  return fmt::format("ExitCode:{}", int_at(terminated, {"exitCode"}));
}

class Summary {
 public:
  explicit Summary(const json& pod) : pod_(pod), sidecars_(sidecar_names(pod)) {
    result_.total = static_cast<int64_t>(array_at(pod, {"spec", "containers"}).size() + sidecars_.size());
    const std::string phase = string_at(pod, {"status", "phase"});
    result_.status = string_at(pod, {"status", "reason"}, phase);
    for (const json& condition : array_at(pod, {"status", "conditions"})) {
      const bool gated = string_at(condition, {"reason"}) == "SchedulingGated";
      if (gated && string_at(condition, {"type"}) == "PodScheduled") result_.status = "SchedulingGated";
    }
  }

  PodSummary finish(WallTime now) {
    const bool initializing = look_at_init_containers();
    if (!initializing || condition_is_true(pod_, "Initialized")) {
      restarts_ = sidecar_restarts_;
      look_at_containers();
    }
    note_deletion();
    result_.restarts = restarts_.text(now);
    return result_;
  }

 private:
  /// Goes through the init containers up to the first that is not done; returns whether there is one.
  bool look_at_init_containers() {
    const json& statuses = array_at(pod_, {"status", "initContainerStatuses"});
    for (size_t i = 0; i < statuses.size(); ++i) {
      const json& container = statuses[i];
      const bool sidecar = sidecars_.contains(string_at(container, {"name"}));
      restarts_.add(container);
      if (sidecar) sidecar_restarts_.add(container);
      const json& terminated = at(container, {"state", "terminated"});
      if (terminated.is_object() && int_at(terminated, {"exitCode"}) == 0) continue;
      if (sidecar && bool_at(container, {"started"})) {
        if (bool_at(container, {"ready"})) ++result_.ready;
        continue;
      }
      result_.status = "Init:" + init_state(container, i);
      return true;
    }
    return false;
  }

  std::string init_state(const json& container, size_t index) const {
    const json& terminated = at(container, {"state", "terminated"});
    if (terminated.is_object()) return end_of(terminated);
    const std::string waiting = string_at(container, {"state", "waiting", "reason"});
    if (!waiting.empty() && waiting != "PodInitializing") return waiting;
    return fmt::format("{}/{}", index, array_at(pod_, {"spec", "initContainers"}).size());
  }

  void look_at_containers() {
    bool running = false;
    const json& statuses = array_at(pod_, {"status", "containerStatuses"});
    for (auto container = statuses.rbegin(); container != statuses.rend(); ++container) {
      restarts_.add(*container);
      const std::string waiting = string_at(*container, {"state", "waiting", "reason"});
      const json& terminated = at(*container, {"state", "terminated"});
      if (!waiting.empty()) {
        result_.status = waiting;
      } else if (terminated.is_object()) {
        result_.status = end_of(terminated);
      } else if (bool_at(*container, {"ready"}) && at(*container, {"state", "running"}).is_object()) {
        running = true;
        ++result_.ready;
      }
    }
    if (result_.status == "Completed" && running) {
      result_.status = condition_is_true(pod_, "Ready") ? "Running" : "NotReady";
    }
  }

  void note_deletion() {
    if (at(pod_, {"metadata", "deletionTimestamp"}).is_null()) return;
    const std::string phase = string_at(pod_, {"status", "phase"});
    if (string_at(pod_, {"status", "reason"}) == "NodeLost") {
      result_.status = "Unknown";
    } else if (phase != "Succeeded" && phase != "Failed") {
      result_.status = "Terminating";
    }
  }

  const json& pod_;
  std::set<std::string> sidecars_;
  PodSummary result_;
  Restarts restarts_, sidecar_restarts_;
};

}  // namespace

PodSummary summarise(const json& pod, WallTime now) { return Summary(pod).finish(now); }

}  // namespace zdt::rehearsal::api
