// What a rule allows, what rules cover, and that nothing malformed grants or throws.
#include <gtest/gtest.h>

#include <random>

#include "base/text.h"
#include "base/yaml.h"
#include "rehearsal/api/rbac/authorizer.h"
#include "rehearsal/api/rbac/coverage.h"
#include "rehearsal/api/rbac/policy.h"

namespace zdt::rehearsal::api {
namespace {

PolicyRule rule(const std::string& yaml) { return rule_from(parse_yaml(yaml, "rule").value()).value(); }

TEST(PolicyRules, MatchVerbs) {
  struct Case {
    const char *verbs, *asked;
    bool matches;
  };
  for (const Case& c : {Case{"['*']", "x", true}, {"[get]", "get", true}, {"[list, get]", "get", true},
                        {"[list]", "get", false}, {"['get*']", "get", false}, {"[]", "get", false}, {"[GET]", "get", false}})
    EXPECT_EQ(verb_matches(rule(fmt::format("{{verbs: {}}}", c.verbs)), c.asked), c.matches) << c.verbs << c.asked;
}

TEST(PolicyRules, MatchGroups) {
  EXPECT_TRUE(group_matches(rule("{apiGroups: ['*']}"), "apps"));
  EXPECT_TRUE(group_matches(rule("{apiGroups: ['']}"), ""));
  EXPECT_TRUE(group_matches(rule("{apiGroups: [a, apps]}"), "apps"));
  EXPECT_FALSE(group_matches(rule("{apiGroups: [apps]}"), ""));
  EXPECT_FALSE(group_matches(rule("{apiGroups: []}"), ""));
}

TEST(PolicyRules, MatchResourcesAndTheirSubresources) {
  struct Case {
    const char *resources, *resource, *subresource;
    bool matches;
  };
  for (const Case& c :
       {Case{"['*']", "pods", "", true}, {"['*']", "pods", "exec", true}, {"[pods]", "pods", "", true},
        {"[pods]", "pods", "exec", false}, {"[pods/exec]", "pods", "exec", true}, {"[pods/exec]", "pods", "", false},
        {"['*/scale']", "deployments", "scale", true}, {"['*/scale']", "deployments", "", false},
        {"['*/scale']", "deployments", "xscale", false}, {"['pods/*']", "pods", "exec", false},
        {"['*/']", "pods", "", false}, {"[pod]", "pods", "", false}, {"[]", "pods", "", false}}) {
    EXPECT_EQ(resource_matches(rule(fmt::format("{{resources: {}}}", c.resources)), c.resource, c.subresource), c.matches)
        << c.resources << " " << c.resource << "/" << c.subresource;
  }
}

TEST(PolicyRules, MatchNames) {
  EXPECT_TRUE(name_matches(rule("{}"), "a"));
  EXPECT_TRUE(name_matches(rule("{resourceNames: [a, b]}"), "b"));
  EXPECT_FALSE(name_matches(rule("{resourceNames: [a]}"), "b"));
  EXPECT_FALSE(name_matches(rule("{resourceNames: [a]}"), "")) << "a list is of all names";
  EXPECT_FALSE(name_matches(rule("{resourceNames: ['*']}"), "a"));
}

TEST(PolicyRules, MatchPaths) {
  struct Case {
    const char *urls, *path;
    bool matches;
  };
  for (const Case& c : {Case{"['*']", "/x", true}, {"[/metrics]", "/metrics", true}, {"[/metrics]", "/metrics/x", false},
                        {"['/api/*']", "/api/v1", true}, {"['/api/*']", "/api", false}, {"['/api*']", "/apis", true},
                        {"['/*/x']", "/a/x", false}, {"[/metrics]", "//metrics", false}, {"[]", "/x", false}})
    EXPECT_EQ(url_matches(rule(fmt::format("{{nonResourceURLs: {}}}", c.urls)), c.path), c.matches) << c.urls << c.path;
}

TEST(PolicyRules, AllowOnlyWhenAllPartsMatch) {
  const PolicyRule reader = rule("{verbs: [get], apiGroups: [''], resources: [pods], resourceNames: [web]}");
  Attributes asked{true, "get", "", "pods", "", "default", "web", ""};
  EXPECT_TRUE(rule_allows(reader, asked));
  for (auto change : {+[](Attributes& a) { a.verb = "list"; }, +[](Attributes& a) { a.group = "apps"; },
                      +[](Attributes& a) { a.subresource = "log"; }, +[](Attributes& a) { a.name = "other"; },
                      +[](Attributes& a) { a.for_resource = false; }}) {
    Attributes other = asked;
    change(other);
    EXPECT_FALSE(rule_allows(reader, other));
  }
  EXPECT_FALSE(rule_allows(rule("{verbs: ['*'], nonResourceURLs: ['*']}"), asked)) << "paths are no resources";
}

TEST(PolicyRules, ThatCannotBeUnderstoodAreNone) {
  for (const char* yaml : {"[]", "x", "{verbs: get}", "{verbs: [1]}", "{verbs: ['*'], resourceNames: [1]}",
                           "{verbs: ['*'], resourceNames: {a: b}}", "{verbs: ['*'], apiGroups: ['*'], resources: [null]}"})
    EXPECT_FALSE(rule_from(parse_yaml(yaml, "rule").value())) << yaml;
  EXPECT_EQ(rules_of(parse_yaml("{rules: [1, {verbs: [get]}, {verbs: 2}]}", "role").value()).size(), 1u);
  EXPECT_TRUE(rules_of(parse_yaml("{rules: x}", "role").value()).empty());
}

/// The missing rules as a refusal shows them; "" when all is covered.
std::string missing(const std::vector<PolicyRule>& held, const PolicyRule& wanted) {
  std::string text;
  for (const PolicyRule& each : not_covered(held, {wanted})) text += compact_text(each) + "\n";
  return text;
}

TEST(Coverage, NamesWhatIsMissingResourceByResource) {
  const std::vector<PolicyRule> held = {rule("{verbs: [get], apiGroups: [''], resources: [pods, '*/log']}"),
                                        rule("{verbs: [list], apiGroups: ['*'], resources: [pods]}"),
                                        rule("{verbs: [get], nonResourceURLs: ['/api/*']}"),
                                        rule("{verbs: [get], apiGroups: [''], resources: [secrets], resourceNames: [a]}")};
  EXPECT_EQ(missing(held, rule("{verbs: [get, list], apiGroups: [''], resources: [pods]}")), "");
  EXPECT_EQ(missing(held, rule("{verbs: [get], apiGroups: [''], resources: [pods/log, x/log]}")), "");
  EXPECT_EQ(missing(held, rule("{verbs: [get], nonResourceURLs: [/api/v1, '/api/x*']}")), "");
  EXPECT_EQ(missing(held, rule("{verbs: [get], apiGroups: [''], resources: [secrets], resourceNames: [a]}")), "");
  EXPECT_EQ(missing(held, rule("{verbs: [get, delete, patch], apiGroups: [''], resources: [pods]}")),
            "{APIGroups:[\"\"], Resources:[\"pods\"], Verbs:[\"delete\" \"patch\"]}\n");
  EXPECT_EQ(missing(held, rule("{verbs: [get], apiGroups: [''], resources: [secrets]}")),
            "{APIGroups:[\"\"], Resources:[\"secrets\"], Verbs:[\"get\"]}\n");
  EXPECT_EQ(missing(held, rule("{verbs: [get], apiGroups: ['*'], resources: ['*']}")),
            "{APIGroups:[\"*\"], Resources:[\"*\"], Verbs:[\"get\"]}\n");
  EXPECT_EQ(missing(held, rule("{verbs: [get], nonResourceURLs: ['*']}")), "{NonResourceURLs:[\"*\"], Verbs:[\"get\"]}\n");
}

TEST(Coverage, ARuleOfABillionPartsIsRefusedAtOnce) {
  PolicyRule huge;
  for (int i = 0; i < 1000; ++i) {
    for (auto* words : {&huge.verbs, &huge.groups, &huge.resources}) words->push_back("w" + std::to_string(i));
  }
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(not_covered({huge, huge}, {huge, huge}).size(), 1u + 1u);
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::milliseconds(500));
}

class Index : public ::testing::Test {
 protected:
  void create(const std::string& resource, const std::string& yaml) {
    store_.create(resource, parse_yaml(yaml, "object").value()).value();
  }
  bool may(const User& user, const std::string& verb, const std::string& resource, const std::string& ns = "") const {
    Attributes asked;
    asked.verb = verb;
    asked.resource = resource;
    asked.ns = ns;
    return authorizer_.decide(user, asked).allowed;
  }
  void create_reader() {
    create(kClusterRoles, "{metadata: {name: reader}, rules: [{verbs: [get], apiGroups: [''], resources: [pods]}]}");
  }

