// Evictions and what PodDisruptionBudgets say to them; metrics.k8s.io.
#include "rehearsal/api/api.h"

#include <gtest/gtest.h>

#include "unit/rehearsal/api/fake_exchange.h"
#include "unit/rehearsal/api/fake_node.h"

namespace zdt::rehearsal {
namespace {

using testing::FakeExchange;

constexpr const char* kBudgets = "poddisruptionbudgets.policy";

class NodeApiTest : public ::testing::Test {
 protected:
  void SetUp() override { seed(store_); }

  json call(const std::string& method, const std::string& url, const std::string& body = "",
            bool table = false) {
    FakeExchange exchange(method, url, body);
    if (table)
      exchange.headers.add("Accept", "application/json;as=Table;v=v1;g=meta.k8s.io,application/json");
    std::exception_ptr failure;
    asio::co_spawn(loop_, api_.handle(exchange), [&](std::exception_ptr e) { failure = e; });
    loop_.restart();
    loop_.run();
    if (failure) std::rethrow_exception(failure);
    status_ = exchange.status;
    return json::parse(exchange.answer);
  }
  json evict(const std::string& pod, const std::string& query = "") {
    return call("POST", "/api/v1/namespaces/default/pods/" + pod + "/eviction" + query,
                R"({"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": ")" + pod + R"("}})");
  }
  void add_pod(const std::string& name, bool ready = true, const std::string& phase = "Running") {
    json condition = {{"type", "Ready"}, {"status", ready ? "True" : "False"}};
    json status = {{"phase", phase}, {"conditions", json::array({std::move(condition)})}};
    store_
        .create("pods",
                {{"metadata", {{"name", name}, {"namespace", "default"}, {"labels", {{"app", "web"}}}}},
                 {"spec", {{"nodeName", "worker"}}},
                 {"status", std::move(status)}})
        .value();
  }
  void add_budget(const std::string& name, json spec, int64_t allowed, int64_t healthy, int64_t wanted,
                  int64_t observed = 1) {
    spec["selector"] = {{"matchLabels", {{"app", "web"}}}};
    store_
        .create(kBudgets, {{"metadata", {{"name", name}, {"namespace", "default"}}},
                           {"spec", std::move(spec)},
                           {"status",
                            {{"disruptionsAllowed", allowed},
                             {"currentHealthy", healthy},
                             {"desiredHealthy", wanted},
                             {"observedGeneration", observed}}}})
        .value();
  }
  bool is_going(const std::string& pod) const {
    const ObjectPtr found = store_.find("pods", "default", pod);
    return !found || found->at("metadata").contains("deletionTimestamp");
  }

