#include "rehearsal/controllers/scheduler_choice.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <tuple>

#include "base/text.h"
#include "rehearsal/controllers/objects.h"
#include "rehearsal/controllers/scheduler_affinity.h"
#include "rehearsal/controllers/scheduler_spread.h"

namespace zdt::rehearsal {
namespace {

using Scores = std::vector<double>;

const json kCordon = {{"key", "node.kubernetes.io/unschedulable"}, {"effect", "NoSchedule"}};

std::vector<std::string> missing_resources(const json& pod, const NodeView& node) {
  std::vector<std::string> missing;
  for (const auto& [resource, amount] : requests_of(pod)) {
    const auto have = node.allocatable.find(resource);
    const bool unlimited = resource == "pods" && have == node.allocatable.end();
    if (amount == 0 || unlimited) continue;
    const auto taken = node.requested.find(resource);
    const double left = (have == node.allocatable.end() ? 0 : have->second) -
                        (taken == node.requested.end() ? 0 : taken->second);
    if (amount > left) missing.push_back(resource == "pods" ? "Too many pods" : "Insufficient " + resource);
  }
  return missing;
}

/// Every reason of the first plugin that says no, in the order of kube-scheduler's plugins.
std::vector<std::string> obstacles(const json& pod, const NodeView& node, const Snapshot& snapshot) {
  if (!condition_is_true(*node.object, "Ready")) return {"node(s) were not ready"};
  if (bool_at(*node.object, {"spec", "unschedulable"}) && !tolerates(pod, kCordon))
    return {"node(s) were unschedulable"};
  const json& taint = untolerated_taint(pod, *node.object, {"NoSchedule", "NoExecute"});
  if (!taint.is_null()) {
    return {fmt::format("node(s) had untolerated taint {{{}: {}}}", string_at(taint, {"key"}),
                        string_at(taint, {"value"}))};
  }
  if (!matches_node_affinity(pod, *node.object)) return {"node(s) didn't match Pod's node affinity/selector"};
  if (auto missing = missing_resources(pod, node); !missing.empty()) return missing;
  for (auto plugin : {spread_obstacle, pod_affinity_obstacle}) {
    if (std::string why = plugin(pod, node, snapshot); !why.empty()) return {why};
  }
  return {};
}

/// kubernetes/pkg/scheduler/framework/types.go, FitError.Error(): counted reasons in the order of their text.
std::string sentence(const std::map<std::string, int>& reasons, size_t nodes) {
  std::set<std::string> parts;
  for (const auto& [reason, count] : reasons) parts.insert(fmt::format("{} {}", count, reason));
  return fmt::format("0/{} nodes are available: {}.", nodes, join({parts.begin(), parts.end()}, ", "));
}

int64_t count_avoided(const json& pod, const NodeView& node) {
  const json& taints = array_at(*node.object, {"spec", "taints"});
  return std::count_if(taints.begin(), taints.end(), [&](const json& taint) {
    return string_at(taint, {"effect"}) == "PreferNoSchedule" && !tolerates(pod, taint);
  });
}

/// The share of `resource` that stays free with the pod on the node, 0 to 100.
double free_share(const Amounts& requests, const NodeView& node, const std::string& resource) {
  const auto have = node.allocatable.find(resource);
  if (have == node.allocatable.end() || have->second <= 0) return 0;
  auto amount = [&](const Amounts& amounts) {
    const auto found = amounts.find(resource);
    return found == amounts.end() ? 0 : found->second;
  };
  return std::max(0.0, 100 * (have->second - amount(node.requested) - amount(requests)) / have->second);
}

/// To 0…100, the largest becoming 100; `reversed`: 0. All the same makes no difference.
Scores normalised(Scores scores, bool reversed) {
  const auto [least, most] = std::minmax_element(scores.begin(), scores.end());
  const double low = *least, range = *most - *least;
  for (double& score : scores) {
    const double share = range == 0 ? 0 : 100 * (score - low) / range;
    score = reversed ? 100 - share : share;
  }
  return scores;
}

template <class Measure>
void add_scores(Scores& totals, const std::vector<const NodeView*>& nodes, double weight, bool reversed,
                Measure measure) {
  Scores scores;
  for (const NodeView* node : nodes) scores.push_back(static_cast<double>(measure(*node)));
  scores = normalised(std::move(scores), reversed);
  for (size_t i = 0; i < totals.size(); ++i) totals[i] += weight * scores[i];
}

const NodeView& best_of(const std::vector<const NodeView*>& nodes, const json& pod,
                        const Snapshot& snapshot) {
  Scores totals(nodes.size());
  add_scores(totals, nodes, 3, true, [&](const NodeView& node) { return count_avoided(pod, node); });
  add_scores(totals, nodes, 2, false,
             [&](const NodeView& node) { return preferred_node_weight(pod, *node.object); });
  add_scores(totals, nodes, 2, true, [&](const NodeView& node) { return spread_load(pod, node, snapshot); });
  add_scores(totals, nodes, 2, false,
             [&](const NodeView& node) { return preferred_pod_weight(pod, node, snapshot); });
  const Amounts requests = requests_of(pod);
  size_t best = 0;
  for (size_t i = 0; i < nodes.size(); ++i) {
    totals[i] += (free_share(requests, *nodes[i], "cpu") + free_share(requests, *nodes[i], "memory")) / 2;
    auto rank = [&](size_t at) {
      return std::make_tuple(-totals[at], nodes[at]->pods.size(), nodes[at]->name);
    };
    if (rank(i) < rank(best)) best = i;
  }
  return *nodes[best];
}

}  // namespace

Choice choose_node(const json& pod, const Snapshot& snapshot) {
  if (snapshot.nodes.empty()) return {"", "no nodes available to schedule pods"};
  std::vector<const NodeView*> feasible;
  std::map<std::string, int> reasons;
  for (const NodeView& node : snapshot.nodes) {
    const auto against = obstacles(pod, node, snapshot);
    if (against.empty()) feasible.push_back(&node);
    for (const std::string& reason : against) ++reasons[reason];
  }
  if (feasible.empty()) return {"", sentence(reasons, snapshot.nodes.size())};
  return {best_of(feasible, pod, snapshot).name, ""};
}

}  // namespace zdt::rehearsal
