// What a cluster is still about to do by itself.
#include "kube/motion.h"

#include "unit/kube/fake_api.h"

namespace zdt::kube {
namespace {

using testing::ApiWorld;
using testing::list_of;
using testing::on_loop;

json moving_deployment() {
  return json::parse(R"({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "demo", "uid": "d", "generation": 2},
    "spec": {"replicas": 3}, "status": {"observedGeneration": 2, "replicas": 3, "updatedReplicas": 1, "availableReplicas": 3}})");
}
json canary_at(const char* pause, const char* phase) {
  json rollout = json::parse(R"({"apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout", "metadata": {"name": "pool", "namespace": "demo", "uid": "r", "generation": 3},
    "spec": {"replicas": 4}, "status": {"observedGeneration": "3", "currentStepIndex": 0, "message": "CanaryPauseStep"}})");
  rollout["spec"]["strategy"]["canary"]["steps"] = json::array({json::parse(pause)});
  rollout["status"]["phase"] = phase;
  return rollout;
}

TEST(MovesTest, AWorkloadMovesUntilItIsWhereItsSpecificationWantsIt) {
  json deployment = moving_deployment();
  EXPECT_EQ(moves(deployment), "1 of 3 replicas updated");
  deployment["status"]["updatedReplicas"] = 3;
  EXPECT_EQ(moves(deployment), "");
  deployment["metadata"]["generation"] = 3;
  EXPECT_EQ(moves(deployment), "the new specification has not been observed yet");
  deployment["spec"]["paused"] = true;
  EXPECT_EQ(moves(deployment), "") << "nobody goes on without help";
}

TEST(MovesTest, APauseMovesOnlyWhenItsEndIsKnown) {
  EXPECT_EQ(moves(canary_at(R"({"pause": {"duration": "3s"}})", "Paused")), "Paused: CanaryPauseStep");
  EXPECT_EQ(moves(canary_at(R"({"pause": {"duration": 3}})", "Paused")), "Paused: CanaryPauseStep");
  EXPECT_EQ(moves(canary_at(R"({"pause": {}})", "Paused")), "");
  EXPECT_EQ(moves(canary_at(R"({"pause": {}})", "Degraded")), "");
  EXPECT_EQ(moves(canary_at(R"({"setWeight": 5})", "Progressing")), "Progressing: CanaryPauseStep");
}

TEST(MovesTest, ADaemonSetMovesUntilEachNodeHasItsPod) {
  json set{{"kind", "DaemonSet"}, {"metadata", {{"generation", 1}}}};
  set["status"] = {{"observedGeneration", 1}, {"desiredNumberScheduled", 4}, {"updatedNumberScheduled", 4}, {"numberAvailable", 3}};
  EXPECT_EQ(moves(set), "3 of 4 pods available");
  set["status"]["numberAvailable"] = 4;
  EXPECT_EQ(moves(set), "");
}

class MotionTest : public ApiWorld {
 protected:
  std::string look(Motion& motion) {
    std::string words;
    on_loop(loop, [](Motion& of, std::string& into) -> Task<void> { into = co_await of.look(); }(motion, words));
    return words;
  }
};

TEST_F(MotionTest, IsToldByNameUntilItEndsOrHasBeenStuckForLong) {
  api->answer("GET /apis/apps/v1/deployments", list_of(1, json::array({moving_deployment()})));
  const json leaving{{"metadata", {{"name", "web-1"}, {"uid", "p"}, {"deletionTimestamp", "2026-01-01T00:00:00Z"}}}};
  api->answer("GET /api/v1/pods", list_of(1, json::array({leaving})));
  Motion motion(*client, "*", "", milliseconds(60));
  EXPECT_EQ(look(motion), "Deployment demo/web: 1 of 3 replicas updated; 1 pod is being deleted");
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(4);
  while (!look(motion).empty() && std::chrono::steady_clock::now() < end) {
  }
  EXPECT_EQ(look(motion), "") << "nothing has changed for longer than the patience";
  json further = moving_deployment();
  further["status"]["updatedReplicas"] = 2;
  api->answer("GET /apis/apps/v1/deployments", list_of(2, json::array({further})));
  EXPECT_EQ(look(motion), "Deployment demo/web: 2 of 3 replicas updated") << "it was slow, not stuck";
}

TEST_F(MotionTest, WhatCannotBeListedDoesNotMove) {
  Motion motion(*client, "*", "");
  EXPECT_EQ(look(motion), "");
}

}  // namespace
}  // namespace zdt::kube
