// M14: what the token in a pod may do is what RBAC says, and a default account has nothing.
#include "base/text.h"
#include "security/attacked.h"

namespace zdt::security {
namespace {

class TokenWall : public Wall {
 protected:
  /// What a pod of `account` finds in its own file.
  static std::string token_of(const std::string& account) {
    const std::string name = "reads-token-of-" + account;
    create(kPods, pod(name, {"cat", "/var/run/secrets/kubernetes.io/serviceaccount/token"}, {{"serviceAccountName", account}}));
    EXPECT_TRUE(until([&] { return phase(name) == "Succeeded"; })) << reasons(name);
    const std::string token = trim(log(name));
    EXPECT_FALSE(token.empty());
    tokens_[account] = token;
    return token;
  }
  static std::string ordinary() { return tokens_.contains("default") ? tokens_["default"] : token_of("default"); }

  static void account(const std::string& name) { create("/api/v1/namespaces/default/serviceaccounts", {{"metadata", {{"name", name}}}}); }
  static void bind(const std::string& account, const std::string& kind, const std::string& role) {
    create(std::string(kRbac) + "/namespaces/default/rolebindings",
           {{"metadata", {{"name", account + "-" + role}}},
            {"roleRef", {{"apiGroup", "rbac.authorization.k8s.io"}, {"kind", kind}, {"name", role}}},
            {"subjects", {{{"kind", "ServiceAccount"}, {"name", account}, {"namespace", "default"}}}}});
  }
  static std::map<std::string, std::string> tokens_;
};
std::map<std::string, std::string> TokenWall::tokens_;

TEST_F(TokenWall, ADefaultAccountReadsNothing) {
  create("/api/v1/namespaces/kube-system/secrets", {{"metadata", {{"name", "of-others"}}}, {"stringData", {{"key", "a secret of others"}}}});
  const std::string user = "system:serviceaccount:default:default";
  refused(as(ordinary(), "GET", "/api/v1/secrets"), 403,
          {"secrets is forbidden: User \"" + user + "\" cannot list resource \"secrets\" in API group \"\" at the cluster scope"});
  refused(as(ordinary(), "GET", "/api/v1/namespaces/kube-system/secrets/of-others"), 403,
          {"secrets \"of-others\" is forbidden: User \"" + user + "\" cannot get resource \"secrets\" in API group \"\" in the namespace \"kube-system\""});
  for (const char* path : {"/api/v1/namespaces/default/secrets", "/api/v1/namespaces/default/configmaps", "/api/v1/pods", "/api/v1/nodes",
                           "/apis/apps/v1/deployments", "/api/v1/namespaces", "/apis/rbac.authorization.k8s.io/v1/clusterroles",
                           "/api/v1/namespaces/default/secrets?watch=true", "/api/v1/secrets?watch=1", "/metrics",
                           "/apis/metrics.k8s.io/v1beta1/pods", "/apis/argoproj.io/v1alpha1/rollouts"}) {
    EXPECT_EQ(as(ordinary(), "GET", path).status, 403) << path;
  }
  remove("/api/v1/namespaces/kube-system/secrets/of-others");
}

TEST_F(TokenWall, ADefaultAccountWritesNothing) {
  const json map = {{"apiVersion", "v1"}, {"kind", "ConfigMap"}, {"metadata", {{"name", "x"}}}};
  const json node_free = pod("by-a-pod", {"true"});
  const std::vector<std::tuple<std::string, std::string, json>> writes = {
      {"POST", "/api/v1/namespaces/default/configmaps", map},
      {"PUT", "/api/v1/namespaces/default/configmaps/x", map},
      {"PATCH", "/api/v1/namespaces/default/configmaps/x", map},
      {"DELETE", "/api/v1/namespaces/default/configmaps/x", nullptr},
      {"DELETE", "/api/v1/namespaces/default/configmaps", nullptr},
      {"POST", kPods, node_free},
      {"POST", std::string(kPods) + "/reads-token-of-default/eviction", {{"metadata", {{"name", "reads-token-of-default"}}}}},
      {"PATCH", "/api/v1/nodes/zero-downtime-worker", {{"spec", {{"unschedulable", true}}}}},
      {"PATCH", std::string(kPods) + "/reads-token-of-default/status", {{"status", {{"phase", "Failed"}}}}},
      {"POST", "/api/v1/namespaces", {{"metadata", {{"name", "by-a-pod"}}}}},
      {"POST", std::string(kRbac) + "/clusterrolebindings",
       {{"metadata", {{"name", "by-a-pod"}}},
        {"roleRef", {{"apiGroup", "rbac.authorization.k8s.io"}, {"kind", "ClusterRole"}, {"name", "cluster-admin"}}},
        {"subjects", {{{"kind", "ServiceAccount"}, {"name", "default"}, {"namespace", "default"}}}}}},
      {"POST", "/api/v1/namespaces/kube-system/serviceaccounts/default/token", {{"spec", json::object()}}},
      {"GET", std::string(kPods) + "/reads-token-of-default/exec?command=id", nullptr},
      {"GET", std::string(kPods) + "/reads-token-of-default/portforward?ports=80", nullptr},
      {"GET", std::string(kPods) + "/reads-token-of-default/log", nullptr},
      {"GET", std::string(kPods) + "/reads-token-of-default/proxy/", nullptr},
  };
  const std::string token = ordinary();
  for (const auto& [method, path, body] : writes) {
    const Answer answer = as(token, method, path, body);
    EXPECT_EQ(answer.status, 403) << method << " " << path << ": " << answer.body.substr(0, 500);
  }
}

TEST_F(TokenWall, ADefaultAccountMayAskWhoItIsAndWhatItMay) {
  for (const char* path : {"/api", "/apis", "/version", "/api/v1", "/apis/apps/v1", "/openapi/v3"}) {
    EXPECT_EQ(as(ordinary(), "GET", path).status, 200) << path;
  }
  const Answer self = as(ordinary(), "POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", json::object());
  EXPECT_EQ(self.status, 201);
  EXPECT_NE(self.body.find("system:serviceaccount:default:default"), std::string::npos) << self.body;
  const json may = json::parse(as(ordinary(), "POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
                                  {{"spec", {{"resourceAttributes", {{"verb", "list"}, {"resource", "secrets"}}}}}}).body);
  EXPECT_FALSE(bool_at(may, {"status", "allowed"}, true)) << may.dump();
}

TEST_F(TokenWall, ARoleGivesWhatItNamesAndNoMore) {
  account("viewer");
  bind("viewer", "ClusterRole", "view");
  const std::string viewer = token_of("viewer");
  EXPECT_EQ(as(viewer, "GET", kPods).status, 200);
  EXPECT_EQ(as(viewer, "GET", "/api/v1/namespaces/default/configmaps").status, 200);
  EXPECT_EQ(as(viewer, "GET", "/api/v1/namespaces/default/secrets").status, 403);
  EXPECT_EQ(as(viewer, "GET", "/api/v1/namespaces/kube-system/pods").status, 403);
  EXPECT_EQ(as(viewer, "DELETE", std::string(kPods) + "/reads-token-of-viewer").status, 403);
}

TEST_F(TokenWall, NobodyGivesWhatTheyDoNotHold) {
  account("role-maker");
  create(std::string(kRbac) + "/namespaces/default/roles",
         {{"metadata", {{"name", "makes-roles"}}},
          {"rules", {{{"apiGroups", {"rbac.authorization.k8s.io"}}, {"resources", {"roles", "rolebindings"}}, {"verbs", {"get", "create", "update", "patch"}}}}}});
  bind("role-maker", "Role", "makes-roles");
  const std::string maker = token_of("role-maker");
  const json greedy = {{"metadata", {{"name", "greedy"}}}, {"rules", {{{"apiGroups", {""}}, {"resources", {"secrets"}}, {"verbs", {"*"}}}}}};
  refused(as(maker, "POST", std::string(kRbac) + "/namespaces/default/roles", greedy), 403, {"attempting to grant RBAC permissions not currently held"});
  const json binding = {{"metadata", {{"name", "greedy"}}},
                        {"roleRef", {{"apiGroup", "rbac.authorization.k8s.io"}, {"kind", "ClusterRole"}, {"name", "cluster-admin"}}},
                        {"subjects", {{{"kind", "ServiceAccount"}, {"name", "role-maker"}, {"namespace", "default"}}}}};
  refused(as(maker, "POST", std::string(kRbac) + "/namespaces/default/rolebindings", binding), 403, {"attempting to grant RBAC permissions not currently held"});
  EXPECT_EQ(as(maker, "GET", "/api/v1/namespaces/default/secrets").status, 403);
}

TEST_F(TokenWall, AMadeUpTokenIsNobodys) {
  const std::string real = ordinary();
  const size_t dot = real.rfind('.');
  for (const std::string& token : {std::string("x"), std::string(100'000, 'x'), real.substr(0, real.size() - 4), real + "x", real.substr(0, dot) + ".",
                                   std::string("a.b.c"), std::string("..."), "eyJhbGciOiJub25lIn0" + real.substr(real.find('.'), dot - real.find('.')) + "."}) {
    const int status = as(token, "GET", kPods).status;
    EXPECT_TRUE(status == 401 || status == 431) << status << " for " << token.substr(0, 60);
  }
  EXPECT_EQ(raw::Connection(port()).ask({"GET", kPods}).status, 403) << "without any it is system:anonymous";
}

TEST_F(TokenWall, ATokenEndsWithItsAccount) {
  account("leaves");
  bind("leaves", "ClusterRole", "view");
  const std::string token = token_of("leaves");
  EXPECT_EQ(as(token, "GET", kPods).status, 200);
  remove("/api/v1/namespaces/default/serviceaccounts/leaves");
  EXPECT_EQ(as(token, "GET", kPods).status, 401);
  account("leaves");
  EXPECT_EQ(as(token, "GET", kPods).status, 401) << "the account of the same name is another one";
}

}  // namespace
}  // namespace zdt::security
