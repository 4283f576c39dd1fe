#include "rehearsal/api/rbac/role_index.h"

#include <fmt/format.h>

#include <set>

namespace zdt::rehearsal::api {
namespace {

bool is_binding(const std::string& resource) {
  return resource == kRoleBindings || resource == kClusterRoleBindings;
}

std::string user_key(const std::string& name) { return "user:" + name; }
std::string group_key(const std::string& name) { return "group:" + name; }

/// What a subject is found by; "" for one that is nobody. A service account is a user with a long name.
/// `ns` is the binding's, and the default of an account's.
std::string key_of_subject(const json& subject, const std::string& ns) {
  const std::string kind = string_at(subject, {"kind"}), name = string_at(subject, {"name"});
  if (kind == "User") return user_key(name);
  if (kind == "Group") return group_key(name);
  const std::string own = string_at(subject, {"namespace"});
  const std::string& home = own.empty() ? ns : own;
  if (kind != "ServiceAccount" || home.empty()) return "";
  return user_key(account_user_name(home, name));
}

/// describeSubject (kubernetes/pkg/registry/rbac/validation/rule.go).
std::string description_of(const json& subject, const std::string& ns) {
  const std::string kind = string_at(subject, {"kind"}), name = string_at(subject, {"name"});
  if (kind != "ServiceAccount") return fmt::format("{} {}", kind, in_quotes(name));
  const std::string own = string_at(subject, {"namespace"});
  return fmt::format("{} {}", kind, in_quotes(name + "/" + (own.empty() ? ns : own)));
}

Grant grant_of(const std::string& resource, const json& binding, const json& subject) {
  Grant grant;
  grant.binding_kind = resource == kRoleBindings ? "RoleBinding" : "ClusterRoleBinding";
  grant.ns = resource == kRoleBindings ? string_at(binding, {"metadata", "namespace"}) : "";
  grant.name = string_at(binding, {"metadata", "name"});
  grant.role_kind = string_at(binding, {"roleRef", "kind"});
  grant.role_name = string_at(binding, {"roleRef", "name"});
  grant.subject = description_of(subject, grant.ns);
  return grant;
}

/// Of a RoleBinding its namespace's Role, or a ClusterRole; of a ClusterRoleBinding a ClusterRole.
std::string missing_role(const Grant& grant) {
  if (grant.role_kind != "Role" && grant.role_kind != "ClusterRole")
    return "unsupported role reference kind: " + in_quotes(grant.role_kind);
  const char* singular = grant.role_kind == "Role" ? "role" : "clusterrole";
  return fmt::format("{}.{} {} not found", singular, kAccessGroup, in_quotes(grant.role_name));
}

}  // namespace

struct RoleIndex::Visit {
  const std::function<bool(const Grant&, const PolicyRule&)>& function;
  std::set<Rules> seen;
  std::set<std::string> failures;
};

RoleIndex::RoleIndex(Store& store) : store_(store) {
  for (const char* resource : {kRoleBindings, kClusterRoleBindings}) {
    for (const ObjectPtr& binding : store.list(resource)) change(resource, *binding, true);
  }
  subscription_ = store.subscribe([this](const Event& event) { take(event); });
}

void RoleIndex::take(const Event& event) {
  if (event.resource == kRoles || event.resource == kClusterRoles) {
    const std::string ns = event.resource == kRoles ? string_at(*event.object, {"metadata", "namespace"}) : "";
    parsed_.erase({ns, string_at(*event.object, {"metadata", "name"})});
  }
  if (!is_binding(event.resource)) return;
  const ObjectPtr& before = event.previous ? event.previous : event.object;
  if (event.change != Change::kAdded) change(event.resource, *before, false);
  if (event.change != Change::kDeleted) change(event.resource, *event.object, true);
}

void RoleIndex::change(const std::string& resource, const json& binding, bool add) {
  const std::string ns = resource == kRoleBindings ? string_at(binding, {"metadata", "namespace"}) : "";
  // A RoleBinding without a namespace would count everywhere.
  if (resource == kRoleBindings && ns.empty()) return;
  Subjects& subjects = by_namespace_[ns];
  const std::string name = string_at(binding, {"metadata", "name"});
  for (const json& subject : array_at(binding, {"subjects"})) {
    const std::string key = key_of_subject(subject, ns);
    if (key.empty()) continue;
    if (add) {
      subjects[key].try_emplace(name, grant_of(resource, binding, subject));
    } else if (const auto found = subjects.find(key); found != subjects.end()) {
      found->second.erase(name);
      if (found->second.empty()) subjects.erase(found);
    }
  }
  if (subjects.empty()) by_namespace_.erase(ns);
}

Rules RoleIndex::rules(const std::string& kind, const std::string& ns, const std::string& name) const {
  if (kind != "ClusterRole" && (kind != "Role" || ns.empty())) return nullptr;
  const std::string home = kind == "Role" ? ns : "";
  const auto known = parsed_.find({home, name});
  if (known != parsed_.end()) return known->second;
  const ObjectPtr role = store_.find(kind == "Role" ? kRoles : kClusterRoles, home, name);
  if (!role) return nullptr;
  auto rules = std::make_shared<const std::vector<PolicyRule>>(rules_of(*role));
  parsed_.emplace(std::pair(home, name), rules);
  return rules;
}

std::vector<std::string> RoleIndex::visit(const User& user, const std::string& ns,
                                          const std::function<bool(const Grant&, const PolicyRule&)>& visit) const {
  Visit state{visit, {}, {}};
  const auto everywhere = by_namespace_.find("");
  bool going_on = everywhere == by_namespace_.end() || visit_subjects(everywhere->second, user, state);
  const auto here = ns.empty() ? by_namespace_.end() : by_namespace_.find(ns);
  if (going_on && here != by_namespace_.end()) visit_subjects(here->second, user, state);
  return {state.failures.begin(), state.failures.end()};
}

bool RoleIndex::visit_subjects(const Subjects& subjects, const User& user, Visit& visit) const {
  const auto visit_key = [&](const std::string& key) {
    const auto found = subjects.find(key);
    return found == subjects.end() || visit_grants(found->second, visit);
  };
  if (!visit_key(user_key(user.name))) return false;
  for (const std::string& group : user.groups) {
    if (!visit_key(group_key(group))) return false;
  }
  return true;
}

bool RoleIndex::visit_grants(const Grants& grants, Visit& visit) const {
  for (const auto& [name, grant] : grants) {
    if (!visit_grant(grant, visit)) return false;
  }
  return true;
}

bool RoleIndex::visit_grant(const Grant& grant, Visit& visit) const {
  const Rules role = rules(grant.role_kind, grant.ns, grant.role_name);
  if (!role) visit.failures.insert(missing_role(grant));
  if (!role || !visit.seen.insert(role).second) return true;
  for (const PolicyRule& rule : *role) {
    if (!visit.function(grant, rule)) return false;
  }
  return true;
}

}  // namespace zdt::rehearsal::api
