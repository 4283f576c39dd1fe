// The ReplicaSets of a Deployment: one for each revision of its template.
#pragma once
#include "rehearsal/controllers/controller.h"
#include "rehearsal/controllers/rollout_arithmetic.h"

namespace zdt::rehearsal {

inline constexpr const char* kDeployments = "deployments.apps";
inline constexpr const char* kReplicaSets = "replicasets.apps";
inline constexpr const char* kTemplateHash = "pod-template-hash";

/// updated  the ReplicaSet of the present template; null before it is made.   old  the others, oldest first.
struct Revisions {
  ObjectPtr updated;
  std::vector<ObjectPtr> old;

  /// All of them, the updated one last.
  std::vector<ObjectPtr> all() const;
  int64_t total() const;  ///< the sum of spec.replicas
};

/// Reads (and adopts) the ReplicaSets of `deployment`.
Revisions load_revisions(Store& store, const json& deployment);

ReplicaSetSize size_of(const json& replica_set);

/// Writes revision, history and the deployment's own annotations to the updated ReplicaSet, and the revision
/// to the deployment (getNewReplicaSet, first half). Without an updated one it does nothing.
Result<void> sync_revision(Store& store, const json& deployment, const Revisions& revisions);

/// Makes the ReplicaSet of the present template, at the size that a rolling update allows. A name taken by
/// another template raises status.collisionCount and fails kConflict: the next try takes another name.
Result<void> create_updated(Store& store, const json& deployment, const Revisions& revisions, WallTime now);

/// Sets spec.replicas and the desired- and max-replicas annotations, with an event ScalingReplicaSet.
/// Returns whether the size changed.
Result<bool> scale_replica_set(Store& store, const json& deployment, const json& replica_set, int64_t size,
                               WallTime now);

/// Removes the lowest revisions beyond revisionHistoryLimit (10), those without pods only
/// (cleanupDeployment).
Result<void> clean_history(Store& store, const json& deployment, const Revisions& revisions);

}  // namespace zdt::rehearsal
