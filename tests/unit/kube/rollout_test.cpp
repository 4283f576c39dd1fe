// Deployments and Argo Rollouts in the same words: status, patches, waiting, the tree.
#include "kube/pod_words.h"
#include "kube/rollout_tree.h"
#include "unit/kube/fake_api.h"

namespace zdt::kube {
namespace {

using testing::ApiWorld;
using testing::event_line;
using testing::list_of;

/// A Deployment of 4 replicas as kube-apiserver 1.33 shows it, healthy.
json deployment() {
  return json::parse(R"({
    "apiVersion": "apps/v1", "kind": "Deployment",
    "metadata": {"name": "k8s-web-pool", "namespace": "demo", "uid": "d-uid", "generation": 2, "resourceVersion": "812",
                 "annotations": {"deployment.kubernetes.io/revision": "2"}},
    "spec": {"replicas": 4, "selector": {"matchLabels": {"app": "web"}},
             "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}},
             "template": {"metadata": {"labels": {"app": "web"}},
                          "spec": {"initContainers": [{"name": "envoy", "image": "envoy:1", "restartPolicy": "Always"}],
                                   "containers": [{"name": "app", "image": "zdt/monolith:v0.1.1"}]}}},
    "status": {"observedGeneration": 2, "replicas": 4, "updatedReplicas": 4, "readyReplicas": 4, "availableReplicas": 4,
               "conditions": [{"type": "Available", "status": "True", "reason": "MinimumReplicasAvailable"},
                              {"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable"}]}})");
}

/// A Rollout in its first pause, as Argo Rollouts 1.8 shows it.
json rollout() {
  return json::parse(R"({
    "apiVersion": "argoproj.io/v1alpha1", "kind": "Rollout",
    "metadata": {"name": "k8s-web-pool", "namespace": "demo", "uid": "r-uid", "generation": 3, "resourceVersion": "900",
                 "creationTimestamp": "2026-01-01T00:00:00Z", "annotations": {"rollout.argoproj.io/revision": "2"}},
    "spec": {"replicas": 4, "selector": {"matchLabels": {"app": "web"}},
             "strategy": {"canary": {"steps": [{"setWeight": 25}, {"pause": {}}, {"setWeight": 50}, {"pause": {"duration": 5}}]}},
             "template": {"metadata": {"labels": {"app": "web"}},
                          "spec": {"initContainers": [{"name": "envoy", "image": "envoy:1", "restartPolicy": "Always"}],
                                   "containers": [{"name": "app", "image": "zdt/monolith:v0.1.2"}]}}},
    "status": {"observedGeneration": "3", "replicas": 4, "updatedReplicas": 1, "readyReplicas": 4, "availableReplicas": 4,
               "currentStepIndex": 1, "currentPodHash": "new", "stableRS": "old", "controllerPause": true,
               "pauseConditions": [{"reason": "CanaryPauseStep", "startTime": "2026-01-01T00:00:10Z"}],
               "phase": "Paused", "message": "CanaryPauseStep"}})");
}

json changed(json object, const json& changes) {
  object.merge_patch(changes);
  return object;
}
std::string unmet(const json& object) { return rollout_unmet(&object); }

TEST(RolloutUnmet, SaysOfADeploymentWhatKubectlRolloutStatusWaitsFor) {
  const std::vector<std::pair<json, std::string>> rows{
      {json::object(), ""},
      {{{"metadata", {{"generation", 3}}}}, "the new specification has not been observed yet"},
      {{{"status", {{"updatedReplicas", 1}, {"replicas", 5}}}}, "1 of 4 replicas updated"},
      {{{"status", {{"replicas", 5}}}}, "1 old replicas still to end"},
      {{{"status", {{"availableReplicas", 3}}}}, "3 of 4 updated replicas available"},
      {{{"status", nullptr}}, "the new specification has not been observed yet"},
      {{{"spec", {{"replicas", 0}}},
        {"status", {{"replicas", nullptr}, {"updatedReplicas", nullptr}, {"availableReplicas", nullptr}}}},
       ""}};
  for (const auto& [changes, words] : rows)
    EXPECT_EQ(unmet(changed(deployment(), changes)), words) << changes;
  EXPECT_EQ(rollout_unmet(nullptr), "it does not exist");
}

