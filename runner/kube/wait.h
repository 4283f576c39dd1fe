// Waiting for an object to be as wanted, by watching it; and what "rolled out" means.
#pragma once
#include "kube/client.h"

namespace zdt::kube {

/// What is still missing, in words; empty when the condition holds. `object` is null when it does not exist.
using Unmet = std::function<std::string(const json* object)>;

/// Watches the object of `query` (kind and name) until `unmet` has nothing more to say, at most `limit`; returns it (null
/// when it is gone). Passing API errors do not end the wait, and are shown when they are the last thing seen.
/// Fails kTimeout: `timed out after 60 s (31 looks). Last: readyReplicas 3, want 4`.
Task<Result<json>> wait_until(Client& client, Query query, Unmet unmet, milliseconds limit);

/// The conditions that scripts name: "condition=TYPE" or "condition=TYPE=STATUS", "delete", "exists", "rollout", and
/// "jsonpath"-free "phase=NAME". Conditions compare without case, and one that was set for an older generation of the
/// object does not count, as for `kubectl wait`. Fails kUsage.
Result<Unmet> condition_named(const std::string& name);

/// What `kubectl rollout status` waits for (Deployment): observed generation, all replicas updated, no old one left, all
/// available. Source: k8s.io/kubectl/pkg/polymorphichelpers/rollout_status.go
std::string rollout_unmet(const json* deployment);

/// {phase = Healthy | Progressing | Degraded | Paused, message, revision, replicas, updated, ready, available, images = {name=image}}
json rollout_status(const json& deployment);

/// Sets container images (container name -> image). Fails kNotFound when the pod template has no such container.
Task<Result<json>> set_images(Client& client, Query deployment, std::map<std::string, std::string> images);

/// Takes the pod template of the ReplicaSet of `revision` (0: the one before the current), as `kubectl rollout undo`.
Task<Result<json>> undo_rollout(Client& client, Query deployment, int64_t revision);

}  // namespace zdt::kube
