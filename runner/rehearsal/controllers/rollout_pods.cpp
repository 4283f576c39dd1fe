#include "rehearsal/controllers/rollout_pods.h"

#include <fmt/format.h>

#include <algorithm>

#include "rehearsal/controllers/objects.h"
#include "rehearsal/controllers/pods.h"
#include "rehearsal/controllers/revisions.h"

namespace zdt::rehearsal {
namespace {

constexpr const char* kInjected = "rollout.argoproj.io/ephemeral-metadata";
constexpr const char* kManagedBy = "argo-rollouts.argoproj.io/managed-by-rollouts";
constexpr milliseconds kRestartCheck{30'000};  // restartPodCheckTime

void erase_keys(json& from, const json& keys) {
  if (!from.is_object()) return;
  for (const auto& [key, value] : keys.items()) from.erase(key);
}

/// metadata of a pod or a pod template.
void exchange(json& metadata, const json& before, const json& after) {
  for (const char* field : {"labels", "annotations"}) {
    if (metadata.contains(field)) erase_keys(metadata[field], object_at(before, {field}));
    for (const auto& [key, value] : object_at(after, {field}).items()) metadata[field][key] = value;
    if (metadata.contains(field) && metadata[field].empty()) metadata.erase(field);
  }
}

json injected_in(const json& replica_set) {
  const std::string text = string_at(replica_set, {"metadata", "annotations", kInjected});
  const auto parsed = parse_json(text.empty() ? "{}" : text, kInjected);
  return parsed ? *parsed : json::object();
}

std::vector<ObjectPtr> pods_of(const RolloutLook& look, const json& set) {
  auto pods = look.store.list("pods", key_of(set).ns);
  const std::string uid = string_at(set, {"metadata", "uid"});
  std::erase_if(pods, [&](const ObjectPtr& pod) { return string_at(controller_of(*pod), {"uid"}) != uid; });
  return pods;
}

Result<void> sync_set(const RolloutLook& look, const ObjectPtr& set, const json& metadata) {
  if (!set) return {};
  const json before = injected_in(*set);
  const auto [ns, name] = key_of(*set);
  const auto written =
      look.store.modify(kReplicaSets, ns, name, [&](json& changed) { put_pod_metadata(changed, metadata); });
  if (!written) return written.error();
  for (const ObjectPtr& pod : pods_of(look, *set)) {
    const auto done = look.store.modify("pods", ns, key_of(*pod).name, [&](json& changed) {
      exchange(changed["metadata"], before, metadata);
    });
    if (!done) return done.error();
  }
  return {};
}

bool is_older(const json& pod, WallTime than) {
  const auto created = parse_time(string_at(pod, {"metadata", "creationTimestamp"}));
  return created && *created < than;
}

/// All pods, the stable ReplicaSet's first, then the updated one's.
std::vector<ObjectPtr> pods_to_restart(const RolloutLook& look) {
  std::vector<ObjectPtr> sets = look.sets.others(), pods;
  sets.insert(sets.begin(), look.sets.updated);
  if (look.sets.has_two()) sets.insert(sets.begin(), look.sets.stable);
  for (const ObjectPtr& set : sets) {
    for (ObjectPtr& pod : pods_of(look, *set)) pods.push_back(std::move(pod));
  }
  return pods;
}

/// How many pods may be missing now: the available ones, less those that must stay.
int64_t restartable(const RolloutLook& look, const std::vector<ObjectPtr>& pods) {
  const int64_t min_ready = int32_at(*look.rollout, {"spec", "minReadySeconds"});
  const int64_t available = std::count_if(pods.begin(), pods.end(), [&](const ObjectPtr& pod) {
    return !is_deleting(*pod) && until_available(*pod, min_ready, look.now) == milliseconds(0);
  });
  int64_t total = 0;
  for (const ObjectPtr& set : look.sets.all) total += wanted_replicas_of(*set);
  const int64_t at_once = std::max<int64_t>(canary_fenceposts(*look.rollout).unavailable, 1);
  return available - (std::max(look.wanted(), total) - at_once);
}

Result<void> switch_service(const RolloutLook& look, const char* role, const ObjectPtr& set) {
  const std::string service_name = string_at(canary_of(*look.rollout), {role});
  if (!set || service_name.empty()) return {};
  const auto [ns, rollout_name] = key_of(*look.rollout);
  const ObjectPtr service = look.store.find("services", ns, service_name);
  if (!service) return {};
  const std::string before = string_at(*service, {"spec", "selector", kRolloutHash}), hash = hash_of(*set);
  if (before == hash) return {};
  const bool managed = !string_at(*service, {"metadata", "annotations", kManagedBy}).empty();
  const int64_t needed = managed ? 1 : std::max<int64_t>(wanted_replicas_of(*set), 1);
  if (available_of(*set) < needed) return {};
  const auto written =
      look.store.modify("services", ns, service_name, [&, owner = rollout_name](json& changed) {
        changed["metadata"]["annotations"][kManagedBy] = owner;
        changed["spec"]["selector"][kRolloutHash] = hash;
      });
  if (!written) return written.error();
  look.event("SwitchService",
             fmt::format("Switched selector for service '{}' from '{}' to '{}'", service_name, before, hash));
  return {};
}

}  // namespace

void put_pod_metadata(json& set, const json& metadata) {
  exchange(set["spec"]["template"]["metadata"], injected_in(set), metadata);
  json& annotations = set["metadata"]["annotations"];
  if (metadata.is_object() && !metadata.empty()) {
    annotations[kInjected] = metadata.dump();
  } else if (annotations.is_object()) {
    annotations.erase(kInjected);
  }
}

Result<void> sync_pod_metadata(const RolloutLook& look) {
  const json& canary = canary_of(*look.rollout);
  const json &of_canary = at(canary, {"canaryMetadata"}), &of_stable = at(canary, {"stableMetadata"});
  if (of_canary.is_null() && of_stable.is_null()) return {};
  const std::string stable = string_at(look.status(), {"stableRS"});
  const bool rolled_out = stable.empty() || stable == hash_of(*look.sets.updated);
  auto done = sync_set(look, look.sets.updated, rolled_out ? of_stable : of_canary);
  if (done && !rolled_out) done = sync_set(look, look.sets.stable, of_stable);
  for (const ObjectPtr& set : look.sets.others()) {
    if (done) done = sync_set(look, set, nullptr);
  }
  return done;
}

Result<int64_t> restart_pods(RolloutLook& look) {
  const std::string wanted = string_at(*look.rollout, {"spec", "restartAt"});
  const auto time = parse_time(wanted);
  if (!time || wanted == string_at(look.status(), {"restartedAt"})) return 0;
  if (*time > look.now) {
    look.look_again_in(std::chrono::ceil<milliseconds>(*time - look.now));
    return 0;
  }
  const auto pods = pods_to_restart(look);
  int64_t allowed = restartable(look, pods), old = 0, restarted = 0;
  for (const ObjectPtr& pod : pods) {
    if (!is_older(*pod, *time)) continue;
    ++old;
    if (allowed <= restarted || is_deleting(*pod)) continue;
    const auto [ns, name] = key_of(*pod);
    const auto deleted = request_deletion(look.store, "pods", ns, name);
    if (!deleted) return deleted.error();
    ++restarted;
  }
  look.restarted = old == restarted;
  if (!look.restarted) look.look_again_in(kRestartCheck);
  return restarted;
}

Result<void> switch_services(const RolloutLook& look) {
  const auto done = switch_service(look, "stableService", look.sets.stable);
  if (!done) return done;
  return switch_service(look, "canaryService", look.is_aborted() ? look.sets.stable : look.sets.updated);
}

}  // namespace zdt::rehearsal
