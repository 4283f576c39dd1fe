#include "rehearsal/controllers/scheduler_affinity.h"

#include <algorithm>
#include <charconv>

#include "rehearsal/controllers/objects.h"

namespace zdt::rehearsal {
namespace {

constexpr const char* kRequired = "requiredDuringSchedulingIgnoredDuringExecution";
constexpr const char* kPreferred = "preferredDuringSchedulingIgnoredDuringExecution";

std::optional<int64_t> number(const std::string& text) {
  int64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

/// One core/v1 NodeSelectorRequirement.
/// https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#operators
bool node_meets(const json& expression, const json& values_of_node) {
  const std::string op = string_at(expression, {"operator"}), key = string_at(expression, {"key"});
  const bool present = values_of_node.contains(key);
  if (op == "Exists" || op == "DoesNotExist") return present == (op == "Exists");
  const json& values = array_at(expression, {"values"});
  if (op == "In" || op == "NotIn") {
    const bool listed =
        present && std::find(values.begin(), values.end(), values_of_node[key]) != values.end();
    return listed == (op == "In");
  }
  if (!present || values.size() != 1 || !values[0].is_string()) return false;
  const auto have = number(string_at(values_of_node, {key})), bound = number(values[0].get<std::string>());
  return have && bound && (op == "Gt" ? *have > *bound : *have < *bound);
}

/// One term: all of its expressions and fields. An empty one matches nothing.
bool matches_term(const json& term, const json& node) {
  const json& expressions = array_at(term, {"matchExpressions"});
  const json& fields = array_at(term, {"matchFields"});
  const json names = {{"metadata.name", key_of(node).name}};
  auto by_label = [&](const json& each) { return node_meets(each, labels_of(node)); };
  auto by_name = [&](const json& each) { return node_meets(each, names); };
  return !(expressions.empty() && fields.empty()) &&
         std::all_of(expressions.begin(), expressions.end(), by_label) &&
         std::all_of(fields.begin(), fields.end(), by_name);
}

/// Whether a PodAffinityTerm of a pod in `own_ns` means `other`.
bool means(const json& term, const std::string& own_ns, const json& other, const Snapshot& snapshot) {
  if (!matches_selector(at(term, {"labelSelector"}), labels_of(other))) return false;
  const std::string ns = key_of(other).ns;
  const json& named = array_at(term, {"namespaces"});
  const json& chosen = at(term, {"namespaceSelector"});
  if (named.empty() && chosen.is_null()) return ns == own_ns;
  if (std::find(named.begin(), named.end(), ns) != named.end()) return true;
  const auto space = snapshot.namespaces.find(ns);
  return space != snapshot.namespaces.end() && matches_selector(chosen, labels_of(*space->second));
}

/// Whether both nodes have the same value of the term's topologyKey; a node without it is in no domain.
bool same_domain(const json& term, const NodeView& a, const NodeView& b) {
  const std::string key = string_at(term, {"topologyKey"});
  return a.labels().contains(key) && b.labels().contains(key) && a.labels()[key] == b.labels()[key];
}

const json& terms_of(const json& pod, const char* kind, const char* when) {
  return array_at(pod, {"spec", "affinity", kind, when});
}

/// How many pods in the domain of `node` the term means.
int64_t met_near(const json& term, const json& pod, const NodeView& node, const Snapshot& snapshot) {
  int64_t count = 0;
  for (const NodeView& other : snapshot.nodes) {
    if (!same_domain(term, node, other)) continue;
    for (const ObjectPtr& each : other.pods) count += means(term, key_of(pod).ns, *each, snapshot) ? 1 : 0;
  }
  return count;
}

bool met_anywhere(const json& term, const json& pod, const Snapshot& snapshot) {
  for (const NodeView& node : snapshot.nodes) {
    for (const ObjectPtr& each : node.pods) {
      if (means(term, key_of(pod).ns, *each, snapshot)) return true;
    }
  }
  return false;
}

/// The first pod of a group that wants to be together finds nobody yet: then meeting its own terms is enough
/// (kubernetes/pkg/scheduler/framework/plugins/interpodaffinity/filtering.go, satisfyPodAffinity).
bool is_first_of_its_group(const json& pod, const json& terms, const Snapshot& snapshot) {
  return std::all_of(terms.begin(), terms.end(), [&](const json& term) {
    return means(term, key_of(pod).ns, pod, snapshot) && !met_anywhere(term, pod, snapshot);
  });
}

bool finds_company(const json& pod, const NodeView& node, const Snapshot& snapshot) {
  const json& terms = terms_of(pod, "podAffinity", kRequired);
  bool in_domains = true, met = true;
  for (const json& term : terms) {
    in_domains = in_domains && node.labels().contains(string_at(term, {"topologyKey"}));
    met = met && met_near(term, pod, node, snapshot) > 0;
  }
  return in_domains && (met || is_first_of_its_group(pod, terms, snapshot));
}

bool is_shunned(const json& pod, const NodeView& node, const Snapshot& snapshot) {
  for (const NodeView& other : snapshot.nodes) {
    for (const ObjectPtr& each : other.pods) {
      for (const json& term : terms_of(*each, "podAntiAffinity", kRequired)) {
        if (same_domain(term, node, other) && means(term, key_of(*each).ns, pod, snapshot)) return true;
      }
    }
  }
  return false;
}

int64_t weight_of(const json& pod, const char* kind, const NodeView& node, const Snapshot& snapshot) {
  int64_t sum = 0;
  for (const json& preferred : terms_of(pod, kind, kPreferred)) {
    const json& term = at(preferred, {"podAffinityTerm"});
    sum += int32_at(preferred, {"weight"}) * met_near(term, pod, node, snapshot);
  }
  for (const NodeView& other : snapshot.nodes) {
    for (const ObjectPtr& each : other.pods) {
      for (const json& preferred : terms_of(*each, kind, kPreferred)) {
        const json& term = at(preferred, {"podAffinityTerm"});
        const bool mutual = same_domain(term, node, other) && means(term, key_of(*each).ns, pod, snapshot);
        sum += mutual ? int32_at(preferred, {"weight"}) : 0;
      }
    }
  }
  return sum;
}

}  // namespace

bool matches_node_affinity(const json& pod, const json& node) {
  const json& wanted = object_at(pod, {"spec", "nodeSelector"});
  if (!wanted.empty() && !holds_labels(labels_of(node), wanted)) return false;
  const json& required = at(pod, {"spec", "affinity", "nodeAffinity", kRequired});
  if (!required.is_object()) return true;
  const json& terms = array_at(required, {"nodeSelectorTerms"});
  return std::any_of(terms.begin(), terms.end(), [&](const json& term) { return matches_term(term, node); });
}

int64_t preferred_node_weight(const json& pod, const json& node) {
  int64_t sum = 0;
  for (const json& term : terms_of(pod, "nodeAffinity", kPreferred)) {
    if (matches_term(at(term, {"preference"}), node)) sum += int32_at(term, {"weight"});
  }
  return sum;
}

std::string pod_affinity_obstacle(const json& pod, const NodeView& node, const Snapshot& snapshot) {
  if (!finds_company(pod, node, snapshot)) return "node(s) didn't match pod affinity rules";
  for (const json& term : terms_of(pod, "podAntiAffinity", kRequired)) {
    if (met_near(term, pod, node, snapshot) > 0) return "node(s) didn't match pod anti-affinity rules";
  }
  return is_shunned(pod, node, snapshot) ? "node(s) didn't satisfy existing pods anti-affinity rules" : "";
}

int64_t preferred_pod_weight(const json& pod, const NodeView& node, const Snapshot& snapshot) {
  return weight_of(pod, "podAffinity", node, snapshot) - weight_of(pod, "podAntiAffinity", node, snapshot);
}

}  // namespace zdt::rehearsal
