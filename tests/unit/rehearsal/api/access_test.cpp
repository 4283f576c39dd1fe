// What the API asks of pods, and what it tells Prometheus: proxies, scrape targets, metrics. Who may ask it is access_control_test.cpp's.
#include <gtest/gtest.h>

#include "rehearsal/api/api.h"
#include "unit/load/test_server.h"
#include "unit/rehearsal/api/fake_exchange.h"
#include "unit/rehearsal/api/fake_node.h"

namespace zdt::rehearsal {
namespace {

using load::testing::Seen;
using testing::FakeExchange;

class AccessTest : public ::testing::Test {
 protected:
  AccessTest() {
    seed(store_);
    create("serviceaccounts", {{"metadata", {{"namespace", "default"}, {"name", "robot"}}}});
    json rule = {{"verbs", {"get"}}, {"nonResourceURLs", {"/metrics", "/rehearsal.zdt.dev/scrape-targets"}}};
    create("clusterroles.rbac.authorization.k8s.io",
           {{"metadata", {{"name", "scraper"}}}, {"rules", json::array({std::move(rule)})}});
    json subject = {{"kind", "ServiceAccount"}, {"namespace", "default"}, {"name", "robot"}};
    create("clusterrolebindings.rbac.authorization.k8s.io",
           {{"metadata", {{"name", "scraper"}}},
            {"roleRef", {{"kind", "ClusterRole"}, {"name", "scraper"}}},
            {"subjects", json::array({std::move(subject)})}});
    api::TokenClaims claims;
    claims.ns = "default";
    claims.account = "robot";
    claims.account_uid = string_at(*store_.find("serviceaccounts", "default", "robot"), {"metadata", "uid"});
    claims.issued = std::chrono::system_clock::now();
    claims.expires = claims.issued + std::chrono::hours(1);
    robot_ = api::account_token("key", claims);
  }
  void create(const std::string& resource, json object) {
    store_.create(resource, std::move(object)).value();
  }

  /// The answer's text; its code is in status_.
  std::string call(const std::string& method, const std::string& url, const std::string& token = "secret",
                   const std::string& body = "") {
    FakeExchange exchange(method, url, body);
    exchange.headers = {};
    exchange.headers.add("Authorization", "Bearer " + token);
    exchange.headers.add("X-Mine", "kept");
    if (!body.empty()) exchange.headers.add("Content-Type", "application/json");
    std::exception_ptr failure;
    asio::co_spawn(loop_, api_.handle(exchange), [&](std::exception_ptr e) { failure = e; });
    loop_.restart();
    loop_.run();
    if (failure) std::rethrow_exception(failure);
    status_ = exchange.status;
    return exchange.answer;
  }
  std::string message(const std::string& text) {
    return string_at(json::parse(text, nullptr, false), {"message"});
  }

  asio::io_context loop_;
  Store store_;
  testing::FakeNode node_{loop_.get_executor()};
  Api api_{store_, node_, ApiOptions{.token = "secret", .account_key = "key"}};
  std::string robot_;
  int status_ = 0;
};

class ProxyTest : public AccessTest {
 protected:
  ProxyTest() {
    create(
        "pods",
        {{"metadata", {{"namespace", "default"}, {"name", "web"}}},
         {"spec",
          {{"containers", json::array({{{"ports", json::array({{{"containerPort", server_.port()}}})}}})}}},
         {"status", {{"podIP", "127.0.0.1"}}}});
    create("pods", {{"metadata", {{"namespace", "default"}, {"name", "new"}}}});
    create("services", {{"metadata", {{"namespace", "default"}, {"name", "web"}}},
                        {"spec", {{"ports", json::array({{{"name", "http"}, {"port", 80}}})}}}});
    create("endpoints",
           {{"metadata", {{"namespace", "default"}, {"name", "web"}}},
            {"subsets",
             json::array({{{"addresses", json::array({{{"ip", "127.0.0.1"}}})},
                           {"ports", json::array({{{"name", "http"}, {"port", server_.port()}}})}}})}});
  }
  std::string port() const { return std::to_string(server_.port()); }

