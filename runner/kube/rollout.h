// Rolling updates of Deployments and of Argo Rollouts, in the same words.
//
// A workload is a Query of kind kRollouts or kDeployments. What is patched on Rollouts is what the plugin
// `kubectl argo rollouts` patches (argo-rollouts/pkg/kubectl-argo-rollouts/cmd), so that it works with a real
// controller.
#pragma once
#include "base/units.h"
#include "kube/client.h"

namespace zdt::kube {

inline constexpr const char* kRollouts = "rollouts.argoproj.io";
inline constexpr const char* kDeployments = "deployments.apps";

/// The workload that `name` means: "web" is the Rollout of that name when there is one, else the Deployment
/// (whether it exists or not); "rollout/web" and "deployment/web" say which; "shop/web" is web in the
/// namespace shop. Fails as get().
Task<Result<Query>> workload_named(Client& client, std::string name, std::string ns);

/// What is still missing, in words; empty when it is rolled out. Deployment: what `kubectl rollout status`
/// waits for, i.e. observed generation, all replicas updated, no old one left, all available
/// (k8s.io/kubectl/pkg/polymorphichelpers/rollout_status.go). Rollout: phase Healthy of the observed
/// generation (argo-rollouts/utils/rollout/rolloututil.go, GetRolloutPhase). `workload` is null when it does
/// not exist.
std::string rollout_unmet(const json* workload);

/// What is missing until the controller has seen the present specification; empty when it has.
std::string unobserved(const json* workload);

/// Why it will not be rolled out without help: it is Degraded (deadline passed, aborted, invalid); else
/// empty.
std::string rollout_failure(const json* workload);

/// {kind, phase = Healthy | Progressing | Degraded | Paused, message, revision, replicas, updated, ready,
/// available, images = {name=image}}. Of a Rollout also step (how many are done), steps (how many there are),
/// weight (the share that the canary is to have), stable and canary (the pods' label
/// rollouts-pod-template-hash; canary is "" outside of an update).
json rollout_status(const json& workload);

/// Sets container images (container name -> image). Fails kNotFound when the pod template has no such
/// container.
Task<Result<json>> set_images(Client& client, Query workload, std::map<std::string, std::string> images);

/// Takes the pod template of the ReplicaSet of `revision` (0: the one before the current), as `kubectl
/// rollout undo`.
Task<Result<json>> undo_rollout(Client& client, Query workload, int64_t revision);

/// Replaces the pods: an annotation on the Deployment's template, spec.restartAt of a Rollout.
Task<Result<json>> restart_rollout(Client& client, Query workload, WallTime now);

/// Ends the pause that it is in, else skips the current step; `full`: goes to the end without further steps.
/// A Deployment is resumed.
Task<Result<json>> promote_rollout(Client& client, Query workload, bool full);

/// Back to the stable ReplicaSet, and forward again. Fails kUsage for Deployments, which know neither.
Task<Result<json>> abort_rollout(Client& client, Query workload);
Task<Result<json>> retry_rollout(Client& client, Query workload);

/// phase  "" : any.   step  at least so many steps are done; -1: any.
struct RolloutGoal {
  std::string phase = "Healthy";
  int64_t step = -1;
};

/// Waits for the goal and returns the workload. Fails kFailed at once, with the reason, when it is Degraded
/// (unless that is the goal); kTimeout after `limit`, with what was last seen.
Task<Result<json>> wait_for_rollout(Client& client, Query workload, RolloutGoal goal, milliseconds limit);

}  // namespace zdt::kube
