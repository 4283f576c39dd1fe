#include "rehearsal/controllers/deployment_status.h"

#include <fmt/format.h>

#include "rehearsal/controllers/conditions.h"
#include "rehearsal/controllers/objects.h"

namespace zdt::rehearsal {
namespace {

constexpr int64_t kDefaultDeadlineSeconds = 600;
constexpr int64_t kNoDeadline = 2147483647;  // HasProgressDeadline: the largest int32 means none

int64_t deadline_seconds(const json& deployment) {
  return int32_at(deployment, {"spec", "progressDeadlineSeconds"}, kDefaultDeadlineSeconds);
}

/// The sum over the ReplicaSets' status.
int64_t sum_of(const std::vector<ObjectPtr>& sets, std::string_view field) {
  int64_t sum = 0;
  for (const ObjectPtr& each : sets) sum += int32_at(*each, {"status", field});
  return sum;
}

WorkloadCondition availability(const json& deployment, int64_t available) {
  const int64_t minimum = wanted_replicas_of(deployment) - fenceposts(deployment).unavailable;
  if (available >= minimum) {
    return {"Available", "True", "MinimumReplicasAvailable", "Deployment has minimum availability."};
  }
  return {"Available", "False", "MinimumReplicasUnavailable",
          "Deployment does not have minimum availability."};
}

json counted_status(const json& deployment, const Revisions& revisions, WallTime now) {
  const auto all = revisions.all();
  const int64_t available = sum_of(all, "availableReplicas");
  json status = object_at(deployment, {"status"});
  status["observedGeneration"] = int_at(deployment, {"metadata", "generation"});
  put_count(status, "replicas", sum_of(all, "replicas"));
  put_count(status, "updatedReplicas", revisions.updated ? sum_of({revisions.updated}, "replicas") : 0);
  put_count(status, "readyReplicas", sum_of(all, "readyReplicas"));
  put_count(status, "availableReplicas", available);
  put_count(status, "unavailableReplicas", std::max<int64_t>(revisions.total() - available, 0));
  set_condition(status, availability(deployment, available), now);
  return status;
}

/// DeploymentProgressing: more updated, fewer old, more ready or more available than before.
bool has_progressed(const json& before, const json& after) {
  auto count = [](const json& status, std::string_view field) { return int32_at(status, {field}); };
  auto old = [&](const json& status) { return count(status, "replicas") - count(status, "updatedReplicas"); };
  return count(after, "updatedReplicas") > count(before, "updatedReplicas") || old(after) < old(before) ||
         count(after, "readyReplicas") > count(before, "readyReplicas") ||
         count(after, "availableReplicas") > count(before, "availableReplicas");
}

/// What is left of the progress deadline; nothing when none runs.
std::optional<milliseconds> deadline_left(const json& deployment, const json& progressing, WallTime now) {
  const std::string reason = string_at(progressing, {"reason"});
  const auto since = parse_time(string_at(progressing, {"lastUpdateTime"}));
  if (!since || reason == "NewReplicaSetAvailable" || reason == "DeploymentPaused") return std::nullopt;
  const auto end = *since + std::chrono::seconds(deadline_seconds(deployment));
  return std::chrono::ceil<milliseconds>(end - now);
}

/// Judges the progress from `deployment`'s earlier status to `status`, and writes it there.
void judge_progress(const json& deployment, const Revisions& revisions, json& status, WallTime now) {
  const json& current = condition_of(deployment, "Progressing");
  const std::string reason = string_at(current, {"reason"});
  const bool only_updated = int32_at(status, {"replicas"}) == int32_at(status, {"updatedReplicas"});
  if (only_updated && reason == "NewReplicaSetAvailable") return;
  const std::string subject = revisions.updated
                                  ? fmt::format("ReplicaSet \"{}\"", key_of(*revisions.updated).name)
                                  : fmt::format("Deployment \"{}\"", key_of(deployment).name);
  const auto left = deadline_left(deployment, current, now);
  if (is_complete(deployment, status)) {
    set_condition(
        status, {"Progressing", "True", "NewReplicaSetAvailable", subject + " has successfully progressed."},
        now);
  } else if (has_progressed(object_at(deployment, {"status"}), status)) {
    set_condition(status, {"Progressing", "True", "ReplicaSetUpdated", subject + " is progressing."}, now,
                  true);
  } else if (left && left->count() <= 0) {
    set_condition(
        status, {"Progressing", "False", "ProgressDeadlineExceeded", subject + " has timed out progressing."},
        now);
  }
}

}  // namespace

Result<Outcome> write_deployment_status(Store& store, const Key& key, bool estimate, WallTime now) {
  const ObjectPtr deployment = store.find(kDeployments, key.ns, key.name);
  if (!deployment) return Outcome{};
  const Revisions revisions = load_revisions(store, *deployment);
  json status = counted_status(*deployment, revisions, now);
  const bool has_deadline = deadline_seconds(*deployment) != kNoDeadline;
  if (!has_deadline) remove_condition(status, "Progressing");
  if (has_deadline && estimate) judge_progress(*deployment, revisions, status, now);
  const auto written =
      store.modify(kDeployments, key.ns, key.name, [&](json& changed) { changed["status"] = status; });
  if (!written) return written.error();
  if (!has_deadline || !estimate || is_complete(*deployment, status)) return Outcome{};
  const auto left = deadline_left(*deployment, condition_of(**written, "Progressing"), now);
  if (!left || left->count() <= 0) return Outcome{};
  return Outcome{*left};
}

Result<void> write_pause_condition(Store& store, const json& deployment, WallTime now) {
  const std::string reason = string_at(condition_of(deployment, "Progressing"), {"reason"});
  const bool paused = bool_at(deployment, {"spec", "paused"});
  if (reason == "ProgressDeadlineExceeded" || deadline_seconds(deployment) == kNoDeadline) return {};
  if (paused == (reason == "DeploymentPaused")) return {};
  const WorkloadCondition condition{"Progressing", "Unknown",
                                    paused ? "DeploymentPaused" : "DeploymentResumed",
                                    paused ? "Deployment is paused" : "Deployment is resumed"};
  return write_condition(store, deployment, condition, now);
}

}  // namespace zdt::rehearsal