  Store store_;
  Authorizer authorizer_{store_};
  const User robot_{"system:serviceaccount:a:robot", "", {"system:serviceaccounts", "system:serviceaccounts:a"}, {}};
};

TEST_F(Index, FollowsRolesAndBindingsAsTheyComeChangeAndGo) {
  create(kClusterRoleBindings,
         "{metadata: {name: b}, roleRef: {kind: ClusterRole, name: reader}, subjects: [{kind: ServiceAccount, namespace: a, name: robot}]}");
  EXPECT_FALSE(may(robot_, "get", "pods")) << "the role does not exist yet";
  create_reader();
  EXPECT_TRUE(may(robot_, "get", "pods"));
  EXPECT_TRUE(may(robot_, "get", "pods", "anywhere"));
  EXPECT_FALSE(may(robot_, "list", "pods"));
  ASSERT_TRUE(store_.modify(kClusterRoles, "", "reader", [](json& role) { role["rules"][0]["verbs"] = {"list"}; }));
  EXPECT_FALSE(may(robot_, "get", "pods"));
  EXPECT_TRUE(may(robot_, "list", "pods"));
  ASSERT_TRUE(store_.modify(kClusterRoleBindings, "", "b", [](json& b) { b["subjects"][0]["name"] = "other"; }));
  EXPECT_FALSE(may(robot_, "list", "pods"));
  ASSERT_TRUE(store_.modify(kClusterRoleBindings, "", "b", [](json& b) { b["subjects"][0]["name"] = "robot"; }));
  EXPECT_TRUE(may(robot_, "list", "pods"));
  ASSERT_TRUE(store_.remove(kClusterRoleBindings, "", "b"));
  EXPECT_FALSE(may(robot_, "list", "pods"));
}

TEST_F(Index, ARoleBindingCountsInItsNamespaceAlone) {
  create_reader();
  create(kRoleBindings,
         "{metadata: {namespace: a, name: b}, roleRef: {kind: ClusterRole, name: reader}, subjects: [{kind: ServiceAccount, name: robot}]}");
  EXPECT_TRUE(may(robot_, "get", "pods", "a"));
  EXPECT_FALSE(may(robot_, "get", "pods", "b"));
  EXPECT_FALSE(may(robot_, "get", "pods"));
}

TEST_F(Index, SubjectsAreUsersGroupsAndAccounts) {
  create_reader();
  const auto bound = [&](const std::string& subject) {
    create(kClusterRoleBindings, "{metadata: {name: b}, roleRef: {kind: ClusterRole, name: reader}, subjects: [" + subject + "]}");
    const bool allowed = may(robot_, "get", "pods");
    store_.remove(kClusterRoleBindings, "", "b").value();
    return allowed;
  };
  EXPECT_TRUE(bound("{kind: User, name: 'system:serviceaccount:a:robot'}"));
  EXPECT_TRUE(bound("{kind: Group, name: 'system:serviceaccounts'}"));
  EXPECT_TRUE(bound("{kind: Group, name: 'system:serviceaccounts:a'}"));
  EXPECT_FALSE(bound("{kind: Group, name: 'system:serviceaccounts:b'}"));
  EXPECT_FALSE(bound("{kind: Group, name: 'system:serviceaccount:a:robot'}"));
  EXPECT_FALSE(bound("{kind: User, name: 'system:serviceaccounts'}"));
  EXPECT_FALSE(bound("{kind: ServiceAccount, namespace: b, name: robot}"));
  EXPECT_FALSE(bound("{kind: ServiceAccount, name: robot}")) << "a cluster-wide binding has no namespace to lend";
}

TEST_F(Index, SaysWhichBindingAllowsAndWhichRoleIsMissing) {
  create_reader();
  create(kRoleBindings,
         "{metadata: {namespace: a, name: b}, roleRef: {kind: ClusterRole, name: reader}, subjects: [{kind: ServiceAccount, name: robot}]}");
  create(kClusterRoleBindings, "{metadata: {name: c}, roleRef: {kind: ClusterRole, name: gone}, subjects: [{kind: Group, name: 'system:serviceaccounts'}]}");
  Attributes asked{true, "get", "", "pods", "", "a", "", ""};
  EXPECT_EQ(authorizer_.decide(robot_, asked).reason,
            "RBAC: allowed by RoleBinding \"b/a\" of ClusterRole \"reader\" to ServiceAccount \"robot/a\"");
  asked.verb = "delete";
  EXPECT_EQ(authorizer_.decide(robot_, asked).reason, "RBAC: clusterrole.rbac.authorization.k8s.io \"gone\" not found");
}

TEST_F(Index, ADecisionDoesNotCostWhatOthersBindingsCost) {
  create_reader();
  for (int i = 0; i < 10'000; ++i) {
    create(kClusterRoleBindings,
           fmt::format("{{metadata: {{name: b{0}}}, roleRef: {{kind: ClusterRole, name: reader}}, subjects: [{{kind: User, name: u{0}}}]}}", i));
  }
  const auto began = std::chrono::steady_clock::now();
  for (int i = 0; i < 1000; ++i) EXPECT_FALSE(may(robot_, "get", "pods", "a"));
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::milliseconds(200)) << "for 1,000 decisions";
}

