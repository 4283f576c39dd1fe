#include "rehearsal/controllers/rollout_steps.h"

#include <fmt/format.h>

#include "rehearsal/controllers/objects.h"
#include "rehearsal/controllers/replica_set_template.h"
#include "rehearsal/controllers/rollout_pods.h"
#include "rehearsal/controllers/rollout_status.h"

namespace zdt::rehearsal {
namespace {

constexpr const char* kIndex = "currentStepIndex";

const json& pause_of(const RolloutLook& look) {
  static const json kNone;
  for (const json& each : array_at(look.status(), {"pauseConditions"})) {
    if (string_at(each, {"reason"}) == "CanaryPauseStep") return each;
  }
  return kNone;
}

/// isScalingEvent: the present number of replicas is not the one that the ReplicaSets were made for.
bool was_scaled(const RolloutLook& look) {
  const std::string wanted = std::to_string(look.wanted());
  for (const ObjectPtr& set : {look.sets.updated, look.sets.stable}) {
    if (!set || wanted_replicas_of(*set) == 0) continue;
    if (string_at(*set, {"metadata", "annotations", kDesiredReplicas}, wanted) != wanted) return true;
  }
  return false;
}

/// syncReplicasOnly: sizes and counts, nothing else.
Result<void> scale_only(RolloutLook& look) {
  const auto scaled = scale_rollout_sets(look);
  if (!scaled) return scaled.error();
  json status = look.status();
  put_count(status, "HPAReplicas", status_sum(look.sets.all, "replicas"));
  put_count(status, "availableReplicas", status_sum(look.sets.all, "availableReplicas"));
  return write_rollout_status(look, std::move(status));
}

/// PodTemplateOrStepsChanged
bool is_other_update(const RolloutLook& look) {
  const std::string seen = string_at(look.status(), {"currentPodHash"});
  return string_at(look.status(), {"currentStepHash"}) != step_hash(*look.rollout) ||
         (!seen.empty() && seen != hash_of(*look.sets.updated));
}

/// A new template or other steps: all begins anew, except that the stable template needs no steps.
Result<void> start_over(RolloutLook& look) {
  json status = new_rollout_status(look);
  look.clear_pauses = look.remove_abort = true;
  status.erase("promoteFull");
  if (const int64_t steps = step_count(*look.rollout); steps > 0) {
    const bool back = look.sets.stable == look.sets.updated;
    if (back) look.event("SkipSteps", "Rollback to stable ReplicaSets");
    status[kIndex] = back ? steps : 0;
  }
  return write_rollout_status(look, std::move(status));
}

/// reconcileCanaryPause
void pause_if_due(RolloutLook& look) {
  const json& step = current_step(*look.rollout);
  const bool halted = bool_at(*look.rollout, {"spec", "paused"}) || bool_at(look.status(), {"promoteFull"});
  if (halted || !is_pause(step)) return;
  const json& pause = pause_of(look);
  if (pause.is_null()) {
    look.pause = !bool_at(look.status(), {"controllerPause"});  // else somebody has just promoted it
    return;
  }
  const auto duration = pause_duration(step);
  const auto since = parse_time(string_at(pause, {"startTime"}));
  if (!duration || !since) return;
  const auto left = std::chrono::ceil<milliseconds>(*since + *duration - look.now);
  if (left.count() > 0) look.look_again_in(left);
}

/// AtDesiredReplicaCountsForCanary
bool has_its_weight(const RolloutLook& look) {
  const CanaryCounts counts = rollout_counts(look);
  const json& updated = *look.sets.updated;
  if (wanted_replicas_of(updated) != counts.updated || available_of(updated) != counts.updated) return false;
  if (!look.sets.stable || wanted_replicas_of(*look.sets.stable) != counts.stable) return false;
  return int32_at(*look.sets.stable, {"status", "replicas"}) == counts.stable &&
         status_sum(look.sets.others(), "availableReplicas") == 0;
}

/// CompletedCanaryPauseStep: its time is over, or its condition was taken away.
bool pause_is_over(const RolloutLook& look, const json& step) {
  const json& pause = pause_of(look);
  if (pause.is_null()) return bool_at(look.status(), {"controllerPause"});
  const auto duration = pause_duration(step);
  const auto since = parse_time(string_at(pause, {"startTime"}));
  return duration && since && look.now >= *since + *duration;
}

bool step_is_complete(const RolloutLook& look) {
  const json& step = current_step(*look.rollout);
  if (step.is_null() || bool_at(*look.rollout, {"spec", "paused"})) return false;
  return is_pause(step) ? pause_is_over(look, step) : has_its_weight(look);
}

/// Why the updated ReplicaSet is to be the stable one; "" in the middle of an update (shouldFullPromote).
std::string promotion_reason(const RolloutLook& look) {
  if (!look.sets.stable) return "Initial deploy";
  if (look.is_aborted() || available_of(*look.sets.updated) < look.wanted()) return "";
  if (bool_at(look.status(), {"promoteFull"})) return "Full promotion requested";
  if (look.sets.stable == look.sets.updated) return "Fast rollback";
  const int64_t steps = step_count(*look.rollout);
  return step_index(*look.rollout) >= steps ? fmt::format("Completed all {} canary steps", steps) : "";
}

/// promoteStable
void promote(RolloutLook& look, json& status, const std::string& reason) {
  look.clear_pauses = look.remove_abort = true;
  status.erase("promoteFull");
  const int64_t steps = step_count(*look.rollout);
  if (steps > 0) status[kIndex] = steps;
  const std::string hash = string_at(status, {"currentPodHash"});
  if (string_at(status, {"stableRS"}) == hash) return;
  status["stableRS"] = hash;
  look.event("RolloutCompleted", fmt::format("Rollout completed update to revision {} ({}): {}",
                                             number_in(*look.rollout, kRolloutRevision), hash, reason));
}

/// The index to go on with: of the next step when the present one is complete.
int64_t next_index(RolloutLook& look) {
  const int64_t index = step_index(*look.rollout), steps = step_count(*look.rollout);
  if (look.is_aborted()) return look.sets.stable == look.sets.updated ? steps : 0;
  if (bool_at(look.status(), {"promoteFull"})) return steps;
  if (!step_is_complete(look)) return index;
  look.resume = true;
  look.event("RolloutStepCompleted", fmt::format("Rollout step {}/{} completed ({})", index + 1, steps,
                                                 step_text(current_step(*look.rollout))));
  return index + 1;
}

/// syncRolloutStatusCanary
Result<void> write_progress(RolloutLook& look) {
  json status = new_rollout_status(look);
  if (bool_at(look.status(), {"promoteFull"})) look.clear_pauses = look.remove_abort = true;
  const std::string reason = promotion_reason(look);
  if (!reason.empty()) {
    promote(look, status, reason);
  } else if (step_count(*look.rollout) > 0) {
    status[kIndex] = next_index(look);
  }
  return write_rollout_status(look, std::move(status));
}

Result<void> roll(RolloutLook& look) {
  if (is_other_update(look)) return start_over(look);
  const auto restarted = restart_pods(look);
  if (!restarted) return restarted.error();
  if (*restarted > 0) return {};  // the counts do not know of it yet: nothing may be scaled by them
  for (const auto act : {&sync_pod_metadata, &clean_rollout_history, &switch_services}) {
    if (const auto done = act(look); !done) return done;
  }
  const auto scaled = scale_rollout_sets(look);
  if (!scaled) return scaled.error();
  if (!*scaled) pause_if_due(look);
  return write_progress(look);
}

}  // namespace

Result<void> advance_rollout(RolloutLook& look) {
  const std::string stable = string_at(look.status(), {"stableRS"});
  if (!stable.empty() && stable == string_at(look.status(), {"currentPodHash"})) look.remove_abort = true;
  for (const auto act : {&write_pause_conditions, &sync_rollout_revision}) {
    const auto changed = act(look);
    if (!changed) return changed.error();
    if (*changed) return {};
  }
  return was_scaled(look) ? scale_only(look) : roll(look);
}

}  // namespace zdt::rehearsal
