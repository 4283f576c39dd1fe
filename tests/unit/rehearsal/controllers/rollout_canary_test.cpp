// The numbers of a canary, and the specifications that are refused.
#include "unit/rehearsal/controllers/rollouts.h"

namespace zdt::rehearsal {
namespace {

struct Fault {
  std::string name;
  std::function<void(json& spec)> make;
  std::string message;
};
class InvalidSpec : public testing::TestWithParam<Fault> {};

TEST_P(InvalidSpec, IsSaidAndNothingIsDone) {
  Cluster cluster;
  json object = rollout(1, canary({weight(50)}));
  GetParam().make(object["spec"]);
  cluster.create(kRollouts, std::move(object));
  cluster.finish();
  const json seen = cluster.get(kRollouts, "web");
  EXPECT_EQ(string_at(seen, {"status", "phase"}), "Degraded");
  EXPECT_EQ(string_at(condition_of(seen, "InvalidSpec"), {"message"}),
            "The Rollout \"web\" is invalid: " + GetParam().message);
  EXPECT_TRUE(cluster.pods().empty());
}

void set_steps(json& spec, json steps) { spec["strategy"]["canary"]["steps"] = std::move(steps); }

INSTANTIATE_TEST_SUITE_P(
    Table, InvalidSpec,
    testing::Values(
        Fault{"BlueGreen",
              [](json& spec) {
                spec["strategy"] = {{"blueGreen", {{"activeService", "a"}}}};
              },
              "spec.strategy.blueGreen: Forbidden: the rehearsal cluster acts on canary only"},
        Fault{"NoStrategy", [](json& spec) { spec.erase("strategy"); },
              "spec.strategy.strategy: Required value: Rollout has missing field '.spec.strategy.canary or "
              ".spec.strategy.blueGreen'"},
        Fault{"TrafficRouting",
              [](json& spec) {
                spec["strategy"]["canary"]["trafficRouting"] = {{"nginx", {{"a", 1}}}};
              },
              "spec.strategy.canary.trafficRouting: Forbidden: the rehearsal cluster has no traffic router: "
              "the weight is "
              "the share of the pods"},
        Fault{
            "CanaryScale",
            [](json& spec) {
              set_steps(spec, {{{"setCanaryScale", {{"weight", 5}}}}});
            },
            "spec.strategy.trafficRouting: Required value: SetCanaryScale requires TrafficRouting to be set"},
        Fault{
            "Weight",
            [](json& spec) {
              set_steps(spec, {pause(), weight(101)});
            },
            "spec.strategy.steps[1].setWeight: Invalid value: 101: SetWeight needs to be between 0 and 100"},
        Fault{"Duration", [](json& spec) { set_steps(spec, {pause("soon")}); },
              "spec.strategy.steps[0].pause.duration: Invalid value: \"soon\": Duration needs to be greater "
              "than 0"},
        Fault{"EmptyStep", [](json& spec) { set_steps(spec, {json::object()}); },
              "spec.strategy.steps[0]: Invalid value: {}: Step must have one of the following set: "
              "experiment, setWeight, "
              "setCanaryScale, plugin or pause"},
        Fault{"NoSurgeAndNoGap",
              [](json& spec) {
                spec["strategy"]["canary"].update({{"maxSurge", 0}, {"maxUnavailable", "0%"}});
              },
              "spec.strategy.maxSurge: Invalid value: 0: MaxSurge and MaxUnavailable both can not be zero"},
        Fault{"Selector",
              [](json& spec) {
                spec["selector"]["matchLabels"] = {{"app", "other"}};
              },
              "spec.template.metadata.labels: Invalid value: {\"app\":\"web\"}: `selector` does not match "
              "template "
              "`labels`"}),
    [](const auto& row) { return row.param.name; });

/// Rows of TestCalculateReplicaCountsForBasicCanary (argo-rollouts/utils/replicaset/canary_test.go).
TEST(CanaryCounts, AreArgos) {
  struct CanaryRow {
    CanaryCase now;
    CanaryCounts want;
    const char* story;
  };
  const std::vector<CanaryRow> rows{
      {{10, 100, {3, 0}, {6, 3}, CanarySize{7, 8}}, {6, 7}, "pods on their way out do not count"},
      {{10, 20, {2, 0}, {0, 0}, CanarySize{10, 10}}, {2, 10}, "the surge grows the canary"},
      {{10, 20, {2, 0}, {2, 2}, CanarySize{10, 10}}, {2, 8}, "extra stable pods go"},
      {{10, 30, {2, 0}, {0, 0}, CanarySize{10, 10}}, {2, 10}, "not past the surge"},
      {{10, 30, {0, 2}, {0, 0}, CanarySize{10, 10}}, {0, 8}, "not past what may be unavailable"},
      {{10, 50, {2, 1}, {0, 0}, CanarySize{10, 10}}, {2, 9}, "both at once"},
      {{10, 0, {1, 1}, {1, 1}, CanarySize{10, 10}}, {0, 10}, "weight 0 ends the canary"},
      {{10, 100, {1, 1}, {10, 10}, CanarySize{1, 1}}, {10, 0}, "weight 100 ends the stable one"},
      {{1, 20, {1, 0}, {0, 0}, CanarySize{1, 1}}, {1, 1}, "some weight is at least one pod"},
      {{1, 90, {1, 0}, {0, 0}, CanarySize{1, 1}}, {1, 1}, "not all weight leaves a stable pod"},
      {{1, 49, {0, 1}, {0, 0}, CanarySize{1, 1}}, {0, 1}, "one pod alone: below half it stays"},
      {{1, 51, {0, 1}, {0, 0}, CanarySize{1, 1}}, {0, 0}, "one pod alone: above half it goes first"},
      {{1, 51, {0, 1}, {0, 0}, CanarySize{0, 0}}, {1, 0}, "and then the canary comes"},
      {{10, 30, {1, 0}, {0, 0}, CanarySize{1, 1}, 3}, {1, 7}, "stable grows before the canary"},
      {{10, 30, {0, 3}, {4, 4}, CanarySize{8, 5}}, {3, 7}, "both shrink"},
      {{10, 100, {1, 0}, {10, 8}, CanarySize{10, 2}}, {9, 2}, "down to the surge, keeping what is available"},
      {{10, 30, {0, 1}, {4, 2}, CanarySize{8, 6}, 3}, {4, 8}, "others go first"},
      {{10, 5, {0, 1}, {0, 0}, CanarySize{10, 10}}, {0, 9}, "no rounding past the surge"},
      {{10, 5, {0, 1}, {0, 0}, CanarySize{9, 9}}, {1, 9}, "no rounding past the surge, part 2"},
      {{4, 100, {1, 0}, {0, 0}, CanarySize{4, 1}}, {1, 4}, "the surge holds when stable pods are broken"},
  };
  for (const CanaryRow& row : rows) {
    const CanaryCounts counts = canary_counts(row.now);
    EXPECT_EQ(counts.updated, row.want.updated) << row.story;
    EXPECT_EQ(counts.stable, row.want.stable) << row.story;
  }
}

TEST(CanaryCounts, WithoutAStableReplicaSetEverythingIsUpdated) {
  EXPECT_EQ(canary_counts({5, 20, {1, 0}, {0, 0}}), (CanaryCounts{5, 0}));
  EXPECT_EQ(canary_counts({3, 100, {1, 0}, {5, 5}}), (CanaryCounts{3, 0}));
  EXPECT_EQ(canary_counts({4, 100, {1, 0}, {0, 0}, std::nullopt, 3}), (CanaryCounts{2, 0}))
      << "others leave room for 2";
}

TEST(WeightedCounts, ComeNearestToTheWeight) {
  const std::vector<std::pair<std::array<int64_t, 3>, CanaryCounts>> rows{
      {{10, 10, 1}, {1, 9}}, {{5, 20, 1}, {1, 4}}, {{3, 50, 0}, {2, 1}},  {{3, 50, 1}, {2, 2}},
      {{1, 1, 1}, {1, 1}},   {{10, 1, 0}, {1, 9}}, {{10, 99, 0}, {9, 1}}, {{4, 0, 1}, {0, 4}},
      {{4, 100, 1}, {4, 0}}, {{0, 50, 1}, {0, 0}}};
  for (const auto& [in, want] : rows) {
    EXPECT_EQ(weighted_counts(in[0], in[1], in[2]), want)
        << in[0] << " pods, " << in[1] << " %, surge " << in[2];
  }
}

TEST(CanaryFenceposts, AreAQuarterByDefault) {
  EXPECT_EQ(canary_fenceposts(rollout(10, json::object())), (Fenceposts{3, 2}));
  EXPECT_EQ(canary_fenceposts(rollout(10, {{"maxSurge", "50%"}, {"maxUnavailable", 0}})), (Fenceposts{5, 0}));
}

}  // namespace
}  // namespace zdt::rehearsal
