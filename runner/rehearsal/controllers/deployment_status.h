// What a Deployment says of itself, as `kubectl rollout status` reads it.
#pragma once
#include "rehearsal/controllers/revisions.h"

namespace zdt::rehearsal {

/// Writes status: the counts, Available, and Progressing with the reasons ReplicaSetUpdated,
/// NewReplicaSetAvailable, ProgressDeadlineExceeded (kubernetes/pkg/controller/deployment/progress.go).
/// `estimate`: whether progress is judged; not while paused or being scaled. Asks to come back when the
/// progress deadline will have passed.
Result<Outcome> write_deployment_status(Store& store, const Key& key, bool estimate, WallTime now);

/// DeploymentPaused and DeploymentResumed, so that a pause is not taken for a lack of progress.
Result<void> write_pause_condition(Store& store, const json& deployment, WallTime now);

}  // namespace zdt::rehearsal