TEST(RolloutUnmet, SaysOfARolloutItsPhaseAndMessage) {
  const std::vector<std::pair<json, std::string>> rows{
      {json::object(), "Paused: CanaryPauseStep"},
      {{{"metadata", {{"generation", 4}}}}, "Progressing: the new specification has not been observed yet"},
      {{{"status", {{"pauseConditions", nullptr}}}}, "Progressing: waiting for rollout to unpause"},
      {{{"status", {{"phase", "Healthy"}, {"message", nullptr}}}}, ""},
      {{{"status", {{"phase", "Degraded"}, {"message", "RolloutAborted: why"}, {"abort", true}}}},
       "Degraded: RolloutAborted: why"},
      {{{"status", {{"phase", "Degraded"}, {"message", "RolloutAborted: why"}, {"abort", false}}}},
       "Progressing: waiting for the controller to leave the abort"},
      {{{"status", {{"phase", nullptr}, {"message", nullptr}}}}, "Progressing"}};
  for (const auto& [changes, words] : rows) EXPECT_EQ(unmet(changed(rollout(), changes)), words) << changes;
}

TEST(RolloutStatus, NamesThePhaseAndTheFigures) {
  const json healthy = rollout_status(deployment());
  EXPECT_EQ(string_at(healthy, {"phase"}), "Healthy");
  EXPECT_EQ(int_at(healthy, {"revision"}), 2);
  EXPECT_EQ(int_at(healthy, {"available"}), 4);
  EXPECT_EQ(string_at(healthy, {"images", "app"}), "zdt/monolith:v0.1.1");
  EXPECT_FALSE(healthy.contains("steps"));
  json object = deployment();
  object["status"]["availableReplicas"] = 3;
  EXPECT_EQ(string_at(rollout_status(object), {"phase"}), "Progressing");
  object["status"]["conditions"][1]["reason"] = "ProgressDeadlineExceeded";
  object["status"]["conditions"][1]["message"] = "has timed out progressing";
  EXPECT_EQ(string_at(rollout_status(object), {"phase"}), "Degraded");
  EXPECT_EQ(string_at(rollout_status(object), {"message"}), "has timed out progressing");
  EXPECT_EQ(rollout_failure(&object), "it is Degraded: has timed out progressing");
  object["spec"]["paused"] = true;
  EXPECT_EQ(string_at(rollout_status(object), {"phase"}), "Paused");
}

TEST(RolloutStatus, OfARolloutAlsoHowFarTheCanaryIs) {
  EXPECT_EQ(rollout_status(rollout()),
            json::parse(R"({"kind": "Rollout", "phase": "Paused", "message": "CanaryPauseStep",
    "revision": 2, "replicas": 4, "updated": 1, "ready": 4, "available": 4, "images": {"app": "zdt/monolith:v0.1.2"},
    "step": 1, "steps": 4, "weight": 25, "stable": "old", "canary": "new"})"));
  const json done = rollout_status(
      changed(rollout(), {{"status", {{"stableRS", "new"}, {"currentStepIndex", 4}, {"phase", "Healthy"}}}}));
  EXPECT_EQ(int_at(done, {"weight"}), 100);
  EXPECT_EQ(string_at(done, {"canary"}), "");
  EXPECT_EQ(int_at(rollout_status(changed(rollout(), {{"status", {{"abort", true}}}})), {"weight"}), 0);
}

class RolloutTest : public ApiWorld {
 protected:
  const std::string rollouts = "/apis/argoproj.io/v1alpha1/namespaces/demo/rollouts";
  const std::string deployments = "/apis/apps/v1/namespaces/demo/deployments";
  void SetUp() override { serve(deployments, deployment()); }
  void serve(const std::string& path, const json& object) {
    for (const char* method : {"GET ", "PATCH "}) api->answer(method + path + "/k8s-web-pool", object);
    api->answer("PATCH " + path + "/k8s-web-pool/status", object);
  }
  void serve_rollout(const json& changes = json::object()) { serve(rollouts, changed(rollout(), changes)); }

  Query of_deployment() const { return {.kind = "deployments.apps", .name = "k8s-web-pool"}; }
  Query of_rollout() const { return {.kind = "rollouts.argoproj.io", .name = "k8s-web-pool"}; }
  /// The patches that were sent, as "path type body".
  std::vector<std::string> patches() const {
    std::vector<std::string> sent;
    for (const auto& one : api->seen) {
      const size_t end = one.content_type.find("-patch");
      if (one.method != "PATCH") continue;
      sent.push_back(fmt::format("{} {} {}", one.target.path.substr(one.target.path.rfind('/') + 1),
                                 one.content_type.substr(12, end - 12), one.body));
    }
    return sent;
  }
  json sent() const { return json::parse(api->seen.back().body); }
};

