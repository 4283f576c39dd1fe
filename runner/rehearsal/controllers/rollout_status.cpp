#include "rehearsal/controllers/rollout_status.h"

#include <fmt/format.h>

#include "rehearsal/controllers/conditions.h"
#include "rehearsal/controllers/objects.h"
#include "rehearsal/controllers/replica_set_template.h"

namespace zdt::rehearsal {
namespace {

constexpr const char* kPauseReason = "CanaryPauseStep";
constexpr const char* kPaused = "Rollout is paused";

void keep(const json& from, json& into, std::initializer_list<const char*> fields) {
  for (const char* field : fields) {
    if (from.contains(field)) into[field] = from[field];
  }
}

bool is_paused(const json& rollout, const json& status) {
  return !array_at(status, {"pauseConditions"}).empty() || bool_at(rollout, {"spec", "paused"});
}

Result<void> put_status(const RolloutLook& look, const json& status) {
  const auto [ns, name] = key_of(*look.rollout);
  const auto written =
      look.store.modify(kRollouts, ns, name, [&](json& changed) { changed["status"] = status; });
  if (!written) return written.error();
  return {};
}

/// CalculateAbortStatus: the time of the abort stays. While it lasts, no pause does.
bool put_abort(const RolloutLook& look, json& status) {
  for (const char* field : {"abort", "abortedAt"}) status.erase(field);
  if (!look.is_aborted()) return false;
  status["abort"] = true;
  status["abortedAt"] = string_at(look.status(), {"abortedAt"}, format_time(look.now));
  return true;
}

/// CalculatePauseConditions. controllerPause without a pause condition means that somebody has promoted the
/// rollout.
void put_pauses(const RolloutLook& look, json& status) {
  json pauses = json::array();
  for (const json& each : array_at(look.status(), {"pauseConditions"})) {
    if (!look.resume || string_at(each, {"reason"}) != kPauseReason) pauses.push_back(each);
  }
  if (look.pause) pauses.push_back({{"reason", kPauseReason}, {"startTime", format_time(look.now)}});
  if (pauses.empty()) return;
  status["controllerPause"] = look.pause || bool_at(look.status(), {"controllerPause"});
  status["pauseConditions"] = std::move(pauses);
}

void tell_pauses(const RolloutLook& look, const json& status) {
  const bool before = !array_at(look.status(), {"pauseConditions"}).empty();
  const bool after = !array_at(status, {"pauseConditions"}).empty();
  if (!before && after) look.event("RolloutPaused", fmt::format("{} ({})", kPaused, kPauseReason));
  if (before && !after && !status.contains("abortedAt")) look.event("RolloutResumed", "Rollout is resumed");
}

}  // namespace

json new_rollout_status(const RolloutLook& look) {
  const RolloutSets& sets = look.sets;
  json status = {{"blueGreen", json::object()}, {"canary", json::object()}};
  keep(look.status(), status, {"conditions", "restartedAt", "collisionCount", "stableRS", "promoteFull"});
  remove_condition(status, "InvalidSpec");
  if (look.restarted) status["restartedAt"] = string_at(*look.rollout, {"spec", "restartAt"});
  status["currentPodHash"] = hash_of(*sets.updated);
  status["currentStepHash"] = step_hash(*look.rollout);
  status["selector"] = selector_text(at(*look.rollout, {"spec", "selector"}));
  put_count(status, "replicas", status_sum(sets.all, "replicas"));
  put_count(status, "HPAReplicas", status_sum(sets.all, "replicas"));
  put_count(status, "updatedReplicas", status_sum({sets.updated}, "replicas"));
  put_count(status, "readyReplicas", status_sum(sets.all, "readyReplicas"));
  put_count(status, "availableReplicas", status_sum(sets.all, "availableReplicas"));
  return status;
}

Result<bool> write_pause_conditions(const RolloutLook& look) {
  const json& rollout = *look.rollout;
  json status = look.status();
  const std::string generation = std::to_string(int_at(rollout, {"metadata", "generation"}));
  if (string_at(status, {"observedGeneration"}) != generation) return false;
  const std::string reason = string_at(condition_of(rollout, "Progressing"), {"reason"});
  const bool paused = is_paused(rollout, status), aborted = reason == "RolloutAborted";
  const std::string stable = string_at(status, {"stableRS"});
  const bool completed = !stable.empty() && stable == string_at(status, {"currentPodHash"});
  const json before = status;
  if (paused != (reason == "RolloutPaused") && !aborted && !completed) {
    set_condition(status,
                  {"Progressing", "Unknown", paused ? "RolloutPaused" : "RolloutResumed",
                   paused ? kPaused : "Rollout is resumed"},
                  look.now);
  }
  if (aborted && !bool_at(status, {"abort"})) {
    set_condition(status, {"Progressing", "Unknown", "RolloutRetry", "Retrying Rollout after abort"},
                  look.now);
  }
  if (paused != condition_is_true(rollout, "Paused") && !aborted) {
    set_condition(status, {"Paused", paused ? "True" : "False", "RolloutPaused", kPaused}, look.now);
  }
  if (status == before) return false;
  put_rollout_phase(rollout, status);
  const auto written = put_status(look, status);
  if (!written) return written.error();
  return true;
}

Result<void> write_rollout_status(RolloutLook& look, json status) {
  status["observedGeneration"] = std::to_string(int_at(*look.rollout, {"metadata", "generation"}));
  abort_if_late(look, status);
  if (!put_abort(look, status) && !look.clear_pauses) put_pauses(look, status);
  judge_rollout(look, status);
  put_rollout_phase(*look.rollout, status);
  const auto written = put_status(look, status);
  if (!written) return written.error();
  tell_pauses(look, status);
  const auto left = rollout_deadline_left(look, status);
  if (left && left->count() > 0) look.look_again_in(*left);
  return {};
}

Result<void> write_rollout_fault(const RolloutLook& look, const std::string& fault) {
  json status = look.status();
  const std::string message =
      fmt::format("The Rollout \"{}\" is invalid: {}", key_of(*look.rollout).name, fault);
  if (string_at(condition_of(*look.rollout, "InvalidSpec"), {"message"}) != message) {
    remove_condition(status, "InvalidSpec");
    set_condition(status, {"InvalidSpec", "True", "InvalidSpec", message}, look.now);
  }
  status["observedGeneration"] = std::to_string(int_at(*look.rollout, {"metadata", "generation"}));
  put_rollout_phase(*look.rollout, status);
  return put_status(look, status);
}

}  // namespace zdt::rehearsal
