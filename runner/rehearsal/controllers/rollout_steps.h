// A Rollout's way through its steps.
#pragma once
#include "rehearsal/controllers/rollout_sets.h"

namespace zdt::rehearsal {

/// One step of the way, once the updated ReplicaSet exists; the step's own events bring the next one
/// (rollout/context.go reconcile, rollout/canary.go).
Result<void> advance_rollout(RolloutLook& look);

}  // namespace zdt::rehearsal