using Sent = std::vector<std::string>;

TEST_F(RolloutTest, ANameMeansTheRolloutWhenThereIsOne) {
  auto kind_of = [&](const std::string& name) {
    auto found = wait(workload_named(*client, name, ""));
    return found ? fmt::format("{} {} {}", found->kind, found->ns, found->name) : found.error().what;
  };
  EXPECT_EQ(kind_of("k8s-web-pool"), "deployments.apps  k8s-web-pool");
  serve_rollout();
  EXPECT_EQ(kind_of("k8s-web-pool"), "rollouts.argoproj.io  k8s-web-pool");
  EXPECT_EQ(kind_of("deployment/k8s-web-pool"), "deployments.apps  k8s-web-pool");
  EXPECT_EQ(kind_of("ro/other"), "rollouts.argoproj.io  other");
  EXPECT_EQ(kind_of("shop/api"), "deployments.apps shop api");
}

TEST_F(RolloutTest, AClusterWithoutArgoRolloutsHasDeployments) {
  json none;
  none["resources"] = json::array();
  api->answer("GET /apis/argoproj.io/v1alpha1", none);
  auto found = wait(workload_named(*client, "k8s-web-pool", ""));
  ASSERT_TRUE(found) << found.error().what;
  EXPECT_EQ(found->kind, "deployments.apps");
}

TEST_F(RolloutTest, ImagesAreSetWhereTheContainerStands) {
  serve_rollout();
  const json wanted = json::parse(R"([
    {"op": "test", "path": "/spec/template/spec/containers/0/name", "value": "app"},
    {"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": "new:1"},
    {"op": "test", "path": "/spec/template/spec/initContainers/0/name", "value": "envoy"},
    {"op": "replace", "path": "/spec/template/spec/initContainers/0/image", "value": "envoy:2"}])");
  for (const Query& query : {of_deployment(), of_rollout()}) {
    ASSERT_TRUE(wait(set_images(*client, query, {{"app", "new:1"}, {"envoy", "envoy:2"}})));
    EXPECT_EQ(sent(), wanted);
    EXPECT_EQ(api->seen.back().content_type, "application/json-patch+json");
  }
}

TEST_F(RolloutTest, AnUnknownContainerIsNamedWithTheKnownOnes) {
  auto set = wait(set_images(*client, of_deployment(), {{"web", "x"}}));
  ASSERT_FALSE(set);
  EXPECT_EQ(set.error().code, Code::kNotFound);
  EXPECT_NE(set.error().what.find("app, envoy"), std::string::npos) << set.error().what;
  EXPECT_TRUE(patches().empty());
}

json replica_set(const std::string& image, const std::string& revision, const std::string& owner,
                 const std::string& prefix = "deployment.kubernetes.io",
                 const std::string& hash = "pod-template-hash") {
  json made;
  made["metadata"] = {{"name", "rs-" + revision},
                      {"annotations", {{prefix + "/revision", revision}}},
                      {"ownerReferences", {{{"kind", "Any"}, {"uid", owner}}}}};
  made["spec"]["template"] = {{"metadata", {{"labels", {{"app", "web"}, {hash, "abc"}}}}},
                              {"spec", {{"containers", {{{"name", "app"}, {"image", image}}}}}}};
  return made;
}

TEST_F(RolloutTest, GoesBackToTheRevisionBefore) {
  json canary = replica_set("before", "1", "r-uid", "rollout.argoproj.io", "rollouts-pod-template-hash");
  canary["metadata"]["annotations"]["rollout.argoproj.io/ephemeral-metadata"] =
      R"({"labels":{"role":"stable"}})";
  canary["spec"]["template"]["metadata"]["labels"]["role"] = "stable";
  api->answer("GET /apis/apps/v1/namespaces/demo/replicasets",
              list_of(9, {replica_set("other", "1", "somebody-else"), replica_set("current", "2", "d-uid"),
                          replica_set("before", "1", "d-uid"), canary}));
  serve_rollout();
  for (const Query& query : {of_deployment(), of_rollout()}) {
    ASSERT_TRUE(wait(undo_rollout(*client, query, 0)));
    const json patch = sent()[0];
    EXPECT_EQ(string_at(patch, {"op"}), "replace");
    EXPECT_EQ(string_at(patch, {"path"}), "/spec/template");
    EXPECT_EQ(string_at(at(patch, {"value", "spec", "containers"})[0], {"image"}), "before");
    EXPECT_EQ(at(patch, {"value", "metadata", "labels"}), (json{{"app", "web"}}))
        << "without what the controller adds";
  }
}

