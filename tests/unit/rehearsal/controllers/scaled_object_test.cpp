// KEDA's ScaledObjects; what the triggers answer is put by the test.
#include "rehearsal/controllers/scaled_object.h"

#include "base/yaml.h"
#include "rehearsal/controllers/autoscaler.h"
#include "unit/rehearsal/controllers/cluster.h"

namespace zdt::rehearsal {
namespace {

constexpr const char* kPrometheus =
    "{type: prometheus, metadata: {serverAddress: 'http://p.monitoring:9090', query: up, threshold: '10', "
    "activationThreshold: '2'}}";

struct ScaledObjectTest : testing::Test {
  ControllerOptions options() const {
    ControllerOptions options;
    options.readings = readings;
    return options;
  }
  void create(const std::string& spec, const std::string& triggers = kPrometheus) {
    cluster.create("deployments.apps", deployment("web", 2));
    json object = {
        {"apiVersion", "keda.sh/v1alpha1"},
        {"kind", "ScaledObject"},
        {"metadata", {{"namespace", "default"}, {"name", "load"}}},
        {"spec",
         parse_yaml("{scaleTargetRef: {name: web}, triggers: [" + triggers + "], " + spec + "}", "spec")
             .value()}};
    cluster.create(kScaledObjects, std::move(object));
    cluster.finish();
  }
  void answer(Result<double> value) {
    readings->put({"default", "load"}, "s0-prometheus", std::move(value));
    cluster.finish();
  }
  void pass(int seconds) {
    cluster.pass_time(std::chrono::seconds(seconds));
    cluster.finish();
  }
  void annotate(const std::string& name, const std::string& value) {
    cluster.change(kScaledObjects, "load", [&](json& each) {
      each["metadata"]["annotations"] = {{name, value}};
    });
    cluster.finish();
  }
  int64_t replicas() const { return int_at(cluster.get("deployments.apps", "web"), {"spec", "replicas"}); }
  json status() const { return cluster.get(kScaledObjects, "load")["status"]; }
  json autoscaler() const { return cluster.get(kAutoscalers, "keda-hpa-load"); }
  std::string condition(const char* type) const {
    const json object = cluster.get(kScaledObjects, "load");
    const json& found = condition_of(object, type);
    return string_at(found, {"status"}) + " " + string_at(found, {"reason"});
  }

