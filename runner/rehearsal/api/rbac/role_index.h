// Roles and bindings by whom they concern, kept right by the store's events, so that a decision costs what its user's own
// roles cost, however many others there are.
#pragma once
#include <functional>
#include <map>
#include <memory>

#include "rehearsal/api/auth.h"
#include "rehearsal/api/rbac/rule.h"
#include "rehearsal/store/store.h"

namespace zdt::rehearsal::api {

inline constexpr const char* kAccessGroup = "rbac.authorization.k8s.io";
inline constexpr const char* kRoles = "roles.rbac.authorization.k8s.io";
inline constexpr const char* kClusterRoles = "clusterroles.rbac.authorization.k8s.io";
inline constexpr const char* kRoleBindings = "rolebindings.rbac.authorization.k8s.io";
inline constexpr const char* kClusterRoleBindings = "clusterrolebindings.rbac.authorization.k8s.io";

using Rules = std::shared_ptr<const std::vector<PolicyRule>>;

/// A binding to one of its subjects.
/// subject  as a reason names it: ServiceAccount "NAME/NAMESPACE".
struct Grant {
  std::string binding_kind, ns, name, role_kind, role_name, subject;
};

/// Malformed roles, bindings and subjects grant nothing; nothing here throws because of them.
class RoleIndex {
 public:
  /// `store` outlives it.
  explicit RoleIndex(Store& store);
  RoleIndex(const RoleIndex&) = delete;
  RoleIndex& operator=(const RoleIndex&) = delete;

  /// Calls `visit` with each rule that `user` has in `ns` ("": cluster-wide ones alone) until it says false. A role that
  /// several bindings give is visited once. Returns what could not be resolved, such as a binding's missing role.
  std::vector<std::string> visit(const User& user, const std::string& ns,
                                 const std::function<bool(const Grant&, const PolicyRule&)>& visit) const;

  /// The rules of a role; null when it does not exist. kind  "Role" or "ClusterRole".
  Rules rules(const std::string& kind, const std::string& ns, const std::string& name) const;

 private:
  using Grants = std::map<std::string, Grant>;            // by the binding's name
  using Subjects = std::map<std::string, Grants>;         // by the subject's key
  struct Visit;
  void take(const Event& event);
  void change(const std::string& resource, const json& binding, bool add);
  bool visit_subjects(const Subjects& subjects, const User& user, Visit& visit) const;
  bool visit_grants(const Grants& grants, Visit& visit) const;
  bool visit_grant(const Grant& grant, Visit& visit) const;

  const Store& store_;
  std::map<std::string, Subjects> by_namespace_;  // "": ClusterRoleBindings
  mutable std::map<std::pair<std::string, std::string>, Rules> parsed_;  // by namespace and name of a role, "" for cluster roles
  Store::Subscription subscription_;
};

}  // namespace zdt::rehearsal::api
