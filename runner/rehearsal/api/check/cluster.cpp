// Namespaces, Nodes, Leases, roles and their bindings.
#include <set>

#include "rehearsal/api/check/addresses.h"
#include "rehearsal/api/check/kinds.h"
#include "rehearsal/api/check/pod.h"

namespace zdt::rehearsal::api {
namespace {

constexpr const char* kRbac = "rbac.authorization.k8s.io";

void check_taint(const json& taint, const Where& where, std::set<std::string>& seen, Causes& causes) {
  check_text(text_of(taint, "key"), broken_label_key_rule, where / "key", causes);
  check_text(text_of(taint, "value"), broken_label_value_rule, where / "value", causes);
  const std::string& effect = text_of(taint, "effect");
  if (effect.empty()) causes.required(where / "effect");
  if (!effect.empty()) check_choice(taint, "effect", {"NoSchedule", "PreferNoSchedule", "NoExecute"}, where, causes);
  if (!seen.insert(text_of(taint, "key") + ":" + effect).second) causes.duplicate(where, taint);
}

void check_policy_rule(const json& rule, const Where& where, bool namespaced, Causes& causes) {
  const json &paths = array_at(rule, {"nonResourceURLs"}), &resources = array_at(rule, {"resources"}),
             &groups = array_at(rule, {"apiGroups"});
  if (array_at(rule, {"verbs"}).empty()) causes.required(where / "verbs", "verbs must contain at least one value");
  if (!paths.empty() && namespaced)
    return causes.invalid(where / "nonResourceURLs", paths, "namespaced rules cannot apply to non-resource URLs");
  if (!paths.empty()) {
    if (!resources.empty() || !groups.empty() || !array_at(rule, {"resourceNames"}).empty()) {
      causes.invalid(where / "nonResourceURLs", paths,
                     "rules cannot apply to both regular resources and non-resource URLs");
    }
    return;
  }
  if (groups.empty()) causes.required(where / "apiGroups", "resource rules must supply at least one api group");
  if (resources.empty()) causes.required(where / "resources", "resource rules must supply at least one resource");
}

void check_subject(const json& subject, const Where& where, bool namespaced, Causes& causes) {
  const std::string &kind = text_of(subject, "kind"), &name = text_of(subject, "name"),
                    &group = text_of(subject, "apiGroup");
  if (name.empty()) causes.required(where / "name");
  if (kind == "ServiceAccount") {
    check_field(subject, "name", broken_subdomain_rule, where, causes);
    if (!group.empty()) causes.unsupported(where / "apiGroup", group, {""});
    if (!namespaced && text_of(subject, "namespace").empty()) causes.required(where / "namespace");
  } else if (kind == "User" || kind == "Group") {
    if (!group.empty() && group != kRbac) causes.unsupported(where / "apiGroup", group, {kRbac});
  } else {
    causes.unsupported(where / "kind", kind, {"ServiceAccount", "User", "Group"});
  }
}

}  // namespace

void check_namespace(const json& space, Causes& causes) {
  check_finalizers(at(space, {"spec", "finalizers"}), Where("spec.finalizers"), true, causes);
}

void check_node(const json& node, Causes& causes) {
  const json& spec = object_at(node, {"spec"});
  const Where where("spec"), status("status"), metadata("metadata");
  std::set<std::string> seen;
  const json& taints = array_at(spec, {"taints"});
  for (size_t i = 0; i < taints.size() && !causes.full(); ++i)
    check_taint(taints[i], metadata.item("taints", i), seen, causes);
  check_field(spec, "podCIDR", broken_network_rule, where, causes);
  const json& ranges = array_at(spec, {"podCIDRs"});
  for (size_t i = 0; i < ranges.size() && !causes.full(); ++i)
    check_text(ranges[i], broken_network_rule, where.item("podCIDRs", i), causes);
  for (const char* field : {"capacity", "allocatable"})
    check_quantities(at(node, {"status", field}), status / field, causes);
}

void check_lease(const json& lease, Causes& causes) {
  const json& spec = object_at(lease, {"spec"});
  const Where where("spec");
  const json& duration = at(spec, {"leaseDurationSeconds"});
  if (duration.is_number() && int_at(duration, {}) <= 0)
    causes.invalid(where / "leaseDurationSeconds", duration, "must be greater than 0");
  check_not_negative(spec, "leaseTransitions", where, causes);
}

void check_role(const json& role, Causes& causes) {
  const json& rules = array_at(role, {"rules"});
  const Where list("rules");
  const bool namespaced = string_at(role, {"kind"}) == "Role";
  for (size_t i = 0; i < rules.size() && !causes.full(); ++i) check_policy_rule(rules[i], list[i], namespaced, causes);
  const json& aggregation = at(role, {"aggregationRule"});
  if (aggregation.is_null()) return;
  const json& selectors = array_at(aggregation, {"clusterRoleSelectors"});
  const Where where("aggregationRule.clusterRoleSelectors");
  if (selectors.empty())
    causes.required(where, "at least one clusterRoleSelector required if aggregationRule is non-nil");
  for (size_t i = 0; i < selectors.size() && !causes.full(); ++i) check_selector(selectors[i], where[i], causes);
}

void check_role_binding(const json& binding, Causes& causes) {
  const json& role = object_at(binding, {"roleRef"});
  const Where where("roleRef"), list("subjects");
  const bool namespaced = string_at(binding, {"kind"}) == "RoleBinding";
  if (text_of(role, "apiGroup") != kRbac)
    causes.unsupported(where / "apiGroup", text_of(role, "apiGroup"), {kRbac});
  const std::string& kind = text_of(role, "kind");
  if (namespaced && kind != "Role" && kind != "ClusterRole") {
    causes.unsupported(where / "kind", kind, {"ClusterRole", "Role"});
  } else if (!namespaced && kind != "ClusterRole") {
    causes.unsupported(where / "kind", kind, {"ClusterRole"});
  }
  if (check_required(role, "name", where, causes)) check_field(role, "name", broken_path_segment_rule, where, causes);
  const json& subjects = array_at(binding, {"subjects"});
  for (size_t i = 0; i < subjects.size() && !causes.full(); ++i)
    check_subject(subjects[i], list[i], namespaced, causes);
}

void check_role_binding_change(const json& binding, const json& previous, Causes& causes) {
  if (at(binding, {"roleRef"}) != at(previous, {"roleRef"}))
    causes.invalid(Where("roleRef"), at(binding, {"roleRef"}), "cannot change roleRef");
}

}  // namespace zdt::rehearsal::api
