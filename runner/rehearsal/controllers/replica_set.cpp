#include "rehearsal/controllers/replica_set.h"

#include <fmt/format.h>

#include <set>

#include "rehearsal/controllers/conditions.h"
#include "rehearsal/controllers/objects.h"
#include "rehearsal/controllers/pods.h"

namespace zdt::rehearsal {
namespace {

constexpr std::string_view kApiVersion = "apps/v1";
constexpr std::string_view kKind = "ReplicaSet";
constexpr const char* kReplicaSetResource = "replicasets.apps";
constexpr size_t kBatch = 50;  // takes about 20 ms

int64_t wanted_replicas(const json& replica_set) { return int32_at(replica_set, {"spec", "replicas"}, 1); }

json pod_from_template(const json& replica_set) {
  const json& pattern = object_at(replica_set, {"spec", "template"});
  json metadata = {{"namespace", string_at(replica_set, {"metadata", "namespace"})},
                   {"generateName", string_at(replica_set, {"metadata", "name"}) + "-"},
                   {"ownerReferences", json::array({controller_reference(replica_set, kApiVersion, kKind)})}};
  for (const char* field : {"labels", "annotations", "finalizers"}) {
    if (const json& value = at(pattern, {"metadata", field}); !value.is_null()) metadata[field] = value;
  }
  return {{"apiVersion", "v1"},
          {"kind", "Pod"},
          {"metadata", std::move(metadata)},
          {"spec", object_at(pattern, {"spec"})},
          {"status", {{"phase", "Pending"}}}};
}

/// What status says of the pods, and when time alone makes the next of them available.
struct Counts {
  int64_t ready = 0, available = 0, fully_labeled = 0;
  std::optional<milliseconds> next_available;
};

Counts count(const json& replica_set, const std::vector<ObjectPtr>& pods, WallTime now) {
  Counts counts;
  const json& labels = object_at(replica_set, {"spec", "template", "metadata", "labels"});
  const int64_t min_ready = int32_at(replica_set, {"spec", "minReadySeconds"});
  for (const ObjectPtr& pod : pods) {
    counts.fully_labeled += labels.empty() || holds_labels(labels_of(*pod), labels);
    const auto left = until_available(*pod, min_ready, now);
    if (!left) continue;
    ++counts.ready;
    if (left->count() == 0) {
      ++counts.available;
    } else if (!counts.next_available || *left < *counts.next_available) {
      counts.next_available = *left;
    }
  }
  return counts;
}

}  // namespace

ReplicaSetController::ReplicaSetController(Store& store, Clock now) : store_(store), now_(std::move(now)) {}

std::vector<Key> ReplicaSetController::concerned(const Event& event) {
  if (event.resource == kReplicaSetResource) return {key_of(*event.object)};
  if (event.resource != "pods") return {};
  std::vector<Key> keys;
  const std::string ns = string_at(*event.object, {"metadata", "namespace"});
  for (const ObjectPtr& pod : {event.object, event.previous}) {
    if (!pod) continue;
    if (const std::string owner = controller_name(*pod, kKind); !owner.empty()) keys.push_back({ns, owner});
  }
  if (!controller_of(*event.object).is_null()) return keys;
  for (const ObjectPtr& replica_set : store_.list(kReplicaSetResource, ns)) {
    if (selects(at(*replica_set, {"spec", "selector"}), labels_of(*event.object))) {
      keys.push_back(key_of(*replica_set));
    }
  }
  return keys;
}

Result<Outcome> ReplicaSetController::reconcile(const Key& key) {
  const ObjectPtr replica_set = store_.find(kReplicaSetResource, key.ns, key.name);
  if (!replica_set) return Outcome{};
  if (!selects_its_template(store_, *replica_set, "replicaset-controller", now_())) return Outcome{};
  Result<bool> more = false;
  if (!is_deleting(*replica_set)) more = scale(*replica_set, active_pods(*replica_set));
  const auto written = write_status(*replica_set, active_pods(*replica_set), more ? "" : more.error().what);
  if (!more) return more.error();
  if (written && *more) return Outcome{milliseconds(0)};
  return written;
}

std::vector<ObjectPtr> ReplicaSetController::active_pods(const json& replica_set) {
  auto pods = claim(store_, "pods", replica_set, kApiVersion, kKind);
  std::erase_if(pods, [](const ObjectPtr& pod) { return !is_active(*pod); });
  return pods;
}

/// The pods of all ReplicaSets with the same owner (getIndirectlyRelatedPods).
std::vector<ObjectPtr> ReplicaSetController::related_pods(const json& replica_set) const {
  const std::string ns = key_of(replica_set).ns, owner = string_at(controller_of(replica_set), {"uid"});
  std::set<std::string> siblings = {string_at(replica_set, {"metadata", "uid"})};
  for (const ObjectPtr& each : store_.list(kReplicaSetResource, ns)) {
    if (!owner.empty() && string_at(controller_of(*each), {"uid"}) == owner)
      siblings.insert(string_at(*each, {"metadata", "uid"}));
  }
  auto pods = store_.list("pods", ns);
  std::erase_if(pods, [&](const ObjectPtr& pod) {
    return !siblings.contains(string_at(controller_of(*pod), {"uid"}));
  });
  return pods;
}

Result<bool> ReplicaSetController::scale(const json& replica_set, std::vector<ObjectPtr> pods) {
  const auto wanted = static_cast<size_t>(std::max<int64_t>(wanted_replicas(replica_set), 0));
  if (pods.size() < wanted) return grow(replica_set, pods.size(), wanted);
  if (pods.size() == wanted) return false;
  const size_t surplus = pods.size() - wanted;
  return shrink(replica_set, std::move(pods), surplus);
}

Result<bool> ReplicaSetController::grow(const json& replica_set, size_t have, size_t wanted) {
  const size_t most = std::min(wanted, kMostPods);
  const size_t end = std::min(most, have + kBatch);
  for (size_t made = have; made < end; ++made) {
    if (auto created = create_pod(replica_set); !created) return created.error();
  }
  if (end < most || wanted <= kMostPods) return end < most;
  Error full{Code::kEnvironment,
             fmt::format("pods \"{}-\" is forbidden: exceeded quota: rehearsal-of-one-replicaset, requested: pods={}, "
                         "used: pods={}, limited: pods={}",
                         key_of(replica_set).name, wanted - most, most, kMostPods),
             "the four nodes run 440 pods"};
  tell_failure(replica_set, full.what);
  return full;
}

void ReplicaSetController::tell_failure(const json& replica_set, const std::string& what) {
  record_event(store_, replica_set, "Warning", "FailedCreate", "Error creating: " + what, "replicaset-controller", now_());
}

Result<bool> ReplicaSetController::shrink(const json& replica_set, std::vector<ObjectPtr> pods, size_t surplus) {
  sort_for_deletion(pods, related_pods(replica_set), now_());
  pods.resize(std::min(surplus, kBatch));
  for (const ObjectPtr& pod : pods) {
    if (auto deleted = delete_pod(replica_set, *pod); !deleted) return deleted.error();
  }
  return surplus > kBatch;
}

Result<void> ReplicaSetController::create_pod(const json& replica_set) {
  const auto pod = store_.create("pods", pod_from_template(replica_set));
  if (!pod) {
    Error failure = pod.error();
    if (failure.code != Code::kConflict)
      failure.what = fmt::format("pods \"{}-\" is forbidden: {}", key_of(replica_set).name, failure.what);
    tell_failure(replica_set, failure.what);
    return failure;
  }
  record_event(store_, replica_set, "Normal", "SuccessfulCreate", "Created pod: " + key_of(**pod).name,
               "replicaset-controller", now_());
  return {};
}

Result<void> ReplicaSetController::delete_pod(const json& replica_set, const json& pod) {
  const auto [ns, name] = key_of(pod);
  const auto deleted = request_deletion(store_, "pods", ns, name);
  if (!deleted) return deleted.error();
  record_event(store_, replica_set, "Normal", "SuccessfulDelete", "Deleted pod: " + name,
               "replicaset-controller", now_());
  return {};
}

Result<Outcome> ReplicaSetController::write_status(const json& replica_set,
                                                   const std::vector<ObjectPtr>& pods,
                                                   const std::string& failure) {
  const auto [ns, name] = key_of(replica_set);
  const Counts counts = count(replica_set, pods, now_());
  const auto written = store_.modify(kReplicaSetResource, ns, name, [&](json& changed) {
    json& status = changed["status"];
    if (!status.is_object()) status = json::object();
    if (!failure.empty()) set_condition(status, {"ReplicaFailure", "True", "FailedCreate", failure}, now_());
    if (failure.empty() && status.contains("conditions")) remove_condition(status, "ReplicaFailure");
    if (array_at(status, {"conditions"}).empty()) status.erase("conditions");
    status["replicas"] = pods.size();
    put_count(status, "readyReplicas", counts.ready);
    put_count(status, "availableReplicas", counts.available);
    put_count(status, "fullyLabeledReplicas", counts.fully_labeled);
    status["observedGeneration"] = int_at(replica_set, {"metadata", "generation"});
  });
  if (!written) return written.error();
  return Outcome{counts.next_available};
}

}  // namespace zdt::rehearsal
