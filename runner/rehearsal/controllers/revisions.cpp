#include "rehearsal/controllers/revisions.h"

#include <fmt/format.h>

#include <algorithm>

#include "rehearsal/controllers/conditions.h"
#include "rehearsal/controllers/objects.h"
#include "rehearsal/controllers/replica_set_template.h"

namespace zdt::rehearsal {
namespace {

int64_t newest_old_revision(const Revisions& revisions) {
  int64_t newest = 0;
  for (const ObjectPtr& old : revisions.old) newest = std::max(newest, number_in(*old, kRevision));
  return newest;
}

int64_t first_size(const json& deployment, const Revisions& revisions) {
  const int64_t wanted = wanted_replicas_of(deployment);
  if (string_at(deployment, {"spec", "strategy", "type"}) == "Recreate") return wanted;
  return updated_size(wanted, fenceposts(deployment).surge, revisions.total(), 0);
}

Error count_collision(Store& store, const json& deployment, Error failure) {
  const auto [ns, name] = key_of(deployment);
  const auto counted = store.modify(kDeployments, ns, name, [](json& changed) {
    changed["status"]["collisionCount"] = int32_at(changed, {"status", "collisionCount"}) + 1;
  });
  return counted ? failure : counted.error();
}

Result<void> put_revision(Store& store, const json& deployment, int64_t revision) {
  const auto [ns, name] = key_of(deployment);
  const auto written = store.modify(kDeployments, ns, name, [&](json& changed) {
    changed["metadata"]["annotations"][kRevision] = std::to_string(revision);
  });
  if (!written) return written.error();
  return {};
}

}  // namespace

std::vector<ObjectPtr> Revisions::all() const {
  std::vector<ObjectPtr> result = old;
  if (updated) result.push_back(updated);
  return result;
}

int64_t Revisions::total() const {
  int64_t sum = 0;
  for (const ObjectPtr& each : all()) sum += wanted_replicas_of(*each);
  return sum;
}

Revisions load_revisions(Store& store, const json& deployment) {
  auto sets = claim(store, kReplicaSets, deployment, "apps/v1", "Deployment");
  std::stable_sort(sets.begin(), sets.end(), [](const ObjectPtr& a, const ObjectPtr& b) {
    auto age = [](const json& each) {
      return std::pair(string_at(each, {"metadata", "creationTimestamp"}), number_in(each, kRevision));
    };
    return age(*a) < age(*b);
  });
  const json wanted = template_without_hash(deployment);
  Revisions revisions;
  for (ObjectPtr& each : sets) {
    if (!revisions.updated && template_without_hash(*each) == wanted) {
      revisions.updated = std::move(each);
    } else {
      revisions.old.push_back(std::move(each));
    }
  }
  return revisions;
}

ReplicaSetSize size_of(const json& replica_set) {
  const int64_t replicas = wanted_replicas_of(replica_set);
  const int64_t available = int32_at(replica_set, {"status", "availableReplicas"});
  const int64_t limit = number_in(replica_set, kLimit);
  return {replicas, std::min(replicas, available),
          limit ? limit : int32_at(replica_set, {"status", "replicas"})};
}

Result<void> sync_revision(Store& store, const json& deployment, const Revisions& revisions) {
  if (!revisions.updated) return {};
  const int64_t revision = newest_old_revision(revisions) + 1;
  const auto [ns, name] = key_of(*revisions.updated);
  const auto written = store.modify(kReplicaSets, ns, name, [&](json& changed) {
    copy_annotations(deployment, changed);
    raise_revision(changed, revision);
    if (const json& seconds = at(deployment, {"spec", "minReadySeconds"}); !seconds.is_null()) {
      changed["spec"]["minReadySeconds"] = seconds;
    } else {
      changed["spec"].erase("minReadySeconds");
    }
  });
  if (!written) return written.error();
  return put_revision(store, deployment, number_in(**written, kRevision));
}

Result<void> create_updated(Store& store, const json& deployment, const Revisions& revisions, WallTime now) {
  const int64_t size = first_size(deployment, revisions);
  json wanted = new_replica_set(deployment, size);
  copy_annotations(deployment, wanted);
  put_limits(deployment, wanted);
  const int64_t revision = newest_old_revision(revisions) + 1;
  raise_revision(wanted, revision);
  const auto created = store.create(kReplicaSets, std::move(wanted));
  if (!created && created.error().code == Code::kConflict)
    return count_collision(store, deployment, created.error());
  if (!created) return created.error();
  const std::string name = key_of(**created).name;
  if (size > 0) {
    record_event(store, deployment, "Normal", "ScalingReplicaSet",
                 fmt::format("Scaled up replica set {} from 0 to {}", name, size), "deployment-controller",
                 now);
  }
  const auto numbered = put_revision(store, deployment, revision);
  if (!numbered) return numbered;
  const WorkloadCondition progress{"Progressing", "True", "NewReplicaSetCreated",
                                   fmt::format("Created new replica set \"{}\"", name)};
  return write_condition(store, deployment, progress, now);
}

Result<bool> scale_replica_set(Store& store, const json& deployment, const json& replica_set, int64_t size,
                               WallTime now) {
  const auto [ns, name] = key_of(replica_set);
  const int64_t before = wanted_replicas_of(replica_set);
  const auto written = store.modify(kReplicaSets, ns, name, [&](json& changed) {
    put_limits(deployment, changed);
    changed["spec"]["replicas"] = size;
  });
  if (!written) return written.error();
  if (before == size) return false;
  record_event(store, deployment, "Normal", "ScalingReplicaSet",
               fmt::format("Scaled {} replica set {} from {} to {}", before < size ? "up" : "down", name,
                           before, size),
               "deployment-controller", now);
  return true;
}

Result<void> clean_history(Store& store, const json& deployment, const Revisions& revisions) {
  const auto keep =
      static_cast<size_t>(std::max<int64_t>(int32_at(deployment, {"spec", "revisionHistoryLimit"}, 10), 0));
  std::vector<ObjectPtr> empty;
  for (const ObjectPtr& old : revisions.old) {
    const bool seen =
        int_at(*old, {"status", "observedGeneration"}) >= int_at(*old, {"metadata", "generation"});
    const bool vacant = wanted_replicas_of(*old) == 0 && int32_at(*old, {"status", "replicas"}) == 0;
    if (vacant && seen && !is_deleting(*old)) empty.push_back(old);
  }
  if (empty.size() <= keep) return {};
  std::sort(empty.begin(), empty.end(), [](const ObjectPtr& a, const ObjectPtr& b) {
    return number_in(*a, kRevision) < number_in(*b, kRevision);
  });
  empty.resize(empty.size() - keep);
  for (const ObjectPtr& each : empty) {
    const auto [ns, name] = key_of(*each);
    const auto removed = request_deletion(store, kReplicaSets, ns, name);
    if (!removed) return removed.error();
  }
  return {};
}

}  // namespace zdt::rehearsal
