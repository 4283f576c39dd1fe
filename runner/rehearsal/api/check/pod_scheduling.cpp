#include "rehearsal/api/check/pod.h"

namespace zdt::rehearsal::api {
namespace {

const Causes::Words kEffects = {"NoSchedule", "PreferNoSchedule", "NoExecute"};

void check_toleration(const json& toleration, const Where& where, Causes& causes) {
  const std::string &key = text_of(toleration, "key"), &verb = text_of(toleration, "operator"),
                    &value = text_of(toleration, "value"), &effect = text_of(toleration, "effect");
  check_field(toleration, "key", broken_label_key_rule, where, causes);
  if (key.empty() && verb != "Exists") {
    causes.invalid(where / "operator", verb,
                   "operator must be Exists when `key` is empty, which means \"match all values and all keys\"");
  }
  check_range(toleration, "tolerationSeconds", INT32_MIN, INT32_MAX, where, causes);
  if (is_set(toleration, "tolerationSeconds") && effect != "NoExecute")
    causes.invalid(where / "effect", effect, "effect must be 'NoExecute' when `tolerationSeconds` is set");
  if (verb.empty() || verb == "Equal") {
    check_text(value, broken_label_value_rule, where / "operator", causes);
  } else if (verb != "Exists") {
    causes.unsupported(where / "operator", verb, {"Equal", "Exists"});
  } else if (!value.empty()) {
    causes.invalid(where / "operator", toleration, "value must be empty when `operator` is 'Exists'");
  }
  if (!effect.empty()) check_choice(toleration, "effect", kEffects, where, causes);
}

void check_field_requirement(const json& requirement, const Where& where, Causes& causes) {
  const std::string &verb = text_of(requirement, "operator"), &key = text_of(requirement, "key");
  const json& values = array_at(requirement, {"values"});
  if (verb != "In" && verb != "NotIn") {
    causes.invalid(where / "operator", verb, "not a valid selector operator");
  } else if (values.size() != 1) {
    causes.required(where / "values",
                    "must be only one value when `operator` is 'In' or 'NotIn' for node field selector");
  }
  if (key != "metadata.name") return causes.invalid(where / "key", key, "not a valid field selector key");
  for (size_t i = 0; i < values.size() && !causes.full(); ++i)
    check_text(values[i], broken_subdomain_rule, where.item("values", i), causes);
}

void check_node_term(const json& term, const Where& where, Causes& causes) {
  const json& expressions = array_at(term, {"matchExpressions"});
  for (size_t i = 0; i < expressions.size() && !causes.full(); ++i)
    check_node_requirement(expressions[i], where.item("matchExpressions", i), causes);
  const json& fields = array_at(term, {"matchFields"});
  for (size_t i = 0; i < fields.size() && !causes.full(); ++i)
    check_field_requirement(fields[i], where.item("matchFields", i), causes);
}

void check_weight(const json& term, const Where& where, Causes& causes) {
  const int64_t weight = int_at(term, {"weight"});
  if (weight < 1 || weight > 100) causes.invalid(where / "weight", weight, "must be in the range 1-100");
}

void check_node_affinity(const json& affinity, const Where& where, Causes& causes) {
  const Where required = where / "requiredDuringSchedulingIgnoredDuringExecution";
  const json& selector = at(affinity, {"requiredDuringSchedulingIgnoredDuringExecution"});
  if (!selector.is_null()) check_node_selector(selector, required, causes);
  const json& preferred = array_at(affinity, {"preferredDuringSchedulingIgnoredDuringExecution"});
  for (size_t i = 0; i < preferred.size() && !causes.full(); ++i) {
    const Where here = where.item("preferredDuringSchedulingIgnoredDuringExecution", i);
    check_weight(preferred[i], here, causes);
    check_node_term(at(preferred[i], {"preference"}), here / "preference", causes);
  }
}

void check_pod_term(const json& term, const Where& where, Causes& causes) {
  check_selector(at(term, {"labelSelector"}), where / "labelSelector", causes);
  check_selector(at(term, {"namespaceSelector"}), where / "namespaceSelector", causes);
  for (const json& name : array_at(term, {"namespaces"})) {
    check_text(name, broken_label_rule, where / "namespace", causes);
    if (causes.full()) return;
  }
  const std::string& key = text_of(term, "topologyKey");
  if (key.empty()) return causes.required(where / "topologyKey", "can not be empty");
  check_text(key, broken_label_key_rule, where / "topologyKey", causes);
}

/// podAffinity and podAntiAffinity.
void check_pod_affinity(const json& affinity, const Where& where, Causes& causes) {
  const json& required = array_at(affinity, {"requiredDuringSchedulingIgnoredDuringExecution"});
  for (size_t i = 0; i < required.size() && !causes.full(); ++i)
    check_pod_term(required[i], where.item("requiredDuringSchedulingIgnoredDuringExecution", i), causes);
  const json& preferred = array_at(affinity, {"preferredDuringSchedulingIgnoredDuringExecution"});
  for (size_t i = 0; i < preferred.size() && !causes.full(); ++i) {
    const Where here = where.item("preferredDuringSchedulingIgnoredDuringExecution", i);
    check_weight(preferred[i], here, causes);
    check_pod_term(at(preferred[i], {"podAffinityTerm"}), here / "podAffinityTerm", causes);
  }
}

void check_least(const json& object, std::string_view field, const Where& where, Causes& causes) {
  const json& value = at(object, {field});
  if (value.is_number() && int_at(value, {}) <= 0) causes.invalid(where / field, value, "must be greater than 0");
}

void check_spread(const json& constraint, const Where& where, std::set<std::string>& seen, Causes& causes) {
  if (is_set(constraint, "maxSkew")) check_least(constraint, "maxSkew", where, causes);
  if (!is_set(constraint, "maxSkew")) causes.invalid(where / "maxSkew", 0, "must be greater than 0");
  const std::string &key = text_of(constraint, "topologyKey"), &action = text_of(constraint, "whenUnsatisfiable");
  if (key.empty()) causes.required(where / "topologyKey", "can not be empty");
  check_field(constraint, "topologyKey", broken_label_key_rule, where, causes);
  if (action != "DoNotSchedule" && action != "ScheduleAnyway")
    causes.unsupported(where / "whenUnsatisfiable", action, {"DoNotSchedule", "ScheduleAnyway"});
  const std::string pair = "{" + key + ", " + action + "}";
  if (!seen.insert(pair).second) causes.duplicate(where / "{topologyKey, whenUnsatisfiable}", pair);
  check_least(constraint, "minDomains", where, causes);
  if (is_set(constraint, "minDomains") && action == "ScheduleAnyway") {
    causes.invalid(where / "minDomains", constraint["minDomains"],
                   "can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ScheduleAnyway");
  }
  for (const char* policy : {"nodeAffinityPolicy", "nodeTaintsPolicy"})
    check_choice(constraint, policy, {"Honor", "Ignore"}, where, causes);
  check_selector(at(constraint, {"labelSelector"}), where / "labelSelector", causes);
}

void check_gates(const json& spec, const Where& where, Causes& causes) {
  std::set<std::string> seen;
  const json& gates = array_at(spec, {"schedulingGates"});
  for (size_t i = 0; i < gates.size() && !causes.full(); ++i) {
    const Where here = where.item("schedulingGates", i);
    const std::string& name = text_of(gates[i], "name");
    check_text(name, broken_label_key_rule, here, causes);
    if (!seen.insert(name).second) causes.duplicate(here, name);
  }
}

}  // namespace

void check_node_selector(const json& selector, const Where& where, Causes& causes) {
  const json& terms = array_at(selector, {"nodeSelectorTerms"});
  if (terms.empty()) causes.required(where / "nodeSelectorTerms", "must have at least one node selector term");
  for (size_t i = 0; i < terms.size() && !causes.full(); ++i)
    check_node_term(terms[i], where.item("nodeSelectorTerms", i), causes);
}

void check_scheduling(const json& spec, const Where& where, Causes& causes) {
  check_labels(at(spec, {"nodeSelector"}), where / "nodeSelector", causes);
  check_node_affinity(at(spec, {"affinity", "nodeAffinity"}), where / "affinity.nodeAffinity", causes);
  check_pod_affinity(at(spec, {"affinity", "podAffinity"}), where / "affinity.podAffinity", causes);
  check_pod_affinity(at(spec, {"affinity", "podAntiAffinity"}), where / "affinity.podAntiAffinity", causes);
  const json& tolerations = array_at(spec, {"tolerations"});
  for (size_t i = 0; i < tolerations.size() && !causes.full(); ++i)
    check_toleration(tolerations[i], where.item("tolerations", i), causes);
  std::set<std::string> seen;
  const json& constraints = array_at(spec, {"topologySpreadConstraints"});
  for (size_t i = 0; i < constraints.size() && !causes.full(); ++i)
    check_spread(constraints[i], where.item("topologySpreadConstraints", i), seen, causes);
  check_gates(spec, where, causes);
}

}  // namespace zdt::rehearsal::api
