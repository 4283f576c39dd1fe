// How many pods are left while an update replaces them.
#include <algorithm>

#include "audit/rule.h"

namespace zdt::audit {
namespace {

/// What a rolling update may do at its worst moment. path  of the two fields' parent in the object.
/// fits  whether the strategy is one that rolls.
struct RollingUpdate {
  std::string path;
  int64_t unavailable = 0, surge = 0;
};

/// Percentages: surge rounds up, unavailable down; when both are 0, one is unavailable. Default 25 % each,
/// for a canary without steps, too. https://argo-rollouts.readthedocs.io/en/stable/features/canary/
RollingUpdate rolling_update_of(const Workload& workload) {
  const bool canary = workload.name.kind == "Rollout";
  RollingUpdate update;
  update.path = canary ? "/spec/strategy/canary" : "/spec/strategy/rollingUpdate";
  const json& fields = at(*workload.object, {"spec", "strategy", canary ? "canary" : "rollingUpdate"});
  const json quarter = "25%";
  const json &unavailable = at(fields, {"maxUnavailable"}), &surge = at(fields, {"maxSurge"});
  update.unavailable =
      share_of(unavailable.is_null() ? quarter : unavailable, workload.replicas, false).value_or(0);
  update.surge = share_of(surge.is_null() ? quarter : surge, workload.replicas, true).value_or(0);
  if (update.unavailable == 0 && update.surge == 0) update.unavailable = 1;
  return update;
}

bool recreates(const Workload& workload) {
  return string_at(*workload.object, {"spec", "strategy", "type"}) == "Recreate";
}

/// None unavailable, at least one more.
json careful_strategy(const Workload& workload, const RollingUpdate& update) {
  const json fields{{"maxSurge", std::max<int64_t>(update.surge, 1)}, {"maxUnavailable", 0}};
  if (recreates(workload) || !at(*workload.object, {"spec", "strategy"}).is_object()) {
    const json whole = workload.name.kind == "Rollout"
                           ? json{{"canary", fields}}
                           : json{{"type", "RollingUpdate"}, {"rollingUpdate", fields}};
    return json::array({add_operation("/spec/strategy", whole)});
  }
  const bool canary = workload.name.kind == "Rollout";
  if (!at(*workload.object, {"spec", "strategy", canary ? "canary" : "rollingUpdate"}).is_object()) {
    return json::array({add_operation(update.path, fields)});
  }
  json patch = json::array({add_operation(update.path + "/maxUnavailable", 0)});
  if (update.surge < 1) patch.push_back(add_operation(update.path + "/maxSurge", 1));
  return patch;
}

/// What one pod requests of a resource (requests.cpu or requests.memory), or 1 of "pods".
double request_of_pod(const Workload& workload, const std::string& resource) {
  if (resource == "pods") return 1;
  double sum = 0;
  for (const Container& container : workload.containers) {
    const json& value =
        at(*container.spec, {"resources", "requests", resource.substr(resource.find('.') + 1)});
    auto quantity = parse_quantity(value.is_string()   ? value.get<std::string>()
                                   : value.is_number() ? value.dump()
                                                       : "0");
    if (quantity) sum += *quantity;
  }
  return sum;
}

double limit_in(const json& quota, const std::string& resource) {
  const json& value = at(quota, {"spec", "hard", resource});
  auto limit = parse_quantity(value.is_string()   ? value.get<std::string>()
                              : value.is_number() ? value.dump()
                                                  : "");
  return limit ? *limit : -1;
}

/// The first resource of a quota that all pods together with this surge would go over; "" when all fit.
std::string short_resource(const ObjectSet& set, const Workload& workload, int64_t surge, const json& quota) {
  for (const std::string resource : {"pods", "requests.cpu", "requests.memory"}) {
    const double limit = limit_in(quota, resource);
    if (limit < 0) continue;
    double wanted = static_cast<double>(surge) * request_of_pod(workload, resource);
    for (const Workload& other : set.workloads()) {
      if (namespace_of(*other.object) != namespace_of(quota)) continue;
      wanted += static_cast<double>(other.replicas) * request_of_pod(other, resource);
    }
    if (wanted > limit) return resource;
  }
  return "";
}

void check_quotas(const Facts& facts, const Workload& workload, const RollingUpdate& update,
                  const Report& report) {
  for (const json* quota : facts.set.all("ResourceQuota")) {
    if (namespace_of(*quota) != namespace_of(*workload.object)) continue;
    const std::string resource = short_resource(facts.set, workload, update.surge, *quota);
    if (resource.empty()) continue;
    report.add(workload, update.path + "/maxSurge",
               fmt::format("{} more do not fit the ResourceQuota {} ({}): the new pod is refused and the "
                           "update stands still, half done",
                           pods_text(update.surge), string_at(*quota, {"metadata", "name"}), resource),
               "room for the surge in the quota, or smaller requests");
  }
}

}  // namespace

void check_max_unavailable(const Facts& facts, const Report& report) {
  for (const Workload& workload : facts.set.workloads()) {
    if (!workload.rolls() || !workload.serves() || workload.replicas < 1) continue;
    const RollingUpdate update = rolling_update_of(workload);
    const bool recreate = recreates(workload);
    if (!recreate && update.unavailable == 0) continue;
    const bool all = recreate || update.unavailable >= workload.replicas;
    const std::string why = all ? fmt::format(
                                      "an update takes all of the {} away before a new one is ready: every "
                                      "request in between fails",
                                      pods_text(workload.replicas))
                                : fmt::format(
                                      "an update takes {} of {} away before a new one is ready: the rest has "
                                      "to carry the load, and what "
                                      "they cannot is lost",
                                      update.unavailable, pods_text(workload.replicas));
    Finding& finding =
        report.add(workload, recreate ? "/spec/strategy/type" : update.path + "/maxUnavailable", why,
                   "maxUnavailable 0, with maxSurge at least 1");
    if (all) finding.level = Level::kError;
    finding.patch = careful_strategy(workload, update);
  }
}

void check_max_surge(const Facts& facts, const Report& report) {
  for (const Workload& workload : facts.set.workloads()) {
    if (!workload.rolls() || !workload.serves() || recreates(workload)) continue;
    const RollingUpdate update = rolling_update_of(workload);
    check_quotas(facts, workload, update, report);
    if (update.surge <= std::max<int64_t>(1, workload.replicas / 2)) continue;
    Finding& finding = report.add(workload, update.path + "/maxSurge",
                                  fmt::format("an update starts {} beside {}: they take the capacity that "
                                              "the running ones need, and all start cold at once",
                                              pods_text(update.surge), pods_text(workload.replicas)),
                                  "maxSurge 25%, or 1");
    finding.patch = json::array({add_operation(finding.path, workload.replicas < 5 ? json(1) : json("25%"))});
  }
}

}  // namespace zdt::audit
