#include "rehearsal/controllers/rollout.h"

#include <random>

#include "unit/rehearsal/controllers/rollouts.h"

namespace zdt::rehearsal {
namespace {

struct RolloutTest : testing::Test {
  void deploy(json object) {
    cluster.create(kRollouts, std::move(object));
    cluster.finish();
  }
  void deploy(int64_t replicas, json steps) { deploy(rollout(replicas, canary(std::move(steps)))); }
  void edit(const std::function<void(json&)>& change) {
    cluster.change(kRollouts, "web", change);
    cluster.finish();
  }
  void edit_status(const std::function<void(json&)>& change) {
    edit([&](json& object) { change(object["status"]); });
  }
  void set_image(const std::string& image) {
    edit([&](json& object) { object["spec"]["template"]["spec"]["containers"][0]["image"] = image; });
  }
  /// As `kubectl argo rollouts promote` does for a paused rollout.
  void promote() {
    edit_status([](json& status) { status.erase("pauseConditions"); });
  }
  void pass(std::chrono::seconds time) {
    cluster.pass_time(time);
    cluster.finish();
  }

  json web() const { return cluster.get(kRollouts, "web"); }
  std::string phase() const {
    return string_at(web(), {"status", "phase"}) + ": " + string_at(web(), {"status", "message"});
  }
  int64_t step() const { return int_at(web(), {"status", "currentStepIndex"}, -1); }
  std::string annotation(const json& object, const std::string& name) const {
    return string_at(object, {"metadata", "annotations", "rollout.argoproj.io/" + name});
  }
  std::string reason(std::string_view condition) const {
    return string_at(condition_of(web(), condition), {"reason"});
  }
  std::vector<ObjectPtr> sets() const { return cluster.store.list(kReplicaSets, "default"); }
  ObjectPtr set_with(const std::string& image) const {
    for (const ObjectPtr& set : sets()) {
      if (at(*set, {"spec", "template", "spec", "containers"})[0]["image"] == image) return set;
    }
    return nullptr;
  }
  /// Active pods with this image.
  int64_t pods_with(const std::string& image) const {
    const auto pods = cluster.active_pods();
    return std::count_if(pods.begin(), pods.end(), [&](const ObjectPtr& pod) {
      return (*pod)["spec"]["containers"][0]["image"] == image;
    });
  }
  /// "stable + canary": the pods of app:1 and of app:2.
  std::string split() const { return fmt::format("{} + {}", pods_with("app:1"), pods_with("app:2")); }
  bool was_told(const std::string& reason, const std::string& message) const {
    for (const ObjectPtr& event : cluster.store.list("events", "default")) {
      if (string_at(*event, {"reason"}) == reason && string_at(*event, {"message"}) == message) return true;
    }
    return false;
  }
  Cluster cluster;
};

TEST_F(RolloutTest, TheFirstDeploymentSkipsTheSteps) {
  deploy(5, {weight(20), pause()});
  EXPECT_EQ(phase(), "Healthy: ");
  EXPECT_EQ(split(), "5 + 0");
  EXPECT_EQ(step(), 2);
  const json status = web()["status"], set = *sets().front();
  const std::string hash = string_at(labels_of(set), {"rollouts-pod-template-hash"});
  EXPECT_EQ(key_of(set).name, "web-" + hash);
  EXPECT_EQ(string_at(set, {"spec", "selector", "matchLabels", "rollouts-pod-template-hash"}), hash);
  EXPECT_EQ(string_at(labels_of(*cluster.pods().front()), {"rollouts-pod-template-hash"}), hash);
  EXPECT_EQ(string_at(status, {"stableRS"}), hash);
  EXPECT_EQ(string_at(status, {"currentPodHash"}), hash);
  EXPECT_EQ(string_at(status, {"observedGeneration"}), "1");
  EXPECT_EQ(string_at(status, {"selector"}), "app=web");
  for (const char* count :
       {"replicas", "updatedReplicas", "readyReplicas", "availableReplicas", "HPAReplicas"}) {
    EXPECT_EQ(int_at(status, {count}), 5) << count;
  }
  for (const char* condition : {"Healthy", "Available", "Completed", "Progressing"}) {
    EXPECT_TRUE(condition_is_true(web(), condition)) << condition;
  }
  EXPECT_EQ(annotation(web(), "revision"), "1");
  EXPECT_EQ(annotation(set, "revision"), "1");
  EXPECT_TRUE(was_told("RolloutCompleted",
                       fmt::format("Rollout completed update to revision 1 ({}): Initial deploy", hash)));
}

TEST_F(RolloutTest, ReconcilingTwiceWritesNothing) {
  deploy(3, {weight(50), pause()});
  set_image("app:2");
  const uint64_t before = cluster.store.revision();
  RolloutController again(
      cluster.store, [](const std::string&, json&) {}, [&] { return cluster.now; });
  EXPECT_TRUE(again.reconcile({"default", "web"}).has_value());
  EXPECT_EQ(cluster.store.revision(), before);
}

TEST_F(RolloutTest, MissingReplicasBecomeOne) {
  json object = rollout(1, canary({weight(50)}));
  object["spec"].erase("replicas");
  deploy(std::move(object));
  EXPECT_EQ(int_at(web(), {"spec", "replicas"}), 1);
  EXPECT_EQ(phase(), "Healthy: ");
}

TEST_F(RolloutTest, AWholeUpdateGoesStepByStep) {
  deploy(5, {weight(20), pause(), weight(60), pause("10s"), pause(5)});
  set_image("app:2");
  EXPECT_EQ(phase(), "Paused: CanaryPauseStep");
  EXPECT_EQ(step(), 1);
  EXPECT_EQ(split(), "4 + 1");
  EXPECT_EQ(annotation(web(), "revision"), "2");
  EXPECT_EQ(reason("Progressing"), "RolloutPaused");
  EXPECT_TRUE(was_told("RolloutStepCompleted", "Rollout step 1/5 completed (setWeight: 20)"));
  EXPECT_TRUE(was_told("RolloutPaused", "Rollout is paused (CanaryPauseStep)"));
  pass(std::chrono::hours(24));
  EXPECT_EQ(step(), 1) << "without a duration it waits for a promotion, and no deadline runs";
  promote();
  EXPECT_EQ(phase(), "Paused: CanaryPauseStep");
  EXPECT_EQ(step(), 3);
  EXPECT_EQ(split(), "2 + 3");
  pass(std::chrono::seconds(9));
  EXPECT_EQ(step(), 3);
  pass(std::chrono::seconds(1));
  EXPECT_EQ(step(), 4);
  pass(std::chrono::seconds(5));
  EXPECT_EQ(phase(), "Healthy: ");
  EXPECT_EQ(step(), 5);
  EXPECT_EQ(split(), "0 + 5");
  EXPECT_EQ(string_at(web(), {"status", "stableRS"}), hash_of(*set_with("app:2")));
  EXPECT_FALSE(web()["status"].contains("pauseConditions"));
  EXPECT_TRUE(
      was_told("RolloutCompleted", fmt::format("Rollout completed update to revision 2 ({}): Completed all 5 "
                                               "canary steps",
                                               hash_of(*set_with("app:2")))));
}

TEST_F(RolloutTest, WithoutStepsItIsARollingUpdate) {
  deploy(rollout(4, json::object()));
  set_image("app:2");
  EXPECT_EQ(phase(), "Healthy: ");
  EXPECT_EQ(split(), "0 + 4");
}

TEST_F(RolloutTest, AFullPromotionSkipsWhatIsLeft) {
  deploy(4, {weight(25), pause(), weight(50), pause()});
  set_image("app:2");
  edit_status([](json& status) { status["promoteFull"] = true; });
  EXPECT_EQ(phase(), "Healthy: ");
  EXPECT_EQ(split(), "0 + 4");
  EXPECT_FALSE(web()["status"].contains("promoteFull"));
}

TEST_F(RolloutTest, AnAbortGoesBackAndARetryBeginsAnew) {
  deploy(4, {weight(50), pause()});
  set_image("app:2");
  EXPECT_EQ(split(), "2 + 2");
  edit_status([](json& status) { status["abort"] = true; });
  EXPECT_EQ(phase(), "Degraded: RolloutAborted: Rollout aborted update to revision 2");
  EXPECT_EQ(split(), "4 + 0");
  EXPECT_EQ(step(), 0);
  EXPECT_FALSE(string_at(web(), {"status", "abortedAt"}).empty());
  EXPECT_FALSE(web()["status"].contains("pauseConditions"));
  pass(std::chrono::hours(1));
  EXPECT_EQ(split(), "4 + 0");
  edit_status([](json& status) { status["abort"] = false; });
  EXPECT_EQ(phase(), "Paused: CanaryPauseStep");
  EXPECT_EQ(split(), "2 + 2");
  EXPECT_FALSE(web()["status"].contains("abortedAt"));
}

TEST_F(RolloutTest, TheStableTemplateComesBackWithoutSteps) {
  deploy(4, {weight(50), pause()});
  set_image("app:2");
  set_image("app:1");
  EXPECT_EQ(phase(), "Healthy: ");
  EXPECT_EQ(split(), "4 + 0");
  EXPECT_EQ(sets().size(), 2U);
  EXPECT_EQ(annotation(web(), "revision"), "3");
  EXPECT_EQ(annotation(*set_with("app:1"), "revision-history"), "1");
  EXPECT_TRUE(was_told("SkipSteps", "Rollback to stable ReplicaSets"));
}

TEST_F(RolloutTest, AnEarlierTemplateThatIsNotStableTakesTheSteps) {
  deploy(4, {weight(50), pause()});
  set_image("app:2");
  promote();
  EXPECT_EQ(split(), "0 + 4");
  set_image("app:1");
  EXPECT_EQ(phase(), "Paused: CanaryPauseStep");
  EXPECT_EQ(split(), "2 + 2");
}

TEST_F(RolloutTest, ANewImageInTheMiddleBeginsAnew) {
  deploy(4, {weight(25), pause(), weight(75), pause()});
  set_image("app:2");
  promote();
  EXPECT_EQ(step(), 3);
  set_image("app:3");
  EXPECT_EQ(phase(), "Paused: CanaryPauseStep");
  EXPECT_EQ(step(), 1);
  EXPECT_EQ(split(), "3 + 0");
  EXPECT_EQ(pods_with("app:3"), 1);
}

TEST_F(RolloutTest, OtherStepsBeginAnew) {
  deploy(4, {weight(25), pause()});
  set_image("app:2");
  edit([](json& object) { object["spec"]["strategy"]["canary"]["steps"] = {weight(75), pause()}; });
  EXPECT_EQ(phase(), "Paused: CanaryPauseStep");
  EXPECT_EQ(split(), "1 + 3");
}

TEST_F(RolloutTest, ScalingKeepsTheShareAndTheStep) {
  deploy(4, {weight(25), pause()});
  set_image("app:2");
  edit([](json& object) { object["spec"]["replicas"] = 8; });
  EXPECT_EQ(split(), "6 + 2");
  EXPECT_EQ(phase(), "Paused: CanaryPauseStep");
  EXPECT_EQ(int_at(web(), {"status", "HPAReplicas"}), 8);
  edit([](json& object) { object["spec"]["replicas"] = 4; });
  EXPECT_EQ(split(), "3 + 1");
  promote();
  edit([](json& object) { object["spec"]["replicas"] = 0; });
  EXPECT_EQ(split(), "0 + 0");
  EXPECT_EQ(phase(), "Healthy: ");
}

TEST_F(RolloutTest, SpecPausedHoldsEverything) {
  deploy(4, {weight(50), pause("1s")});
  edit([](json& object) { object["spec"]["paused"] = true; });
  EXPECT_EQ(phase(), "Paused: manually paused");
  set_image("app:2");
  EXPECT_EQ(split(), "4 + 0");
  EXPECT_EQ(phase(), "Paused: manually paused");
  edit([](json& object) { object["spec"]["paused"] = false; });
  EXPECT_EQ(split(), "2 + 2");
}

TEST_F(RolloutTest, ACanaryThatNeverGetsReadyIsDegradedAfterTheDeadlineAndRecovers) {
  json object = rollout(2, canary({weight(50), pause()}));
  object["spec"]["progressDeadlineSeconds"] = 60;
  deploy(std::move(object));
  cluster.change(kRollouts, "web", [](json& changed) {
    changed["spec"]["template"]["spec"]["containers"][0]["image"] = "app:2";
  });
  cluster.settle();
  EXPECT_EQ(phase(), "Progressing: more replicas need to be updated");
  cluster.pass_time(milliseconds(59'000));
  cluster.settle();
  EXPECT_EQ(phase(), "Progressing: more replicas need to be updated");
  cluster.pass_time(milliseconds(2'000));
  cluster.settle();
  const std::string name = key_of(*set_with("app:2")).name;
  EXPECT_EQ(
      phase(),
      fmt::format("Degraded: ProgressDeadlineExceeded: ReplicaSet \"{}\" has timed out progressing.", name));
  EXPECT_EQ(pods_with("app:1"), 2) << "the stable pods stay";
  cluster.finish();
  EXPECT_EQ(phase(), "Paused: CanaryPauseStep");
}

TEST_F(RolloutTest, ProgressDeadlineAbortGoesBackByItself) {
  json object = rollout(2, canary({weight(50), pause()}));
  object["spec"].update({{"progressDeadlineSeconds", 60}, {"progressDeadlineAbort", true}});
  deploy(std::move(object));
  cluster.change(kRollouts, "web", [](json& changed) {
    changed["spec"]["template"]["spec"]["containers"][0]["image"] = "app:2";
  });
  cluster.settle();
  cluster.pass_time(milliseconds(61'000));
  cluster.finish();
  EXPECT_EQ(
      phase(),
      fmt::format("Degraded: RolloutAborted: Rollout aborted update to revision 2: ReplicaSet \"{}\" has "
                  "timed out progressing.",
                  key_of(*set_with("app:2")).name));
  EXPECT_EQ(split(), "2 + 0");
}

TEST_F(RolloutTest, RestartAtReplacesThePodsOneAfterAnother) {
  deploy(3, {weight(50), pause()});
  std::set<std::string> before;
  for (const ObjectPtr& pod : cluster.pods()) before.insert(key_of(*pod).name);
  const std::string time = format_time(cluster.now + std::chrono::seconds(3600));
  cluster.change(kRollouts, "web", [&](json& object) { object["spec"]["restartAt"] = time; });
  cluster.settle();
  EXPECT_EQ(phase(), "Progressing: rollout is restarting");
  EXPECT_EQ(cluster.active_pods().size(), 3U) << "not yet";
  cluster.pass_time(std::chrono::seconds(3600));
  // Pods carry the machine's time, which has not moved: the new ones look as old, and this would go on for
  // ever.
  for (int acts = 0; (cluster.step() || cluster.kubelet_acts()) && acts < 200; ++acts) {
    ASSERT_GE(cluster.ready_pods(), 2) << "one at a time";
  }
  std::set<std::string> after;
  for (const ObjectPtr& pod : cluster.pods()) after.insert(key_of(*pod).name);
  EXPECT_NE(before, after);
}

TEST_F(RolloutTest, ARestartIsOverWhenNoPodIsOlder) {
  deploy(2, {weight(50)});
  const std::string time = format_time(cluster.now - std::chrono::hours(1));
  edit([&](json& object) { object["spec"]["restartAt"] = time; });
  EXPECT_EQ(string_at(web(), {"status", "restartedAt"}), time);
  EXPECT_EQ(phase(), "Healthy: ");
}

TEST_F(RolloutTest, PodsCarryTheMetadataOfTheirRole) {
  json strategy = canary({weight(50), pause()});
  strategy["canaryMetadata"] = {{"labels", {{"role", "canary"}}}, {"annotations", {{"note", "new"}}}};
  strategy["stableMetadata"] = {{"labels", {{"role", "stable"}}}};
  deploy(rollout(2, std::move(strategy)));
  auto roles = [&] {
    std::map<std::string, std::string> found;
    for (const ObjectPtr& pod : cluster.active_pods()) {
      found[(*pod)["spec"]["containers"][0]["image"].get<std::string>()] +=
          string_at(*pod, {"metadata", "labels", "role"}) +
          string_at(*pod, {"metadata", "annotations", "note"}) + " ";
    }
    return found;
  };
  using Roles = std::map<std::string, std::string>;
  EXPECT_EQ(roles(), (Roles{{"app:1", "stable stable "}}));
  set_image("app:2");
  EXPECT_EQ(roles(), (Roles{{"app:1", "stable "}, {"app:2", "canarynew "}}));
  promote();
  EXPECT_EQ(roles(), (Roles{{"app:2", "stable stable "}}));
  EXPECT_EQ(annotation(*set_with("app:1"), "ephemeral-metadata"), "") << "an old revision carries none";
}

TEST_F(RolloutTest, ServicesFollowTheirReplicaSets) {
  cluster.create("services", service("stable", {{"selector", {{"app", "web"}}}}));
  cluster.create("services", service("canary", {{"selector", {{"app", "web"}}}}));
  json strategy = canary({weight(50), pause()});
  strategy["stableService"] = "stable";
  strategy["canaryService"] = "canary";
  deploy(rollout(2, std::move(strategy)));
  auto target = [&](const std::string& name) {
    return string_at(cluster.get("services", name), {"spec", "selector", "rollouts-pod-template-hash"});
  };
  const std::string first = hash_of(*set_with("app:1"));
  EXPECT_EQ(target("stable"), first);
  EXPECT_EQ(target("canary"), first);
  set_image("app:2");
  EXPECT_EQ(target("stable"), first);
  EXPECT_EQ(target("canary"), hash_of(*set_with("app:2")));
  edit_status([](json& status) { status["abort"] = true; });
  EXPECT_EQ(target("canary"), first);
  edit_status([](json& status) { status["abort"] = false; });
  promote();
  EXPECT_EQ(target("stable"), hash_of(*set_with("app:2")));
}

TEST_F(RolloutTest, AServiceThatIsMissingIsWaitedFor) {
  json strategy = canary({weight(50)});
  strategy["stableService"] = "later";
  deploy(rollout(2, std::move(strategy)));
  EXPECT_EQ(phase(),
            "Degraded: InvalidSpec: The Rollout \"web\" is invalid: spec.strategy.canary.stableService: "
            "Invalid value: "
            "\"later\": service \"later\" not found");
  cluster.create("services", service("later", {{"selector", {{"app", "web"}}}}));
  cluster.finish();
  EXPECT_EQ(phase(), "Healthy: ");
}

TEST_F(RolloutTest, AnUndoThatBringsDefaultsAlongFindsItsReplicaSet) {
  ControllerOptions options;
  options.defaults = [](const std::string&, json& set) {
    json& spec = set["spec"]["template"]["spec"];
    if (!spec.contains("restartPolicy")) spec["restartPolicy"] = "Always";
  };
  Cluster with_defaults(true, options);
  with_defaults.create(kRollouts, rollout(2, canary({weight(50), pause()})));
  with_defaults.finish();
  json made = (*with_defaults.store.list(kReplicaSets, "default").front())["spec"]["template"];
  EXPECT_EQ(string_at(made, {"spec", "restartPolicy"}), "Always");
  made["metadata"]["labels"].erase("rollouts-pod-template-hash");
  made["metadata"]["creationTimestamp"] = nullptr;  // as Go clients write it
  with_defaults.change(kRollouts, "web", [&](json& object) { object["spec"]["template"] = made; });
  with_defaults.finish();
  EXPECT_EQ(with_defaults.store.list(kReplicaSets, "default").size(), 1U);
}

TEST_F(RolloutTest, OldRevisionsBeyondTheLimitGo) {
  json object = rollout(1, json::object());
  object["spec"]["revisionHistoryLimit"] = 2;
  deploy(std::move(object));
  for (int i = 2; i <= 6; ++i) set_image("app:" + std::to_string(i));
  EXPECT_EQ(sets().size(), 3U);
  EXPECT_TRUE(set_with("app:6") != nullptr);
}

TEST_F(RolloutTest, ANameThatAnotherTemplateHasIsNotTakenTwice) {
  deploy(1, {weight(50)});
  const std::string name = key_of(*sets().front()).name;
  cluster.store.remove(kRollouts, "default", "web").value();
  cluster.finish();
  EXPECT_TRUE(sets().empty()) << "its ReplicaSets go with it";
  EXPECT_TRUE(cluster.pods().empty());
  json foreign = replica_set(name, 0);
  foreign["spec"]["selector"]["matchLabels"] =
      foreign["spec"]["template"]["metadata"]["labels"] = {{"app", "other"}};
  cluster.create(kReplicaSets, std::move(foreign));
  cluster.create(kRollouts, rollout(1, canary({weight(50)})));
  cluster.settle();
  cluster.controllers->queue().hurry();
  cluster.finish();
  EXPECT_EQ(int_at(web(), {"status", "collisionCount"}), 1);
  EXPECT_EQ(phase(), "Healthy: ");
}

/// One row of the table below.
struct CountCase {
  int64_t replicas;
  json surge, unavailable;
  int64_t most, least;  ///< pods in total, available pods
};

class Canary : public testing::TestWithParam<CountCase> {};

/// Controllers and kubelet act in an order that a seeded generator draws; after every single act the two
/// promises of a canary must hold.
TEST_P(Canary, NeverBreaksItsTwoPromisesAndEnds) {
  const CountCase& row = GetParam();
  for (unsigned seed = 0; seed < 8; ++seed) {
    std::mt19937 generator(seed);
    Cluster cluster;
    json strategy = canary({weight(20), pause(1), weight(50), weight(80)});
    strategy.update({{"maxSurge", row.surge}, {"maxUnavailable", row.unavailable}});
    cluster.create(kRollouts, rollout(row.replicas, std::move(strategy)));
    cluster.finish();
    cluster.change(kRollouts, "web", [](json& object) {
      object["spec"]["template"]["spec"]["containers"][0]["image"] = "app:2";
    });
    int acts = 0;
    for (bool busy = true; busy && acts < 10'000; ++acts) {
      const bool kubelet_first = generator() % 4 == 0;
      busy =
          kubelet_first ? cluster.kubelet_acts() || cluster.step() : cluster.step() || cluster.kubelet_acts();
      if (!busy && string_at(cluster.get(kRollouts, "web"), {"status", "phase"}) == "Paused") {
        cluster.pass_time(milliseconds(1000));
        busy = true;
      }
      ASSERT_LE(static_cast<int64_t>(cluster.active_pods().size()), row.most)
          << "act " << acts << ", seed " << seed;
      ASSERT_GE(cluster.ready_pods(), row.least) << "act " << acts << ", seed " << seed;
    }
    EXPECT_LT(acts, 10'000) << "it never ended";
    EXPECT_EQ(string_at(cluster.get(kRollouts, "web"), {"status", "phase"}), "Healthy") << "seed " << seed;
  }
}

INSTANTIATE_TEST_SUITE_P(Table, Canary,
                         testing::Values(CountCase{5, 1, 0, 6, 5}, CountCase{4, 0, 1, 4, 3}, CountCase{1, 1, 0, 2, 1},
                                         CountCase{10, "25%", "25%", 13, 8}, CountCase{3, "100%", 0, 6, 3}));

}  // namespace
}  // namespace zdt::rehearsal
