#include "rehearsal/controllers/revisions.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "rehearsal/controllers/conditions.h"
#include "rehearsal/controllers/objects.h"

namespace zdt::rehearsal {
namespace {

constexpr const char* kRevision = "deployment.kubernetes.io/revision";
constexpr const char* kHistory = "deployment.kubernetes.io/revision-history";
constexpr const char* kDesired = "deployment.kubernetes.io/desired-replicas";
constexpr const char* kLimit = "deployment.kubernetes.io/max-replicas";

int64_t number_in(const json& object, const char* annotation) {
  const std::string text = string_at(object, {"metadata", "annotations", annotation});
  int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

/// EqualIgnoreHash of deployment_util.go.
json template_without_hash(const json& object) {
  json pattern = object_at(object, {"spec", "template"});
  if (json& metadata = pattern["metadata"]; metadata.is_object() && metadata.contains("labels")) {
    metadata["labels"].erase(kTemplateHash);
    if (metadata["labels"].empty()) metadata.erase("labels");
  }
  return pattern;
}

/// The hash in the letters of generated names (apimachinery/pkg/util/rand, SafeEncodeString).
std::string template_hash(const json& deployment) {
  static constexpr std::string_view kAlphabet = "bcdfghjklmnpqrstvwxz2456789";
  const int64_t collisions = int_at(deployment, {"status", "collisionCount"});
  const std::string text = template_without_hash(deployment).dump() + (collisions ? std::to_string(collisions) : "");
  std::string hash = std::to_string(fnv32a(text));
  for (char& c : hash) c = kAlphabet[static_cast<unsigned char>(c) % kAlphabet.size()];
  return hash;
}

int64_t newest_old_revision(const Revisions& revisions) {
  int64_t newest = 0;
  for (const ObjectPtr& old : revisions.old) newest = std::max(newest, number_in(*old, kRevision));
  return newest;
}

bool is_copied(const std::string& annotation) {
  return annotation != "kubectl.kubernetes.io/last-applied-configuration" &&
         annotation != "deprecated.deployment.rollback.to" && !annotation.starts_with("deployment.kubernetes.io/");
}

void copy_annotations(const json& deployment, json& replica_set) {
  json& annotations = replica_set["metadata"]["annotations"];
  for (const auto& [key, value] : object_at(deployment, {"metadata", "annotations"}).items()) {
    if (is_copied(key)) annotations[key] = value;
  }
}

/// A revision that comes back (an undo) gets a new number; the earlier one goes into the history.
void raise_revision(json& replica_set, int64_t revision) {
  const int64_t earlier = number_in(replica_set, kRevision);
  if (earlier >= revision) return;
  json& annotations = replica_set["metadata"]["annotations"];
  if (earlier > 0) {
    const std::string history = string_at(annotations, {kHistory});
    annotations[kHistory] = history.empty() ? std::to_string(earlier) : fmt::format("{},{}", history, earlier);
  }
  annotations[kRevision] = std::to_string(revision);
}

void put_limits(const json& deployment, json& replica_set) {
  const int64_t wanted = wanted_replicas_of(deployment);
  json& annotations = replica_set["metadata"]["annotations"];
  annotations[kDesired] = std::to_string(wanted);
  annotations[kLimit] = std::to_string(wanted + fenceposts(deployment).surge);
}

int64_t first_size(const json& deployment, const Revisions& revisions) {
  const int64_t wanted = wanted_replicas_of(deployment);
  if (string_at(deployment, {"spec", "strategy", "type"}) == "Recreate") return wanted;
  return updated_size(wanted, fenceposts(deployment).surge, revisions.total(), 0);
}

json new_replica_set(const json& deployment, const std::string& hash, int64_t replicas) {
  const auto [ns, name] = key_of(deployment);
  json pattern = object_at(deployment, {"spec", "template"});
  pattern["metadata"]["labels"][kTemplateHash] = hash;
  json selector = object_at(deployment, {"spec", "selector"});
  selector["matchLabels"][kTemplateHash] = hash;
  json owner = controller_reference(deployment, "apps/v1", "Deployment");
  json spec = {{"replicas", replicas}, {"selector", std::move(selector)}};
  if (const int64_t seconds = int_at(deployment, {"spec", "minReadySeconds"})) spec["minReadySeconds"] = seconds;
  json metadata = {{"namespace", ns},
                   {"name", fmt::format("{}-{}", name, hash)},
                   {"labels", at(pattern, {"metadata", "labels"})},
                   {"ownerReferences", json::array({std::move(owner)})}};
  spec["template"] = std::move(pattern);
  return {{"apiVersion", "apps/v1"}, {"kind", "ReplicaSet"}, {"metadata", std::move(metadata)}, {"spec", std::move(spec)}};
}

Error count_collision(Store& store, const json& deployment, Error failure) {
  const auto [ns, name] = key_of(deployment);
  const auto counted = store.modify(kDeployments, ns, name, [](json& changed) {
    changed["status"]["collisionCount"] = int_at(changed, {"status", "collisionCount"}) + 1;
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
  const int64_t available = int_at(replica_set, {"status", "availableReplicas"});
  const int64_t limit = number_in(replica_set, kLimit);
  return {replicas, std::min(replicas, available), limit ? limit : int_at(replica_set, {"status", "replicas"})};
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
  json wanted = new_replica_set(deployment, template_hash(deployment), size);
  copy_annotations(deployment, wanted);
  put_limits(deployment, wanted);
  const int64_t revision = newest_old_revision(revisions) + 1;
  raise_revision(wanted, revision);
  const auto created = store.create(kReplicaSets, std::move(wanted));
  if (!created && created.error().code == Code::kConflict) return count_collision(store, deployment, created.error());
  if (!created) return created.error();
  const std::string name = key_of(**created).name;
  if (size > 0) {
    record_event(store, deployment, "Normal", "ScalingReplicaSet",
                 fmt::format("Scaled up replica set {} from 0 to {}", name, size), "deployment-controller", now);
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
               fmt::format("Scaled {} replica set {} from {} to {}", before < size ? "up" : "down", name, before, size),
               "deployment-controller", now);
  return true;
}

Result<void> clean_history(Store& store, const json& deployment, const Revisions& revisions) {
  const auto keep = static_cast<size_t>(std::max<int64_t>(int_at(deployment, {"spec", "revisionHistoryLimit"}, 10), 0));
  std::vector<ObjectPtr> empty;
  for (const ObjectPtr& old : revisions.old) {
    const bool seen = int_at(*old, {"status", "observedGeneration"}) >= int_at(*old, {"metadata", "generation"});
    const bool vacant = wanted_replicas_of(*old) == 0 && int_at(*old, {"status", "replicas"}) == 0;
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
