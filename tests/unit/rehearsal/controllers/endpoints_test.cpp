#include "rehearsal/controllers/endpoints.h"

#include <regex>

#include "unit/rehearsal/controllers/cluster.h"

namespace zdt::rehearsal {
namespace {

const json kLabels = {{"app", "web"}};

struct EndpointsTest : testing::Test {
  void serve(json extra = json::object()) {
    json spec = {{"selector", kLabels},
                 {"ports", json::array({{{"name", "http"}, {"port", 80}, {"targetPort", 8000}}})}};
    spec.update(extra);
    cluster.create("services", service("web", std::move(spec)));
    cluster.settle();
  }
  void add(json object) {
    cluster.create("pods", std::move(object));
    cluster.settle();
  }
  std::vector<ObjectPtr> slices() const { return cluster.store.list(kEndpointSlices, "default"); }
  json endpoint(size_t i = 0) const { return slices().at(0)->at("endpoints").at(i); }
  json conditions(size_t i = 0) const { return endpoint(i)["conditions"]; }
  json subsets() const { return cluster.get("endpoints", "web")["subsets"]; }
  Cluster cluster;
};

json three(bool ready, bool serving, bool terminating) {
  return {{"ready", ready}, {"serving", serving}, {"terminating", terminating}};
}

TEST_F(EndpointsTest, AReadyPodIsAnEndpoint) {
  serve();
  add(pod("web-1", kLabels, "10.244.0.5"));
  ASSERT_EQ(slices().size(), 1U);
  const json& slice = *slices().front();
  EXPECT_TRUE(std::regex_match(key_of(slice).name, std::regex("web-[a-z0-9]{5}")));
  EXPECT_EQ(string_at(labels_of(slice), {kServiceNameLabel}), "web");
  EXPECT_EQ(slice["ports"], json::array({{{"name", "http"}, {"port", 8000}, {"protocol", "TCP"}}}));
  EXPECT_EQ(endpoint()["addresses"], json::array({"10.244.0.5"}));
  EXPECT_EQ(endpoint()["targetRef"]["name"], "web-1");
  EXPECT_EQ(endpoint()["nodeName"], "node");
  EXPECT_EQ(conditions(), three(true, true, false));
  EXPECT_EQ(subsets()[0]["addresses"][0]["ip"], "10.244.0.5");
}

TEST_F(EndpointsTest, ConditionsFollowThePodsLife) {
  serve();
  add(pod("web-1", kLabels, "10.244.0.5", false));
  EXPECT_EQ(conditions(), three(false, false, false));
  EXPECT_EQ(subsets()[0]["notReadyAddresses"][0]["ip"], "10.244.0.5");
  cluster.mark(cluster.get("pods", "web-1"), true);
  cluster.settle();
  EXPECT_EQ(conditions(), three(true, true, false));
  request_deletion(cluster.store, "pods", "default", "web-1").value();
  cluster.settle();
  EXPECT_EQ(conditions(), three(false, true, true)) << "it still serves";
  EXPECT_EQ(subsets(), json::array()) << "the classic Endpoints know nothing of terminating pods";
  cluster.mark(cluster.get("pods", "web-1"), false);
  cluster.settle();
  EXPECT_EQ(conditions(), three(false, false, true));
  cluster.store.remove("pods", "default", "web-1").value();
  cluster.settle();
  EXPECT_EQ(slices().at(0)->at("endpoints"), json::array());
}

TEST_F(EndpointsTest, PublishNotReadyAddressesMakesEverythingReady) {
  serve({{"publishNotReadyAddresses", true}});
  add(pod("web-1", kLabels, "10.244.0.5", false));
  EXPECT_EQ(conditions(), three(true, false, false));
  EXPECT_EQ(subsets()[0]["addresses"].size(), 1U);
}

TEST_F(EndpointsTest, PodsThatEndedOrHaveNoAddressAreNoEndpoints) {
  serve();
  add(pod("unstarted", kLabels, ""));
  json ended = pod("ended", kLabels, "10.244.0.6");
  ended["status"]["phase"] = "Succeeded";
  add(std::move(ended));
  add(pod("other", {{"app", "other"}}, "10.244.0.7"));
  EXPECT_EQ(slices().at(0)->at("endpoints"), json::array());
}

TEST_F(EndpointsTest, ANamedTargetPortIsFoundInContainersAndNativeSidecars) {
  serve({{"ports", json::array({{{"name", "http"}, {"port", 80}, {"targetPort", "web"}},
                                {{"name", "admin"}, {"port", 9901}, {"targetPort", "envoy-admin"}}})}});
  json object = pod("web-1", kLabels, "10.244.0.5");
  object["spec"]["containers"][0]["ports"] = json::array({{{"name", "web"}, {"containerPort", 8000}}});
  json sidecar = {{"name", "envoy"},
                  {"restartPolicy", "Always"},
                  {"ports", json::array({{{"name", "envoy-admin"}, {"containerPort", 9901}}})}};
  json once = {{"name", "init"}, {"ports", json::array({{{"name", "envoy-admin"}, {"containerPort", 1}}})}};
  object["spec"]["initContainers"] = json::array({once, sidecar});
  add(std::move(object));
  EXPECT_EQ(slices().at(0)->at("ports"),
            json::array({{{"name", "http"}, {"port", 8000}, {"protocol", "TCP"}},
                         {{"name", "admin"}, {"port", 9901}, {"protocol", "TCP"}}}));
}

TEST_F(EndpointsTest, PodsWithDifferentNumbersBehindOneNameGetSlicesOfTheirOwn) {
  serve({{"ports", json::array({{{"port", 80}, {"targetPort", "web"}}})}});
  for (int64_t number : {8000, 8001}) {
    json object = pod("web-" + std::to_string(number), kLabels, "10.244.0." + std::to_string(number - 7990));
    object["spec"]["containers"][0]["ports"] = json::array({{{"name", "web"}, {"containerPort", number}}});
    add(std::move(object));
  }
  EXPECT_EQ(slices().size(), 2U);
  EXPECT_EQ(subsets().size(), 2U);
}

TEST_F(EndpointsTest, ASliceKeepsItsNameWhileItsPodsComeAndGo) {
  serve();
  add(pod("web-1", kLabels, "10.244.0.5"));
  const std::string name = key_of(*slices().front()).name;
  add(pod("web-2", kLabels, "10.244.0.6"));
  cluster.store.remove("pods", "default", "web-1").value();
  cluster.settle();
  EXPECT_EQ(key_of(*slices().front()).name, name);
  EXPECT_EQ(slices().size(), 1U);
}

TEST_F(EndpointsTest, AHeadlessServiceHasSlicesWithItsLabelAndHostnames) {
  serve({{"clusterIP", "None"}});
  json object = pod("web-1", kLabels, "10.244.0.5");
  object["spec"]["hostname"] = "first";
  object["spec"]["subdomain"] = "web";
  add(std::move(object));
  EXPECT_TRUE(labels_of(*slices().front()).contains("service.kubernetes.io/headless"));
  EXPECT_EQ(endpoint()["hostname"], "first");
}

TEST_F(EndpointsTest, AServiceWithoutSelectorIsLeftAlone) {
  cluster.create("services", service("own", {{"ports", json::array({{{"port", 80}}})}}));
  cluster.settle();
  EXPECT_TRUE(slices().empty());
  EXPECT_TRUE(cluster.get("endpoints", "own").is_null());
}

TEST_F(EndpointsTest, TheyGoWithTheirService) {
  serve();
  add(pod("web-1", kLabels, "10.244.0.5"));
  cluster.store.remove("services", "default", "web").value();
  cluster.settle();
  EXPECT_TRUE(slices().empty());
  EXPECT_TRUE(cluster.get("endpoints", "web").is_null());
}

TEST_F(EndpointsTest, APodThatLosesTheLabelLeaves) {
  serve();
  add(pod("web-1", kLabels, "10.244.0.5"));
  cluster.change("pods", "web-1", [](json& each) { each["metadata"]["labels"] = json::object(); });
  cluster.settle();
  EXPECT_EQ(slices().at(0)->at("endpoints"), json::array());
}

}  // namespace
}  // namespace zdt::rehearsal
