// What a Rollout does to single pods and to Services.
#pragma once
#include "rehearsal/controllers/rollout_sets.h"

namespace zdt::rehearsal {

/// Puts `metadata` ({labels, annotations}, null: none) into the pod template of a ReplicaSet, takes out what
/// was put there before, and remembers it in an annotation (SyncReplicaSetEphemeralPodMetadata).
void put_pod_metadata(json& replica_set, const json& metadata);

/// canaryMetadata on the updated ReplicaSet and its pods, stableMetadata on the stable one's, none on the
/// others' (argo-rollouts/rollout/ephemeralmetadata.go).
Result<void> sync_pod_metadata(const RolloutLook& look);

/// Deletes pods that are older than spec.restartAt, as many at a time as maxUnavailable allows, but at least
/// one; the stable ReplicaSet's first. Returns how many; looks again after 30 s while some are left
/// (argo-rollouts/rollout/restart.go).
Result<int64_t> restart_pods(RolloutLook& look);

/// Puts the pod template's hash into the selectors of stableService and canaryService. A Service that was not
/// managed before follows only when all pods of the ReplicaSet are available, others when one is. After an
/// abort both lead to the stable one (argo-rollouts/rollout/service.go).
Result<void> switch_services(const RolloutLook& look);

}  // namespace zdt::rehearsal
