// How many pods are left when nodes are drained.
#include <algorithm>

#include "audit/placement.h"
#include "audit/rule.h"
#include "base/text.h"

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

/// The pods that a budget's selector chooses. Not counted are a DaemonSet's, which `kubectl drain` leaves where they are, and
/// what stands in two files twice. https://kubernetes.io/docs/reference/kubectl/generated/kubectl_drain/
struct Chosen {
  int64_t pods = 0;
  std::vector<std::string> workloads;
};

Chosen chosen_by(const Facts& facts, const json& budget) {
  Chosen chosen;
  for (const Workload& workload : facts.set.workloads()) {
    const std::string name = workload.name.text();
    const bool known = std::find(chosen.workloads.begin(), chosen.workloads.end(), name) != chosen.workloads.end();
    if (known || workload.name.kind == "DaemonSet" || workload.replicas < 1 || !covers(budget, workload)) continue;
    chosen.pods += workload.replicas;
    chosen.workloads.push_back(name);
  }
  return chosen;
}

/// Each budget that chooses pods, with what it allows of them.
template <class Check>
void for_each_budget(const Facts& facts, Check check) {
  for (const json* budget : facts.set.all("PodDisruptionBudget")) {
    const Chosen chosen = chosen_by(facts, *budget);
    const auto allowed = chosen.pods > 0 ? allowed_by(*budget, chosen.pods) : std::nullopt;
    if (allowed) check(*budget, chosen, *allowed);
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
  for_each_budget(facts, [&](const json& budget, const Chosen& chosen, int64_t allowed) {
    if (allowed > 0) return;
    report
        .add(facts.set.name_of(budget), budget_path(budget),
             fmt::format("none of the {} of {} may ever be evicted: a node's drain hangs until somebody ends "
                         "it by force, without "
                         "hooks or grace",
                         pods_text(chosen.pods), join(chosen.workloads, ", ")),
             "maxUnavailable 1")
        .patch = one_at_a_time(budget);
  });
}

void check_pdb_useless(const Facts& facts, const Report& report) {
  for (const json* budget : facts.set.all("PodDisruptionBudget")) {
    if (!at(*budget, {"spec", "selector"}).is_null()) continue;
    report.add(facts.set.name_of(*budget), "/spec/selector",
               "it has no selector, and without one it chooses no pod: drained nodes may take all pods at once",
               "the labels of the pods that it is meant for, as matchLabels");
  }
  for_each_budget(facts, [&](const json& budget, const Chosen& chosen, int64_t allowed) {
    if (chosen.pods < 2 || allowed < chosen.pods) return;
    report
        .add(
            facts.set.name_of(budget), budget_path(budget),
            fmt::format("all of the {} of {} may be evicted at once: requests fail until others have started",
                        pods_text(chosen.pods), join(chosen.workloads, ", ")),
            "maxUnavailable 1")
        .patch = one_at_a_time(budget);
  });
}

void check_single_replica(const Facts& facts, const Report& report) {
  for (const Workload& workload : facts.set.workloads()) {
    const std::string& kind = workload.name.kind;
    const bool counted = kind != "Pod" && kind != "DaemonSet" && workload.rolled_by.empty();
    if (!counted || !workload.serves() || workload.replicas != 1) continue;
    const Placement placement = placement_of(facts.set, workload);
    const bool keeps_data = placement.one_writer || kind == "StatefulSet";
    Finding& finding = report.add(
        workload, "/spec/replicas",
        "when the only pod is evicted or its node fails, every request fails until another one has "
        "started",
        keeps_data ? "two replicas or more, of a program that copies its data between them" : "two replicas or more");
    // An autoscaler's minimum is its own; what writes alone, or holds a node's port, has no room for another.
    const bool fixable = !keeps_data && placement.reason.empty() && !workload.autoscaled;
    if (fixable) finding.patch = json::array({add_operation("/spec/replicas", 2)});
  }
}

}  // namespace zdt::audit
