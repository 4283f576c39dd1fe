// How a Rollout gets on: its conditions, phase and message.
#include <fmt/format.h>

#include "rehearsal/controllers/conditions.h"
#include "rehearsal/controllers/objects.h"
#include "rehearsal/controllers/replica_set_template.h"
#include "rehearsal/controllers/rollout_status.h"

namespace zdt::rehearsal {
namespace {

constexpr int64_t kRolloutDeadlineSeconds = 600;
constexpr const char* kTimedOut = "ProgressDeadlineExceeded";
constexpr const char* kAborted = "RolloutAborted";

int64_t count(const json& status, std::string_view field) { return int32_at(status, {field}); }

bool is_promoted(const json& status) {
  const std::string stable = string_at(status, {"stableRS"});
  return !stable.empty() && stable == string_at(status, {"currentPodHash"});
}

/// RolloutHealthy: all steps done, every pod updated and available, none of the old ones left, and the
/// specification seen.
bool is_healthy(const RolloutLook& look, const json& status) {
  const int64_t wanted = look.wanted(), steps = step_count(*look.rollout);
  const bool steps_done = steps == 0 || int32_at(status, {"currentStepIndex"}, steps) == steps;
  return steps_done && is_promoted(status) && count(status, "replicas") == wanted &&
         count(status, "updatedReplicas") == wanted && count(status, "availableReplicas") == wanted &&
         string_at(look.status(), {"observedGeneration"}) == string_at(status, {"observedGeneration"});
}

/// RolloutProgressing: more ready or available than before, fewer old, another step, another stable
/// ReplicaSet.
bool rollout_has_progressed(const json& before, const json& after) {
  auto old = [](const json& status) { return count(status, "replicas") - count(status, "updatedReplicas"); };
  auto differs = [&](std::string_view field) { return at(before, {field}) != at(after, {field}); };
  const bool other_step = before.contains("currentStepIndex") && after.contains("currentStepIndex") &&
                          differs("currentStepIndex");
  return differs("updatedReplicas") || old(after) < old(before) || other_step || differs("stableRS") ||
         differs("currentStepHash") || count(after, "readyReplicas") > count(before, "readyReplicas") ||
         count(after, "availableReplicas") > count(before, "availableReplicas");
}

bool put(json& status, const WorkloadCondition& condition, WallTime now) {
  const json before = status;
  set_condition(status, condition, now);
  return status != before;
}

/// Returns whether a healthy rollout has become unhealthy.
bool judge_health(const RolloutLook& look, json& status) {
  const bool paused =
      !array_at(status, {"pauseConditions"}).empty() || bool_at(*look.rollout, {"spec", "paused"});
  if (!paused && is_healthy(look, status)) {
    set_condition(status, {"Healthy", "True", "RolloutHealthy", "Rollout is healthy"}, look.now);
    return false;
  }
  if (condition_of(*look.rollout, "Healthy").is_null()) return false;
  return put(status, {"Healthy", "False", "RolloutHealthy", "Rollout is not healthy"}, look.now);
}

std::string updated_set(const RolloutLook& look) {
  return fmt::format("ReplicaSet \"{}\"", key_of(*look.sets.updated).name);
}

void judge_progress(const RolloutLook& look, json& status, bool became_unhealthy) {
  const std::string set = updated_set(look);
  if (is_healthy(look, status)) {
    set_condition(status,
                  {"Progressing", "True", "NewReplicaSetAvailable", set + " has successfully progressed."},
                  look.now);
  } else if (is_promoted(status) && became_unhealthy) {
    set_condition(
        status,
        {"Progressing", "True", "ReplicaSetNotAvailable", "Rollout does not have minimum availability"},
        look.now, true);
  } else if (became_unhealthy || rollout_has_progressed(look.status(), status)) {
    set_condition(status, {"Progressing", "True", "ReplicaSetUpdated", set + " is progressing."}, look.now,
                  true);
  } else if (const auto left = rollout_deadline_left(look, status); left && left->count() <= 0) {
    set_condition(status, {"Progressing", "False", kTimedOut, set + " has timed out progressing."}, look.now);
  }
}

}  // namespace

std::optional<milliseconds> rollout_deadline_left(const RolloutLook& look, const json& status) {
  const json judged{{"status", status}};
  const json& progressing = condition_of(judged, "Progressing");
  const std::string reason = string_at(progressing, {"reason"});
  const auto since = parse_time(string_at(progressing, {"lastUpdateTime"}));
  const bool waits = is_pause(current_step(*look.rollout)) || condition_is_true(*look.rollout, "Paused");
  if (!since || waits || reason == kAborted || reason == "RolloutPaused" || reason == kTimedOut)
    return std::nullopt;
  if (is_healthy(look, status)) return std::nullopt;
  const std::chrono::seconds limit(
      int32_at(*look.rollout, {"spec", "progressDeadlineSeconds"}, kRolloutDeadlineSeconds));
  return std::chrono::ceil<milliseconds>(*since + limit - look.now);
}

void abort_if_late(RolloutLook& look, const json& status) {
  const bool wanted = bool_at(*look.rollout, {"spec", "progressDeadlineAbort"});
  if (!wanted || look.is_aborted() || is_promoted(status) || rollout_has_progressed(look.status(), status)) return;
  const auto left = rollout_deadline_left(look, status);
  if (left && left->count() <= 0) look.abort = updated_set(look) + " has timed out progressing.";
}

void judge_rollout(const RolloutLook& look, json& status) {
  const bool became_unhealthy = judge_health(look, status);
  if (look.is_aborted()) {
    std::string message =
        fmt::format("Rollout aborted update to revision {}", number_in(*look.rollout, kRolloutRevision));
    if (!look.abort.empty()) message += ": " + look.abort;
    if (put(status, {"Progressing", "False", kAborted, message}, look.now))
      look.event(kAborted, message, true);
  } else {
    judge_progress(look, status, became_unhealthy);
  }
  const bool available = count(status, "availableReplicas") >= look.wanted();
  set_condition(
      status,
      {"Available", available ? "True" : "False", "AvailableReason",
       available ? "Rollout has minimum availability" : "Rollout does not have minimum availability"},
      look.now);
  const bool completed = is_promoted(status);
  const bool changed = put(
      status, {"Completed", completed ? "True" : "False", "RolloutCompleted", "RolloutCompleted"}, look.now);
  if (changed && !completed) {
    look.event("RolloutNotCompleted", fmt::format("Rollout not completed, started update to revision {} ({})",
                                                  number_in(*look.rollout, kRolloutRevision),
                                                  string_at(status, {"currentPodHash"})));
  }
}

namespace {

std::pair<std::string, std::string> phase_of(const json& rollout, const json& status) {
  for (const json& condition : array_at(status, {"conditions"})) {
    const std::string reason = string_at(condition, {"reason"}), message = string_at(condition, {"message"});
    if (string_at(condition, {"type"}) == "InvalidSpec") return {"Degraded", "InvalidSpec: " + message};
    if (reason == kAborted || reason == kTimedOut) return {"Degraded", reason + ": " + message};
  }
  if (bool_at(rollout, {"spec", "paused"})) return {"Paused", "manually paused"};
  for (const json& pause : array_at(status, {"pauseConditions"}))
    return {"Paused", string_at(pause, {"reason"})};
  const std::string restart = string_at(rollout, {"spec", "restartAt"});
  if (!restart.empty() && restart != string_at(status, {"restartedAt"})) {
    return {"Progressing", "rollout is restarting"};
  }
  const int64_t updated = count(status, "updatedReplicas");
  if (updated < wanted_replicas_of(rollout)) return {"Progressing", "more replicas need to be updated"};
  if (count(status, "availableReplicas") < updated) {
    return {"Progressing", "updated replicas are still becoming available"};
  }
  if (count(status, "replicas") > updated) return {"Progressing", "old replicas are pending termination"};
  if (!is_promoted(status)) return {"Progressing", "waiting for all steps to complete"};
  return {"Healthy", ""};
}

}  // namespace

void put_rollout_phase(const json& rollout, json& status) {
  const auto [phase, message] = phase_of(rollout, status);
  status["phase"] = phase;
  status["message"] = message;
  if (message.empty()) status.erase("message");
}

}  // namespace zdt::rehearsal
