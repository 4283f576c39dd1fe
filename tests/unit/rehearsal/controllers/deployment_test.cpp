#include "rehearsal/controllers/deployment.h"

#include <random>

#include "unit/rehearsal/controllers/cluster.h"

namespace zdt::rehearsal {
namespace {

struct DeploymentTest : testing::Test {
  void deploy(json object) {
    cluster.create(kDeployments, std::move(object));
    cluster.finish();
  }
  void edit(const std::function<void(json&)>& change) { cluster.change(kDeployments, "web", change); }
  void set_image(const std::string& image) {
    edit([&](json& object) { object["spec"]["template"]["spec"]["containers"][0]["image"] = image; });
  }
  json web() const { return cluster.get(kDeployments, "web"); }
  int64_t status(const char* field) const { return int_at(web(), {"status", field}); }
  std::string progress() const { return string_at(condition_of(web(), "Progressing"), {"reason"}); }
  std::string revision() const {
    return string_at(web(), {"metadata", "annotations", "deployment.kubernetes.io/revision"});
  }
  std::vector<ObjectPtr> sets() const { return cluster.store.list(kReplicaSets, "default"); }
  ObjectPtr set_with(const std::string& image) const {
    for (const ObjectPtr& set : sets()) {
      if (at(*set, {"spec", "template", "spec", "containers"})[0]["image"] == image) return set;
    }
    return nullptr;
  }
  std::set<std::string> images() const {
    std::set<std::string> all;
    for (const ObjectPtr& each : cluster.pods())
      all.insert((*each)["spec"]["containers"][0]["image"].get<std::string>());
    return all;
  }
  Cluster cluster;
};

TEST_F(DeploymentTest, ItMakesOneReplicaSetWithATemplateHash) {
  deploy(deployment("web", 3));
  ASSERT_EQ(sets().size(), 1U);
  const json& set = *sets().front();
  const std::string hash = string_at(labels_of(set), {kTemplateHash});
  EXPECT_FALSE(hash.empty());
  EXPECT_EQ(key_of(set).name, "web-" + hash);
  EXPECT_EQ(string_at(set, {"spec", "selector", "matchLabels", kTemplateHash}), hash);
  EXPECT_EQ(string_at(labels_of(*cluster.pods().front()), {kTemplateHash}), hash);
  EXPECT_EQ(revision(), "1");
}

TEST_F(DeploymentTest, ItsStatusIsWhatRolloutStatusWaitsFor) {
  deploy(deployment("web", 3));
  EXPECT_EQ(status("observedGeneration"), 1);
  for (const char* field : {"replicas", "updatedReplicas", "readyReplicas", "availableReplicas"}) {
    EXPECT_EQ(status(field), 3) << field;
  }
  EXPECT_FALSE(web()["status"].contains("unavailableReplicas"));
  EXPECT_TRUE(condition_is_true(web(), "Available"));
  EXPECT_EQ(progress(), "NewReplicaSetAvailable");
}

TEST_F(DeploymentTest, ReconcilingTwiceWritesNothing) {
  deploy(deployment("web", 3));
  const uint64_t before = cluster.store.revision();
  DeploymentController again(cluster.store, [&] { return cluster.now; });
  EXPECT_TRUE(again.reconcile({"default", "web"}).has_value());
  EXPECT_EQ(cluster.store.revision(), before);
}

TEST_F(DeploymentTest, ANewImageRollsToANewRevision) {
  deploy(deployment("web", 3));
  set_image("app:2");
  cluster.settle();
  EXPECT_EQ(progress(), "ReplicaSetUpdated");
  cluster.finish();
  EXPECT_EQ(images(), std::set<std::string>{"app:2"});
  EXPECT_EQ(cluster.pods().size(), 3U);
  EXPECT_EQ(revision(), "2");
  EXPECT_EQ(progress(), "NewReplicaSetAvailable");
  EXPECT_EQ(int_at(*set_with("app:1"), {"spec", "replicas"}), 0);
}

TEST_F(DeploymentTest, RolloutRestartIsANewRevision) {
  deploy(deployment("web", 2));
  edit([](json& object) {
    object["spec"]["template"]["metadata"]["annotations"]["kubectl.kubernetes.io/restartedAt"] =
        "2026-01-01T00:00:00Z";
  });
  cluster.finish();
  EXPECT_EQ(sets().size(), 2U);
  EXPECT_EQ(revision(), "2");
}

TEST_F(DeploymentTest, AnUndoneTemplateFindsItsReplicaSetAndGetsANewNumber) {
  deploy(deployment("web", 2));
  set_image("app:2");
  cluster.finish();
  set_image("app:1");
  cluster.finish();
  EXPECT_EQ(sets().size(), 2U);
  EXPECT_EQ(revision(), "3");
  const json& set = *set_with("app:1");
  EXPECT_EQ(string_at(set, {"metadata", "annotations", "deployment.kubernetes.io/revision-history"}), "1");
  EXPECT_EQ(progress(), "NewReplicaSetAvailable");
}

TEST_F(DeploymentTest, APauseHoldsANewTemplateBack) {
  deploy(deployment("web", 2));
  edit([](json& object) { object["spec"]["paused"] = true; });
  set_image("app:2");
  cluster.finish();
  EXPECT_EQ(images(), std::set<std::string>{"app:1"});
  EXPECT_EQ(progress(), "DeploymentPaused");
  edit([](json& object) { object["spec"]["replicas"] = 3; });
  cluster.finish();
  EXPECT_EQ(cluster.active_pods().size(), 3U) << "scaling still works";
  edit([](json& object) { object["spec"].erase("paused"); });
  cluster.finish();
  EXPECT_EQ(images(), std::set<std::string>{"app:2"});
  EXPECT_EQ(progress(), "NewReplicaSetAvailable");
}

TEST_F(DeploymentTest, ScalingChangesNoRevision) {
  deploy(deployment("web", 2));
  edit([](json& object) { object["spec"]["replicas"] = 5; });
  cluster.finish();
  EXPECT_EQ(status("availableReplicas"), 5);
  edit([](json& object) { object["spec"]["replicas"] = 0; });
  cluster.finish();
  EXPECT_EQ(cluster.pods().size(), 0U);
  EXPECT_EQ(revision(), "1");
}

TEST_F(DeploymentTest, ScalingInTheMiddleOfARolloutKeepsTheShares) {
  deploy(deployment("web", 10, {{"rollingUpdate", {{"maxSurge", 3}, {"maxUnavailable", 2}}}}));
  set_image("app:2");
  cluster.settle();  // no new pod gets ready: 8 old, 5 new
  ASSERT_EQ(int_at(*set_with("app:1"), {"spec", "replicas"}), 8);
  ASSERT_EQ(int_at(*set_with("app:2"), {"spec", "replicas"}), 5);
  edit([](json& object) { object["spec"]["replicas"] = 15; });
  cluster.settle();
  EXPECT_EQ(int_at(*set_with("app:1"), {"spec", "replicas"}), 11);
  EXPECT_EQ(int_at(*set_with("app:2"), {"spec", "replicas"}), 7);
  cluster.finish();
  EXPECT_EQ(status("updatedReplicas"), 15);
}

TEST_F(DeploymentTest, RecreateStartsNothingNewBeforeTheLastOldPodIsGone) {
  deploy(deployment("web", 2, {{"type", "Recreate"}}));
  set_image("app:2");
  cluster.settle();
  EXPECT_EQ(images(), std::set<std::string>{"app:1"});
  EXPECT_TRUE(cluster.active_pods().empty());
  ASSERT_TRUE(cluster.kubelet_acts());
  cluster.settle();
  EXPECT_EQ(images(), std::set<std::string>{"app:1"}) << "one old pod is still terminating";
  cluster.finish();
  EXPECT_EQ(images(), std::set<std::string>{"app:2"});
  EXPECT_EQ(progress(), "NewReplicaSetAvailable");
}

TEST_F(DeploymentTest, TheProgressDeadlineIsReported) {
  json object = deployment("web", 2);
  object["spec"]["progressDeadlineSeconds"] = 60;
  deploy(std::move(object));
  set_image("app:broken");
  cluster.settle();
  cluster.pass_time(milliseconds(59'000));
  cluster.settle();
  EXPECT_EQ(progress(), "ReplicaSetUpdated");
  cluster.pass_time(milliseconds(2'000));
  cluster.settle();
  EXPECT_EQ(progress(), "ProgressDeadlineExceeded");
  EXPECT_FALSE(condition_is_true(web(), "Progressing"));
  EXPECT_TRUE(condition_is_true(web(), "Available"));
}

TEST_F(DeploymentTest, APodThatNeverGetsReadyDoesNotStopTheNextRevision) {
  deploy(deployment("web", 3, {{"rollingUpdate", {{"maxSurge", 1}, {"maxUnavailable", 0}}}}));
  set_image("app:broken");
  cluster.settle();
  set_image("app:3");
  cluster.finish();
  EXPECT_EQ(images(), std::set<std::string>{"app:3"});
}

TEST_F(DeploymentTest, MinReadySecondsHoldsTheRolloutBack) {
  json object = deployment("web", 2, {{"rollingUpdate", {{"maxSurge", 1}, {"maxUnavailable", 0}}}});
  object["spec"]["minReadySeconds"] = 10;
  deploy(std::move(object));
  cluster.pass_time(milliseconds(10'000));
  set_image("app:2");
  cluster.finish();
  EXPECT_EQ(int_at(*set_with("app:1"), {"spec", "replicas"}), 2);
  for (int i = 0; i < 3; ++i) {
    cluster.pass_time(milliseconds(10'000));
    cluster.finish();
  }
  EXPECT_EQ(images(), std::set<std::string>{"app:2"});
}

TEST_F(DeploymentTest, OldRevisionsBeyondTheLimitGo) {
  json object = deployment("web", 1);
  object["spec"]["revisionHistoryLimit"] = 2;
  deploy(std::move(object));
  for (int i = 2; i <= 6; ++i) {
    set_image("app:" + std::to_string(i));
    cluster.finish();
  }
  EXPECT_EQ(sets().size(), 3U);
  EXPECT_TRUE(set_with("app:4") && set_with("app:5") && set_with("app:6"));
}

TEST_F(DeploymentTest, ANameThatAnotherTemplateHasIsNotTakenTwice) {
  deploy(deployment("web", 1));
  const std::string name = key_of(*sets().front()).name;
  cluster.store.remove(kDeployments, "default", "web").value();
  cluster.finish();
  json foreign = replica_set(name, 0);
  cluster.create(kReplicaSets, std::move(foreign));
  cluster.create(kDeployments, deployment("web", 1));
  cluster.settle();
  cluster.controllers->queue().hurry();
  cluster.finish();
  EXPECT_EQ(status("collisionCount"), 1);
  EXPECT_EQ(status("availableReplicas"), 1);
}

TEST_F(DeploymentTest, ItsEndTakesReplicaSetsAndPodsAlong) {
  deploy(deployment("web", 3));
  cluster.store.remove(kDeployments, "default", "web").value();
  cluster.finish();
  EXPECT_TRUE(sets().empty());
  EXPECT_TRUE(cluster.pods().empty());
}

/// One row of the table below.
struct Row {
  int64_t replicas;
  json surge, unavailable;
  int64_t most, least;  ///< pods in total, available pods
};

class RollingUpdate : public testing::TestWithParam<Row> {};

/// Controllers and kubelet act in an order that a seeded generator draws; after every single act the two
/// promises of a rolling update must hold. Terminating pods do not count, as in Kubernetes.
TEST_P(RollingUpdate, NeverBreaksItsTwoPromisesAndEnds) {
  const Row& row = GetParam();
  for (unsigned seed = 0; seed < 10; ++seed) {
    std::mt19937 generator(seed);
    Cluster cluster;
    cluster.create(
        kDeployments,
        deployment("web", row.replicas,
                   {{"type", "RollingUpdate"},
                    {"rollingUpdate", {{"maxSurge", row.surge}, {"maxUnavailable", row.unavailable}}}}));
    cluster.finish();
    ASSERT_EQ(cluster.ready_pods(), row.replicas);
    cluster.change(kDeployments, "web", [](json& object) {
      object["spec"]["template"]["spec"]["containers"][0]["image"] = "app:2";
    });
    int acts = 0;
    for (bool busy = true; busy && acts < 10'000; ++acts) {
      const bool kubelet_first = generator() % 4 == 0;
      busy =
          kubelet_first ? cluster.kubelet_acts() || cluster.step() : cluster.step() || cluster.kubelet_acts();
      ASSERT_LE(static_cast<int64_t>(cluster.active_pods().size()), row.most)
          << "act " << acts << ", seed " << seed;
      ASSERT_GE(cluster.ready_pods(), row.least) << "act " << acts << ", seed " << seed;
    }
    EXPECT_LT(acts, 10'000) << "it never ended";
    EXPECT_EQ(int_at(cluster.get(kDeployments, "web"), {"status", "updatedReplicas"}), row.replicas);
    EXPECT_EQ(static_cast<int64_t>(cluster.pods().size()), row.replicas);
  }
}

INSTANTIATE_TEST_SUITE_P(Table, RollingUpdate,
                         testing::Values(Row{1, 1, 0, 2, 1}, Row{1, 0, 1, 1, 0}, Row{3, 1, 0, 4, 3},
                                         Row{3, 0, 1, 3, 2}, Row{3, "25%", "25%", 4, 3}, Row{3, 0, 0, 3, 2},
                                         Row{4, "100%", 0, 8, 4}, Row{4, 0, "100%", 4, 0},
                                         Row{10, "25%", "25%", 13, 8}, Row{10, 3, 2, 13, 8},
                                         Row{7, "30%", "30%", 10, 5}, Row{5, "1%", "1%", 6, 5}));

}  // namespace
}  // namespace zdt::rehearsal
