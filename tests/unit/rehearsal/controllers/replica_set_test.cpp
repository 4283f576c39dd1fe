#include "rehearsal/controllers/replica_set.h"

#include <regex>

#include "unit/rehearsal/controllers/cluster.h"

namespace zdt::rehearsal {
namespace {

constexpr const char* kReplicaSets = "replicasets.apps";

struct ReplicaSetTest : testing::Test {
  int64_t status(const char* field) { return int_at(cluster.get(kReplicaSets, "web"), {"status", field}); }
  void scale(int64_t replicas) {
    cluster.change(kReplicaSets, "web", [&](json& set) { set["spec"]["replicas"] = replicas; });
    cluster.settle();
  }
  Cluster cluster;
};

TEST_F(ReplicaSetTest, PodsGetItsNameWithFiveLettersItsLabelsAndItAsOwner) {
  cluster.create(kReplicaSets, replica_set("web", 3));
  cluster.settle();
  ASSERT_EQ(cluster.pods().size(), 3U);
  for (const ObjectPtr& each : cluster.pods()) {
    EXPECT_TRUE(std::regex_match(key_of(*each).name, std::regex("web-[a-z0-9]{5}")));
    EXPECT_EQ(controller_name(*each, "ReplicaSet"), "web");
    EXPECT_EQ(string_at(labels_of(*each), {"app"}), "web");
  }
}

TEST_F(ReplicaSetTest, StatusCountsReadyAndAvailablePods) {
  cluster.create(kReplicaSets, replica_set("web", 2));
  cluster.settle();
  EXPECT_EQ(status("replicas"), 2);
  EXPECT_FALSE(cluster.get(kReplicaSets, "web")["status"].contains("readyReplicas"));
  cluster.mark(*cluster.pods().front(), true);
  cluster.settle();
  EXPECT_EQ(status("readyReplicas"), 1);
  EXPECT_EQ(status("availableReplicas"), 1);
  EXPECT_EQ(status("fullyLabeledReplicas"), 2);
  EXPECT_EQ(status("observedGeneration"), 1);
}

TEST_F(ReplicaSetTest, MinReadySecondsDelaysAvailability) {
  json object = replica_set("web", 1);
  object["spec"]["minReadySeconds"] = 10;
  cluster.create(kReplicaSets, std::move(object));
  cluster.finish();
  EXPECT_EQ(status("readyReplicas"), 1);
  EXPECT_EQ(status("availableReplicas"), 0);
  cluster.pass_time(milliseconds(10'000));
  cluster.settle();
  EXPECT_EQ(status("availableReplicas"), 1);
}

TEST_F(ReplicaSetTest, APodThatIsDeletedOrFailsIsReplacedAtOnce) {
  cluster.create(kReplicaSets, replica_set("web", 2));
  cluster.finish();
  request_deletion(cluster.store, "pods", "default", key_of(*cluster.pods().front()).name).value();
  cluster.change("pods", key_of(*cluster.pods().back()).name,
                 [](json& each) { each["status"]["phase"] = "Failed"; });
  cluster.settle();
  EXPECT_EQ(cluster.active_pods().size(), 2U);
  EXPECT_EQ(cluster.pods().size(), 4U);
}

TEST_F(ReplicaSetTest, OrphansThatMatchAreAdoptedAndCount) {
  cluster.create("pods", pod("stray", {{"app", "web"}}));
  cluster.create(kReplicaSets, replica_set("web", 2));
  cluster.settle();
  EXPECT_EQ(cluster.pods().size(), 2U);
  EXPECT_EQ(controller_name(cluster.get("pods", "stray"), "ReplicaSet"), "web");
}

TEST_F(ReplicaSetTest, APodWhoseLabelsNoLongerMatchIsReleasedAndReplaced) {
  cluster.create(kReplicaSets, replica_set("web", 1));
  cluster.finish();
  const std::string name = key_of(*cluster.pods().front()).name;
  cluster.change("pods", name, [](json& each) { each["metadata"]["labels"]["app"] = "quarantine"; });
  cluster.settle();
  EXPECT_TRUE(controller_of(cluster.get("pods", name)).is_null());
  EXPECT_EQ(cluster.pods().size(), 2U);
}

TEST_F(ReplicaSetTest, ScalingDownTakesTheUnreadyPodFirst) {
  cluster.create(kReplicaSets, replica_set("web", 3));
  cluster.finish();
  const std::string unready = key_of(*cluster.pods()[1]).name;
  cluster.mark(*cluster.pods()[1], false);
  scale(2);
  EXPECT_TRUE(is_deleting(cluster.get("pods", unready)));
  EXPECT_EQ(cluster.active_pods().size(), 2U);
}

TEST_F(ReplicaSetTest, ReconcilingTwiceWritesNothing) {
  cluster.create(kReplicaSets, replica_set("web", 2));
  cluster.finish();
  const uint64_t before = cluster.store.revision();
  ReplicaSetController again(cluster.store, [&] { return cluster.now; });
  EXPECT_TRUE(again.reconcile({"default", "web"}).has_value());
  EXPECT_EQ(cluster.store.revision(), before);
}

struct Ranked {
  const char* why;
  std::function<void(json&, const Cluster&)> first, second;
};

TEST(PodRanking, FollowsKubernetesOrder) {
  Cluster cluster;
  auto ready_for = [](json& each, const Cluster& c, int seconds) {
    each["status"]["conditions"][0]["lastTransitionTime"] =
        format_time(c.now - std::chrono::seconds(seconds));
  };
  auto nothing = [](json&, const Cluster&) {};
  const std::vector<Ranked> table = {
      {"no node", [](json& p, const Cluster&) { p["spec"].erase("nodeName"); }, nothing},
      {"Pending", [](json& p, const Cluster&) { p["status"]["phase"] = "Pending"; },
       [](json& p, const Cluster&) { p["status"]["conditions"][0]["status"] = "False"; }},
      {"not ready", [](json& p, const Cluster&) { p["status"]["conditions"][0]["status"] = "False"; },
       [](json& p, const Cluster&) {
         p["metadata"]["annotations"]["controller.kubernetes.io/pod-deletion-cost"] = "-5";
       }},
      {"cheaper",
       [](json& p, const Cluster&) {
         p["metadata"]["annotations"]["controller.kubernetes.io/pod-deletion-cost"] = "-5";
       },
       nothing},
      {"ready for less long", [=](json& p, const Cluster& c) { ready_for(p, c, 10); },
       [=](json& p, const Cluster& c) { ready_for(p, c, 1000); }},
      {"restarted more often",
       [=](json& p, const Cluster& c) {
         ready_for(p, c, 10);
         p["status"]["containerStatuses"] = json::array({{{"restartCount", 3}}});
       },
       [=](json& p, const Cluster& c) { ready_for(p, c, 10); }},
      {"younger",
       [=](json& p, const Cluster& c) {
         ready_for(p, c, 5);
         p["metadata"]["creationTimestamp"] = format_time(c.now - std::chrono::seconds(10));
       },
       [=](json& p, const Cluster& c) {
         ready_for(p, c, 5);
         p["metadata"]["creationTimestamp"] = format_time(c.now - std::chrono::seconds(1000));
       }},
  };
  for (const Ranked& row : table) {
    json first = pod("first", json::object()), second = pod("second", json::object());
    first["metadata"]["uid"] = "b";  // the tie-breaker speaks for the other one
    second["metadata"]["uid"] = "a";
    row.first(first, cluster);
    row.second(second, cluster);
    std::vector<ObjectPtr> pods = {std::make_shared<json>(second), std::make_shared<json>(first)};
    sort_for_deletion(pods, pods, cluster.now);
    EXPECT_EQ(key_of(*pods.front()).name, "first") << row.why;
  }
}

}  // namespace
}  // namespace zdt::rehearsal
