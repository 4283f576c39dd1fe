// zdt.rollout against a small API server in this process.
#include "unit/script/script_world.h"
// After it, because zdt::testing hides the testing that script_world.h means.
#include "unit/kube/fake_api.h"

namespace zdt::script {
namespace {

using kube::testing::event_line;
using kube::testing::FakeApi;
using kube::testing::list_of;

const std::string kRollouts = "/apis/argoproj.io/v1alpha1/namespaces/demo/rollouts";

json rollout(const std::string& phase, int64_t step) {
  return {
      {"apiVersion", "argoproj.io/v1alpha1"},
      {"kind", "Rollout"},
      {"metadata",
       {{"name", "web"}, {"namespace", "demo"}, {"uid", "r"}, {"generation", 1}, {"resourceVersion", "1"}}},
      {"spec",
       {{"replicas", 2},
        {"selector", {{"matchLabels", {{"app", "web"}}}}},
        {"strategy", {{"canary", {{"steps", {{{"setWeight", 50}}, {{"pause", json::object()}}}}}}}},
        {"template", {{"spec", {{"containers", {{{"name", "app"}, {"image", "app:1"}}}}}}}}}},
      {"status", {{"observedGeneration", "1"}, {"phase", phase}, {"currentStepIndex", step}}}};
}

Task<void> play(http::Exchange& exchange, std::vector<json> states) {
  if (!exchange.target.has("watch")) {
    json items = json::array();
    if (!states.empty()) items.push_back(states.front());
    const std::string body = list_of(10, items).dump();
    co_await exchange.respond(200, "application/json", body);
    co_return;
  }
  co_await exchange.begin_stream(200, "application/json");
  for (size_t i = 1; i < states.size(); ++i) {
    co_await exchange.write(event_line("MODIFIED", states[i]));
    co_await sleep_for(milliseconds(5));  // so that each is seen alone
  }
  co_await sleep_for(std::chrono::hours(1));
}

class ApiTarget : public FakeTarget {
 public:
  explicit ApiTarget(const FakeApi& server) : server_(server) {}
  Result<kube::Connection> connection() override { return server_.connection(); }

 private:
  const FakeApi& server_;
};

class RolloutTest : public ScriptTest {
 protected:
  RolloutTest() { show({rollout("Progressing", 0), rollout("Paused", 1), rollout("Healthy", 2)}); }
  ~RolloutTest() override {
    script.reset();
    api.reset();
    loop.restart();
    loop.poll();
  }
  void show(std::vector<json> states) {
    api->answer("GET " + kRollouts + "/web", states.front());
    for (const char* tail : {"", "/status"})
      api->answer("PATCH " + kRollouts + "/web" + tail, states.front());
    api->on("GET " + kRollouts,
            [states = std::move(states)](http::Exchange& exchange) { return play(exchange, states); });
    for (const char* path : {"/apis/apps/v1/namespaces/demo/replicasets", "/api/v1/namespaces/demo/pods"}) {
      api->on(std::string("GET ") + path, [](http::Exchange& exchange) { return play(exchange, {}); });
    }
  }
  /// "" when the step passed.
  std::string run_here(const std::string& body) {
    write("test.lua", step_of(body));
    auto loaded = await(Script::load(host, &here, host.root / "scripts/test.lua", limits));
    if (!loaded) return loaded.error().what;
    script = std::move(*loaded);
    stage::Plan plan = script->plan(script->declaration().params);
    auto outcome = await(engine.execute(std::move(plan), {}));
    script->world().recorder = nullptr;
    await(script->world().end());
    return outcome.error ? outcome.error->what : "";
  }

