// Gateways: which routes hang where, what Envoy is told, and what the controller writes.
#include "rehearsal/controllers/gateway.h"
#include "base/yaml.h"
#include "rehearsal/controllers/gateway_status.h"
#include "unit/rehearsal/controllers/cluster.h"

namespace zdt::rehearsal {
namespace {

json yaml(const std::string& text) { return parse_yaml(text, "test").value(); }

json gateway(const std::string& listeners = "[{name: http, port: 80, protocol: HTTP}]") {
  return yaml(
      "{metadata: {namespace: default, name: gate}, spec: {gatewayClassName: cloud-provider-kind, "
      "listeners: " +
      listeners + "}}");
}

json route(const std::string& name, const std::string& spec, const std::string& ns = "default") {
  json made = yaml("{metadata: {namespace: " + ns + ", name: " + name + "}, spec: " + spec + "}");
  if (!made["spec"].contains("parentRefs"))
    made["spec"]["parentRefs"] = json::array({{{"name", "gate"}, {"namespace", "default"}}});
  return made;
}

void add_service(Store& store, const std::string& name, const std::string& address,
                 const std::string& ns = "default") {
  store
      .create("services", {{"metadata", {{"namespace", ns}, {"name", name}}},
                           {"spec", {{"clusterIP", address}, {"ports", json::array({{{"port", 80}}})}}}})
      .value();
}

TEST(GatewayHostnames, AreThoseThatListenerAndRouteHaveInCommon) {
  const auto common = [](const std::string& listener, const std::string& names) {
    const json found = common_hostnames(listener, yaml("{spec: {hostnames: " + names + "}}"));
    return found.dump();
  };
  EXPECT_EQ(common("", "[]"), R"(["*"])");
  EXPECT_EQ(common("a.example.com", "[]"), R"(["a.example.com"])");
  EXPECT_EQ(common("", "[a.example.com]"), R"(["a.example.com"])");
  EXPECT_EQ(common("*.example.com", "[a.example.com, b.a.example.com, example.com, c.org]"),
            R"(["a.example.com","b.a.example.com"])");
  EXPECT_EQ(common("*.example.com", "['*.foo.example.com', '*.com']"),
            R"(["*.foo.example.com","*.example.com"])");
  EXPECT_EQ(common("a.example.com", "['*.example.com']"), R"(["a.example.com"])");
  EXPECT_EQ(common("a.example.com", "[b.example.com]"), "[]");
}

/// The reason of Accepted that the route's only parent gets.
std::string reason(const std::string& listeners, const std::string& spec, const std::string& ns = "default") {
  Store store;
  store.create("namespaces", yaml("{metadata: {name: shop, labels: {team: a}}}")).value();
  store.create(kHttpRoutes, route("r", spec, ns)).value();
  return attach_routes(store, gateway(listeners)).parents.at(0).reason;
}

TEST(GatewayAttachment, SaysWhyARouteHangsNowhere) {
  const std::string http = "[{name: http, port: 80, protocol: HTTP, hostname: a.org}]";
  EXPECT_EQ(reason(http, "{rules: []}"), "Accepted");
  EXPECT_EQ(reason(http, "{parentRefs: [{name: gate, sectionName: other}]}"), "NoMatchingParent");
  EXPECT_EQ(reason(http, "{parentRefs: [{name: gate, port: 81}]}"), "NoMatchingParent");
  EXPECT_EQ(reason(http, "{hostnames: [b.org]}"), "NoMatchingListenerHostname");
  EXPECT_EQ(reason(http, "{}", "shop"), "NotAllowedByListeners");
  EXPECT_EQ(reason(http, "{rules: [{filters: [{type: RequestMirror}]}]}"), "UnsupportedValue");
  const auto from = [](const std::string& namespaces) {
    return "[{name: http, port: 80, protocol: HTTP, allowedRoutes: {namespaces: " + namespaces + "}}]";
  };
  EXPECT_EQ(reason(from("{from: All}"), "{}", "shop"), "Accepted");
  EXPECT_EQ(reason(from("{from: Selector, selector: {matchLabels: {team: a}}}"), "{}", "shop"), "Accepted");
  EXPECT_EQ(reason(from("{from: Selector, selector: {matchLabels: {team: b}}}"), "{}", "shop"),
            "NotAllowedByListeners");
}

class RouteTest : public ::testing::Test {
 protected:
  RouteTest() {
    add_service(store_, "k8s", "10.96.0.7");
    add_service(store_, "asg", "10.96.0.8");
    add_service(store_, "other", "10.96.0.9", "shop");
  }
  json routes(const std::string& rules) {
    return envoy_routes(store_, {std::make_shared<json>(route("r", "{rules: " + rules + "}"))});
  }
  json only(const std::string& rule) { return routes("[" + rule + "]").at(0); }
  Backend backend(const std::string& reference) {
    return backend_of(store_, route("r", "{}"), yaml(reference));
  }
  Store store_;
};

TEST_F(RouteTest, PathsHeadersMethodsAndParametersBecomeMatches) {
  const std::string to = ", backendRefs: [{name: k8s, port: 80}]}";
  const auto match = [&](const std::string& wanted) {
    return only("{matches: [" + wanted + "]" + to)["match"];
  };
  EXPECT_EQ(only("{backendRefs: [{name: k8s, port: 80}]}")["match"], yaml("{prefix: /}"));
  EXPECT_EQ(match("{path: {type: Exact, value: /a}}"), yaml("{path: /a}"));
  EXPECT_EQ(match("{path: {type: PathPrefix, value: /a/}}"), yaml("{path_separated_prefix: /a}"));
  EXPECT_EQ(match("{path: {type: RegularExpression, value: /a.*}}"), yaml("{safe_regex: {regex: /a.*}}"));
  EXPECT_EQ(
      match("{method: POST, headers: [{name: h, value: v}, {name: r, type: RegularExpression, value: x+}], "
            "queryParams: [{name: q, value: z}]}"),
      yaml("{prefix: /, headers: [{name: ':method', string_match: {exact: POST}}, {name: h, string_match: "
           "{exact: v}}, "
           "{name: r, string_match: {safe_regex: {regex: x+}}}], query_parameters: [{name: q, string_match: "
           "{exact: z}}]}"));
}

TEST_F(RouteTest, TheMoreSpecificMatchComesFirst) {
  const json all = routes(R"([{backendRefs: [{name: k8s, port: 80}], matches: [
    {path: {type: PathPrefix, value: /a}}, {path: {type: PathPrefix, value: /a/longer}}, {path: {type: Exact, value: /x}},
    {path: {type: PathPrefix, value: /a}, headers: [{name: h, value: v}]}, {path: {type: PathPrefix, value: /a}, method: GET}]}])");
  std::vector<std::string> order;
  for (const json& each : all) order.push_back(each["match"].dump());
  ASSERT_EQ(order.size(), 5u);
  EXPECT_NE(order[0].find("/x"), std::string::npos);
  EXPECT_NE(order[1].find("/a/longer"), std::string::npos);
  EXPECT_NE(order[2].find(":method"), std::string::npos);
  EXPECT_NE(order[3].find("\"h\""), std::string::npos);
  EXPECT_EQ(order[4], R"({"path_separated_prefix":"/a"})");
}

