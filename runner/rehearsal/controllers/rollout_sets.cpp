#include "rehearsal/controllers/rollout_sets.h"

#include <fmt/format.h>

#include <algorithm>

#include "rehearsal/controllers/conditions.h"
#include "rehearsal/controllers/objects.h"
#include "rehearsal/controllers/replica_set_template.h"
#include "rehearsal/controllers/revisions.h"
#include "rehearsal/controllers/rollout_pods.h"

namespace zdt::rehearsal {
namespace {

constexpr const char* kRolloutHistory = "rollout.argoproj.io/revision-history";

bool is_copied_to_set(const std::string& annotation) {
  return annotation != "kubectl.kubernetes.io/last-applied-configuration" && annotation != kRolloutRevision &&
         annotation != kRolloutHistory && annotation != kDesiredReplicas &&
         annotation != "notified.notifications.argoproj.io";
}

/// Without what clients write or leave out at will, so that a template that comes back with an undo has its
/// old hash.
json normalised(const json& value) {
  if (!value.is_structured()) return value;
  json result = value.is_array() ? json::array() : json::object();
  if (value.is_array()) {
    for (const json& each : value) result.push_back(normalised(each));
    return result;
  }
  for (const auto& [key, each] : value.items()) {
    if (each.is_null() || (key == "resources" && each.empty())) continue;
    result[key] = normalised(each);
  }
  return result;
}

/// The ReplicaSet of the present template with its hash, but neither annotations nor pods.
json wanted_set(const RolloutLook& look) {
  const json& rollout = *look.rollout;
  const auto [ns, name] = key_of(rollout);
  json set = {{"apiVersion", "apps/v1"},
              {"kind", "ReplicaSet"},
              {"metadata", {{"namespace", ns}}},
              {"spec",
               {{"replicas", 0},
                {"selector", at(rollout, {"spec", "selector"})},
                {"template", object_at(rollout, {"spec", "template"})}}}};
  if (const int64_t seconds = int32_at(rollout, {"spec", "minReadySeconds"}))
    set["spec"]["minReadySeconds"] = seconds;
  look.defaults(kReplicaSets, set);
  const int64_t collisions = int32_at(look.status(), {"collisionCount"});
  const std::string hash =
      safe_hash(normalised(set["spec"]["template"]).dump() + (collisions ? std::to_string(collisions) : ""));
  json& labels = set["spec"]["template"]["metadata"]["labels"];
  labels[kRolloutHash] = hash;
  set["spec"]["selector"]["matchLabels"][kRolloutHash] = hash;
  set["metadata"]["name"] = fmt::format("{}-{}", name, hash);
  set["metadata"]["labels"] = labels;
  set["metadata"]["ownerReferences"] =
      json::array({controller_reference(rollout, "argoproj.io/v1alpha1", "Rollout")});
  return set;
}

int64_t next_revision(const RolloutLook& look) {
  int64_t newest = 0;
  for (const ObjectPtr& set : look.sets.all) {
    if (set != look.sets.updated) newest = std::max(newest, number_in(*set, kRolloutRevision));
  }
  return newest + 1;
}

void write_annotations(const RolloutLook& look, json& set, int64_t revision) {
  json& annotations = set["metadata"]["annotations"];
  for (const auto& [key, value] : object_at(*look.rollout, {"metadata", "annotations"}).items()) {
    if (is_copied_to_set(key)) annotations[key] = value;
  }
  const int64_t earlier = number_in(set, kRolloutRevision);
  if (earlier >= revision) return;
  if (earlier > 0) {
    const std::string history = string_at(annotations, {kRolloutHistory});
    annotations[kRolloutHistory] = (history.empty() ? "" : history + ",") + std::to_string(earlier);
  }
  annotations[kRolloutRevision] = std::to_string(revision);
}

Result<bool> write_rollout(const RolloutLook& look, const std::function<void(json&)>& edit) {
  const auto [ns, name] = key_of(*look.rollout);
  const auto written = look.store.modify(kRollouts, ns, name, edit);
  if (!written) return written.error();
  return **written != *look.rollout;
}

Error count_collision(const RolloutLook& look, Error failure) {
  const auto counted = write_rollout(look, [](json& changed) {
    changed["status"]["collisionCount"] = int32_at(changed, {"status", "collisionCount"}) + 1;
  });
  return counted ? failure : counted.error();
}

}  // namespace

std::vector<ObjectPtr> RolloutSets::others() const {
  std::vector<ObjectPtr> result = all;
  std::erase_if(result, [this](const ObjectPtr& set) { return set == updated || set == stable; });
  return result;
}

void RolloutLook::look_again_in(milliseconds delay) { again = again ? std::min(*again, delay) : delay; }

void RolloutLook::event(std::string_view reason, const std::string& message, bool warning) const {
  record_event(store, *rollout, warning ? "Warning" : "Normal", reason, message, "rollouts-controller", now);
}

std::string hash_of(const json& set) { return string_at(set, {"metadata", "labels", kRolloutHash}); }
int64_t available_of(const json& set) { return int32_at(set, {"status", "availableReplicas"}); }

int64_t status_sum(const std::vector<ObjectPtr>& sets, std::string_view field) {
  int64_t sum = 0;
  for (const ObjectPtr& set : sets) sum += int32_at(*set, {"status", field});
  return sum;
}

RolloutSets load_rollout_sets(const RolloutLook& look) {
  RolloutSets sets;
  sets.all = claim(look.store, kReplicaSets, *look.rollout, "argoproj.io/v1alpha1", "Rollout");
  std::stable_sort(sets.all.begin(), sets.all.end(), [](const ObjectPtr& a, const ObjectPtr& b) {
    auto age = [](const json& set) {
      return std::pair(string_at(set, {"metadata", "creationTimestamp"}), number_in(set, kRolloutRevision));
    };
    return age(*a) < age(*b);
  });
  const std::string wanted = hash_of(wanted_set(look)), stable = string_at(look.status(), {"stableRS"});
  for (const ObjectPtr& set : sets.all) {
    if (hash_of(*set) == wanted) sets.updated = set;
    if (!stable.empty() && hash_of(*set) == stable) sets.stable = set;
  }
  return sets;
}

Result<void> create_updated_set(const RolloutLook& look) {
  json wanted = wanted_set(look);
  const int64_t revision = next_revision(look);
  write_annotations(look, wanted, revision);
  wanted["metadata"]["annotations"][kDesiredReplicas] = std::to_string(look.wanted());
  put_pod_metadata(wanted,
                   at(canary_of(*look.rollout), {look.sets.stable ? "canaryMetadata" : "stableMetadata"}));
  const auto created = look.store.create(kReplicaSets, std::move(wanted));
  if (!created && created.error().code == Code::kConflict) return count_collision(look, created.error());
  if (!created) return created.error();
  const std::string name = key_of(**created).name;
  look.event("RolloutUpdated", fmt::format("Rollout updated to revision {}", revision));
  look.event("NewReplicaSetCreated", fmt::format("Created ReplicaSet {} (revision {})", name, revision));
  const auto written = write_rollout(look, [&](json& changed) {
    changed["metadata"]["annotations"][kRolloutRevision] = std::to_string(revision);
    set_condition(
        changed["status"],
        {"Progressing", "True", "NewReplicaSetCreated", fmt::format("Created new replica set \"{}\"", name)},
        look.now);
  });
  if (!written) return written.error();
  return {};
}

Result<bool> sync_rollout_revision(const RolloutLook& look) {
  const auto [ns, name] = key_of(*look.sets.updated);
  const auto set = look.store.modify(kReplicaSets, ns, name, [&](json& changed) {
    write_annotations(look, changed, next_revision(look));
    const int64_t seconds = int32_at(*look.rollout, {"spec", "minReadySeconds"});
    if (seconds > 0) changed["spec"]["minReadySeconds"] = seconds;
    if (seconds == 0) changed["spec"].erase("minReadySeconds");
  });
  if (!set) return set.error();
  const int64_t revision = number_in(**set, kRolloutRevision);
  const bool is_new = revision != number_in(*look.rollout, kRolloutRevision);
  if (is_new) look.event("RolloutUpdated", fmt::format("Rollout updated to revision {}", revision));
  const auto written = write_rollout(look, [&](json& changed) {
    changed["metadata"]["annotations"][kRolloutRevision] = std::to_string(revision);
    if (!condition_of(changed, "Progressing").is_null()) return;
    set_condition(
        changed["status"],
        {"Progressing", "True", "FoundNewReplicaSet", fmt::format("Found new replica set \"{}\"", name)},
        look.now);
  });
  if (!written) return written.error();
  return *written || **set != *look.sets.updated;
}

Result<void> clean_rollout_history(const RolloutLook& look) {
  const auto others = look.sets.others();
  const int64_t limit = std::max<int64_t>(int32_at(*look.rollout, {"spec", "revisionHistoryLimit"}, 10), 0);
  const int64_t surplus = static_cast<int64_t>(others.size()) - limit;
  for (int64_t i = 0; i < surplus; ++i) {
    const json& set = *others[static_cast<size_t>(i)];
    const bool seen =
        int_at(set, {"status", "observedGeneration"}) >= int_at(set, {"metadata", "generation"});
    if (!seen || is_deleting(set) || wanted_replicas_of(set) != 0 || int32_at(set, {"status", "replicas"}) != 0)
      continue;
    const auto [ns, name] = key_of(set);
    const auto removed = request_deletion(look.store, kReplicaSets, ns, name);
    if (!removed) return removed.error();
  }
  return {};
}

}  // namespace zdt::rehearsal
