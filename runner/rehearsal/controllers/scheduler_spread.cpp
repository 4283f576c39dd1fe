#include "rehearsal/controllers/scheduler_spread.h"

#include <algorithm>

#include "rehearsal/controllers/objects.h"
#include "rehearsal/controllers/scheduler_affinity.h"

namespace zdt::rehearsal {
namespace {

/// The selector with the pod's own values of matchLabelKeys.
json selector_of(const json& constraint, const json& pod) {
  json selector = at(constraint, {"labelSelector"});
  for (const json& key : array_at(constraint, {"matchLabelKeys"})) {
    const std::string name = key.is_string() ? key.get<std::string>() : "";
    if (labels_of(pod).contains(name)) selector["matchLabels"][name] = labels_of(pod)[name];
  }
  return selector;
}

int64_t count_on(const NodeView& node, const json& selector, const std::string& ns) {
  return std::count_if(node.pods.begin(), node.pods.end(), [&](const ObjectPtr& each) {
    return key_of(*each).ns == ns && !is_deleting(*each) && matches_selector(selector, labels_of(*each));
  });
}

/// nodeAffinityPolicy is Honor by default, nodeTaintsPolicy Ignore.
bool counts(const json& constraint, const json& pod, const NodeView& node) {
  if (!node.labels().contains(string_at(constraint, {"topologyKey"}))) return false;
  const bool by_affinity = string_at(constraint, {"nodeAffinityPolicy"}, "Honor") == "Honor";
  if (by_affinity && !matches_node_affinity(pod, *node.object)) return false;
  const bool by_taints = string_at(constraint, {"nodeTaintsPolicy"}) == "Honor";
  return !by_taints || untolerated_taint(pod, *node.object, {"NoSchedule", "NoExecute"}).is_null();
}

/// The number of matching pods in each domain.
std::map<std::string, int64_t> domains_of(const json& constraint, const json& pod, const Snapshot& snapshot) {
  std::map<std::string, int64_t> domains;
  const json selector = selector_of(constraint, pod);
  const std::string key = string_at(constraint, {"topologyKey"});
  for (const NodeView& node : snapshot.nodes) {
    if (!counts(constraint, pod, node)) continue;
    domains[string_at(node.labels(), {key})] += count_on(node, selector, key_of(pod).ns);
  }
  return domains;
}

int64_t smallest(const std::map<std::string, int64_t>& domains, int64_t wanted_domains) {
  if (domains.empty() || static_cast<int64_t>(domains.size()) < wanted_domains) return 0;
  return std::min_element(domains.begin(), domains.end(),
                          [](const auto& a, const auto& b) { return a.second < b.second; })
      ->second;
}

bool is_hard(const json& constraint) {
  return string_at(constraint, {"whenUnsatisfiable"}, "DoNotSchedule") == "DoNotSchedule";
}

}  // namespace

std::string spread_obstacle(const json& pod, const NodeView& node, const Snapshot& snapshot) {
  for (const json& constraint : array_at(pod, {"spec", "topologySpreadConstraints"})) {
    if (!is_hard(constraint)) continue;
    const std::string key = string_at(constraint, {"topologyKey"});
    if (!node.labels().contains(key))
      return "node(s) didn't match pod topology spread constraints (missing required label)";
    auto domains = domains_of(constraint, pod, snapshot);
    const int64_t least = smallest(domains, int32_at(constraint, {"minDomains"}, 1));
    const int64_t itself = matches_selector(selector_of(constraint, pod), labels_of(pod)) ? 1 : 0;
    const int64_t skew = domains[string_at(node.labels(), {key})] + itself - least;
    if (skew > int32_at(constraint, {"maxSkew"}, 1))
      return "node(s) didn't match pod topology spread constraints";
  }
  return "";
}

double spread_load(const json& pod, const NodeView& node, const Snapshot& snapshot) {
  const json& constraints = array_at(pod, {"spec", "topologySpreadConstraints"});
  const std::string owner = string_at(controller_of(pod), {"uid"});
  if (constraints.empty()) {
    return static_cast<double>(std::count_if(node.pods.begin(), node.pods.end(), [&](const ObjectPtr& each) {
      return !owner.empty() && !is_deleting(*each) && string_at(controller_of(*each), {"uid"}) == owner;
    }));
  }
  double load = 0;
  for (const json& constraint : constraints) {
    if (is_hard(constraint)) continue;
    auto domains = domains_of(constraint, pod, snapshot);
    load += static_cast<double>(domains[string_at(node.labels(), {string_at(constraint, {"topologyKey"})})]);
  }
  return load;
}

}  // namespace zdt::rehearsal
