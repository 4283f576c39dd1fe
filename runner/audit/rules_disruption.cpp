// How many pods are left when nodes are drained.
#include <algorithm>

#include "audit/rule.h"

namespace zdt::audit {
namespace {

bool covers(const json& budget, const Workload& workload) {
  return namespace_of(budget) == namespace_of(*workload.object) &&
         selects(at(budget, {"spec", "selector"}), *workload.labels);
}

/// How many of `replicas` pods a budget lets go; both percentages round up. Nothing when it says nothing.
/// https://kubernetes.io/docs/tasks/run-application/configure-pdb/#rounding-logic-when-specifying-percentages
std::optional<int64_t> allowed_by(const json& budget, int64_t replicas) {
  const json& spec = at(budget, {"spec"});
  if (auto gone = share_of(at(spec, {"maxUnavailable"}), replicas, true)) return gone;
  if (auto kept = share_of(at(spec, {"minAvailable"}), replicas, true)) return replicas - *kept;
  return std::nullopt;
}

std::string budget_path(const json& budget) {
  return at(budget, {"spec"}).contains("minAvailable") ? "/spec/minAvailable" : "/spec/maxUnavailable";
}

/// maxUnavailable 1 in place of what is there.
json one_at_a_time(const json& budget) {
  json patch = json::array();
  if (at(budget, {"spec"}).contains("minAvailable"))
    patch.push_back({{"op", "remove"}, {"path", "/spec/minAvailable"}});
  patch.push_back(add_operation("/spec/maxUnavailable", 1));
  return patch;
}

/// Each budget with each workload of several replicas that it covers.
template <class Check>
void for_each_budget(const Facts& facts, Check check) {
  for (const json* budget : facts.set.all("PodDisruptionBudget")) {
    for (const Workload& workload : facts.set.workloads()) {
      const auto allowed = covers(*budget, workload) ? allowed_by(*budget, workload.replicas) : std::nullopt;
      if (allowed) check(*budget, workload, *allowed);
    }
  }
}

}  // namespace

void check_pdb_missing(const Facts& facts, const Report& report) {
  const auto budgets = facts.set.all("PodDisruptionBudget");
  for (const Workload& workload : facts.set.workloads()) {
    const bool matters = workload.serves() && workload.replicas > 1 && workload.name.kind != "DaemonSet" &&
                         workload.name.kind != "Pod";
    const bool covered =
        std::any_of(budgets.begin(), budgets.end(), [&](const json* one) { return covers(*one, workload); });
    if (!matters || covered) continue;
    report.add(
        workload, "",
        fmt::format("drained nodes may take all of the {} at once: requests fail until others have started",
                    pods_text(workload.replicas)),
        "a PodDisruptionBudget with maxUnavailable 1 for these pods");
  }
}

void check_pdb_blocks(const Facts& facts, const Report& report) {
  for_each_budget(facts, [&](const json& budget, const Workload& workload, int64_t allowed) {
    if (allowed > 0 || workload.replicas < 1) return;
    report
        .add(name_of(budget), budget_path(budget),
             fmt::format("none of the {} of {} may ever be evicted: a node's drain hangs until somebody ends "
                         "it by force, without "
                         "hooks or grace",
                         pods_text(workload.replicas), workload.name.text()),
             "maxUnavailable 1")
        .patch = one_at_a_time(budget);
  });
}

void check_pdb_useless(const Facts& facts, const Report& report) {
  for_each_budget(facts, [&](const json& budget, const Workload& workload, int64_t allowed) {
    if (workload.replicas < 2 || allowed < workload.replicas) return;
    report
        .add(
            name_of(budget), budget_path(budget),
            fmt::format("all of the {} of {} may be evicted at once: requests fail until others have started",
                        pods_text(workload.replicas), workload.name.text()),
            "maxUnavailable 1")
        .patch = one_at_a_time(budget);
  });
}

void check_single_replica(const Facts& facts, const Report& report) {
  for (const Workload& workload : facts.set.workloads()) {
    if (!workload.rolls() || !workload.serves() || workload.replicas != 1) continue;
    report
        .add(workload, "/spec/replicas",
             "when the only pod is evicted or its node fails, every request fails until another one has "
             "started",
             "two replicas or more")
        .patch = json::array({add_operation("/spec/replicas", 2)});
  }
}

}  // namespace zdt::audit
