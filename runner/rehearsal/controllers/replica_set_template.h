// How a Deployment writes a ReplicaSet: its template with the hash, its annotations.
#pragma once
#include "base/json.h"

namespace zdt::rehearsal {

inline constexpr const char* kRevision = "deployment.kubernetes.io/revision";
inline constexpr const char* kLimit = "deployment.kubernetes.io/max-replicas";

/// The hash in the letters of generated names (apimachinery/pkg/util/rand, SafeEncodeString).
std::string safe_hash(std::string_view text);

/// The number in an annotation, 0 to 2^31 - 1; 0 when there is none.
int64_t number_in(const json& object, const char* annotation);

/// spec.template without pod-template-hash, to compare by (EqualIgnoreHash of deployment_util.go).
json template_without_hash(const json& object);

/// The ReplicaSet `<deployment>-<hash>` of the deployment's template, owned by it, without its annotations.
json new_replica_set(const json& deployment, int64_t replicas);

/// The deployment's own annotations, without those that kubectl and the controller keep.
void copy_annotations(const json& deployment, json& replica_set);

/// Raises the revision to at least `revision`: one that comes back (an undo) gets a new number, and the
/// earlier one goes into the history.
void raise_revision(json& replica_set, int64_t revision);

/// The annotations desired-replicas and max-replicas.
void put_limits(const json& deployment, json& replica_set);

}  // namespace zdt::rehearsal
