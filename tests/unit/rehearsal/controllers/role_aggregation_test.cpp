// ClusterRoles that gather the rules of others.
#include "rehearsal/controllers/role_aggregation.h"

#include "unit/rehearsal/controllers/cluster.h"

namespace zdt::rehearsal {
namespace {

constexpr const char* kClusterRolesOfTest = "clusterroles.rbac.authorization.k8s.io";

json role_with(const std::string& name, const std::string& verb, const json& labels) {
  json rule = {{"verbs", {verb}}, {"apiGroups", {""}}, {"resources", {"pods"}}};
  return {{"metadata", {{"name", name}, {"labels", labels}}}, {"rules", json::array({std::move(rule)})}};
}

json gathering(const std::string& name, json selectors) {
  return {{"metadata", {{"name", name}}}, {"aggregationRule", {{"clusterRoleSelectors", std::move(selectors)}}}};
}

/// "get list": the verbs of a role's rules.
std::string verbs_of(const Cluster& cluster, const std::string& name) {
  const json role = cluster.get(kClusterRolesOfTest, name, "");
  std::string verbs;
  for (const json& rule : array_at(role, {"rules"}))
    verbs += (verbs.empty() ? "" : " ") + rule["verbs"][0].get<std::string>();
  return verbs;
}

TEST(RoleAggregation, GathersTheRulesOfTheChosenRolesAndFollowsThem) {
  Cluster cluster;
  cluster.create(kClusterRolesOfTest, role_with("b", "list", {{"to", "x"}}));
  cluster.create(kClusterRolesOfTest, role_with("a", "get", {{"to", "x"}}));
  cluster.create(kClusterRolesOfTest, role_with("c", "delete", {{"to", "y"}}));
  cluster.create(kClusterRolesOfTest, gathering("all", json::array({{{"matchLabels", {{"to", "x"}}}}})));
  cluster.settle();
  EXPECT_EQ(verbs_of(cluster, "all"), "get list");
  cluster.create(kClusterRolesOfTest, role_with("d", "watch", {{"to", "x"}}));
  cluster.create(kClusterRolesOfTest, role_with("e", "get", {{"to", "x"}}));
  cluster.settle();
  EXPECT_EQ(verbs_of(cluster, "all"), "get list watch") << "each rule once";
  cluster.store.remove(kClusterRolesOfTest, "", "b").value();
  cluster.settle();
  EXPECT_EQ(verbs_of(cluster, "all"), "get watch");
}

TEST(RoleAggregation, AnEmptySelectorChoosesAllAndRingsSettle) {
  Cluster cluster;
  cluster.create(kClusterRolesOfTest, role_with("a", "get", json::object()));
  cluster.create(kClusterRolesOfTest, gathering("one", json::array({json::object()})));
  cluster.create(kClusterRolesOfTest, gathering("two", json::array({json::object()})));
  cluster.settle();
  EXPECT_EQ(verbs_of(cluster, "one"), "get");
  EXPECT_EQ(verbs_of(cluster, "two"), "get");
}

TEST(RoleAggregation, MalformedSelectorsChooseNothing) {
  Cluster cluster;
  cluster.create(kClusterRolesOfTest, role_with("a", "get", {{"to", "x"}}));
  cluster.create(kClusterRolesOfTest, gathering("bad", json::array({1, "x", nullptr, {{"matchLabels", 7}}, {{"matchExpressions", {1}}}})));
  cluster.settle();
  cluster.create(kClusterRolesOfTest, gathering("good", json::array({{{"matchLabels", {{"to", "x"}}}}})));
  cluster.settle();
  EXPECT_EQ(verbs_of(cluster, "good"), "get");
}

}  // namespace
}  // namespace zdt::rehearsal
