// What a Rollout says of itself.
#pragma once
#include "rehearsal/controllers/rollout_sets.h"

namespace zdt::rehearsal {

/// A new status: counts, hashes, selector, and of the present one what goes on (calculateBaseStatus). An
/// earlier InvalidSpec is gone.
json new_rollout_status(const RolloutLook& look);

/// Writes RolloutPaused, RolloutResumed or RolloutRetry into the condition Progressing and Paused, so that a
/// pause is not taken for a lack of progress. True when that changed something; then this look is over
/// (checkPausedConditions).
Result<bool> write_pause_conditions(const RolloutLook& look);

/// Carries out the decisions about pauses and an abort, judges the progress, and writes `status` with its
/// conditions, phase and message (persistRolloutStatus). Asks to look again when the progress deadline will
/// have passed.
Result<void> write_rollout_status(RolloutLook& look, json status);

/// The condition InvalidSpec and the phase Degraded.
Result<void> write_rollout_fault(const RolloutLook& look, const std::string& fault);

/// With spec.progressDeadlineAbort, an update whose progress deadline has passed is aborted.
void abort_if_late(RolloutLook& look, const json& status);
/// Judges the conditions Healthy, Progressing, Available and Completed (calculateRolloutConditions).
void judge_rollout(const RolloutLook& look, json& status);
/// What is left of the progress deadline; nothing when none runs.
std::optional<milliseconds> rollout_deadline_left(const RolloutLook& look, const json& status);
/// Writes phase and message (CalculateRolloutPhase).
void put_rollout_phase(const json& rollout, json& status);

}  // namespace zdt::rehearsal