  /// Answers with the request itself.
  load::testing::TestServer server_{[](const Seen& seen) {
    const std::string text = seen.head + seen.body;
    const int status = seen.head.starts_with("POST") ? 418 : 200;
    return load::testing::Answer{
        fmt::format("HTTP/1.1 {} X\r\nX-Theirs: kept\r\nContent-Type: text/x\r\nContent-Length: {}\r\n\r\n{}",
                    status, text.size(), text)};
  }};
};

TEST_F(ProxyTest, AsksAPodOrAServiceByNumberByNameOrWithoutAPort) {
  const std::string root = "/api/v1/namespaces/default/";
  for (const std::string& target :
       {"pods/web:" + port(), std::string("pods/web"), "pods/http:web:" + port(),
        std::string("services/web:80"), std::string("services/web:http"), std::string("services/web")}) {
    const std::string seen = call("GET", root + target + "/proxy/stats?format=json&filter=a%20b");
    EXPECT_EQ(status_, 200) << target;
    EXPECT_TRUE(seen.starts_with("GET /stats?format=json&filter=a%20b HTTP/1.1")) << seen;
  }
}

TEST_F(ProxyTest, PassesMethodBodyHeadersAndStatusOnButNotTheToken) {
  const std::string seen =
      call("POST", "/api/v1/namespaces/default/pods/web/proxy/x", "secret", "{\"a\": 1}");
  EXPECT_EQ(status_, 418);
  EXPECT_TRUE(seen.starts_with("POST /x ")) << seen;
  EXPECT_NE(seen.find("X-Mine: kept"), std::string::npos);
  EXPECT_NE(seen.find("{\"a\": 1}"), std::string::npos);
  EXPECT_EQ(seen.find("secret"), std::string::npos);
}

TEST_F(ProxyTest, SaysWhyItCannotReachThem) {
  EXPECT_EQ(message(call("GET", "/api/v1/namespaces/default/pods/none/proxy/")), "pods \"none\" not found");
  EXPECT_EQ(message(call("GET", "/api/v1/namespaces/default/pods/new/proxy/")), "the pod has no address yet");
  EXPECT_EQ(message(call("GET", "/api/v1/namespaces/default/services/web:9/proxy/")),
            "no endpoints available for service \"web\"");
  EXPECT_EQ(status_, 503);
  EXPECT_TRUE(message(call("GET", "/api/v1/namespaces/default/pods/web:1/proxy/"))
                  .starts_with("error trying to reach service: "));
  EXPECT_EQ(status_, 503);
  call("GET", "/api/v1/namespaces/default/pods/web/proxy/", robot_);
  EXPECT_EQ(status_, 403);
}

/// What kubernetes_sd_configs would find, without the "__meta_kubernetes_" of the labels.
class DiscoveryTest : public AccessTest {
 protected:
  DiscoveryTest() {
    const json port = {{"name", "admin"}, {"containerPort", 9901}};
    const json sidecar = {{"name", "envoy"}, {"image", "e:1"}, {"ports", json::array({port})}};
    create("pods",
           {{"metadata", {{"namespace", "default"}, {"name", "web-1"}, {"labels", {{"app.io/x", "web"}}}}},
            {"spec", {{"nodeName", "n"}, {"initContainers", json::array({sidecar})}}},
            {"status", {{"podIP", "10.0.0.7"}, {"phase", "Running"}}}});
    create("services",
           {{"metadata", {{"namespace", "default"}, {"name", "web"}, {"labels", {{"team", "a"}}}}}});
    const json reference = {{"kind", "Pod"}, {"namespace", "default"}, {"name", "web-1"}};
    create(
        "endpointslices.discovery.k8s.io",
        {{"metadata",
          {{"namespace", "default"}, {"name", "web-x"}, {"labels", {{"kubernetes.io/service-name", "web"}}}}},
         {"addressType", "IPv4"},
         {"ports", json::array({{{"name", "envoy-admin"}, {"port", 9901}}})},
         {"endpoints", json::array({{{"addresses", {"10.0.0.7"}},
                                     {"conditions", {{"ready", false}}},
                                     {"targetRef", reference}}})}});
  }
  json found(const std::string& query) {
    json groups = json::parse(call("GET", "/rehearsal.zdt.dev/scrape-targets?" + query, robot_));
    EXPECT_EQ(status_, 200);
    return groups;
  }
  static void expect_labels(const json& group, const std::map<std::string, std::string>& wanted) {
    for (const auto& [name, value] : wanted)
      EXPECT_EQ(string_at(group, {"labels", "__meta_kubernetes_" + name}, "none"), value) << name;
  }
};

TEST_F(DiscoveryTest, ASliceGivesItsAddressesWithTheLabelsOfServicePodAndContainer) {
  const json groups = found("role=endpointslice&namespace=default");
  ASSERT_EQ(groups.size(), 1u);
  EXPECT_EQ(groups[0]["targets"], json::array({"10.0.0.7:9901"}));
  expect_labels(groups[0], {{"namespace", "default"},
                            {"service_name", "web"},
                            {"service_label_team", "a"},
                            {"service_labelpresent_team", "true"},
                            {"endpointslice_port_name", "envoy-admin"},
                            {"endpointslice_endpoint_conditions_ready", "false"},
                            {"endpointslice_address_target_kind", "Pod"},
                            {"endpointslice_address_target_name", "web-1"},
                            {"pod_name", "web-1"},
                            {"pod_label_app_io_x", "web"},
                            {"pod_phase", "Running"},
                            {"pod_container_name", "envoy"},
                            {"pod_container_init", "true"}});
  EXPECT_EQ(found("role=endpointslice&namespace=other").size(), 0u);
  EXPECT_EQ(found("role=endpointslice").size(), 1u);
}

TEST_F(DiscoveryTest, APodGivesItsContainersPorts) {
  const json groups = found("role=pod&namespace=other&namespace=default");
  ASSERT_EQ(groups.size(), 1u);
  EXPECT_EQ(groups[0]["targets"], json::array({"10.0.0.7:9901"}));
  expect_labels(groups[0], {{"pod_name", "web-1"},
                            {"pod_container_port_name", "admin"},
                            {"pod_container_port_number", "9901"},
                            {"pod_node_name", "n"},
                            {"service_name", "none"}});
}

TEST_F(AccessTest, MetricsTellTheStateOfWorkloadsInTheNamesOfKubeStateMetrics) {
  create("deployments.apps", {{"metadata", {{"namespace", "default"}, {"name", "web"}}},
                              {"spec", {{"replicas", 3}}},
                              {"status", {{"availableReplicas", 2}, {"updatedReplicas", 1}}}});
  create("rollouts.argoproj.io", {{"metadata", {{"namespace", "default"}, {"name", "web"}}},
                                  {"spec", {{"replicas", 4}}},
                                  {"status", {{"phase", "Paused"}, {"availableReplicas", 4}}}});
  const std::string text = call("GET", "/metrics", robot_);
  for (const char* line :
       {"kube_deployment_spec_replicas{namespace=\"default\",deployment=\"web\"} 3\n",
        "kube_deployment_status_replicas_updated{namespace=\"default\",deployment=\"web\"} 1\n",
        "# TYPE kube_deployment_status_replicas_available gauge\n",
        "rollout_info{namespace=\"default\",name=\"web\",strategy=\"canary\",phase=\"Paused\"} 1\n",
        "rollout_info_replicas_available{namespace=\"default\",name=\"web\"} 4\n"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << text;
  }
}

TEST_F(ProxyTest, ALongAnswerComesThroughWhole) {
  const std::string body(3'000'000, 'x');
  load::testing::TestServer large{[&](const Seen&) {
    return load::testing::Answer{fmt::format("HTTP/1.1 200 X\r\nX-Theirs: kept\r\nContent-Length: {}\r\n\r\n{}", body.size(), body)};
  }};
  EXPECT_EQ(call("GET", fmt::format("/api/v1/namespaces/default/pods/web:{}/proxy/", large.port())), body);
  EXPECT_EQ(status_, 200);
}

}  // namespace
}  // namespace zdt::rehearsal
