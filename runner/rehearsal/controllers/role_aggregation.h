// Fills the rules of ClusterRoles that gather those of others, such as admin, edit and view.
// https://kubernetes.io/docs/reference/access-authn-authz/rbac/#aggregated-clusterroles
#pragma once
#include <set>

#include "rehearsal/controllers/controller.h"

namespace zdt::rehearsal {

/// The rules of a ClusterRole with an aggregationRule are those of all other ClusterRoles that its selectors choose, in the
/// order of selectors and names, each rule once (kubernetes/pkg/controller/clusterroleaggregation).
class RoleAggregation : public Controller {
 public:
  explicit RoleAggregation(Store& store) : store_(store) {}
  std::string_view name() const override { return "role aggregation"; }
  std::vector<Key> concerned(const Event& event) override;
  Result<Outcome> reconcile(const Key& key) override;

 private:
  Store& store_;
  std::set<std::string> gathering_;  // the names of the ClusterRoles with an aggregationRule
};

}  // namespace zdt::rehearsal
