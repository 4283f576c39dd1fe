#include "rehearsal/node/status.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace zdt::rehearsal {
namespace {

using Phase = ContainerState::Phase;

json termination_json(const Termination& end) {
  json value = {{"exitCode", end.exit_code},
                {"reason", end.reason},
                {"startedAt", format_time(end.started)},
                {"finishedAt", format_time(end.finished)},
                {"containerID", end.container_id}};
  if (end.signal != 0) value["signal"] = end.signal;
  if (!end.message.empty()) value["message"] = end.message;
  return value;
}

json state_json(const ContainerState& container) {
  if (container.phase == Phase::kRunning)
    return {{"running", {{"startedAt", format_time(container.started_at)}}}};
  if (container.phase == Phase::kTerminated) return {{"terminated", termination_json(*container.current)}};
  json waiting = {{"reason", container.reason}};
  if (!container.message.empty()) waiting["message"] = container.message;
  return {{"waiting", std::move(waiting)}};
}

bool succeeded(const ContainerState& container) {
  return container.phase == Phase::kTerminated && container.current->exit_code == 0;
}
bool running(const ContainerState& container) { return container.phase == Phase::kRunning; }

json container_json(const ContainerState& container, bool ready) {
  return {{"name", container.name},
          {"image", container.image},
          {"imageID", container.container_id.empty() ? "" : "rehearsal://" + container.image},
          {"containerID", container.container_id},
          {"restartCount", container.restart_count},
          {"started", running(container) && container.started},
          {"ready", ready},
          {"state", state_json(container)},
          {"lastState",
           container.last ? json{{"terminated", termination_json(*container.last)}} : json::object()}};
}

bool is_ready(const ContainerState& container) {
  return running(container) && container.started && container.ready;
}

/// The init container at `index` has let the next one start.
bool has_let_pass(const json& spec, const ContainerState& container) {
  return is_sidecar(spec) ? running(container) && container.started : succeeded(container);
}

struct PodCondition {
  std::string type;
  bool value = false;
  std::string reason, message;
};

json condition_json(const PodCondition& condition, const json& present, WallTime now) {
  const std::string value = condition.value ? "True" : "False";
  json written = {{"type", condition.type},
                  {"status", value},
                  {"lastProbeTime", nullptr},
                  {"lastTransitionTime", format_time(now)}};
  if (!condition.reason.empty()) written["reason"] = condition.reason;
  if (!condition.message.empty()) written["message"] = condition.message;
  for (const json& old : present) {
    if (string_at(old, {"type"}) == condition.type && string_at(old, {"status"}) == value) {
      written["lastTransitionTime"] = old["lastTransitionTime"];
    }
  }
  return written;
}

std::string list_of(const std::vector<std::string>& names) { return "[" + join(names, " ") + "]"; }

PodCondition initialized(const json& pod, const PodState& state, const std::string& phase) {
  std::vector<std::string> incomplete;
  const json& specs = array_at(pod, {"spec", "initContainers"});
  const bool past = std::any_of(state.main.begin(), state.main.end(),
                                [](auto& c) { return c.phase != Phase::kWaiting || c.last; });
  for (size_t i = 0; i < state.init.size() && !past; ++i) {
    if (!has_let_pass(specs[i], state.init[i])) incomplete.push_back(state.init[i].name);
  }
  if (incomplete.empty()) return {"Initialized", true, phase == "Succeeded" ? "PodCompleted" : "", ""};
  return {"Initialized", false, "ContainersNotInitialized",
          "containers with incomplete status: " + list_of(incomplete)};
}

PodCondition containers_ready(const json& pod, const PodState& state, const std::string& phase) {
  if (phase == "Succeeded") return {"ContainersReady", false, "PodCompleted", ""};
  if (phase == "Failed") return {"ContainersReady", false, "PodFailed", ""};
  std::vector<std::string> unready;
  const json& specs = array_at(pod, {"spec", "initContainers"});
  for (size_t i = 0; i < state.init.size(); ++i) {
    if (is_sidecar(specs[i]) && !is_ready(state.init[i])) unready.push_back(state.init[i].name);
  }
  for (const ContainerState& container : state.main) {
    if (!is_ready(container)) unready.push_back(container.name);
  }
  if (unready.empty()) return {"ContainersReady", true, "", ""};
  return {"ContainersReady", false, "ContainersNotReady",
          "containers with unready status: " + list_of(unready)};
}

PodCondition ready(const json& pod, const PodCondition& containers) {
  if (!containers.value) return {"Ready", false, containers.reason, containers.message};
  for (const json& gate : array_at(pod, {"spec", "readinessGates"})) {
    const std::string type = string_at(gate, {"conditionType"});
    const json& present = array_at(pod, {"status", "conditions"});
    const bool holds = std::any_of(present.begin(), present.end(), [&](const json& condition) {
      return string_at(condition, {"type"}) == type && string_at(condition, {"status"}) == "True";
    });
    if (!holds) {
      return {
          "Ready", false, "ReadinessGatesNotReady",
          fmt::format("corresponding condition of pod readiness gate \"{}\" does not exist or is not True.",
                      type)};
    }
  }
  return {"Ready", true, "", ""};
}

json conditions_json(const json& pod, const PodState& state, const std::string& phase, WallTime now) {
  const PodCondition containers = containers_ready(pod, state, phase);
  const std::array<PodCondition, 5> own = {PodCondition{"PodReadyToStartContainers", state.network_ready, "", ""},
                                        initialized(pod, state, phase), ready(pod, containers), containers,
                                        PodCondition{"PodScheduled", true, "", ""}};
  const json& present = array_at(pod, {"status", "conditions"});
  json all = json::array();
  for (const PodCondition& condition : own) all.push_back(condition_json(condition, present, now));
  for (const json& other : present) {
    const bool ours =
        std::any_of(own.begin(), own.end(), [&](auto& c) { return c.type == string_at(other, {"type"}); });
    if (!ours) all.push_back(other);
  }
  return all;
}

/// How many main containers run, wait for their first start, have ended, have ended well. One that waits for
/// its next start counts as ended.
struct Counts {
  size_t running = 0, waiting = 0, ended = 0, succeeded = 0;
};

Counts count(const std::vector<ContainerState>& containers) {
  Counts counts;
  for (const ContainerState& container : containers) {
    const bool restarting = container.phase == Phase::kWaiting && container.last;
    counts.running += running(container);
    counts.waiting += container.phase == Phase::kWaiting && !restarting;
    counts.ended += container.phase == Phase::kTerminated || restarting;
    counts.succeeded += succeeded(container) || (restarting && container.last->exit_code == 0);
  }
  return counts;
}

json address_list(const std::string& address) {
  const json entry = {{"ip", address}};
  return json::array({entry});
}

bool zero(double amount) { return amount == 0; }

double amount_at(const json& container, Path path) {
  const json& value = at(container, path);
  const auto amount = parse_quantity(value.is_string()   ? value.get<std::string>()
                                     : value.is_number() ? value.dump()
                                                         : "0");
  return amount ? *amount : 0;
}

}  // namespace

