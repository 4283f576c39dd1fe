#include "rehearsal/controllers/disruption.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "rehearsal/controllers/objects.h"
#include "rehearsal/controllers/pods.h"
#include "rehearsal/controllers/scale.h"
#include "rehearsal/controllers/scheduler_snapshot.h"

namespace zdt::rehearsal {
namespace {

constexpr auto kDeletionTimeout = std::chrono::minutes(2);

bool is_percentage(const json& bound) { return bound.is_string(); }

/// A number, or a percentage of `total` rounded up (GetScaledValueFromIntOrPercent). Fails kInvalid.
Result<int64_t> scaled(const json& bound, int64_t total) {
  if (bound.is_number_integer()) return int32_of(bound);
  const std::string text = bound.is_string() ? bound.get<std::string>() : bound.dump();
  const bool percentage = text.size() > 1 && text.back() == '%' &&
                          text.find_first_not_of("0123456789") == text.size() - 1 && text.size() < 10;
  if (!percentage) {
    return Error{
        Code::kInvalid,
        fmt::format("invalid value for IntOrString: invalid type: string is not a percentage: {}", text), ""};
  }
  return static_cast<int64_t>(std::ceil(static_cast<double>(std::stoll(text) * total) / 100));
}

/// Of status.disruptedPods those that still count as gone: neither deleted nor overdue.
json still_disrupted(const json& budget, const std::vector<ObjectPtr>& pods, WallTime now) {
  json kept = json::object();
  const json& all = object_at(budget, {"status", "disruptedPods"});
  for (const ObjectPtr& pod : pods) {
    const std::string name = key_of(*pod).name;
    if (is_deleting(*pod) || !all.contains(name)) continue;
    const auto since = parse_time(string_at(all, {name}));
    if (since && *since + kDeletionTimeout > now) kept[name] = all[name];
  }
  return kept;
}

json condition(const json& budget, bool allowed, const std::string& reason, const std::string& message,
               WallTime now) {
  const std::string value = allowed ? "True" : "False";
  const json& previous = condition_of(budget, "DisruptionAllowed");
  const bool same = string_at(previous, {"status"}) == value;
  return {{"type", "DisruptionAllowed"},
          {"status", value},
          {"reason", reason},
          {"message", message},
          {"observedGeneration", int_at(budget, {"metadata", "generation"})},
          {"lastTransitionTime", same ? string_at(previous, {"lastTransitionTime"}) : format_time(now)}};
}

}  // namespace

DisruptionController::DisruptionController(Store& store, Clock now) : store_(store), now_(std::move(now)) {}

std::vector<Key> DisruptionController::concerned(const Event& event) {
  if (event.resource == kDisruptionBudgets) {
    return event.change == Change::kDeleted ? std::vector<Key>{} : std::vector<Key>{key_of(*event.object)};
  }
  const bool pod = event.resource == "pods";
  if (!pod && event.resource != "replicasets.apps" && event.resource != "deployments.apps") return {};
  std::vector<Key> keys;
  for (const ObjectPtr& budget : store_.list(kDisruptionBudgets, key_of(*event.object).ns)) {
    const json& selector = at(*budget, {"spec", "selector"});
    const bool before = event.previous && matches_selector(selector, labels_of(*event.previous));
    if (!pod || before || matches_selector(selector, labels_of(*event.object)))
      keys.push_back(key_of(*budget));
  }
  return keys;
}

Result<Outcome> DisruptionController::reconcile(const Key& key) {
  const ObjectPtr budget = store_.find(kDisruptionBudgets, key.ns, key.name);
  if (!budget || is_deleting(*budget)) return Outcome{};
  auto pods = store_.list("pods", key.ns);
  std::erase_if(pods, [&](const ObjectPtr& pod) {
    return !matches_selector(at(*budget, {"spec", "selector"}), labels_of(*pod));
  });
  return write_status(*budget, pods);
}

int64_t DisruptionController::scale_of_controllers(const json& budget, const std::vector<ObjectPtr>& pods) {
  std::map<std::string, int64_t> replicas;  // by the controller's uid
  std::set<std::string> seen;               // the pods' own controllers: those of one are looked at once
  bool unmanaged = false;
  for (const ObjectPtr& pod : pods) {
    const json* owner = &controller_of(*pod);
    if (!owner->is_null() && !seen.insert(string_at(*owner, {"uid"})).second) continue;
    const ObjectPtr set =
        store_.find("replicasets.apps", key_of(*pod).ns, controller_name(*pod, "ReplicaSet"));
    if (set && !controller_name(*set, "Deployment").empty()) owner = &controller_of(*set);
    const auto scale =
        owner->is_null() ? Result<Scale>(Error{}) : read_scale(store_, key_of(*pod).ns, *owner);
    unmanaged |= !scale;
    if (scale) replicas[string_at(*owner, {"uid"})] = scale->wanted;
  }
  if (unmanaged) {
    record_event(
        store_, budget, "Warning", "UnmanagedPods",
        "Pods selected by this PodDisruptionBudget were found to be unmanaged. As a result, the status of "
        "the PDB cannot be calculated correctly, which may result in undefined behavior.",
        "controllermanager", now_());
  }
  int64_t sum = 0;
  for (const auto& [uid, count] : replicas) sum += count;
  return sum;
}

Result<DisruptionController::Expectation> DisruptionController::expectation(
    const json& budget, const std::vector<ObjectPtr>& pods) {
  const json& least = at(budget, {"spec", "minAvailable"});
  const json& most_away = at(budget, {"spec", "maxUnavailable"});
  const auto matching = static_cast<int64_t>(pods.size());
  if (!most_away.is_null()) {
    const int64_t expected = scale_of_controllers(budget, pods);
    const auto away = scaled(most_away, expected);
    if (!away) return away.error();
    return Expectation{expected, std::max<int64_t>(expected - *away, 0)};
  }
  if (least.is_null()) return Expectation{matching, 0};
  const int64_t expected = is_percentage(least) ? scale_of_controllers(budget, pods) : matching;
  const auto healthy = scaled(least, expected);
  if (!healthy) return healthy.error();
  return Expectation{expected, *healthy};
}

Result<Outcome> DisruptionController::write_status(const json& budget, const std::vector<ObjectPtr>& pods) {
  const auto expected = expectation(budget, pods);
  if (!expected) return write_failure(budget, expected.error().what);
  if (pods.empty() && at(budget, {"status", "observedGeneration"}).is_null())
    record_event(store_, budget, "Normal", "NoPods", "No matching pods found", "controllermanager", now_());
  const json disrupted = still_disrupted(budget, pods, now_());
  const int64_t healthy = std::count_if(pods.begin(), pods.end(), [&](const ObjectPtr& pod) {
    return is_ready(*pod) && !is_deleting(*pod) && !disrupted.contains(key_of(*pod).name);
  });
  const int64_t spare = expected->pods <= 0 ? 0 : std::max<int64_t>(healthy - expected->healthy, 0);
  json status = {{"observedGeneration", int_at(budget, {"metadata", "generation"})},
                 {"disruptionsAllowed", spare},
                 {"currentHealthy", healthy},
                 {"desiredHealthy", expected->healthy},
                 {"expectedPods", expected->pods}};
  status["conditions"].push_back(
      condition(budget, spare > 0, spare > 0 ? "SufficientPods" : "InsufficientPods", "", now_()));
  if (!disrupted.empty()) status["disruptedPods"] = disrupted;
  const auto [ns, name] = key_of(budget);
  const auto written =
      store_.modify(kDisruptionBudgets, ns, name, [&](json& changed) { changed["status"] = status; });
  if (!written) return written.error();
  return disrupted.empty() ? Outcome{} : Outcome{std::chrono::duration_cast<milliseconds>(kDeletionTimeout)};
}

/// Fails safe: nothing may be disrupted.
Result<Outcome> DisruptionController::write_failure(const json& budget, const std::string& why) {
  const auto [ns, name] = key_of(budget);
  record_event(store_, budget, "Warning", "CalculateExpectedPodCountFailed",
               "Failed to calculate the number of expected pods: " + why, "controllermanager", now_());
  const auto written = store_.modify(kDisruptionBudgets, ns, name, [&](json& changed) {
    changed["status"]["disruptionsAllowed"] = 0;
    changed["status"]["conditions"] = json::array({condition(budget, false, "SyncFailed", why, now_())});
  });
  if (!written) return written.error();
  return Outcome{};
}

}  // namespace zdt::rehearsal
