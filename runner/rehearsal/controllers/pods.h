// What controllers ask of a pod.
#pragma once
#include "rehearsal/controllers/controller.h"

namespace zdt::rehearsal {

/// Succeeded or Failed.
bool has_ended(const json& pod);
/// Neither ended nor being deleted: what a ReplicaSet counts.
bool is_active(const json& pod);
bool is_ready(const json& pod);
/// When its Ready condition last changed; nothing when that is unknown.
std::optional<WallTime> ready_changed_at(const json& pod);

/// How long until the pod is available: zero when it is, nothing when it is not ready
/// (kubernetes/pkg/api/v1/pod, IsPodAvailable).
std::optional<milliseconds> until_available(const json& pod, int64_t min_ready_seconds, WallTime now);

/// Puts the pods into the order in which a ReplicaSet deletes them (kubernetes/pkg/controller,
/// ActivePodsWithRanks): without a node, Pending before Unknown before Running, not ready, lower
/// pod-deletion-cost, ready for less long, restarted more often, younger. Ages are compared by the power of
/// two of their length, then by uid. After the cost, a pod on a node with more active pods of `related` goes first:
/// those of all ReplicaSets of the same owner.
void sort_for_deletion(std::vector<ObjectPtr>& pods, const std::vector<ObjectPtr>& related, WallTime now);

/// Writes the condition DisruptionTarget=True, which says why the pod is about to be deleted.
/// https://kubernetes.io/docs/concepts/workloads/pods/disruptions/#pod-disruption-conditions
Result<void> mark_disruption(Store& store, const json& pod, const std::string& reason, const std::string& message,
                             WallTime now);

}  // namespace zdt::rehearsal