TEST_F(RolloutTest, GoesBackToANamedRevisionOrSaysThatThereIsNone) {
  api->answer("GET /apis/apps/v1/namespaces/demo/replicasets",
              list_of(9, {replica_set("current", "2", "d-uid")}));
  EXPECT_TRUE(wait(undo_rollout(*client, of_deployment(), 2)));
  for (int64_t revision : {0, 7}) {
    auto undone = wait(undo_rollout(*client, of_deployment(), revision));
    ASSERT_FALSE(undone);
    EXPECT_EQ(undone.error().code, Code::kNotFound);
  }
}

/// What `kubectl argo rollouts promote` patches (pkg/kubectl-argo-rollouts/cmd/promote/promote.go,
/// getPatches).
TEST_F(RolloutTest, APromotionSendsWhatThePluginSends) {
  struct Row {
    json changes;
    bool full;
    Sent want;
  };
  const json paused{{"spec", {{"paused", true}}}}, running{{"status", {{"pauseConditions", nullptr}}}};
  const std::vector<Row> rows{
      {json::object(), false, {R"(status merge {"status":{"pauseConditions":null}})"}},
      {running, false, {R"(status merge {"status":{"currentStepIndex":2,"pauseConditions":null}})"}},
      {json::object(), true, {R"(status merge {"status":{"promoteFull":true}})"}},
      {{{"status", {{"stableRS", "new"}}}}, true, {}},
      {paused,
       true,
       {R"(status merge {"status":{"promoteFull":true}})",
        R"(k8s-web-pool merge {"spec":{"paused":false}})"}}};
  for (const Row& row : rows) {
    serve_rollout(row.changes);
    api->seen.clear();
    ASSERT_TRUE(wait(promote_rollout(*client, of_rollout(), row.full)));
    EXPECT_EQ(patches(), row.want) << row.changes;
  }
  serve(deployments, changed(deployment(), paused));
  api->seen.clear();
  ASSERT_TRUE(wait(promote_rollout(*client, of_deployment(), false)));
  EXPECT_EQ(patches(), Sent{R"(k8s-web-pool merge {"spec":{"paused":false}})"});
}

TEST_F(RolloutTest, AbortRetryAndRestartSendWhatThePluginSends) {
  serve_rollout();
  const WallTime noon = *parse_time("2026-01-01T12:00:00Z");
  ASSERT_TRUE(wait(abort_rollout(*client, of_rollout())));
  ASSERT_TRUE(wait(retry_rollout(*client, of_rollout())));
  ASSERT_TRUE(wait(restart_rollout(*client, of_rollout(), noon)));
  EXPECT_EQ(patches(),
            (Sent{R"(status merge {"status":{"abort":true}})", R"(status merge {"status":{"abort":false}})",
                  R"(k8s-web-pool merge {"spec":{"restartAt":"2026-01-01T12:00:00Z"}})"}));
  ASSERT_TRUE(wait(restart_rollout(*client, of_deployment(), noon)));
  EXPECT_EQ(
      string_at(sent(), {"spec", "template", "metadata", "annotations", "kubectl.kubernetes.io/restartedAt"}),
      "2026-01-01T12:00:00Z");
  auto aborted = wait(abort_rollout(*client, of_deployment()));
  ASSERT_FALSE(aborted);
  EXPECT_EQ(aborted.error().code, Code::kUsage);
}

/// Lists show the first of `states`, a watch then the others.
Task<void> play(http::Exchange& exchange, std::vector<json> states) {
  if (!exchange.target.has("watch")) {
    json items = json::array();
    items.push_back(states.front());
    const std::string body = list_of(10, items).dump();
    co_await exchange.respond(200, "application/json", body);
    co_return;
  }
  co_await exchange.begin_stream(200, "application/json");
  for (size_t i = 1; i < states.size(); ++i) co_await exchange.write(event_line("MODIFIED", states[i]));
  co_await sleep_for(std::chrono::hours(1));
}

