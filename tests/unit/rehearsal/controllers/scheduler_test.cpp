#include "rehearsal/controllers/scheduler.h"

#include "unit/rehearsal/controllers/cluster.h"

namespace zdt::rehearsal {
namespace {

json unassigned() {
  json object = pod("web", {{"app", "web"}});
  object["spec"].erase("nodeName");
  object["status"] = {{"phase", "Pending"}};
  return object;
}

std::string event_reason(const Cluster& cluster) {
  const auto events = cluster.store.list("events", "default");
  return events.empty() ? "" : string_at(*events.back(), {"reason"});
}

TEST(Scheduler, AnUnassignedPodGetsTheNode) {
  Cluster cluster;
  cluster.create("pods", unassigned());
  cluster.settle();
  const json pod = cluster.get("pods", "web");
  EXPECT_EQ(string_at(pod, {"spec", "nodeName"}), "node");
  EXPECT_TRUE(condition_is_true(pod, "PodScheduled"));
  EXPECT_EQ(event_reason(cluster), "Scheduled");
}

TEST(Scheduler, WithoutANodeThePodStaysPendingAndSaysWhy) {
  Cluster cluster(false);
  cluster.create("pods", unassigned());
  cluster.settle();
  const json pod = cluster.get("pods", "web");
  EXPECT_EQ(string_at(pod, {"status", "phase"}), "Pending");
  EXPECT_EQ(string_at(condition_of(pod, "PodScheduled"), {"reason"}), "Unschedulable");
  EXPECT_EQ(event_reason(cluster), "FailedScheduling");
}

TEST(Scheduler, APodThatWaitedIsAssignedWhenTheNodeComes) {
  Cluster cluster(false);
  cluster.create("pods", unassigned());
  cluster.settle();
  cluster.add_node();
  cluster.settle();
  EXPECT_EQ(string_at(cluster.get("pods", "web"), {"spec", "nodeName"}), "node");
}

TEST(Scheduler, ACordonedNodeTakesNoPods) {
  Cluster cluster;
  cluster.store.modify("nodes", "", "node", [](json& node) { node["spec"]["unschedulable"] = true; }).value();
  cluster.create("pods", unassigned());
  cluster.settle();
  EXPECT_EQ(string_at(cluster.get("pods", "web"), {"spec", "nodeName"}), "");
  cluster.store.modify("nodes", "", "node", [](json& node) { node["spec"]["unschedulable"] = false; })
      .value();
  cluster.settle();
  EXPECT_EQ(string_at(cluster.get("pods", "web"), {"spec", "nodeName"}), "node");
}

TEST(Scheduler, ANodeSelectorMustFit) {
  Cluster cluster;
  json wanted = unassigned();
  wanted["spec"]["nodeSelector"] = {{"disk", "ssd"}};
  cluster.create("pods", std::move(wanted));
  cluster.settle();
  EXPECT_EQ(string_at(condition_of(cluster.get("pods", "web"), "PodScheduled"), {"message"}),
            "0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector.");
}

}  // namespace
}  // namespace zdt::rehearsal