json random_value(std::mt19937& dice, int depth) {
  switch (dice() % (depth > 0 ? 10 : 8)) {
    case 0: return nullptr;
    case 1: return "*";
    case 2: return -1;
    case 3: return 1e300;
    case 4: return "";
    case 5: return json::array();
    case 6: return json::object();
    case 7: return true;
    case 8: return json::array({random_value(dice, depth - 1), random_value(dice, depth - 1)});
    default: return {{"kind", random_value(dice, depth - 1)}, {"name", random_value(dice, depth - 1)}, {"verbs", random_value(dice, depth - 1)}};
  }
}

TEST_F(Index, MalformedRolesAndBindingsNeitherThrowNorGrant) {
  std::mt19937 dice(7);
  const json role = parse_yaml("{metadata: {namespace: a, name: r}, rules: [{verbs: [get], apiGroups: [''], resources: [pods]}]}", "r").value();
  const json binding = parse_yaml(
      "{metadata: {namespace: a, name: r}, roleRef: {kind: Role, name: r}, subjects: [{kind: User, name: somebody}]}", "b").value();
  for (int i = 0; i < 3000; ++i) {
    json bad_role = role, bad_binding = binding;
    const std::vector<json*> places = {&bad_role["rules"], &bad_role["rules"][0], &bad_role["rules"][0]["verbs"],
                                       &bad_role["rules"][0]["resources"], &bad_binding["roleRef"],
                                       &bad_binding["subjects"], &bad_binding["subjects"][0],
                                       &bad_binding["subjects"][0]["name"]};
    const json value = random_value(dice, 2);
    *places[dice() % places.size()] = value;
    store_.create(kRoles, std::move(bad_role)).value();
    store_.create(kRoleBindings, std::move(bad_binding)).value();
    EXPECT_FALSE(may(robot_, "delete", "secrets", "a")) << value.dump();
    EXPECT_FALSE(may(robot_, "get", "pods", "a")) << value.dump();
    authorizer_.rules_of({"somebody", "", {}, {}}, "a");
    store_.remove(kRoleBindings, "a", "r").value();
    store_.remove(kRoles, "a", "r").value();
  }
}