  asio::io_context loop_;
  Store store_;
  testing::FakeNode node_{loop_.get_executor()};
  Api api_{store_, node_, ApiOptions{.token = "secret", .acted_on = {}}};
  int status_ = 0;
};

TEST_F(NodeApiTest, ABudgetIsSpentAndThenRefuses) {
  add_pod("a");
  add_pod("b");
  add_budget("web", {{"minAvailable", 1}}, 1, 2, 1);
  EXPECT_EQ(evict("a", "?dryRun=All")["status"], "Success");
  EXPECT_FALSE(is_going("a"));
  EXPECT_EQ(evict("a")["status"], "Success");
  EXPECT_EQ(status_, 201);
  EXPECT_TRUE(is_going("a"));
  const json pod = *store_.find("pods", "default", "a");
  EXPECT_EQ(pod["status"]["conditions"].back()["reason"], "EvictionByEvictionAPI");
  const json budget = *store_.find(kBudgets, "default", "web");
  EXPECT_EQ(budget["status"]["disruptionsAllowed"], 0);
  EXPECT_TRUE(budget["status"]["disruptedPods"].contains("a"));

  const json refused = evict("b");
  EXPECT_EQ(status_, 429);
  EXPECT_EQ(refused["reason"], "TooManyRequests");
  EXPECT_EQ(refused["message"], "Cannot evict pod as it would violate the pod's disruption budget.");
  EXPECT_EQ(refused["details"]["causes"][0],
            json({{"reason", "DisruptionBudget"},
                  {"message", "The disruption budget web needs 1 healthy pods and has 2 currently"}}));
  EXPECT_FALSE(is_going("b"));
}

/// One pod under a budget that allows nothing.
struct Case {
  const char* why;
  bool ready;
  const char* phase;
  json spec;
  int64_t healthy, wanted;
  int code;
};

TEST_F(NodeApiTest, WhatNeedsNoBudgetGoesAnyway) {
  const std::vector<Case> table = {
      {"a ready pod", true, "Running", {{"minAvailable", 3}}, 3, 3, 429},
      {"one that has ended", false, "Succeeded", {{"minAvailable", 3}}, 0, 3, 201},
      {"one that waits", false, "Pending", {{"minAvailable", 3}}, 0, 3, 201},
      {"an unready one while enough are healthy", false, "Running", {{"minAvailable", 3}}, 3, 3, 201},
      {"an unready one while too few are", false, "Running", {{"minAvailable", 3}}, 2, 3, 429},
      {"an unready one that may always go",
       false,
       "Running",
       {{"minAvailable", 3}, {"unhealthyPodEvictionPolicy", "AlwaysAllow"}},
       2,
       3,
       201},
  };
  int number = 0;
  for (const Case& row : table) {
    const std::string name = "p" + std::to_string(number++);
    add_pod(name, row.ready, row.phase);
    add_budget("web", row.spec, 0, row.healthy, row.wanted);
    evict(name);
    EXPECT_EQ(status_, row.code) << row.why;
    store_.remove(kBudgets, "default", "web").value();
  }
}

TEST_F(NodeApiTest, AFreshBudgetIsWaitedForAndTwoAreRefused) {
  add_pod("a");
  add_budget("web", {{"minAvailable", 1}}, 1, 1, 0, 0);
  const json early = evict("a");
  EXPECT_EQ(status_, 429);
  EXPECT_EQ(early["details"]["retryAfterSeconds"], 10);
  EXPECT_EQ(early["details"]["causes"][0]["message"],
            "The disruption budget web is still being processed by the server.");
  add_budget("other", {{"minAvailable", 1}}, 1, 1, 0);
  EXPECT_EQ(
      evict("a")["message"],
      "This pod has more than one PodDisruptionBudget, which the eviction subresource does not support.");
  EXPECT_EQ(status_, 500);
}

TEST_F(NodeApiTest, MetricsAreWhatTheNodeMeasures) {
  add_pod("web-1");
  store_.create("nodes", {{"metadata", {{"name", "worker"}, {"labels", {{"tier", "spot"}}}}}}).value();
  const WallTime time = parse_time("2026-01-01T00:00:15Z").value();
  node_.pods_use = {
      {"default", "web-1", time, milliseconds(15'000), {{"app", {0.25, 32 << 20}}, {"envoy", {0.001, 2048}}}},
      {"default", "gone", time, milliseconds(15'000), {}}};
  node_.nodes_use = {{"worker", time, milliseconds(15'000), {0.251, 64 << 20}}};
  const json pods =
      call("GET", "/apis/metrics.k8s.io/v1beta1/namespaces/default/pods?labelSelector=app%3Dweb");
  EXPECT_EQ(pods["kind"], "PodMetricsList");
  ASSERT_EQ(pods["items"].size(), 1u);
  const json& pod = pods["items"][0];
  EXPECT_EQ(pod["timestamp"], "2026-01-01T00:00:15Z");
  EXPECT_EQ(pod["window"], "15s");
  EXPECT_EQ(pod["containers"][0],
            json({{"name", "app"}, {"usage", {{"cpu", "250000000n"}, {"memory", "32768Ki"}}}}));
  EXPECT_EQ(call("GET", "/apis/metrics.k8s.io/v1beta1/nodes/worker")["usage"],
            json({{"cpu", "251000000n"}, {"memory", "65536Ki"}}));
  EXPECT_EQ(call("GET", "/apis/metrics.k8s.io/v1beta1/nodes?labelSelector=tier%3Dspot")["items"].size(), 1u);
  EXPECT_EQ(call("GET", "/apis/metrics.k8s.io/v1beta1/namespaces/other/pods")["items"].size(), 0u);
  EXPECT_EQ(call("GET", "/apis/metrics.k8s.io/v1beta1/namespaces/default/pods/none")["message"],
            "pods.metrics.k8s.io \"default/none\" not found");
  EXPECT_EQ(call("DELETE", "/apis/metrics.k8s.io/v1beta1/nodes/worker")["code"], 405);
  const json discovered = call("GET", "/apis/metrics.k8s.io/v1beta1");
  EXPECT_EQ(discovered["resources"][0]["verbs"], json::array({"get", "list"}));
}

TEST_F(NodeApiTest, AutoscalersArePrintedWithTheirTargets) {
  const json object =
      json::parse(R"({"metadata": {"name": "web"}, "spec": {"minReplicas": 2, "maxReplicas": 9,
    "scaleTargetRef": {"kind": "Deployment", "name": "web"}, "metrics": [
      {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}}},
      {"type": "External", "external": {"metric": {"name": "m"}, "target": {"type": "AverageValue", "averageValue": "10"}}}]}})");
  call("POST", "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers", object.dump());
  EXPECT_EQ(status_, 201);
  const std::string url = "/apis/autoscaling/v2/namespaces/default/horizontalpodautoscalers/web";
  EXPECT_EQ(call("GET", url, "", true)["rows"][0]["cells"][2], "cpu: <unknown>/50%, <unknown>/10 (avg)");
  store_
      .modify("horizontalpodautoscalers.autoscaling", "default", "web",
              [](json& changed) {
                changed["status"] = json::parse(R"({"currentReplicas": 3, "currentMetrics": [
            {"type": "Resource", "resource": {"name": "cpu", "current": {"averageUtilization": 12}}},
            {"type": "External", "external": {"current": {"averageValue": "2500m"}}}]})");
              })
      .value();
  const json cells = call("GET", url, "", true)["rows"][0]["cells"];
  EXPECT_EQ(cells,
            json::array({"web", "Deployment/web", "cpu: 12%/50%, 2500m/10 (avg)", "2", 9, 3, cells[6]}));
}

}  // namespace
}  // namespace zdt::rehearsal