bool is_sidecar(const json& init_container) {
  return string_at(init_container, {"restartPolicy"}) == "Always";
}

std::string phase_of(const json& pod, const PodState& state) {
  if (!state.phase.empty()) return state.phase;
  const std::string policy = string_at(pod, {"spec", "restartPolicy"}, "Always");
  const json& specs = array_at(pod, {"spec", "initContainers"});
  const Counts counts = count(state.main);
  bool sidecar_runs = false;
  for (size_t i = 0; i < state.init.size(); ++i) {
    sidecar_runs |= is_sidecar(specs[i]) && running(state.init[i]);
    const bool failed = state.init[i].phase == Phase::kTerminated && state.init[i].current->exit_code != 0;
    if (failed && (policy == "Never" || state.ended) && !is_sidecar(specs[i])) return "Failed";
    const bool started_before = counts.running + counts.ended > 0;
    if (!state.ended && !started_before && !has_let_pass(specs[i], state.init[i])) return "Pending";
  }
  if (counts.waiting > 0) return state.ended ? "Failed" : "Pending";
  if (counts.running > 0) return "Running";
  if (!state.ended && (policy == "Always" || sidecar_runs)) return "Running";
  if (counts.succeeded == state.main.size()) return "Succeeded";
  return policy == "Never" || state.ended ? "Failed" : "Running";
}

std::string qos_class(const json& pod) {
  bool any = false, guaranteed = true;
  for (const char* list : {"initContainers", "containers"}) {
    for (const json& container : array_at(pod, {"spec", list})) {
      for (const char* resource : {"cpu", "memory"}) {
        const double limit = amount_at(container, {"resources", "limits", resource});
        const bool has_request = at(container, {"resources", "requests", resource}).is_null() == false;
        const double request =
            has_request ? amount_at(container, {"resources", "requests", resource}) : limit;
        any |= !zero(limit) || !zero(request);
        guaranteed &= !zero(limit) && zero(limit - request);
      }
    }
  }
  return !any ? "BestEffort" : guaranteed ? "Guaranteed" : "Burstable";
}

json status_of(const json& pod, const PodState& state, WallTime now) {
  const std::string phase = phase_of(pod, state);
  json status = {{"phase", phase},
                 {"conditions", conditions_json(pod, state, phase, now)},
                 {"startTime", format_time(state.start_time)},
                 {"hostIP", state.host_ip},
                 {"hostIPs", address_list(state.host_ip)},
                 {"qosClass", qos_class(pod)}};
  if (!state.pod_ip.empty()) {
    status["podIP"] = state.pod_ip;
    status["podIPs"] = address_list(state.pod_ip);
  }
  if (!state.reason.empty()) status["reason"] = state.reason;
  if (!state.message.empty()) status["message"] = state.message;
  const json& specs = array_at(pod, {"spec", "initContainers"});
  for (size_t i = 0; i < state.init.size(); ++i) {
    const ContainerState& container = state.init[i];
    status["initContainerStatuses"].push_back(
        container_json(container, is_sidecar(specs[i]) ? is_ready(container) : succeeded(container)));
  }
  status["containerStatuses"] = json::array();
  for (const ContainerState& container : state.main) {
    status["containerStatuses"].push_back(container_json(container, is_ready(container)));
  }
  return status;
}

}  // namespace zdt::rehearsal
