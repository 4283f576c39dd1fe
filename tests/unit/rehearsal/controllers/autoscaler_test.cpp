// HorizontalPodAutoscalers over a pretended metrics source, with the clock moved by hand.
#include "rehearsal/controllers/autoscaler.h"

#include "base/yaml.h"
#include "unit/rehearsal/controllers/cluster.h"

namespace zdt::rehearsal {
namespace {

constexpr int64_t kMebi = 1 << 20;

json autoscaler(const std::string& spec) {
  json wanted = parse_yaml(spec, "hpa").value();
  wanted["scaleTargetRef"] = {{"apiVersion", "apps/v1"}, {"kind", "Deployment"}, {"name", "web"}};
  return {{"apiVersion", "autoscaling/v2"},
          {"kind", "HorizontalPodAutoscaler"},
          {"metadata", {{"namespace", "default"}, {"name", "web"}}},
          {"spec", std::move(wanted)}};
}

constexpr const char* kHalfCpu =
    "{minReplicas: 1, maxReplicas: 20, metrics: [{type: Resource, resource: {name: cpu, target: "
    "{type: Utilization, averageUtilization: 50}}}]}";

/// A Deployment `web` whose containers ask for 200m and 64Mi, old enough for its processor time to count.
struct AutoscalerTest : testing::Test {
  AutoscalerTest() {
    readings->pod_usage = [this] { return usage; };
  }
  ControllerOptions options() const {
    ControllerOptions options;
    options.readings = readings;
    return options;
  }
  void deploy(int64_t replicas) {
    json object = deployment("web", replicas);
    object["spec"]["template"]["spec"]["containers"][0]["resources"]["requests"] = {{"cpu", "200m"},
                                                                                    {"memory", "64Mi"}};
    cluster.create("deployments.apps", std::move(object));
    settle_pods();
  }
  /// Lets new pods run, as ones that started long ago.
  void settle_pods() {
    cluster.finish();
    for (const ObjectPtr& each : cluster.pods()) {
      cluster.change("pods", key_of(*each).name, [&](json& changed) {
        changed["status"]["startTime"] = format_time(cluster.now - std::chrono::hours(1));
        changed["status"]["conditions"][0]["lastTransitionTime"] =
            format_time(cluster.now - std::chrono::hours(1));
      });
    }
    cluster.settle();
  }
  /// Every pod uses so much.
  void set_usage(double cpu, int64_t memory = 32 * kMebi) {
    usage.clear();
    for (const ObjectPtr& each : cluster.active_pods()) {
      usage.push_back(
          {"default", key_of(*each).name, cluster.now, milliseconds(15'000), {{"app", {cpu, memory}}}});
    }
  }
  void tick(int seconds = 15) {
    cluster.pass_time(std::chrono::seconds(seconds));
    settle_pods();
  }
  int64_t replicas() const { return int_at(cluster.get("deployments.apps", "web"), {"spec", "replicas"}); }
  json status() const { return cluster.get(kAutoscalers, "web")["status"]; }
  std::string reason(const char* type) const {
    return string_at(condition_of(cluster.get(kAutoscalers, "web"), type), {"reason"});
  }
  bool has_event(const std::string& reason, const std::string& message) const {
    for (const ObjectPtr& event : cluster.store.list("events", "default")) {
      if (string_at(*event, {"reason"}) == reason && string_at(*event, {"message"}) == message) return true;
    }
    return false;
  }

  std::shared_ptr<MetricReadings> readings = std::make_shared<MetricReadings>();
  std::vector<PodUsage> usage;
  Cluster cluster{true, options()};
};

TEST_F(AutoscalerTest, ScalesUpToWhatTheUtilizationAsksFor) {
  deploy(3);
  set_usage(0.2);
  cluster.create(kAutoscalers, autoscaler(kHalfCpu));
  cluster.settle();
  EXPECT_EQ(replicas(), 6) << "100 % of the request, 50 % wanted";
  EXPECT_EQ(status()["currentMetrics"][0]["resource"]["current"],
            json({{"averageUtilization", 100}, {"averageValue", "200m"}}));
  EXPECT_EQ(status()["currentReplicas"], 3);
  EXPECT_EQ(status()["desiredReplicas"], 6);
  EXPECT_EQ(reason("AbleToScale"), "SucceededRescale");
  EXPECT_EQ(reason("ScalingActive"), "ValidMetricFound") << status().dump(1);
  EXPECT_EQ(reason("ScalingLimited"), "DesiredWithinRange");
  EXPECT_TRUE(
      has_event("SuccessfulRescale",
                "New size: 6; reason: cpu resource utilization (percentage of request) above target"));
}

TEST_F(AutoscalerTest, TenPercentAreTolerated) {
  deploy(4);
  for (const double cpu : {0.091, 0.109}) {
    set_usage(cpu);
    cluster.create(kAutoscalers, autoscaler(kHalfCpu));
    cluster.settle();
    EXPECT_EQ(replicas(), 4) << cpu;
    EXPECT_EQ(reason("AbleToScale"), "ReadyForNewScale");
    cluster.store.remove(kAutoscalers, "default", "web").value();
  }
}

TEST_F(AutoscalerTest, ScalesDownOnlyWhenTheWindowHasSeenNothingHigher) {
  deploy(6);
  set_usage(0.05);
  cluster.create(kAutoscalers, autoscaler(kHalfCpu));
  cluster.settle();
  for (int i = 0; i < 19; ++i) {
    EXPECT_EQ(replicas(), 6) << i;
    EXPECT_EQ(reason("AbleToScale"), "ScaleDownStabilized");
    tick();
    set_usage(0.05);
  }
  tick(30);
  EXPECT_EQ(replicas(), 3);
  EXPECT_TRUE(has_event("SuccessfulRescale", "New size: 3; reason: All metrics below target"));
}

/// 4 pods, and where the next look leads when each uses `cpu` of 0.2.
struct Behavior {
  const char* why;
  double cpu;
  const char* behavior;
  int64_t replicas;
  const char* limited;
};

TEST_F(AutoscalerTest, BehaviorLimitsTheStep) {
  const std::vector<Behavior> table = {
      {"without behavior, twice as many", 0.6, "", 8, "ScaleUpLimit"},
      {"the default policies: the larger of 4 pods and 100 %", 0.6,
       "behavior: {scaleUp: {selectPolicy: Max}}, ", 8, "ScaleUpLimit"},
      {"one pod at a time", 0.6,
       "behavior: {scaleUp: {policies: [{type: Pods, value: 1, periodSeconds: 60}]}}, ", 5, "ScaleUpLimit"},
      {"the smaller policy", 0.6,
       "behavior: {scaleUp: {selectPolicy: Min, policies: [{type: Pods, value: 3, periodSeconds: 60}, "
       "{type: Percent, value: 50, periodSeconds: 60}]}}, ",
       6, "ScaleUpLimit"},
      {"never", 0.6, "behavior: {scaleUp: {selectPolicy: Disabled}}, ", 4, "ScaleUpLimit"},
      {"a window for going up remembers the beginning", 0.6,
       "behavior: {scaleUp: {stabilizationWindowSeconds: 60}}, ", 4, "DesiredWithinRange"},
      {"down at once without a window", 0.025, "behavior: {scaleDown: {stabilizationWindowSeconds: 0}}, ", 1,
       "DesiredWithinRange"},
      {"down by a quarter", 0.025,
       "behavior: {scaleDown: {stabilizationWindowSeconds: 0, policies: [{type: Percent, value: 25, "
       "periodSeconds: 60}]}}, ",
       3, "ScaleDownLimit"},
      {"not below the minimum", 0.0,
       "minReplicas: 2, behavior: {scaleDown: {stabilizationWindowSeconds: 0}}, ", 2, "TooFewReplicas"},
      {"not above the maximum", 0.4, "maxReplicas: 7, ", 7, "TooManyReplicas"},
  };
  deploy(4);
  for (const Behavior& row : table) {
    set_usage(row.cpu);
    std::string spec = kHalfCpu;
    spec.insert(1, row.behavior);
    if (spec.find("minReplicas: 2") != std::string::npos)
      spec.replace(spec.rfind("minReplicas: 1, "), 16, "");
    if (spec.find("maxReplicas: 7") != std::string::npos)
      spec.replace(spec.rfind("maxReplicas: 20, "), 17, "");
    cluster.create(kAutoscalers, autoscaler(spec));
    cluster.settle();
    EXPECT_EQ(replicas(), row.replicas) << row.why;
    EXPECT_EQ(reason("ScalingLimited"), row.limited) << row.why;
    cluster.store.remove(kAutoscalers, "default", "web").value();
    cluster.change("deployments.apps", "web", [](json& each) { each["spec"]["replicas"] = 4; });
    settle_pods();
  }
}

TEST_F(AutoscalerTest, APolicysPeriodCountsWhatWasAddedWithinIt) {
  deploy(2);
  cluster.create(kAutoscalers,
                 autoscaler(std::string(kHalfCpu).insert(
                     1, "behavior: {scaleUp: {policies: [{type: Pods, value: 2, periodSeconds: 60}]}}, ")));
  std::vector<int64_t> sizes;
  for (int i = 0; i < 6; ++i) {
    set_usage(0.6);
    tick();
    sizes.push_back(replicas());
  }
  EXPECT_EQ(sizes, (std::vector<int64_t>{4, 4, 4, 4, 6, 6}));
}

TEST_F(AutoscalerTest, PodsThatStartOrHaveNoSampleAreTakenToBeIdle) {
  deploy(4);
  set_usage(0.22);
  cluster.change("pods", usage[0].name, [&](json& pod) {
    pod["status"]["startTime"] = format_time(cluster.now);
    pod["status"]["conditions"][0]["status"] = "False";
  });
  cluster.create(kAutoscalers, autoscaler(kHalfCpu));
  cluster.settle();
  EXPECT_EQ(replicas(), 7) << "three at 110 %, one at nothing: 82.5 % of 4";
  cluster.store.remove(kAutoscalers, "default", "web").value();
  cluster.change("deployments.apps", "web", [](json& each) { each["spec"]["replicas"] = 4; });
  settle_pods();
  set_usage(0.02);
  usage.pop_back();
  cluster.create(kAutoscalers, autoscaler(std::string(kHalfCpu).insert(
                                   1, "behavior: {scaleDown: {stabilizationWindowSeconds: 0}}, ")));
  cluster.settle();
  EXPECT_EQ(replicas(), 3) << "three at 10 %, one taken to use all of its request: 32.5 % of 4";
}

/// Of 2 pods that use 0.2 and 96Mi each.
struct MetricCase {
  const char* why;
  const char* resource;
  int64_t replicas;
  const char* average;
};

TEST_F(AutoscalerTest, MemoryAndAverageValuesCountToo) {
  const std::vector<MetricCase> table = {
      {"memory utilization", "name: memory, target: {type: Utilization, averageUtilization: 50}", 6,
       "100663296"},
      {"memory per pod", "name: memory, target: {type: AverageValue, averageValue: 64Mi}", 3, "100663296"},
      {"processors per pod", "name: cpu, target: {type: AverageValue, averageValue: 50m}", 8, "200m"},
  };
  deploy(2);
  for (const MetricCase& row : table) {
    set_usage(0.2, 96 * kMebi);
    cluster.create(kAutoscalers,
                   autoscaler(fmt::format(
                       "{{maxReplicas: 20, behavior: {{scaleUp: {{policies: [{{type: Pods, value: 20, "
                       "periodSeconds: 15}}]}}}}, metrics: [{{type: Resource, resource: {{{}}}}}]}}",
                       row.resource)));
    cluster.settle();
    EXPECT_EQ(replicas(), row.replicas) << row.why;
    EXPECT_EQ(status()["currentMetrics"][0]["resource"]["current"]["averageValue"], row.average) << row.why;
    cluster.store.remove(kAutoscalers, "default", "web").value();
    cluster.change("deployments.apps", "web", [](json& each) { each["spec"]["replicas"] = 2; });
    settle_pods();
  }
}

TEST_F(AutoscalerTest, WithoutMetricsItSaysSoAndScalesNothing) {
  deploy(3);
  cluster.create(kAutoscalers, autoscaler(kHalfCpu));
  cluster.settle();
  EXPECT_EQ(replicas(), 3);
  EXPECT_EQ(reason("ScalingActive"), "FailedGetResourceMetric");
  EXPECT_TRUE(has_event(
      "FailedComputeMetricsReplicas",
      "invalid metrics (1 invalid out of 1), first error is: failed to get cpu resource metric value: "
      "failed to get cpu utilization: unable to get metrics for resource cpu: no metrics returned "
      "from resource metrics API"));
  set_usage(0.2);
  cluster.change("deployments.apps", "web", [](json& each) {
    each["spec"]["template"]["spec"]["containers"][0]["resources"].erase("requests");
  });
  settle_pods();
  set_usage(0.2);
  tick();
  EXPECT_NE(string_at(condition_of(cluster.get(kAutoscalers, "web"), "ScalingActive"), {"message"})
                .find("missing request for cpu in container app of Pod web-"),
            std::string::npos);
}

TEST_F(AutoscalerTest, TheRangeHoldsWithoutMetricsAndZeroSwitchesItOff) {
  deploy(1);
  std::string spec = kHalfCpu;
  cluster.create(kAutoscalers, autoscaler(spec.replace(spec.find("minReplicas: 1"), 14, "minReplicas: 3")));
  cluster.settle();
  EXPECT_EQ(replicas(), 3);
  EXPECT_TRUE(has_event("SuccessfulRescale",
                        "New size: 3; reason: Current number of replicas below Spec.MinReplicas"));
  cluster.change("deployments.apps", "web", [](json& each) { each["spec"]["replicas"] = 0; });
  tick();
  EXPECT_EQ(replicas(), 0);
  EXPECT_EQ(reason("ScalingActive"), "ScalingDisabled");
}

TEST_F(AutoscalerTest, AMissingTargetIsReportedAndLookedForAgain) {
  cluster.create(kAutoscalers, autoscaler(kHalfCpu));
  cluster.settle();
  EXPECT_EQ(reason("AbleToScale"), "FailedGetScale");
  deploy(1);
  set_usage(0.2);
  tick();
  EXPECT_EQ(replicas(), 2);
}

}  // namespace
}  // namespace zdt::rehearsal
