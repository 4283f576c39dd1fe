// Who may ask what of the API, through the API: accounts, impersonation, reviews, and writes of roles.
#include <gtest/gtest.h>

#include "base/text.h"
#include "base/yaml.h"
#include "rehearsal/api/api.h"
#include "unit/rehearsal/api/fake_exchange.h"
#include "unit/rehearsal/api/fake_node.h"

namespace zdt::rehearsal {
namespace {

using testing::FakeExchange;

constexpr const char* kRolesOfT = "/apis/rbac.authorization.k8s.io/v1/namespaces/t/roles";
constexpr const char* kBindingsOfT = "/apis/rbac.authorization.k8s.io/v1/namespaces/t/rolebindings";
constexpr const char* kClusterRolesPath = "/apis/rbac.authorization.k8s.io/v1/clusterroles";
constexpr const char* kClusterBindingsPath = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings";

class AccessControl : public ::testing::Test {
 protected:
  AccessControl() {
    seed(store_);
    create("namespaces", "{metadata: {name: t}}");
    create("serviceaccounts", "{metadata: {namespace: t, name: default}}");
    create("secrets", "{metadata: {namespace: default, name: treasure}, data: {k: dg==}}");
    pod_token_ = token_of_pod("default");
  }
  void create(const std::string& resource, const std::string& yaml) {
    store_.create(resource, parse_yaml(yaml, "object").value()).value();
  }
  /// The token of a pod of the account in t.
  std::string token_of_pod(const std::string& account) {
    const json pod = {{"metadata", {{"namespace", "t"}, {"generateName", "pod-"}}}, {"spec", {{"serviceAccountName", account}}}};
    return api::pod_token("key", store_, *store_.create("pods", pod).value(), std::chrono::system_clock::now());
  }
  /// Gives the account `name` in t the rules, in namespace t or everywhere.
  void grant(const std::string& name, const std::string& rules, bool everywhere = false) {
    create("clusterroles.rbac.authorization.k8s.io", fmt::format("{{metadata: {{name: {}}}, rules: {}}}", name, rules));
    create(everywhere ? "clusterrolebindings.rbac.authorization.k8s.io" : "rolebindings.rbac.authorization.k8s.io",
           fmt::format("{{metadata: {{namespace: {1}, name: {0}}}, roleRef: {{kind: ClusterRole, name: {0}}}, "
                       "subjects: [{{kind: ServiceAccount, namespace: t, name: default}}]}}",
                       name, everywhere ? "''" : "t"));
  }

  json call(const std::string& method, const std::string& url, const std::string& token, const std::string& body = "",
            const std::vector<std::pair<std::string, std::string>>& headers = {}, const std::string& type = "application/json") {
    FakeExchange exchange(method, url, body);
    exchange.headers = {};
    if (!token.empty()) exchange.headers.add("Authorization", "Bearer " + token);
    if (!body.empty()) exchange.headers.add("Content-Type", type);
    for (const auto& [name, value] : headers) exchange.headers.add(name, value);
    std::exception_ptr failure;
    asio::co_spawn(loop_, api_.handle(exchange), [&](std::exception_ptr e) { failure = e; });
    loop_.restart();
    loop_.run();
    if (failure) std::rethrow_exception(failure);
    status_ = exchange.status;
    return json::parse(exchange.answer.substr(0, exchange.answer.find('\n')), nullptr, false);
  }
  std::string message(const json& answer) { return string_at(answer, {"message"}); }
  /// The code of a request with the pod's token.
  int code(const std::string& method, const std::string& url, const std::string& body = "",
           const std::string& type = "application/json") {
    call(method, url, pod_token_, body, {}, type);
    return status_;
  }