class RolloutWaitTest : public RolloutTest {
 protected:
  void show(std::vector<json> changes) {
    std::vector<json> states;
    for (json& each : changes) states.push_back(changed(rollout(), each));
    serve(rollouts, states.front());
    api->on("GET " + rollouts,
            [states = std::move(states)](http::Exchange& exchange) { return play(exchange, states); });
  }
  std::string wait_for(RolloutGoal goal, milliseconds limit = milliseconds(10'000)) {
    auto met = wait(wait_for_rollout(*client, of_rollout(), std::move(goal), limit));
    return met ? string_at(rollout_status(*met), {"phase"}) : met.error().what;
  }
};

const json kRunning{{"status",
                     {{"phase", "Progressing"},
                      {"message", "more"},
                      {"pauseConditions", nullptr},
                      {"controllerPause", nullptr},
                      {"currentStepIndex", 0}}}};
const json kDone{{"status", {{"phase", "Healthy"}, {"message", nullptr}, {"currentStepIndex", 4}}}};
const json kAborted{
    {"status", {{"phase", "Degraded"}, {"message", "RolloutAborted: by hand"}, {"abort", true}}}};

TEST_F(RolloutWaitTest, WaitsUntilItIsHealthyOrPausedOrAtAStep) {
  show({kRunning, json::object(), kDone});
  EXPECT_EQ(wait_for({}), "Healthy");
  EXPECT_EQ(wait_for({.phase = "Paused"}), "Paused");
  EXPECT_EQ(wait_for({.phase = "", .step = 1}), "Paused");
  EXPECT_EQ(wait_for({.phase = "", .step = 4}), "Healthy");
}

TEST_F(RolloutWaitTest, APromotionWaitsUntilTheControllerHasSeenTheChange) {
  const json unseen{{"metadata", {{"generation", 4}}}, {"status", {{"stableRS", "new"}}}};
  const json seen{{"metadata", {{"generation", 4}}}, {"status", {{"observedGeneration", "4"}}}};
  show({unseen, seen});
  ASSERT_TRUE(wait(promote_rollout(*client, of_rollout(), true)));
  EXPECT_EQ(patches(), Sent{R"(status merge {"status":{"promoteFull":true}})"})
      << "stable and current as they were seen last";
}

TEST_F(RolloutWaitTest, AnAbortEndsTheWaitAtOnceWithTheReason) {
  show({kRunning, kAborted});
  EXPECT_EQ(wait_for({}, milliseconds(60'000)),
            "rollouts.argoproj.io/k8s-web-pool: it is Degraded: RolloutAborted: by hand");
  EXPECT_EQ(wait_for({.phase = "Degraded"}), "Degraded");
}

TEST_F(RolloutWaitTest, WhatWasLastSeenIsSaidWhenTheTimeIsOver) {
  show({json::object()});
  const std::string late = wait_for({.phase = "", .step = 3}, milliseconds(100));
  EXPECT_NE(late.find("Last: 1 of 4 steps done, want 3; Paused (CanaryPauseStep)"), std::string::npos)
      << late;
}

/// The Rollout of the tree: a stable ReplicaSet with one pod, a canary whose pod is still starting.
WorkloadView view() {
  WorkloadView view;
  view.workload = rollout();
  auto set = [&](const std::string& name, const std::string& hash, const std::string& revision,
                 int64_t available) {
    json made = replica_set("app:" + revision, revision, "r-uid", "rollout.argoproj.io");
    made["metadata"].update(
        {{"name", name}, {"uid", name}, {"labels", {{"rollouts-pod-template-hash", hash}}}});
    made["metadata"]["creationTimestamp"] = "2026-01-01T00:00:00Z";
    made["metadata"]["ownerReferences"][0]["controller"] = true;
    made["spec"]["replicas"] = 1;
    made["status"] = {{"availableReplicas", available}};
    view.sets[name] = made;
    json pod = testing::pod(name + "-x", 1);
    pod["metadata"]["creationTimestamp"] = "2026-01-01T00:00:05Z";
    pod["metadata"]["ownerReferences"] = {{{"uid", name}, {"controller", true}}};
    pod["spec"]["containers"] = {{{"name", "app"}}};
    pod["status"]["containerStatuses"] = {{{"ready", available > 0},
                                           {"restartCount", available > 0 ? 0 : 2},
                                           {"state", {{"waiting", nullptr}}}}};
    view.pods[name + "-x"] = pod;
  };
  set("web-old", "old", "1", 1);
  set("web-new", "new", "2", 0);
  view.pods["web-new-x"]["status"]["containerStatuses"][0]["state"] = {
      {"waiting", {{"reason", "ImagePullBackOff"}}}};
  return view;
}

TEST(RolloutTree, IsDrawnLikeThePluginsOne) {
  const std::string drawn = draw_rollout(view(), *parse_time("2026-01-01T00:01:05Z"));
  EXPECT_EQ(drawn, R"(Name:            k8s-web-pool
Namespace:       demo
Status:          ॥ Paused
Message:         CanaryPauseStep
Strategy:        Canary
  Step:          1/4
  SetWeight:     25
  ActualWeight:  0
Replicas:
  Desired:       4
  Current:       4
  Updated:       1
  Ready:         4
  Available:     4

NAME                  KIND        STATUS              AGE  INFO
⟳ k8s-web-pool        Rollout     ॥ Paused            65s
├──# revision:2
│  └──⧉ web-new       ReplicaSet  ◌ Progressing       65s  canary,app:2
│     └──□ web-new-x  Pod         ⚠ ImagePullBackOff  60s  ready:0/1,restarts:2
└──# revision:1
   └──⧉ web-old       ReplicaSet  ✔ Healthy           65s  stable,app:1
      └──□ web-old-x  Pod         ✔ Running           60s  ready:1/1
)") << drawn;
}

TEST(RolloutTree, LinesAreCutAtTheTerminalsEdgeAndAgesCanBeLeftOut) {
  const std::string cut = draw_rollout(view(), std::nullopt, 10);
  EXPECT_NE(cut.find("\n⟳ k8s-web-\n"), std::string::npos) << cut;
  EXPECT_EQ(draw_rollout(view(), std::nullopt).find("65s"), std::string::npos);
  EXPECT_EQ(draw_rollout({}, std::nullopt), "it does not exist any more\n");
}

TEST(PodWords, AreThoseOfKubectlGetPods) {
  const json pod = json::parse(
      R"({"spec": {"initContainers": [{"name": "envoy", "restartPolicy": "Always"}, {"name": "init"}],
                                   "containers": [{"name": "app"}]}, "status": {"phase": "Pending"}})");
  auto words = [&](const json& changes) { return words_of(changed(pod, changes)).status; };
  const json started{{"name", "envoy"}, {"started", true}, {"state", {{"running", json::object()}}}};
  const json ended{{"name", "init"}, {"state", {{"terminated", {{"exitCode", 0}, {"reason", "Completed"}}}}}};
  const json failed{{"name", "init"}, {"state", {{"terminated", {{"exitCode", 3}, {"reason", "Error"}}}}}};
  EXPECT_EQ(words(json::object()), "Pending");
  EXPECT_EQ(words({{"status",
                    {{"initContainerStatuses", {started, {{"name", "init"}, {"state", json::object()}}}}}}}),
            "Init:1/2");
  EXPECT_EQ(words({{"status", {{"initContainerStatuses", {started, failed}}}}}), "Init:Error");
  EXPECT_EQ(words({{"status", {{"phase", "Running"}, {"initContainerStatuses", {started, ended}}}}}),
            "Running");
  EXPECT_EQ(words({{"status", {{"containerStatuses", {{{"state", {{"terminated", {{"exitCode", 9}}}}}}}}}}}),
            "ExitCode:9");
  EXPECT_EQ(words({{"metadata", {{"deletionTimestamp", "2026-01-01T00:00:00Z"}}}}), "Terminating");
}

TEST(ShortAge, IsWrittenAsKubectlWritesIt) {
  const std::vector<std::pair<int, std::string>> rows{{0, "0s"},        {119, "119s"}, {330, "5m30s"},
                                                      {480, "8m"},      {2820, "47m"}, {4 * 3600, "4h"},
                                                      {72 * 3600, "3d"}};
  for (const auto& [seconds, words] : rows) EXPECT_EQ(short_age(std::chrono::seconds(seconds)), words);
}

}  // namespace
}  // namespace zdt::kube