TEST_F(Index, TheDefaultPolicyGivesADefaultAccountDiscoveryAndItselfAlone) {
  create_default_policy(store_);
  const User account{"system:serviceaccount:a:default", "", {"system:serviceaccounts", "system:serviceaccounts:a", "system:authenticated"}, {}};
  for (const char* resource : {"pods", "secrets", "configmaps", "nodes", "namespaces", "serviceaccounts"}) {
    EXPECT_FALSE(may(account, "get", resource, "a")) << resource;
    EXPECT_FALSE(may(account, "list", resource)) << resource;
  }
  Attributes path;
  path.for_resource = false;
  path.verb = "get";
  for (const auto& [asked, allowed] : std::map<std::string, bool>{{"/api", true}, {"/apis/apps/v1", true}, {"/version", true},
                                                                  {"/openapi/v3", true}, {"/metrics", false}, {"/", false},
                                                                  {"/rehearsal.zdt.dev/scrape-targets", false}}) {
    path.path = asked;
    EXPECT_EQ(authorizer_.decide(account, path).allowed, allowed) << asked;
  }
}

TEST_F(Index, ViewEditAndAdminGatherWhatKubernetesGivesThem) {
  create_default_policy(store_);
  const auto bind = [&](const std::string& role) {
    create(kRoleBindings, fmt::format("{{metadata: {{namespace: a, name: {0}}}, roleRef: {{kind: ClusterRole, name: {0}}}, "
                                      "subjects: [{{kind: User, name: {0}}}]}}", role));
    return User{role, "", {}, {}};
  };
  const User view = bind("view"), edit = bind("edit"), admin = bind("admin");
  EXPECT_TRUE(may(view, "list", "pods", "a"));
  EXPECT_FALSE(may(view, "get", "secrets", "a"));
  EXPECT_FALSE(may(view, "create", "pods", "a"));
  EXPECT_TRUE(may(edit, "list", "pods", "a"));
  EXPECT_TRUE(may(edit, "get", "secrets", "a"));
  EXPECT_TRUE(may(edit, "create", "pods", "a"));
  EXPECT_FALSE(may(admin, "list", "pods", "b"));
  Attributes roles{true, "create", kAccessGroup, "rolebindings", "", "a", "", ""};
  EXPECT_FALSE(authorizer_.decide(edit, roles).allowed);
  EXPECT_TRUE(authorizer_.decide(admin, roles).allowed);
}

}  // namespace
}  // namespace zdt::rehearsal::api
