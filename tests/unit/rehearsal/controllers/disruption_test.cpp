#include "rehearsal/controllers/disruption.h"

#include "unit/rehearsal/controllers/cluster.h"

namespace zdt::rehearsal {
namespace {

json budget(json spec, const std::string& app = "web") {
  spec["selector"] = {{"matchLabels", {{"app", app}}}};
  return {{"apiVersion", "policy/v1"},
          {"kind", "PodDisruptionBudget"},
          {"metadata", {{"namespace", "default"}, {"name", "web"}}},
          {"spec", std::move(spec)}};
}

struct DisruptionTest : testing::Test {
  json status() const { return cluster.get(kDisruptionBudgets, "web")["status"]; }
  int64_t count(const char* field) const { return int_at(status(), {field}, -1); }
  std::string reason() const {
    return string_at(condition_of(cluster.get(kDisruptionBudgets, "web"), "DisruptionAllowed"), {"reason"});
  }
  Cluster cluster;
};

/// Of 5 ready pods of a Deployment.
struct Bound {
  const char* why;
  json spec;
  int64_t expected, desired, allowed;
};

TEST_F(DisruptionTest, BoundsAreNumbersOrPercentagesRoundedUp) {
  cluster.create("deployments.apps", deployment("web", 5));
  cluster.finish();
  const std::vector<Bound> table = {
      {"minAvailable 4", {{"minAvailable", 4}}, 5, 4, 1},
      {"minAvailable 7", {{"minAvailable", 7}}, 5, 7, 0},
      {"minAvailable 50%", {{"minAvailable", "50%"}}, 5, 3, 2},
      {"maxUnavailable 2", {{"maxUnavailable", 2}}, 5, 3, 2},
      {"maxUnavailable 25%", {{"maxUnavailable", "25%"}}, 5, 3, 2},
      {"maxUnavailable 0", {{"maxUnavailable", 0}}, 5, 5, 0},
      {"maxUnavailable 200%", {{"maxUnavailable", "200%"}}, 5, 0, 5},
  };
  for (const Bound& row : table) {
    cluster.create(kDisruptionBudgets, budget(row.spec));
    cluster.settle();
    EXPECT_EQ(count("expectedPods"), row.expected) << row.why;
    EXPECT_EQ(count("desiredHealthy"), row.desired) << row.why;
    EXPECT_EQ(count("currentHealthy"), 5) << row.why;
    EXPECT_EQ(count("disruptionsAllowed"), row.allowed) << row.why;
    EXPECT_EQ(reason(), row.allowed > 0 ? "SufficientPods" : "InsufficientPods") << row.why;
    EXPECT_EQ(count("observedGeneration"), 1);
    cluster.store.remove(kDisruptionBudgets, "default", "web").value();
  }
}

TEST_F(DisruptionTest, ADeploymentThatWantsMorePodsThanThereAreExpectsThem) {
  cluster.create("deployments.apps", deployment("web", 2));
  cluster.create(kDisruptionBudgets, budget({{"maxUnavailable", 1}}));
  cluster.finish();
  EXPECT_EQ(count("disruptionsAllowed"), 1);
  cluster.change("deployments.apps", "web", [](json& each) { each["spec"]["replicas"] = 4; });
  cluster.settle();
  EXPECT_EQ(count("expectedPods"), 4);
  EXPECT_EQ(count("disruptionsAllowed"), 0);
  cluster.finish();
  EXPECT_EQ(count("disruptionsAllowed"), 1);
}

TEST_F(DisruptionTest, AnUnreadyPodTakesFromTheBudget) {
  cluster.create("deployments.apps", deployment("web", 3));
  cluster.create(kDisruptionBudgets, budget({{"minAvailable", 2}}));
  cluster.finish();
  EXPECT_EQ(count("disruptionsAllowed"), 1);
  cluster.mark(*cluster.pods().front(), false);
  cluster.settle();
  EXPECT_EQ(count("disruptionsAllowed"), 0);
  EXPECT_EQ(count("currentHealthy"), 2);
}

TEST_F(DisruptionTest, APodThatMayGoCountsAsGoneUntilItIsOverdue) {
  cluster.create("deployments.apps", deployment("web", 3));
  cluster.create(kDisruptionBudgets, budget({{"minAvailable", 2}}));
  cluster.finish();
  const std::string name = key_of(*cluster.pods().front()).name;
  cluster.change(kDisruptionBudgets, "web",
                 [&](json& each) { each["status"]["disruptedPods"][name] = format_time(cluster.now); });
  cluster.settle();
  EXPECT_EQ(count("disruptionsAllowed"), 0);
  cluster.pass_time(milliseconds(120'000));
  cluster.settle();
  EXPECT_EQ(count("disruptionsAllowed"), 1);
  EXPECT_FALSE(status().contains("disruptedPods"));
}

TEST_F(DisruptionTest, WithoutPodsOrWithANonsensicalBoundNothingMayGo) {
  cluster.create(kDisruptionBudgets, budget({{"maxUnavailable", 1}}));
  cluster.settle();
  EXPECT_EQ(count("disruptionsAllowed"), 0);
  EXPECT_EQ(reason(), "InsufficientPods");
  cluster.change(kDisruptionBudgets, "web", [](json& each) { each["spec"]["maxUnavailable"] = "half"; });
  cluster.settle();
  EXPECT_EQ(reason(), "SyncFailed");
}

}  // namespace
}  // namespace zdt::rehearsal