  std::unique_ptr<FakeApi> api = std::make_unique<FakeApi>(loop);
  ApiTarget here{*api};
};

TEST_F(RolloutTest, AStatusSaysHowFarItIs) {
  EXPECT_EQ(run_here(R"(
    local status = zdt.rollout.status "web"
    zdt.observe("seen", status.kind .. " " .. status.phase .. " " .. status.images.app)
    zdt.observe("steps", status.steps))"),
            "");
  EXPECT_EQ(observed("seen"), json("Rollout Progressing app:1"));
  EXPECT_EQ(observed("steps"), json(2));
}

TEST_F(RolloutTest, AWatchTellsEveryChangeUntilItIsHealthyOrEnough) {
  EXPECT_EQ(run_here(R"(
    local told = {}
    local last = zdt.rollout.watch("web", { timeout = "5s" }, function(status) told[#told + 1] = status.phase end)
    zdt.observe("told", table.concat(told, ", "))
    zdt.observe("last", last.phase)
    zdt.observe("stopped", zdt.rollout.watch("web", {}, function(status) return status.phase == "Paused" end).phase))"),
            "");
  EXPECT_EQ(observed("told"), json("Progressing, Paused, Healthy"));
  EXPECT_EQ(observed("last"), json("Healthy"));
  EXPECT_EQ(observed("stopped"), json("Paused"));
}

TEST_F(RolloutTest, AWatchThatTakesTooLongRaisesWithWhatItSaw) {
  show({rollout("Paused", 1)});
  EXPECT_TRUE(holds(run_here(R"(zdt.rollout.watch("web", { timeout = "100ms" }, function() end))"),
                    "web: timed out after 100 ms. Last: Paused"));
}

TEST_F(RolloutTest, AnErrorInTheFunctionOfAWatchGoesOn) {
  EXPECT_TRUE(holds(run_here(R"(zdt.rollout.watch("web", {}, function() error "enough" end))"), "enough"));
}

TEST_F(RolloutTest, AWaitTakesAPhaseOrAStep) {
  EXPECT_EQ(run_here(R"(
    zdt.observe("phase", zdt.rollout.wait("web", { until_phase = "Paused" }).step)
    zdt.observe("step", zdt.rollout.wait("web", { step = 2 }).phase))"),
            "");
  EXPECT_EQ(observed("phase"), json(1));
  EXPECT_EQ(observed("step"), json("Healthy"));
  EXPECT_TRUE(
      holds(run_here(R"(zdt.rollout.wait("web", { until_phase = "Done" }))"), "until_phase is Healthy"));
}

TEST_F(RolloutTest, PromoteAbortAndRetryPatchTheStatus) {
  EXPECT_EQ(run_here(R"(
    zdt.rollout.promote("web", { full = true })
    zdt.rollout.abort("web")
    zdt.rollout.retry("rollout/web"))"),
            "");
  EXPECT_EQ(api->count("PATCH " + kRollouts + "/web/status"), 2U)
      << "there is nothing to promote: stable is current";
}

/// Two lines, then another one after a while, then either the end or silence.
Task<void> play_log(http::Exchange& exchange, bool ends) {
  co_await exchange.begin_stream(200, "text/plain");
  co_await exchange.write("one\ntwo\n");
  co_await sleep_for(milliseconds(5));
  co_await exchange.write("three\n");
  if (!ends) co_await sleep_for(std::chrono::hours(1));
  co_await exchange.end_stream();
}

TEST_F(RolloutTest, FollowGivesEachLineUntilTheLogItsFunctionOrTheTimeIsOver) {
  api->on("GET /api/v1/namespaces/demo/pods/old/log", [](http::Exchange& exchange) { return play_log(exchange, true); });
  api->on("GET /api/v1/namespaces/demo/pods/new/log", [](http::Exchange& exchange) { return play_log(exchange, false); });
  EXPECT_EQ(run_here(R"(
    local lines = {}
    local function keep(line) lines[#lines + 1] = line end
    zdt.observe("log ended", zdt.k8s.follow("old", {}, keep))
    zdt.observe("time over", zdt.k8s.follow("new", { timeout = "50ms", container = "app", tail = 0 }, keep))
    zdt.observe("enough", zdt.k8s.follow("new", {}, function(line) return line ~= "two" end))
    zdt.observe("lines", table.concat(lines, " "))
    zdt.observe("no pod", tostring(select(2, pcall(zdt.k8s.follow, "none", {}, keep)))))"),
            "");
  EXPECT_EQ(observed("log ended"), json(true));
  EXPECT_EQ(observed("time over"), json(false));
  EXPECT_EQ(observed("enough"), json(true));
  EXPECT_EQ(observed("lines"), json("one two three one two three"));
  EXPECT_TRUE(holds(observed("no pod").get<std::string>(), "could not find")) << observed("no pod");
  EXPECT_TRUE(api->seen.back().target.has("follow"));
}

TEST_F(RolloutTest, AWatchOfObjectsEndsWithItsFunctionItsTimeOrWhatItRunsBeside) {
  const json pod{{"kind", "Pod"}, {"metadata", {{"name", "old"}, {"uid", "p"}, {"resourceVersion", "1"}}}};
  api->on("GET /api/v1/namespaces/demo/pods", [pod](http::Exchange& exchange) { return play(exchange, {pod, pod}); });
  EXPECT_EQ(run_here(R"(
    local seen = {}
    local function keep(type, pod) seen[#seen + 1] = type .. " " .. pod.metadata.name end
    zdt.observe("enough", zdt.k8s.watch("pods", {}, function(type) return type ~= "MODIFIED" end))
    zdt.observe("time over", zdt.k8s.watch("pods", { timeout = "50ms" }, keep))
    zdt.parallel({ function() zdt.sleep "20ms" end, function() zdt.k8s.watch("pods", {}, function() end) end },
      { beside_first = true })
    zdt.observe("seen", table.concat(seen, ", ")))"),
            "");
  EXPECT_EQ(observed("enough"), json(true));
  EXPECT_EQ(observed("time over"), json(false));
  EXPECT_EQ(observed("seen"), json("ADDED old, MODIFIED old"));
}

TEST_F(RolloutTest, TheTreeIsAText) {
  EXPECT_EQ(run_here(R"(zdt.observe("tree", zdt.rollout.tree("web"):match("⟳ web") ~= nil))"), "");
  EXPECT_EQ(observed("tree"), json(true));
}

}  // namespace
}  // namespace zdt::script
