// What a Rollout (argoproj.io/v1alpha1) asks for, read as Argo Rollouts 1.8 reads it.
#pragma once
#include "rehearsal/controllers/controller.h"
#include "rehearsal/controllers/rollout_canary.h"

namespace zdt::rehearsal {

inline constexpr const char* kRollouts = "rollouts.argoproj.io";
inline constexpr const char* kRolloutHash = "rollouts-pod-template-hash";
inline constexpr const char* kRolloutRevision = "rollout.argoproj.io/revision";
inline constexpr const char* kDesiredReplicas = "rollout.argoproj.io/desired-replicas";

/// spec.strategy.canary, and its steps; empty ones when there are none.
const json& canary_of(const json& rollout);
const json& steps_of(const json& rollout);
int64_t step_count(const json& rollout);

/// status.currentStepIndex, 0 at first.
int64_t step_index(const json& rollout);
/// The step that the rollout is at; null without steps, and after the last one.
const json& current_step(const json& rollout);
/// "setWeight: 20", "pause: 10s", "pause" (CanaryStepString).
std::string step_text(const json& step);
bool is_pause(const json& step);
/// How long a pause lasts: "10s", "5m", "10" and 10 (seconds); nothing: until it is promoted. Negative when
/// it is no duration.
std::optional<milliseconds> pause_duration(const json& step);
/// Of the steps: status.currentStepHash.
std::string step_hash(const json& rollout);

/// The share of the updated ReplicaSet that the rollout is at: 0 when aborted, 100 when promoted or past the
/// last step (GetCanaryReplicasOrWeight, GetCurrentSetWeight).
int64_t canary_weight(const json& rollout);

/// A label selector in one line, as status.selector has it (metav1.FormatLabelSelector).
std::string selector_text(const json& selector);

/// Why the specification cannot be acted on; "" when it can. Argo's own words (pkg/apis/rollouts/validation),
/// and ours for what the rehearsal cluster does not do: blueGreen, traffic routers, analyses, experiments,
/// workloadRef.
std::string rollout_fault(const Store& store, const json& rollout);

}  // namespace zdt::rehearsal
