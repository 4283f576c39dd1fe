// What a Deployment or a Rollout says of its update.
#include "kube/rollout.h"

#include "kube/wait.h"

namespace zdt::kube {
namespace {

bool is_rollout(const json& workload) { return string_at(workload, {"kind"}) == "Rollout"; }

/// A Rollout writes the generation as text (argo-rollouts: isGenerationObserved).
bool is_observed(const json& workload) {
  const int64_t generation = int_at(workload, {"metadata", "generation"});
  if (!is_rollout(workload)) return int_at(workload, {"status", "observedGeneration"}) >= generation;
  return string_at(workload, {"status", "observedGeneration"}) == std::to_string(generation);
}

struct Phase {
  std::string name, message;
};

std::string deadline_failure(const json& deployment) {
  for (const json& condition : array_at(deployment, {"status", "conditions"})) {
    if (string_at(condition, {"type"}) == "Progressing" &&
        string_at(condition, {"reason"}) == "ProgressDeadlineExceeded") {
      return string_at(condition, {"message"}, "the progress deadline has passed");
    }
  }
  return "";
}

std::string missing_replicas(const json& deployment) {
  const json& status = at(deployment, {"status"});
  const int64_t want = int_at(deployment, {"spec", "replicas"}, 1),
                updated = int_at(status, {"updatedReplicas"});
  const int64_t all = int_at(status, {"replicas"}), available = int_at(status, {"availableReplicas"});
  if (updated < want) return fmt::format("{} of {} replicas updated", updated, want);
  if (all > updated) return fmt::format("{} old replicas still to end", all - updated);
  if (available < updated) return fmt::format("{} of {} updated replicas available", available, updated);
  return "";
}

Phase deployment_phase(const json& deployment) {
  const bool paused = bool_at(deployment, {"spec", "paused"});
  if (!is_observed(deployment)) {
    return {paused ? "Paused" : "Progressing", "the new specification has not been observed yet"};
  }
  const std::string failure = deadline_failure(deployment), missing = missing_replicas(deployment);
  if (paused) return {"Paused", failure.empty() ? missing : failure};
  if (!failure.empty()) return {"Degraded", failure};
  return {missing.empty() ? "Healthy" : "Progressing", missing};
}

/// A retry or a full promotion has been asked for, and the controller has not looked yet.
bool leaves_an_abort(const json& status) {
  const bool stays = bool_at(status, {"abort"}) && !bool_at(status, {"promoteFull"});
  return !stays && string_at(status, {"message"}).starts_with("RolloutAborted");
}

Phase rollout_phase(const json& rollout) {
  const json& status = at(rollout, {"status"});
  if (!is_observed(rollout)) return {"Progressing", "the new specification has not been observed yet"};
  if (bool_at(status, {"controllerPause"}) && array_at(status, {"pauseConditions"}).empty()) {
    return {"Progressing", "waiting for rollout to unpause"};
  }
  if (leaves_an_abort(status)) return {"Progressing", "waiting for the controller to leave the abort"};
  return {string_at(status, {"phase"}, "Progressing"), string_at(status, {"message"})};
}

Phase phase_of(const json& workload) {
  return is_rollout(workload) ? rollout_phase(workload) : deployment_phase(workload);
}

/// GetCurrentSetWeight (argo-rollouts/utils/replicaset/canary.go).
int64_t set_weight(const json& rollout, int64_t step) {
  if (bool_at(rollout, {"status", "abort"})) return 0;
  const json& steps = array_at(rollout, {"spec", "strategy", "canary", "steps"});
  if (step >= static_cast<int64_t>(steps.size())) return 100;
  for (int64_t i = step; i >= 0; --i) {
    const json& one = steps[static_cast<size_t>(i)];
    if (one.contains("setWeight")) return int_at(one, {"setWeight"});
  }
  return 0;
}

void add_canary(const json& rollout, json& status) {
  const auto steps = static_cast<int64_t>(array_at(rollout, {"spec", "strategy", "canary", "steps"}).size());
  const int64_t step = int_at(rollout, {"status", "currentStepIndex"});
  const std::string stable = string_at(rollout, {"status", "stableRS"});
  const std::string current = string_at(rollout, {"status", "currentPodHash"});
  status.update({{"step", std::min(step, steps)},
                 {"steps", steps},
                 {"weight", set_weight(rollout, step)},
                 {"stable", stable},
                 {"canary", current == stable ? "" : current}});
}

std::string goal_unmet(const json* workload, const RolloutGoal& goal) {
  if (workload == nullptr) return "it does not exist";
  const json status = rollout_status(*workload);
  const std::string phase = string_at(status, {"phase"}), message = string_at(status, {"message"});
  const std::string seen = message.empty() ? phase : fmt::format("{} ({})", phase, message);
  if (!is_observed(*workload)) return message;
  if (!goal.phase.empty() && phase != goal.phase) return fmt::format("{}, want {}", seen, goal.phase);
  const int64_t step = int_at(status, {"step"}), steps = int_at(status, {"steps"});
  if (step < goal.step) return fmt::format("{} of {} steps done, want {}; {}", step, steps, goal.step, seen);
  return "";
}

}  // namespace

std::string rollout_unmet(const json* workload) {
  if (workload == nullptr) return "it does not exist";
  const auto [name, message] = phase_of(*workload);
  if (name == "Healthy") return "";
  if (!is_rollout(*workload)) return message;
  return message.empty() ? name : fmt::format("{}: {}", name, message);
}

std::string unobserved(const json* workload) {
  if (workload == nullptr) return "it does not exist";
  return is_observed(*workload) ? "" : "the new specification has not been observed yet";
}

std::string rollout_failure(const json* workload) {
  if (workload == nullptr) return "";
  const auto [name, message] = phase_of(*workload);
  return name == "Degraded" ? fmt::format("it is Degraded: {}", message) : "";
}

json rollout_status(const json& workload) {
  const auto [name, message] = phase_of(workload);
  const char* revision =
      is_rollout(workload) ? "rollout.argoproj.io/revision" : "deployment.kubernetes.io/revision";
  const std::string number = string_at(workload, {"metadata", "annotations", revision}, "0");
  json images = json::object();
  for (const json& container : array_at(workload, {"spec", "template", "spec", "containers"})) {
    images[string_at(container, {"name"})] = string_at(container, {"image"});
  }
  json status = {{"kind", string_at(workload, {"kind"}, "Deployment")},
                 {"phase", name},
                 {"message", message},
                 {"revision", std::strtoll(number.c_str(), nullptr, 10)},
                 {"replicas", int_at(workload, {"spec", "replicas"}, 1)},
                 {"updated", int_at(workload, {"status", "updatedReplicas"})},
                 {"ready", int_at(workload, {"status", "readyReplicas"})},
                 {"available", int_at(workload, {"status", "availableReplicas"})},
                 {"images", std::move(images)}};
  if (is_rollout(workload)) add_canary(workload, status);
  return status;
}

Task<Result<json>> wait_for_rollout(Client& client, Query workload, RolloutGoal goal, milliseconds limit) {
  auto there = co_await client.get(workload);
  if (!there) co_return there.error();
  Unmet hopeless;
  if (goal.phase != "Degraded") hopeless = &rollout_failure;
  Unmet unmet = [goal](const json* object) { return goal_unmet(object, goal); };
  auto met = co_await wait_until(client, std::move(workload), std::move(unmet), limit, std::move(hopeless));
  co_return met;
}

}  // namespace zdt::kube