TEST_F(RouteTest, WeightsAndTimeoutsAreEnvoys) {
  const json action = only(
      "{timeouts: {request: 2s500ms}, backendRefs: [{name: asg, port: 80, weight: 99}, {name: k8s, port: 80, "
      "weight: 1}]}")["route"];
  EXPECT_EQ(action["weighted_clusters"]["clusters"],
            yaml("[{name: default/asg/80, weight: 99}, {name: default/k8s/80, weight: 1}]"));
  EXPECT_EQ(action["timeout"], "2.500s");
  EXPECT_EQ(only("{timeouts: {request: 0s}, backendRefs: [{name: k8s, port: 80}]}")["route"]["timeout"],
            "0.000s");
}

TEST_F(RouteTest, ABackendThatCannotBeUsedAnswers500ForItsShare) {
  EXPECT_EQ(only("{backendRefs: [{name: none, port: 80}]}")["direct_response"]["status"], 500);
  EXPECT_EQ(only("{backendRefs: []}")["direct_response"]["status"], 500);
  EXPECT_EQ(only("{backendRefs: [{name: k8s, port: 80, weight: 0}]}")["direct_response"]["status"], 500);
  const json half = only("{backendRefs: [{name: k8s, port: 80}, {name: none, port: 80}]}")["route"];
  EXPECT_EQ(half["weighted_clusters"]["clusters"][1], yaml("{name: unusable-backend, weight: 1}"));
  EXPECT_EQ(half["cluster_not_found_response_code"], "INTERNAL_SERVER_ERROR");
}

