// Which way leads to a Service of somebody else's cluster.
#include "cluster/context.h"

#include "base/text.h"
#include "unit/cluster/cluster_world.h"
#include "unit/kube/fake_api.h"

namespace zdt::cluster {
namespace {

class ContextTest : public testing::ClusterWorld {
 protected:
  void SetUp() override {
    const std::string config = fmt::format(
        "clusters: [{{name: c, cluster: {{server: '{}', certificate-authority-data: {}}}}}]\n"
        "contexts: [{{name: dev, context: {{cluster: c, namespace: demo}}}}]\n",
        api->connection().server, base64_encode(http::testing::test_certificate().certificate));
    ASSERT_TRUE(host::write_file(folder.path() / "config", config));
    api->answer("GET /version", {{"gitVersion", "v1.33.0"}});
    nodes({{{"type", "Hostname"}, {"address", "n1"}}, {{"type", "InternalIP"}, {"address", "172.18.0.2"}}});
  }
  void TearDown() override {
    api.reset();
    loop.restart();
    loop.poll();
  }
  void nodes(json addresses) {
    api->answer("GET /api/v1/nodes", {{"items", {{{"status", {{"addresses", std::move(addresses)}}}}}}});
  }
  void service(const std::string& text, const std::string& ns = "demo") {
    api->answer("GET /api/v1/namespaces/" + ns + "/services/edge", json::parse(text));
  }
  Result<Entrance> entrance(std::string name = "edge", int port = 80) { return wait(target.entrance(std::move(name), port)); }
  std::string url(std::string name = "edge", int port = 80) {
    auto found = entrance(std::move(name), port);
    EXPECT_TRUE(!found || found->network.empty());
    return found ? found->url : found.error().what;
  }

  std::unique_ptr<kube::testing::FakeApi> api = std::make_unique<kube::testing::FakeApi>(loop);
  Context target{folder.path() / "config", "dev", "context:dev"};
};

TEST_F(ContextTest, IsUpWhenItsApiAnswers) {
  auto up = wait(target.up());
  ASSERT_TRUE(up) << up.error().what;
  EXPECT_FALSE(*up) << "it was not made now";
}

TEST_F(ContextTest, WhatDoesNotAnswerIsToldWithItsOwnRemedy) {
  EXPECT_EQ(target.connection()->remedy, "kubectl --context dev version");
  api.reset();  // nobody listens there any more
  const auto up = wait(target.up());
  ASSERT_FALSE(up);
  EXPECT_EQ(up.error().hint, "kubectl --context dev version");
}

TEST_F(ContextTest, TakesTheLoadBalancerFirst) {
  service(R"({"spec":{"ports":[{"port":80,"nodePort":30080}]},"status":{"loadBalancer":{"ingress":[{"ip":"10.1.2.3"}]}}})");
  EXPECT_EQ(url(), "http://10.1.2.3:80");
  service(R"({"spec":{"ports":[{"port":80}]},"status":{"loadBalancer":{"ingress":[{"hostname":"x.elb.aws"}]}}})");
  EXPECT_EQ(url(), "http://x.elb.aws:80");
}

TEST_F(ContextTest, TakesANodePortWhileTheLoadBalancerHasNoAddress) {
  service(R"({"spec":{"ports":[{"port":9901,"nodePort":30991},{"port":80,"nodePort":30080}]},"status":{"loadBalancer":{}}})");
  EXPECT_EQ(url(), "http://172.18.0.2:30080");
  EXPECT_EQ(url("edge", 9901), "http://172.18.0.2:30991");
}

TEST_F(ContextTest, HttpRunsOverTcpWhereAPortIsBoth) {
  service(R"({"spec":{"ports":[{"port":80,"protocol":"UDP","nodePort":30081},{"port":80,"protocol":"TCP","nodePort":30080}]}})");
  EXPECT_EQ(url(), "http://172.18.0.2:30080");
}

TEST_F(ContextTest, AServiceMayBeInAnotherNamespace) {
  service(R"({"spec":{"ports":[{"port":80,"nodePort":30080}]}})", "other");
  EXPECT_EQ(url("other/edge"), "http://172.18.0.2:30080");
}

TEST_F(ContextTest, APortThatTheServiceDoesNotHaveLeadsNowhere) {
  service(R"({"spec":{"ports":[{"port":80,"nodePort":30080}]},"status":{"loadBalancer":{"ingress":[{"ip":"10.1.2.3"}]}}})");
  auto found = entrance("edge", 8080);
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Code::kEnvironment);
  EXPECT_NE(found.error().what.find("8080"), std::string::npos);
}

TEST_F(ContextTest, AClusterAddressAloneLeadsNowhereAndSaysWhatToDo) {
  service(R"({"spec":{"type":"ClusterIP","clusterIP":"10.96.0.7","ports":[{"port":80}]}})");
  auto found = entrance();
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Code::kEnvironment);
  EXPECT_NE(found.error().hint.find("NodePort"), std::string::npos);
}

TEST_F(ContextTest, AMissingServiceIsNotFound) {
  auto found = entrance("none");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Code::kNotFound);
}

}  // namespace
}  // namespace zdt::cluster
