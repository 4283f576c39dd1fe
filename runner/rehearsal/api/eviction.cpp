// Evictions, after kubernetes/pkg/registry/core/pod/storage/eviction.go.
#include <fmt/format.h>

#include "base/units.h"
#include "rehearsal/api/call.h"
#include "rehearsal/api/failure.h"

namespace zdt::rehearsal::api {
namespace {

constexpr const char* kBudgets = "poddisruptionbudgets.policy";

bool ready_condition(const json& pod) {
  for (const json& condition : array_at(pod, {"status", "conditions"})) {
    if (string_at(condition, {"type"}) == "Ready") return string_at(condition, {"status"}) == "True";
  }
  return false;
}

/// Pods that are not there yet, or not any more, disrupt nothing (canIgnorePDB).
bool needs_no_budget(const json& pod) {
  const std::string phase = string_at(pod, {"status", "phase"}, "Pending");
  return phase != "Running" || !at(pod, {"metadata", "deletionTimestamp"}).is_null();
}

std::vector<ObjectPtr> budgets_of(const Store& store, const json& pod) {
  std::vector<ObjectPtr> budgets;
  for (const ObjectPtr& budget : store.list(kBudgets, string_at(pod, {"metadata", "namespace"}))) {
    const json& selector = at(*budget, {"spec", "selector"});
    const bool selects_pod = selector.is_object() && LabelSelector::from_json(selector).matches(
                                                         object_at(pod, {"metadata", "labels"}));
    if (selects_pod) budgets.push_back(budget);
  }
  return budgets;
}

/// An unready pod may go when the budget is met without it, or always (spec.unhealthyPodEvictionPolicy).
bool lets_unhealthy_go(const json& budget, const json& pod) {
  if (ready_condition(pod)) return false;
  if (string_at(budget, {"spec", "unhealthyPodEvictionPolicy"}) == "AlwaysAllow") return true;
  const int64_t wanted = int_at(budget, {"status", "desiredHealthy"});
  return int_at(budget, {"status", "currentHealthy"}) >= wanted && wanted > 0;
}

/// checkAndDecrement. Throws Failure 429.
void take_from(Store& store, const json& budget, const std::string& pod, bool dry_run) {
  const std::string name = string_at(budget, {"metadata", "name"});
  if (int_at(budget, {"status", "observedGeneration"}) < int_at(budget, {"metadata", "generation"})) {
    throw disruption_refused(
        fmt::format("The disruption budget {} is still being processed by the server.", name), 10);
  }
  if (int_at(budget, {"status", "disruptionsAllowed"}) <= 0) {
    throw disruption_refused(
        fmt::format("The disruption budget {} needs {} healthy pods and has {} currently", name,
                    int_at(budget, {"status", "desiredHealthy"}),
                    int_at(budget, {"status", "currentHealthy"})),
        0);
  }
  if (dry_run) return;
  const std::string now = format_time(std::chrono::system_clock::now());
  const auto taken =
      store.modify(kBudgets, string_at(budget, {"metadata", "namespace"}), name, [&](json& changed) {
        json& status = changed["status"];
        status["disruptionsAllowed"] = int_at(status, {"disruptionsAllowed"}) - 1;
        status["disruptedPods"][pod] = now;
      });
  if (!taken) throw internal_error(taken.error().what);
}

void ask_budget(Store& store, const json& pod, bool dry_run) {
  if (needs_no_budget(pod)) return;
  const auto budgets = budgets_of(store, pod);
  if (budgets.size() > 1) {
    throw internal_error(
        "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.");
  }
  if (budgets.empty() || lets_unhealthy_go(*budgets.front(), pod)) return;
  take_from(store, *budgets.front(), string_at(pod, {"metadata", "name"}), dry_run);
}

/// https://kubernetes.io/docs/concepts/workloads/pods/disruptions/#pod-disruption-conditions
void announce(Store& store, const json& pod) {
  const json condition = {{"type", "DisruptionTarget"},
                          {"status", "True"},
                          {"reason", "EvictionByEvictionAPI"},
                          {"message", "Eviction API: evicting"},
                          {"lastProbeTime", nullptr},
                          {"lastTransitionTime", format_time(std::chrono::system_clock::now())}};
  const auto announced = store.modify("pods", string_at(pod, {"metadata", "namespace"}),
                                      string_at(pod, {"metadata", "name"}), [&](json& changed) {
                                        for (const json& each : array_at(changed, {"status", "conditions"})) {
                                          if (string_at(each, {"type"}) == "DisruptionTarget") return;
                                        }
                                        changed["status"]["conditions"].push_back(condition);
                                      });
  if (!announced) throw internal_error(announced.error().what);
}

/// What a deletion would refuse is refused before the budget is touched.
void check_preconditions(const ServedType& served, const json& pod, const Deletion& deletion) {
  const std::string name = string_at(pod, {"metadata", "name"});
  const bool same_uid = deletion.uid.empty() || deletion.uid == string_at(pod, {"metadata", "uid"});
  const bool same_version = deletion.resource_version.empty() ||
                            deletion.resource_version == string_at(pod, {"metadata", "resourceVersion"});
  if (!same_uid || !same_version)
    throw conflict(served.type, name, "the preconditions of the eviction do not hold");
}

}  // namespace

Reply answer_eviction(Objects& objects, Store& store, const ApiCall& call) {
  if (call.exchange.method != "POST") throw method_not_allowed();
  const json body = decode_body(call.exchange.body, call.exchange.headers.get("Content-Type"));
  check_body_fields("v1.Eviction", body);
  const std::string name = string_at(body, {"metadata", "name"}, call.route.name);
  if (name != call.route.name) throw bad_request("name in URL does not match name in Eviction object");
  Deletion deletion =
      deletion_from(at(body, {"deleteOptions"}), [](std::string_view) { return std::string(); });
  deletion.dry_run = deletion.dry_run || call.query("dryRun") == "All";
  Place pod_place = call.place();
  pod_place.subresource.clear();
  const ObjectPtr pod = objects.get(pod_place);
  check_preconditions(call.served, *pod, deletion);
  ask_budget(store, *pod, deletion.dry_run);
  if (!deletion.dry_run) {
    announce(store, *pod);
    deletion.resource_version.clear();  // it held, and has just moved
  }
  objects.remove(call.place(), deletion);
  return {.code = 201,
          .body = {{"kind", "Status"},
                   {"apiVersion", "v1"},
                   {"metadata", json::object()},
                   {"status", "Success"},
                   {"code", 201}}};
}

}  // namespace zdt::rehearsal::api
