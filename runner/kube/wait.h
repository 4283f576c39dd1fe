// Waiting for an object to be as wanted, by watching it.
#pragma once
#include "kube/client.h"

namespace zdt::kube {

/// What is still missing, in words; empty when the condition holds. `object` is null when it does not exist.
using Unmet = std::function<std::string(const json* object)>;

/// Watches the object of `query` (kind and name) until `unmet` has nothing more to say, at most `limit`; returns it (null
/// when it is gone). Passing API errors do not end the wait, and are shown when they are the last thing seen.
/// Fails kTimeout: `timed out after 60 s (31 looks). Last: readyReplicas 3, want 4`; kFailed as soon as `hopeless` says why it
/// will not come.
Task<Result<json>> wait_until(Client& client, Query query, Unmet unmet, milliseconds limit, Unmet hopeless = {});

/// The conditions that scripts name: "condition=TYPE" or "condition=TYPE=STATUS", "delete", "exists", "rollout", and
/// "jsonpath"-free "phase=NAME". Conditions compare without case, and one that was set for an older generation of the
/// object does not count, as for `kubectl wait`. Fails kUsage.
Result<Unmet> condition_named(const std::string& name);

}  // namespace zdt::kube