  asio::io_context loop_;
  Store store_;
  testing::FakeNode node_{loop_.get_executor()};
  Api api_{store_, node_, ApiOptions{.token = "secret", .account_key = "key"}};
  std::string pod_token_;
  int status_ = 0;
  const std::string who_ = "User \"system:serviceaccount:t:default\" cannot ";
};

TEST_F(AccessControl, ADefaultAccountReadsNoSecretsOfAnyNamespace) {
  const json refused = call("GET", "/api/v1/secrets", pod_token_);
  EXPECT_EQ(status_, 403);
  EXPECT_EQ(message(refused), "secrets is forbidden: " + who_ + "list resource \"secrets\" in API group \"\" at the cluster scope");
  EXPECT_EQ(string_at(refused, {"reason"}), "Forbidden");
  EXPECT_EQ(refused["details"], (json{{"kind", "secrets"}}));
  const json one = call("GET", "/api/v1/namespaces/default/secrets/treasure", pod_token_);
  EXPECT_EQ(message(one), "secrets \"treasure\" is forbidden: " + who_ + "get resource \"secrets\" in API group \"\" in the namespace \"default\"");
  EXPECT_EQ(one["details"], (json{{"kind", "secrets"}, {"name", "treasure"}}));
  for (const char* path : {"/api/v1/namespaces/t/secrets", "/api/v1/pods", "/api/v1/nodes", "/api/v1/namespaces/t", "/metrics",
                           "/rehearsal.zdt.dev/scrape-targets", "/apis/apps/v1/deployments", "/api/v1/secrets?watch=true",
                           "/apis/metrics.k8s.io/v1beta1/pods", "/api/v1/namespaces/t/pods/x/log"})
    EXPECT_EQ(code("GET", path), 403) << path;
  for (const char* path : {"/api", "/apis", "/apis/apps/v1", "/version", "/openapi/v3", "/healthz"}) EXPECT_EQ(code("GET", path), 200) << path;
}

TEST_F(AccessControl, RefusalsAreInKubernetesWords) {
  EXPECT_EQ(message(call("DELETE", "/apis/apps/v1/namespaces/a/deployments/web", pod_token_)),
            "deployments.apps \"web\" is forbidden: " + who_ + "delete resource \"deployments\" in API group \"apps\" in the namespace \"a\"");
  EXPECT_EQ(message(call("DELETE", "/api/v1/nodes", pod_token_)),
            "nodes is forbidden: " + who_ + "deletecollection resource \"nodes\" in API group \"\" at the cluster scope");
  EXPECT_EQ(message(call("GET", "/api/v1/namespaces/default/pods/web/exec", pod_token_)),
            "pods \"web\" is forbidden: " + who_ + "get resource \"pods/exec\" in API group \"\" in the namespace \"default\"");
  EXPECT_EQ(message(call("GET", "/api/v1/namespaces/default", pod_token_)),
            "namespaces \"default\" is forbidden: " + who_ + "get resource \"namespaces\" in API group \"\" in the namespace \"default\"");
  EXPECT_EQ(message(call("GET", "/metrics", "")), "forbidden: User \"system:anonymous\" cannot get path \"/metrics\"");
  EXPECT_EQ(message(call("GET", "/apis/x.io/v1/things", pod_token_)),
            "things.x.io is forbidden: " + who_ + "list resource \"things\" in API group \"x.io\" at the cluster scope");
}

TEST_F(AccessControl, ARoleAllowsWhatItSaysAndNoMore) {
  grant("reader", "[{verbs: [get, list], apiGroups: [''], resources: [pods]}, {verbs: [get], apiGroups: [''], resources: [secrets], resourceNames: [one]}]");
  create("secrets", "{metadata: {namespace: t, name: one}}");
  create("secrets", "{metadata: {namespace: t, name: two}}");
  EXPECT_EQ(code("GET", "/api/v1/namespaces/t/pods"), 200);
  EXPECT_EQ(code("GET", "/api/v1/namespaces/default/pods"), 403);
  EXPECT_EQ(code("GET", "/api/v1/pods"), 403);
  EXPECT_EQ(code("GET", "/api/v1/namespaces/t/pods?watch=1"), 403) << "to watch is another verb";
  EXPECT_EQ(code("GET", "/api/v1/namespaces/t/secrets/one"), 200);
  EXPECT_EQ(code("GET", "/api/v1/namespaces/t/secrets/two"), 403);
  EXPECT_EQ(code("GET", "/api/v1/namespaces/t/secrets"), 403);
  EXPECT_EQ(code("POST", "/api/v1/namespaces/t/pods", "{}"), 403);
}

TEST_F(AccessControl, AListOfOneNameIsAllowedByThatName) {
  grant("one", "[{verbs: [list, watch], apiGroups: [''], resources: [secrets], resourceNames: [one]}]");
  create("secrets", "{metadata: {namespace: t, name: one}}");
  create("secrets", "{metadata: {namespace: t, name: two}}");
  const json list = call("GET", "/api/v1/namespaces/t/secrets?fieldSelector=metadata.name%3Done", pod_token_);
  EXPECT_EQ(status_, 200);
  EXPECT_EQ(array_at(list, {"items"}).size(), 1u);
  EXPECT_EQ(code("GET", "/api/v1/namespaces/t/secrets?fieldSelector=metadata.name!%3Done"), 403);
  EXPECT_EQ(code("GET", "/api/v1/namespaces/t/secrets?fieldSelector=metadata.name%3Dtwo"), 403);
  EXPECT_EQ(code("GET", "/api/v1/namespaces/t/secrets?fieldSelector=%2C%3D"), 403);
}

TEST_F(AccessControl, NoOtherPathLeadsToTheSameObjects) {
  grant("all-in-t", "[{verbs: ['*'], apiGroups: ['*'], resources: ['*']}]");
  EXPECT_EQ(code("GET", "/api/v1/namespaces/t/secrets"), 200);
  for (const char* path : {"/api/v1/namespaces/t/nodes", "/api/v1/namespaces/t/namespaces/default",
                           "/apis/rbac.authorization.k8s.io/v1/namespaces/t/clusterroles",
                           "/apis/rbac.authorization.k8s.io/v1/namespaces/t/clusterroles/cluster-admin"})
    EXPECT_EQ(code("GET", path), 404) << path;
  EXPECT_EQ(code("PATCH", "/apis/rbac.authorization.k8s.io/v1/namespaces/t/clusterrolebindings/cluster-admin",
                 R"({"subjects": []})", "application/merge-patch+json"), 404);
  for (const char* path : {"/api/v1/secrets", "/api/v1//secrets", "//api/v1/secrets", "/api/v1/namespaces/t/../default/secrets",
                           "/api/v1/namespaces/t%2F..%2Fdefault/secrets", "/api/v1/namespaces/default/secrets/treasure"})
    EXPECT_NE(code("GET", path), 200) << path;
}

TEST_F(AccessControl, ASubresourceIsNoWayToWatchTheObjects) {
  grant("scales", "[{verbs: ['*'], apiGroups: [''], resources: ['secrets/*', '*/scale', '*/status', '*/token']}]", true);
  EXPECT_NE(code("GET", "/api/v1/namespaces/default/secrets/treasure/scale?watch=1&timeoutSeconds=1"), 200);
  EXPECT_NE(code("GET", "/api/v1/namespaces/default/secrets/treasure/status?watch=1&timeoutSeconds=1"), 200);
}

TEST_F(AccessControl, ADefinitionOfABuiltInKindOpensNoSecondDoor) {
  create("customresourcedefinitions.apiextensions.k8s.io",
         "{metadata: {name: roles.rbac.authorization.k8s.io}, spec: {group: rbac.authorization.k8s.io, scope: Namespaced, "
         "names: {plural: roles, kind: Role}, versions: [{name: v9, served: true, storage: true}]}}");
  create("roles.rbac.authorization.k8s.io", "{metadata: {namespace: t, name: kept}, rules: []}");
  call("GET", "/apis/rbac.authorization.k8s.io/v9/namespaces/t/roles", "secret");
  EXPECT_EQ(status_, 404);
  call("DELETE", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/roles.rbac.authorization.k8s.io", "secret");
  EXPECT_EQ(status_, 200);
  EXPECT_TRUE(store_.find("roles.rbac.authorization.k8s.io", "t", "kept")) << "it goes alone";
}

TEST_F(AccessControl, ATokenOfAnAccountThatWentOrCameAgainIsNoToken) {
  EXPECT_EQ(code("GET", "/api"), 200);
  store_.remove("serviceaccounts", "t", "default").value();
  EXPECT_EQ(code("GET", "/api"), 401);
  create("serviceaccounts", "{metadata: {namespace: t, name: default}}");
  EXPECT_EQ(code("GET", "/api"), 401);
}

TEST_F(AccessControl, APatchThatCreatesNeedsToCreate) {
  grant("patcher", "[{verbs: [patch, get], apiGroups: [''], resources: [configmaps]}]");
  const std::string url = "/api/v1/namespaces/t/configmaps/c?fieldManager=x";
  const std::string body = R"({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}})";
  EXPECT_EQ(message(call("PATCH", url, pod_token_, body, {}, "application/apply-patch+yaml")),
            "configmaps \"c\" is forbidden: " + who_ + "create resource \"configmaps\" in API group \"\" in the namespace \"t\"");
  EXPECT_EQ(code("PATCH", url + "&dryRun=All", body, "application/apply-patch+yaml"), 403);
  create("configmaps", "{metadata: {namespace: t, name: c}}");
  EXPECT_EQ(code("PATCH", url, body, "application/apply-patch+yaml"), 200);
}

class Escalation : public AccessControl {
 protected:
  Escalation() {
    grant("roles-writer",
          "[{verbs: ['*'], apiGroups: [rbac.authorization.k8s.io], resources: [roles, rolebindings]}, "
          "{verbs: [get, list], apiGroups: [''], resources: [pods]}]");
    // "*" holds bind and escalate, so they are taken away again.
    store_.modify("clusterroles.rbac.authorization.k8s.io", "", "roles-writer", [](json& role) {
      role["rules"][0]["verbs"] = {"get", "list", "create", "update", "patch", "delete"};
    }).value();
  }
  static std::string role(const std::string& name, const std::string& rules) {
    return fmt::format(R"({{"metadata": {{"name": "{}"}}, "rules": {}}})", name, rules);
  }
  static std::string binding(const std::string& name, const std::string& kind, const std::string& role) {
    return fmt::format(R"({{"metadata": {{"name": "{}"}}, "roleRef": {{"kind": "{}", "name": "{}"}},
      "subjects": [{{"kind": "ServiceAccount", "name": "default", "namespace": "t"}}]}})", name, kind, role);
  }
};

TEST_F(Escalation, ARoleIsWrittenOnlyWithRulesThatTheWriterHolds) {
  EXPECT_EQ(code("POST", kRolesOfT, role("ok", R"([{"verbs": ["get"], "apiGroups": [""], "resources": ["pods"]}])")), 201);
  const json refused = call("POST", kRolesOfT, pod_token_, role("bad", R"([{"verbs": ["get", "delete"], "apiGroups": [""], "resources": ["secrets", "pods"]}])"));
  EXPECT_EQ(status_, 403);
  EXPECT_EQ(message(refused),
            "roles.rbac.authorization.k8s.io \"bad\" is forbidden: user \"system:serviceaccount:t:default\" (groups=[\"system:serviceaccounts\" "
            "\"system:serviceaccounts:t\" \"system:authenticated\"]) is attempting to grant RBAC permissions not currently held:\n"
            "{APIGroups:[\"\"], Resources:[\"pods\"], Verbs:[\"delete\"]}\n"
            "{APIGroups:[\"\"], Resources:[\"secrets\"], Verbs:[\"get\" \"delete\"]}");
  const std::string more = R"({"rules": [{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}]})";
  EXPECT_EQ(code("PATCH", std::string(kRolesOfT) + "/ok", more, "application/merge-patch+json"), 403);
  EXPECT_EQ(code("PUT", std::string(kRolesOfT) + "/ok", role("ok", R"([{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}])")), 403);
  EXPECT_EQ(code("PATCH", std::string(kRolesOfT) + "/ok", R"([{"op": "add", "path": "/rules/0/verbs/-", "value": "delete"}])", "application/json-patch+json"), 403);
  EXPECT_EQ(code("PATCH", std::string(kRolesOfT) + "/ok?fieldManager=x&force=true",
                 R"({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "ok"}, "rules": [{"verbs": ["delete"], "apiGroups": [""], "resources": ["pods"]}]})",
                 "application/apply-patch+yaml"), 403);
  EXPECT_EQ(code("PATCH", std::string(kRolesOfT) + "/new?fieldManager=x",
                 R"({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "new"}, "rules": [{"verbs": ["delete"], "apiGroups": [""], "resources": ["pods"]}]})",
                 "application/apply-patch+yaml"), 403);
  call("POST", kRolesOfT, "secret", role("bad", more));
  EXPECT_EQ(status_, 400) << "the administrator is not asked, but the rules are validated";
}

TEST_F(Escalation, ABindingNeedsTheRulesOfItsRoleOrTheVerbBind) {
  EXPECT_EQ(code("POST", kBindingsOfT, binding("a", "ClusterRole", "cluster-admin")), 403);
  EXPECT_EQ(code("POST", kBindingsOfT, binding("a", "ClusterRole", "view")), 403);
  EXPECT_EQ(message(call("POST", kBindingsOfT, pod_token_, binding("a", "ClusterRole", "nothing"))),
            "clusterroles.rbac.authorization.k8s.io \"nothing\" not found");
  EXPECT_EQ(status_, 404);
  EXPECT_EQ(code("POST", kRolesOfT, role("mine", R"([{"verbs": ["list"], "apiGroups": [""], "resources": ["pods"]}])")), 201);
  EXPECT_EQ(code("POST", kBindingsOfT, binding("mine", "Role", "mine")), 201);
  grant("binder", "[{verbs: [bind], apiGroups: [rbac.authorization.k8s.io], resources: [clusterroles], resourceNames: [view]}]");
  EXPECT_EQ(code("POST", kBindingsOfT, binding("v", "ClusterRole", "view")), 201);
  EXPECT_EQ(code("POST", kBindingsOfT, binding("e", "ClusterRole", "edit")), 403);
}

TEST_F(Escalation, TheVerbEscalateAndASystemMasterAreNotAsked) {
  grant("escalator", "[{verbs: [escalate], apiGroups: [rbac.authorization.k8s.io], resources: [roles]}]");
  EXPECT_EQ(code("POST", kRolesOfT, role("more", R"([{"verbs": ["*"], "apiGroups": ["*"], "resources": ["*"]}])")), 201);
  call("POST", kClusterBindingsPath, "secret", binding("root", "ClusterRole", "cluster-admin"));
  EXPECT_EQ(status_, 201);
}

TEST_F(Escalation, AnAggregationRuleTakesAllRights) {
  grant("cluster-writer", "[{verbs: [create], apiGroups: [rbac.authorization.k8s.io], resources: [clusterroles]}]", true);
  const json refused = call("POST", kClusterRolesPath, pod_token_,
                            R"({"metadata": {"name": "gather"}, "aggregationRule": {"clusterRoleSelectors": [{}]}})");
  EXPECT_EQ(message(refused),
            "clusterroles.rbac.authorization.k8s.io \"gather\" is forbidden: must have cluster-admin privileges to use the aggregationRule");
}

TEST_F(Escalation, ABindingsRoleNeverChanges) {
  call("POST", kBindingsOfT, "secret", binding("b", "ClusterRole", "view"));
  const json refused = call("PUT", std::string(kBindingsOfT) + "/b", "secret", binding("b", "ClusterRole", "edit"));
  EXPECT_EQ(status_, 422);
  EXPECT_NE(message(refused).find("roleRef: Invalid value: "), std::string::npos) << refused;
  EXPECT_NE(message(refused).find(": cannot change roleRef"), std::string::npos) << refused;
}

TEST_F(AccessControl, RolesAndBindingsAreValidatedInKubernetesWords) {
  struct Case {
    const char *path, *body, *message;
  };
  for (const Case& c : {
           Case{kRolesOfT, R"({"metadata": {"name": "r"}, "rules": [{"apiGroups": [""], "resources": ["pods"]}]})",
                "rules[0].verbs: Required value: verbs must contain at least one value"},
           {kRolesOfT, R"({"metadata": {"name": "r"}, "rules": [{"verbs": ["get"], "nonResourceURLs": ["/x"]}]})",
            "namespaced rules cannot apply to non-resource URLs"},
           {kClusterRolesPath, R"({"metadata": {"name": "r"}, "rules": [{"verbs": ["get"], "nonResourceURLs": ["/x"], "resources": ["a"]}]})",
            "rules cannot apply to both regular resources and non-resource URLs"},
           {kClusterRolesPath, R"({"metadata": {"name": "r"}, "rules": [{"verbs": ["get"]}]})",
            "rules[0].resources: Required value: resource rules must supply at least one resource"},
           {kClusterRolesPath, R"({"metadata": {"name": "r"}, "aggregationRule": {}})",
            "aggregationRule.clusterRoleSelectors: Required value"},
           {kClusterBindingsPath, R"({"metadata": {"name": "b"}, "roleRef": {"kind": "Role", "name": "x"}})",
            "roleRef.kind: Unsupported value: \"Role\": supported values: \"ClusterRole\""},
           {kClusterBindingsPath, R"({"metadata": {"name": "b"}, "roleRef": {"kind": "ClusterRole", "name": "a/b"}})",
            "roleRef.name: Invalid value: \"a/b\": may not contain '/'"},
           {kClusterBindingsPath, R"({"metadata": {"name": "b"}, "roleRef": {"kind": "ClusterRole", "name": "x"}, "subjects": [{"kind": "ServiceAccount", "name": "a"}]})",
            "subjects[0].namespace: Required value"},
           {kBindingsOfT, R"({"metadata": {"name": "b"}, "roleRef": {"kind": "Role", "name": "x"}, "subjects": [{"kind": "Robot", "name": "a"}]})",
            "subjects[0].kind: Unsupported value: \"Robot\": supported values: \"ServiceAccount\", \"User\", \"Group\""},
       }) {
    const json refused = call("POST", c.path, "secret", c.body);
    EXPECT_EQ(status_, 422) << c.body;
    EXPECT_NE(message(refused).find(c.message), std::string::npos) << message(refused);
  }
  const json mistyped = call("POST", kRolesOfT, "secret", R"({"metadata": {"name": "r"}, "rules": [{"verbs": "get"}]})");
  EXPECT_EQ(status_, 400);
  EXPECT_EQ(message(mistyped), "Role in version \"v1\" cannot be handled as a Role: json: cannot unmarshal string into Go struct field PolicyRule.rules.verbs of type []string");
}

TEST_F(AccessControl, WhoMayImpersonateActsAsTheOther) {
  create("serviceaccounts", "{metadata: {namespace: t, name: other}}");
  const std::vector<std::pair<std::string, std::string>> as_other = {{"Impersonate-User", "system:serviceaccount:t:other"}};
  EXPECT_EQ(message(call("GET", "/api/v1/namespaces/t/pods", pod_token_, "", as_other)),
            "serviceaccounts \"other\" is forbidden: " + who_ + "impersonate resource \"serviceaccounts\" in API group \"\" in the namespace \"t\"");
  EXPECT_EQ(message(call("GET", "/api/v1/pods", "secret", "", as_other)),
            "pods is forbidden: User \"system:serviceaccount:t:other\" cannot list resource \"pods\" in API group \"\" at the cluster scope");
  const std::string self = "/apis/authentication.k8s.io/v1/selfsubjectreviews";
  const json info = call("POST", self, "secret", "{}", {{"Impersonate-User", "jane"}, {"Impersonate-Group", "dev"}, {"impersonate-group", "ops"},
                                                        {"Impersonate-Uid", "7"}, {"Impersonate-Extra-Scopes%2Fx", "view"}});
  EXPECT_EQ(at(info, {"status", "userInfo"}), (json{{"username", "jane"}, {"uid", "7"}, {"groups", {"dev", "ops", "system:authenticated"}},
                                                    {"extra", {{"scopes/x", {"view"}}}}}));
  call("GET", "/api", "secret", "", {{"Impersonate-Group", "system:masters"}});
  EXPECT_EQ(status_, 400);
  grant("jane", "[{verbs: [impersonate], apiGroups: [''], resources: [users], resourceNames: [jane]}]", true);
  call("GET", "/api", pod_token_, "", {{"Impersonate-User", "jane"}});
  EXPECT_EQ(status_, 200);
  for (const auto& [name, value] : std::vector<std::pair<std::string, std::string>>{{"Impersonate-Group", "system:masters"}, {"Impersonate-Uid", "1"}, {"Impersonate-Extra-a", "b"}}) {
    call("GET", "/api", pod_token_, "", {{"Impersonate-User", "jane"}, {name, value}});
    EXPECT_EQ(status_, 403) << name;
  }
  call("GET", "/api", pod_token_, "", {{"Impersonate-User", "kubernetes-admin"}});
  EXPECT_EQ(status_, 403);
}

TEST_F(AccessControl, ReviewsTellTheTruth) {
  grant("reader", "[{verbs: [list], apiGroups: [''], resources: [pods]}]");
  const std::string group = "/apis/authorization.k8s.io/v1/";
  const auto allowed = [&](const std::string& path, const std::string& token, const std::string& spec) {
    return bool_at(call("POST", group + path, token, R"({"spec": )" + spec + "}"), {"status", "allowed"});
  };
  const std::string list = R"({"resourceAttributes": {"verb": "list", "resource": "pods", "namespace": "t"}})";
  const std::string remove = R"({"resourceAttributes": {"verb": "delete", "resource": "pods", "namespace": "t"}})";
  EXPECT_TRUE(allowed("selfsubjectaccessreviews", pod_token_, list));
  EXPECT_FALSE(allowed("selfsubjectaccessreviews", pod_token_, remove));
  EXPECT_TRUE(allowed("selfsubjectaccessreviews", "secret", remove));
  EXPECT_TRUE(allowed("selfsubjectaccessreviews", pod_token_, R"({"nonResourceAttributes": {"verb": "get", "path": "/api"}})"));
  const std::string subject = R"("user": "system:serviceaccount:t:default", )";
  EXPECT_TRUE(allowed("subjectaccessreviews", "secret", "{" + subject + list.substr(1)));
  EXPECT_FALSE(allowed("subjectaccessreviews", "secret", "{" + subject + remove.substr(1)));
  EXPECT_TRUE(allowed("namespaces/t/localsubjectaccessreviews", "secret", "{" + subject + list.substr(1)));
  call("POST", group + "namespaces/default/localsubjectaccessreviews", "secret", R"({"spec": {)" + subject + list.substr(1) + "}");
  EXPECT_EQ(status_, 422);
  EXPECT_EQ(code("POST", group + "subjectaccessreviews", "{}"), 403) << "to ask for others is a right of its own";
  call("POST", group + "selfsubjectaccessreviews", "secret", R"({"spec": {}})");
  EXPECT_EQ(status_, 422);
  call("GET", group + "selfsubjectaccessreviews", "secret");
  EXPECT_EQ(status_, 405);
}

TEST_F(AccessControl, TheRulesReviewListsWhatOneHolds) {
  grant("reader", "[{verbs: [list], apiGroups: [''], resources: [pods]}]");
  const json review = call("POST", "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", pod_token_, R"({"spec": {"namespace": "t"}})");
  EXPECT_EQ(status_, 201);
  const json& rules = array_at(review, {"status", "resourceRules"});
  EXPECT_NE(std::find(rules.begin(), rules.end(), (json{{"verbs", {"list"}}, {"apiGroups", {""}}, {"resources", {"pods"}}})), rules.end()) << review;
  EXPECT_EQ(at(review, {"status", "incomplete"}), false);
  EXPECT_FALSE(array_at(review, {"status", "nonResourceRules"}).empty());
  EXPECT_EQ(code("POST", "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews", "{}"), 400);
}

TEST_F(AccessControl, TokensAreMadeAndReviewed) {
  const std::string url = "/api/v1/namespaces/t/serviceaccounts/default/token";
  EXPECT_EQ(code("POST", url, "{}"), 403);
  const json made = call("POST", url, "secret", R"({"spec": {"expirationSeconds": 900}})");
  EXPECT_EQ(status_, 201);
  const std::string token = string_at(made, {"status", "token"});
  call("GET", "/api", token);
  EXPECT_EQ(status_, 200);
  const json review = call("POST", "/apis/authentication.k8s.io/v1/tokenreviews", "secret", json{{"spec", {{"token", token}}}}.dump());
  EXPECT_EQ(at(review, {"status", "authenticated"}), true);
  EXPECT_EQ(string_at(review, {"status", "user", "username"}), "system:serviceaccount:t:default");
  const json unknown = call("POST", "/apis/authentication.k8s.io/v1/tokenreviews", "secret", R"({"spec": {"token": "x"}})");
  EXPECT_TRUE(at(unknown, {"status", "authenticated"}).is_null());
  for (const char* spec : {R"({"expirationSeconds": 10})", R"({"expirationSeconds": 18446744073709551615})"}) {
    call("POST", url, "secret", std::string(R"({"spec": )") + spec + "}");
    EXPECT_EQ(status_, 422) << spec;
  }
  const json foreign = call("POST", url, "secret", R"({"spec": {"audiences": ["vault"]}})");
  call("GET", "/api", string_at(foreign, {"status", "token"}));
  EXPECT_EQ(status_, 401) << "it is for somebody else";
  call("POST", "/api/v1/namespaces/t/serviceaccounts/nobody/token", "secret", "{}");
  EXPECT_EQ(status_, 404);
}

}  // namespace
}  // namespace zdt::rehearsal
