// How many pods are left while an update replaces them.
#include <algorithm>

#include "audit/placement.h"
#include "audit/quota.h"
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

/// One pod at a time is what a StatefulSet and a DaemonSet do by default. Of the nodes there is no number.
void check_stepwise(const Workload& workload, const Report& report) {
  const std::string path = "/spec/updateStrategy/rollingUpdate/maxUnavailable";
  const json& value = at(*workload.object, {"spec", "updateStrategy", "rollingUpdate", "maxUnavailable"});
  const bool on_nodes = workload.name.kind == "DaemonSet";
  const std::string type = string_at(*workload.object, {"spec", "updateStrategy", "type"}, "RollingUpdate");
  const auto share = share_of(value, on_nodes ? 100 : workload.replicas, on_nodes);
  if (!share || type != "RollingUpdate" || *share <= 1 || (!on_nodes && workload.replicas < 2)) return;
  const bool percent = value.is_string(), all = *share >= (on_nodes ? 100 : workload.replicas) && (percent || !on_nodes);
  const std::string amount = on_nodes && percent ? value.get<std::string>() + " of its pods" : pods_text(*share);
  Finding& finding = report.add(
      workload, path,
      all ? std::string("an update takes all pods away before a new one is ready: every request in between fails")
          : fmt::format("an update may take {} away at once: the rest has to carry the load, and what they cannot is lost", amount),
      "maxUnavailable 1");
  if (all) finding.level = Level::kError;
  finding.patch = json::array({add_operation(path, 1)});
}

void check_rolling(const Facts& facts, const Workload& workload, const Report& report) {
  const RollingUpdate update = rolling_update_of(workload);
  const bool recreate = recreates(workload);
  if (!recreate && update.unavailable == 0) return;
  const bool all = recreate || update.unavailable >= workload.replicas;
  std::string why = all ? fmt::format(
                              "an update takes all of the {} away before a new one is ready: every "
                              "request in between fails",
                              pods_text(workload.replicas))
                        : fmt::format(
                              "an update takes {} of {} away before a new one is ready: the rest has "
                              "to carry the load, and what "
                              "they cannot is lost",
                              update.unavailable, pods_text(workload.replicas));
  const Placement placement = placement_of(facts.set, workload);
  const bool fixable = placement.reason.empty();
  const std::string path = recreate ? "/spec/strategy/type" : update.path + "/maxUnavailable";
  if (!fixable) why += fmt::format(" ({})", placement.reason);
  Finding& finding = report.add(workload, path, std::move(why),
                                fixable ? "maxUnavailable 0, with maxSurge at least 1"
                                        : "what allows a second pod first: maxUnavailable 0 alone may stop the update for good");
  if (all) finding.level = Level::kError;
  // One writer at a time is what Recreate is for.
  // https://kubernetes.io/docs/tasks/run-application/run-single-instance-stateful-application/#updating
  if (placement.one_writer) {
    finding.level = Level::kNote;
    finding.fix = "none while one pod alone can write: replicas that copy their data, or an outage that is announced";
  }
  if (fixable) finding.patch = careful_strategy(workload, update);
}

}  // namespace

void check_max_unavailable(const Facts& facts, const Report& report) {
  for (const Workload& workload : facts.set.workloads()) {
    if (!workload.serves() || workload.replicas < 1) continue;
    if (workload.name.kind == "DaemonSet" || workload.name.kind == "StatefulSet") check_stepwise(workload, report);
    if (workload.rolls()) check_rolling(facts, workload, report);
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