  std::shared_ptr<MetricReadings> readings = std::make_shared<MetricReadings>();
  Cluster cluster{true, options()};
};

TEST_F(ScaledObjectTest, ItMakesAnAutoscalerAndNamesWhatItScales) {
  create(
      "minReplicaCount: 1, maxReplicaCount: 5, advanced: {horizontalPodAutoscalerConfig: {behavior: "
      "{scaleDown: "
      "{stabilizationWindowSeconds: 30}}}}",
      std::string(kPrometheus) + ", {type: cpu, metricType: Utilization, metadata: {value: '60'}}");
  EXPECT_EQ(condition("Ready"), "True ScaledObjectReady");
  const json spec = autoscaler()["spec"];
  EXPECT_EQ(spec["minReplicas"], 1);
  EXPECT_EQ(spec["maxReplicas"], 5);
  EXPECT_EQ(spec["behavior"]["scaleDown"]["stabilizationWindowSeconds"], 30);
  EXPECT_EQ(spec["scaleTargetRef"],
            parse_yaml("{apiVersion: apps/v1, kind: Deployment, name: web}", "t").value());
  EXPECT_EQ(spec["metrics"][0],
            parse_yaml("{type: External, external: {metric: {name: s0-prometheus, selector: "
                       "{matchLabels: {scaledobject.keda.sh/name: load}}}, target: "
                       "{type: AverageValue, averageValue: '10'}}}",
                       "m")
                .value());
  EXPECT_EQ(spec["metrics"][1],
            parse_yaml("{type: Resource, resource: {name: cpu, target: {type: Utilization, "
                       "averageUtilization: 60}}}",
                       "m")
                .value());
  EXPECT_EQ(controller_name(autoscaler(), "ScaledObject"), "load");
  EXPECT_EQ(status()["externalMetricNames"], json::array({"s0-prometheus"}));
  EXPECT_EQ(status()["resourceMetricNames"], json::array({"cpu"}));
  EXPECT_EQ(status()["triggersTypes"], "prometheus,cpu");
  EXPECT_EQ(status()["hpaName"], "keda-hpa-load");
  EXPECT_EQ(status()["scaleTargetKind"], "apps/v1.Deployment");
  EXPECT_EQ(status()["originalReplicaCount"], 2);
  const uint64_t before = cluster.store.revision();
  cluster.store.remove(kAutoscalers, "default", "keda-hpa-load").value();
  cluster.finish();
  EXPECT_FALSE(autoscaler().is_null()) << "it comes back";
  EXPECT_GT(cluster.store.revision(), before);
}

TEST_F(ScaledObjectTest, TheAutoscalerFollowsTheTrigger) {
  create("minReplicaCount: 1, maxReplicaCount: 6");
  answer(35.0);
  EXPECT_EQ(condition("Active"), "True ScalerActive");
  pass(15);
  EXPECT_EQ(replicas(), 4) << "35 at 10 for each";
  EXPECT_EQ(autoscaler()["status"]["currentMetrics"][0]["external"]["current"]["averageValue"], "17500m");
  answer(500.0);
  pass(15);
  EXPECT_EQ(replicas(), 6);
}

TEST_F(ScaledObjectTest, ToZeroAfterTheCooldownAndBackAtTheActivationThreshold) {
  create("cooldownPeriod: 60, pollingInterval: 10");
  answer(5.0);
  EXPECT_EQ(autoscaler()["spec"]["minReplicas"], 1);
  pass(10);
  answer(2.0);
  EXPECT_EQ(condition("Active"), "True ScalerActive") << "looked at every 10 s";
  pass(10);
  EXPECT_EQ(condition("Active"), "False ScalerCooldown") << "2 is not above 2";
  pass(40);
  EXPECT_GT(replicas(), 0);
  pass(20);
  EXPECT_EQ(replicas(), 0);
  answer(3.0);
  pass(10);
  EXPECT_EQ(replicas(), 1);
  std::set<std::string> reasons;
  for (const ObjectPtr& event : cluster.store.list("events", "default"))
    if (string_at(*event, {"involvedObject", "kind"}) == "ScaledObject")
      reasons.insert(string_at(*event, {"reason"}));
  EXPECT_EQ(reasons, (std::set<std::string>{"KEDAScaleTargetActivated", "KEDAScaleTargetDeactivated",
                                            "KEDAScalersStarted", "ScaledObjectReady"}));
}

TEST_F(ScaledObjectTest, ATriggerThatFailsTooOftenFallsBack) {
  create("minReplicaCount: 1, fallback: {failureThreshold: 2, replicas: 5}");
  for (int i = 0; i < 2; ++i) answer(Error{Code::kEnvironment, "connection refused", ""});
  pass(15);
  EXPECT_EQ(replicas(), 2);
  EXPECT_EQ(condition("Fallback"), "False NoFallbackFound");
  answer(Error{Code::kEnvironment, "connection refused", ""});
  EXPECT_EQ(condition("Fallback"), "True FallbackExists");
  EXPECT_EQ(status()["health"]["s0-prometheus"], json({{"numberOfFailures", 3}, {"status", "Failing"}}));
  pass(15);
  EXPECT_EQ(replicas(), 4) << "twice as many at once";
  pass(15);
  EXPECT_EQ(replicas(), 5);
  answer(10.0);
  EXPECT_EQ(condition("Fallback"), "False NoFallbackFound");
}

TEST_F(ScaledObjectTest, WithoutAFallbackAFailingTriggerChangesNothingAndIsTold) {
  create("cooldownPeriod: 0, pollingInterval: 10");
  answer(5.0);
  for (int i = 0; i < 3; ++i) {
    answer(Error{Code::kEnvironment, "connection refused", ""});
    pass(10);
  }
  EXPECT_EQ(condition("Ready"), "False TriggerError");
  EXPECT_EQ(replicas(), 2);
  answer(1.0);
  EXPECT_EQ(condition("Ready"), "True ScaledObjectReady");
  pass(10);
  EXPECT_EQ(replicas(), 0);
}

TEST_F(ScaledObjectTest, PausedItHasNoAutoscaler) {
  create("minReplicaCount: 1");
  annotate("autoscaling.keda.sh/paused", "true");
  EXPECT_EQ(condition("Paused"), "True ScaledObjectPaused");
  EXPECT_TRUE(autoscaler().is_null());
  EXPECT_EQ(replicas(), 2);
  annotate("autoscaling.keda.sh/paused-replicas", "4");
  EXPECT_EQ(replicas(), 4);
  EXPECT_EQ(status()["pausedReplicaCount"], 4);
  annotate("else", "true");
  EXPECT_EQ(condition("Paused"), "False ScaledObjectUnpaused");
  EXPECT_FALSE(autoscaler().is_null());
}

TEST_F(ScaledObjectTest, WhatCannotBeDoneIsSaid) {
  create("minReplicaCount: 1", "{type: kafka, metadata: {}}");
  EXPECT_EQ(condition("Ready"), "False ScaledObjectCheckFailed");
  cluster.change(kScaledObjects, "load", [&](json& each) {
    each["spec"]["triggers"] = parse_yaml(std::string("[") + kPrometheus + "]", "t").value();
    each["spec"]["scaleTargetRef"]["name"] = "later";
  });
  cluster.finish();
  EXPECT_EQ(condition("Ready"), "False ScaledObjectCheckFailed");
  cluster.create("deployments.apps", deployment("later", 1));
  cluster.finish();
  EXPECT_EQ(condition("Ready"), "True ScaledObjectReady");
}

}  // namespace
}  // namespace zdt::rehearsal