TEST_F(RouteTest, AServiceOfAnotherNamespaceNeedsAGrantThere) {
  EXPECT_EQ(backend("{name: k8s, port: 80}").cluster, "default/k8s/80");
  EXPECT_EQ(backend("{name: k8s, port: 81}").reason, "BackendNotFound");
  EXPECT_EQ(backend("{name: k8s, kind: Bucket}").reason, "InvalidKind");
  EXPECT_EQ(backend("{name: other, namespace: shop, port: 80}").reason, "RefNotPermitted");
  store_
      .create(kReferenceGrants, yaml("{metadata: {namespace: shop, name: g}, spec: {from: [{group: "
                                     "gateway.networking.k8s.io, kind: HTTPRoute, "
                                     "namespace: default}], to: [{group: '', kind: Service}]}}"))
      .value();
  EXPECT_EQ(backend("{name: other, namespace: shop, port: 80}").cluster, "shop/other/80");
}

TEST_F(RouteTest, FiltersChangeHeadersAndPathsOrRedirect) {
  const std::string to = ", backendRefs: [{name: k8s, port: 80}]}";
  const json headers = only(
      "{filters: [{type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: a, value: '1%'}], "
      "add: [{name: b, value: '2'}], remove: [c]}}, {type: ResponseHeaderModifier, "
      "responseHeaderModifier: {remove: [d]}}]" +
      to);
  EXPECT_EQ(headers["request_headers_to_add"],
            yaml("[{header: {key: a, value: '1%%'}, append_action: OVERWRITE_IF_EXISTS_OR_ADD}, "
                 "{header: {key: b, value: '2'}, append_action: APPEND_IF_EXISTS_OR_ADD}]"));
  EXPECT_EQ(headers["request_headers_to_remove"], json::array({"c"}));
  EXPECT_EQ(headers["response_headers_to_remove"], json::array({"d"}));
  const auto rewritten = [&](const std::string& prefix, const std::string& path) {
    json action = only("{matches: [{path: {value: " + prefix +
                       "}}], filters: [{type: URLRewrite, urlRewrite: {path: " + path + "}}]" + to)["route"];
    action.erase("weighted_clusters");
    action.erase("cluster_not_found_response_code");
    return action.dump();
  };
  EXPECT_EQ(rewritten("/a", "{type: ReplacePrefixMatch, replacePrefixMatch: /b/}"),
            R"({"prefix_rewrite":"/b"})");
  EXPECT_EQ(rewritten("/a.b", "{type: ReplacePrefixMatch, replacePrefixMatch: /}"),
            R"({"regex_rewrite":{"pattern":{"regex":"^/a\\.b/*"},"substitution":"/"}})");
  EXPECT_EQ(rewritten("/", "{type: ReplacePrefixMatch, replacePrefixMatch: /b}"),
            R"({"regex_rewrite":{"pattern":{"regex":"^/"},"substitution":"/b/"}})");
  EXPECT_EQ(rewritten("/a", "{type: ReplaceFullPath, replaceFullPath: /c}"),
            R"({"regex_rewrite":{"pattern":{"regex":"^.*$"},"substitution":"/c"}})");
  EXPECT_EQ(only("{filters: [{type: RequestRedirect, requestRedirect: {scheme: https, port: 8443, "
                 "statusCode: 301}}]}")["redirect"],
            yaml("{response_code: MOVED_PERMANENTLY, scheme_redirect: https, port_redirect: 8443}"));
}

/// A cluster with a Gateway and the two pools.
class GatewayTest : public ::testing::Test {
 protected:
  GatewayTest() {
    cluster.store
        .modify(
            "nodes", "", "node",
            [](json& node) { node["status"]["allocatable"] = yaml("{cpu: '2', memory: 4Gi, pods: '110'}"); })
        .value();
    cluster.create(kGateways, gateway());
    for (const char* name : {"k8s", "asg"})
      cluster.create("services", service(name, yaml("{ports: [{port: 80}]}")));
    cluster.settle();
  }
  json file(const std::string& name) {
    return json::parse(string_at(cluster.get("configmaps", kName), {"data", name}), nullptr, false);
  }
  void put_route(const std::string& backends) {
    const std::string spec = "{rules: [{backendRefs: " + backends + "}]}";
    if (!cluster.store.find(kHttpRoutes, "default", "r")) cluster.create(kHttpRoutes, route("r", spec));
    cluster.change(kHttpRoutes, "r", [&](json& changed) { changed["spec"] = route("r", spec)["spec"]; });
    cluster.settle();
  }
  std::string hosts() { return file("rds-80.json")["resources"][0]["virtual_hosts"].dump(); }
  static std::string status(const json& object, const std::string& type) {
    return string_at(condition_of(object, type), {"status"}) + " " +
           string_at(condition_of(object, type), {"reason"});
  }

  static constexpr const char* kName = "gate-cloud-provider-kind";
  Cluster cluster;
};

TEST_F(GatewayTest, MakesAnEnvoyAServiceAndItsFiles) {
  EXPECT_EQ(
      status(cluster.get("gatewayclasses.gateway.networking.k8s.io", "cloud-provider-kind", ""), "Accepted"),
      "True Accepted");
  EXPECT_EQ(string_at(cluster.get("services", kName), {"spec", "type"}), "LoadBalancer");
  const json pod = cluster.get("deployments.apps", kName)["spec"]["template"];
  EXPECT_EQ(string_at(pod["spec"]["containers"][0], {"image"}), "envoyproxy/envoy:v1.39.1");
  EXPECT_EQ(file("lds.json")["resources"][0]["name"], "port-80");
  EXPECT_EQ(
      file(
          "envoy.json")["dynamic_resources"]["cds_config"]["path_config_source"]["watched_directory"]["path"],
      "/etc/envoy");
  EXPECT_EQ(status(cluster.get(kGateways, "gate"), "Programmed"), "False Pending");
  cluster.finish();
  const json ready = cluster.get(kGateways, "gate");
  EXPECT_EQ(status(ready, "Programmed"), "True Programmed");
  EXPECT_EQ(string_at(ready["status"]["addresses"][0], {"value"}),
            string_at(cluster.get("services", kName), {"spec", "clusterIP"}));
}

TEST_F(GatewayTest, ANewClusterIsThereBeforeTheFirstRouteToIt) {
  put_route("[{name: asg, port: 80}]");
  EXPECT_EQ(cluster_names(file("cds.json")), std::set<std::string>{"default/asg/80"});
  EXPECT_EQ(hosts().find("default/asg/80"), std::string::npos);
  cluster.pass_time(GatewayController::kClusterLead);
  cluster.settle();
  EXPECT_NE(hosts().find("default/asg/80"), std::string::npos);
  put_route("[{name: k8s, port: 80}]");
  EXPECT_EQ(cluster_names(file("cds.json")), (std::set<std::string>{"default/asg/80", "default/k8s/80"}));
  EXPECT_NE(hosts().find("default/asg/80"), std::string::npos);
  cluster.pass_time(GatewayController::kClusterLead);
  cluster.settle();
  EXPECT_EQ(hosts().find("default/asg/80"), std::string::npos);
  EXPECT_EQ(cluster_names(file("cds.json")).size(), 2u);  // requests may still be on their way to it
}

TEST_F(GatewayTest, ChangedWeightsReachTheRunningEnvoyAtOnce) {
  put_route("[{name: asg, port: 80, weight: 99}, {name: k8s, port: 80, weight: 1}]");
  cluster.pass_time(GatewayController::kClusterLead);
  cluster.finish();
  const json pod_before = cluster.get("deployments.apps", kName)["spec"];
  put_route("[{name: asg, port: 80, weight: 50}, {name: k8s, port: 80, weight: 50}]");
  EXPECT_NE(hosts().find("\"weight\":50"), std::string::npos);
  EXPECT_EQ(cluster.get("deployments.apps", kName)["spec"], pod_before);
}

TEST_F(GatewayTest, RoutesAndListenersAreCountedAndToldWhatIsWrong) {
  put_route("[{name: none, port: 80}]");
  const json parent = cluster.get(kHttpRoutes, "r")["status"]["parents"][0];
  EXPECT_EQ(string_at(parent, {"controllerName"}), kGatewayController);
  const json object = {{"status", parent}};
  EXPECT_EQ(status(object, "Accepted"), "True Accepted");
  EXPECT_EQ(status(object, "ResolvedRefs"), "False BackendNotFound");
  EXPECT_EQ(cluster.get(kGateways, "gate")["status"]["listeners"][0]["attachedRoutes"], 1);
  cluster.change(kGateways, "gate", [](json& changed) {
    changed["spec"]["listeners"].push_back(yaml("{name: tls, port: 443, protocol: HTTPS}"));
  });
  cluster.settle();
  const json gate = cluster.get(kGateways, "gate");
  EXPECT_EQ(status(gate, "Accepted"), "True ListenersNotValid");
  EXPECT_EQ(status({{"status", gate["status"]["listeners"][1]}}, "Accepted"), "False UnsupportedProtocol");
  EXPECT_EQ(cluster.get("services", kName)["spec"]["ports"].size(), 1u);
}

TEST_F(GatewayTest, AllThatItMadeGoesWithIt) {
  put_route("[{name: k8s, port: 80}]");
  cluster.store.remove(kGateways, "default", "gate").value();
  cluster.settle();
  for (const char* resource : {"configmaps", "services", "deployments.apps"}) {
    EXPECT_TRUE(cluster.get(resource, kName).is_null()) << resource;
  }
  EXPECT_TRUE(array_at(cluster.get(kHttpRoutes, "r"), {"status", "parents"}).empty());
}

TEST_F(GatewayTest, AListenerOnEnvoysAdminPortIsServedFromAnother) {
  cluster.change(kGateways, "gate", [](json& changed) {
    changed["spec"]["listeners"].push_back(yaml("{name: admin, port: 9901, protocol: HTTP}"));
  });
  cluster.settle();
  const json port = cluster.get("services", kName)["spec"]["ports"][1];
  EXPECT_EQ(port["port"], 9901);
  EXPECT_EQ(port["targetPort"], 19'901);
  const json listener = file("lds.json")["resources"][1];
  EXPECT_EQ(listener["address"]["socket_address"]["port_value"], 19'901);
  EXPECT_EQ(file("rds-9901.json")["resources"][0]["name"], "port-9901");
}

TEST_F(GatewayTest, OtherClassesAreNobodysBusiness) {
  json other = gateway();
  other["metadata"]["name"] = "other";
  other["spec"]["gatewayClassName"] = "istio";
  cluster.create(kGateways, other);
  cluster.settle();
  EXPECT_TRUE(cluster.get("deployments.apps", "other-istio").is_null());
  EXPECT_TRUE(at(cluster.get(kGateways, "other"), {"status"}).is_null());
}

}  // namespace
}  // namespace zdt::rehearsal
