#include "rehearsal/controllers/deployment.h"

#include <algorithm>

#include "rehearsal/controllers/conditions.h"
#include "rehearsal/controllers/deployment_status.h"
#include "rehearsal/controllers/objects.h"
#include "rehearsal/controllers/pods.h"

namespace zdt::rehearsal {
namespace {

bool is_active_set(const ObjectPtr& set) { return wanted_replicas_of(*set) > 0; }

std::vector<ObjectPtr> active_sets(const Revisions& revisions) {
  auto active = revisions.all();
  std::erase_if(active, [](const ObjectPtr& set) { return !is_active_set(set); });
  return active;
}

/// The one ReplicaSet that a change of size concerns alone: the only active one, else the newest; null when
/// several are active (FindActiveOrLatest).
ObjectPtr only_set(const Revisions& revisions) {
  const auto active = active_sets(revisions);
  if (active.size() > 1) return nullptr;
  if (active.size() == 1) return active.front();
  if (revisions.updated) return revisions.updated;
  return revisions.old.empty() ? nullptr : revisions.old.back();
}

/// The updated ReplicaSet has all its pods (IsSaturated).
bool is_saturated(const json& deployment, const Revisions& revisions) {
  if (!revisions.updated) return false;
  const int64_t wanted = wanted_replicas_of(deployment);
  return wanted_replicas_of(*revisions.updated) == wanted && size_of(*revisions.updated).available == wanted;
}

/// The deployment that `object` belongs to, through its ReplicaSet when it is a pod.
std::vector<Key> owners_of(const Store& store, const std::string& resource, const json& object) {
  const std::string ns = key_of(object).ns;
  if (resource == kReplicaSets) {
    const std::string name = controller_name(object, "Deployment");
    return name.empty() ? std::vector<Key>{} : std::vector<Key>{{ns, name}};
  }
  const ObjectPtr set = store.find(kReplicaSets, ns, controller_name(object, "ReplicaSet"));
  return set ? owners_of(store, kReplicaSets, *set) : std::vector<Key>{};
}

}  // namespace

DeploymentController::DeploymentController(Store& store, Clock now) : store_(store), now_(std::move(now)) {}

std::vector<Key> DeploymentController::concerned(const Event& event) {
  if (event.resource == kDeployments) return {key_of(*event.object)};
  // Pods only tell Recreate when the last of them is gone; everything else comes through the ReplicaSets'
  // status.
  const bool pod_gone = event.resource == "pods" && event.change == Change::kDeleted;
  if (event.resource != kReplicaSets && !pod_gone) return {};
  std::vector<Key> keys = owners_of(store_, event.resource, *event.object);
  if (pod_gone || !controller_of(*event.object).is_null()) return keys;
  for (const ObjectPtr& each : store_.list(kDeployments, key_of(*event.object).ns)) {
    if (selects(at(*each, {"spec", "selector"}), labels_of(*event.object))) keys.push_back(key_of(*each));
  }
  return keys;
}

Result<Outcome> DeploymentController::reconcile(const Key& key) {
  ObjectPtr deployment = store_.find(kDeployments, key.ns, key.name);
  if (!deployment) return Outcome{};
  if (is_deleting(*deployment)) return write_deployment_status(store_, key, false, now_());
  if (!selects_its_template(store_, *deployment, "deployment-controller", now_())) return Outcome{};
  const auto paused = write_pause_condition(store_, *deployment, now_());
  if (!paused) return paused.error();
  const Revisions revisions = load_revisions(store_, *deployment);
  const auto numbered = sync_revision(store_, *deployment, revisions);
  if (!numbered) return numbered.error();
  const Step step = step_for(*deployment, revisions);
  deployment = store_.find(kDeployments, key.ns, key.name);
  const auto taken = take(step, *deployment);
  if (!taken) return taken.error();
  return write_deployment_status(store_, key, step != Step::kScale, now_());
}

DeploymentController::Step DeploymentController::step_for(const json& deployment,
                                                          const Revisions& revisions) const {
  if (bool_at(deployment, {"spec", "paused"})) return Step::kScale;
  const std::string wanted = std::to_string(wanted_replicas_of(deployment));
  for (const ObjectPtr& set : active_sets(revisions)) {  // isScalingEvent
    const std::string recorded =
        string_at(*set, {"metadata", "annotations", "deployment.kubernetes.io/desired-replicas"}, wanted);
    if (recorded != wanted) return Step::kScale;
  }
  return string_at(deployment, {"spec", "strategy", "type"}) == "Recreate" ? Step::kRecreate : Step::kRoll;
}

Result<void> DeploymentController::take(Step step, const json& deployment) {
  const Revisions revisions = load_revisions(store_, deployment);
  if (step == Step::kScale) return scale(deployment, revisions);
  if (step == Step::kRecreate) return recreate(deployment, revisions);
  return roll(deployment, revisions);
}

Result<void> DeploymentController::scale(const json& deployment, const Revisions& revisions) {
  if (const ObjectPtr set = only_set(revisions)) {
    const auto scaled = resize(deployment, *set, wanted_replicas_of(deployment));
    if (!scaled) return scaled.error();
  } else if (is_saturated(deployment, revisions)) {
    for (const ObjectPtr& old : revisions.old) {
      if (const auto scaled = resize(deployment, *old, 0); !scaled) return scaled.error();
    }
    const auto recorded = resize(deployment, *revisions.updated, wanted_replicas_of(deployment));
    if (!recorded) return recorded.error();
  } else if (const auto scaled = scale_in_proportion(deployment, revisions); !scaled) {
    return scaled;
  }
  return clean_history(store_, deployment, revisions);
}

Result<void> DeploymentController::scale_in_proportion(const json& deployment, const Revisions& revisions) {
  const int64_t wanted = wanted_replicas_of(deployment);
  const int64_t limit = wanted > 0 ? wanted + fenceposts(deployment).surge : 0;
  auto active =
      active_sets(revisions);  // the larger first; of equals the newer when growing, the older when shrinking
  if (limit > revisions.total()) std::reverse(active.begin(), active.end());
  std::stable_sort(active.begin(), active.end(), [](const ObjectPtr& a, const ObjectPtr& b) {
    return wanted_replicas_of(*a) > wanted_replicas_of(*b);
  });
  std::vector<ReplicaSetSize> sizes;
  for (const ObjectPtr& set : active) sizes.push_back(size_of(*set));
  const auto scaled = proportional_sizes(limit, sizes);
  for (size_t i = 0; i < active.size(); ++i) {
    if (const auto done = resize(deployment, *active[i], scaled[i]); !done) return done.error();
  }
  return {};
}

Result<void> DeploymentController::roll(const json& deployment, const Revisions& revisions) {
  if (!revisions.updated) return create_updated(store_, deployment, revisions, now_());
  const auto grown = grow_updated(deployment, revisions);
  if (!grown) return grown.error();
  if (*grown) return {};
  const auto shrunk = shrink_old(deployment, revisions);
  if (!shrunk) return shrunk.error();
  if (*shrunk || !is_complete(deployment, at(deployment, {"status"}))) return {};
  return clean_history(store_, deployment, revisions);
}

Result<bool> DeploymentController::grow_updated(const json& deployment, const Revisions& revisions) {
  const int64_t size = updated_size(wanted_replicas_of(deployment), fenceposts(deployment).surge,
                                    revisions.total(), wanted_replicas_of(*revisions.updated));
  return resize(deployment, *revisions.updated, size);
}

Result<bool> DeploymentController::shrink_old(const json& deployment, const Revisions& revisions) {
  std::vector<ReplicaSetSize> sizes;
  for (const ObjectPtr& old : revisions.old) sizes.push_back(size_of(*old));
  const auto shrunk = shrunk_old_sizes(wanted_replicas_of(deployment), fenceposts(deployment).unavailable,
                                       size_of(*revisions.updated), sizes);
  bool changed = false;
  for (size_t i = 0; i < shrunk.size(); ++i) {
    if (shrunk[i] == sizes[i].replicas) continue;
    const auto done = resize(deployment, *revisions.old[i], shrunk[i]);
    if (!done) return done.error();
    changed = changed || *done;
  }
  return changed;
}

/// rolloutRecreate (recreate.go): nothing new before the last old pod is gone, terminating ones included.
Result<void> DeploymentController::recreate(const json& deployment, const Revisions& revisions) {
  bool scaled_down = false;
  for (const ObjectPtr& old : revisions.old) {
    const auto done = resize(deployment, *old, 0);
    if (!done) return done.error();
    scaled_down = scaled_down || *done;
  }
  if (scaled_down || runs_old_pods(deployment, revisions)) return {};
  if (!revisions.updated) return create_updated(store_, deployment, revisions, now_());
  const auto grown = resize(deployment, *revisions.updated, wanted_replicas_of(deployment));
  if (!grown) return grown.error();
  if (*grown || !is_complete(deployment, at(deployment, {"status"}))) return {};
  return clean_history(store_, deployment, revisions);
}

bool DeploymentController::runs_old_pods(const json& deployment, const Revisions& revisions) const {
  const std::string updated = revisions.updated ? string_at(*revisions.updated, {"metadata", "uid"}) : "";
  for (const ObjectPtr& pod : store_.list("pods", key_of(deployment).ns)) {
    const std::string owner = string_at(controller_of(*pod), {"uid"});
    const bool old = std::any_of(revisions.old.begin(), revisions.old.end(), [&](const ObjectPtr& set) {
      return string_at(*set, {"metadata", "uid"}) == owner;
    });
    if (old && owner != updated && !has_ended(*pod)) return true;
  }
  return false;
}

Result<bool> DeploymentController::resize(const json& deployment, const json& replica_set, int64_t size) {
  return scale_replica_set(store_, deployment, replica_set, size, now_());
}

}  // namespace zdt::rehearsal
