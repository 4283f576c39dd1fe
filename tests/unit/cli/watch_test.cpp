// zdt-demo watch, whole, against a small API server in this process.
#include "base/text.h"
#include "unit/cli/cli_world.h"
#include "unit/kube/fake_api.h"

namespace zdt::cli {
namespace {

using kube::testing::event_line;
using kube::testing::FakeApi;
using kube::testing::list_of;

const std::string kRollouts = "/apis/argoproj.io/v1alpha1/namespaces/demo/rollouts";

json rollout(const std::string& phase, int64_t step, const std::string& message = "") {
  return {
      {"apiVersion", "argoproj.io/v1alpha1"},
      {"kind", "Rollout"},
      {"metadata",
       {{"name", "web"},
        {"namespace", "demo"},
        {"uid", "r"},
        {"generation", 1},
        {"resourceVersion", std::to_string(step)}}},
      {"spec",
       {{"replicas", 2},
        {"selector", {{"matchLabels", {{"app", "web"}}}}},
        {"strategy", {{"canary", {{"steps", {{{"setWeight", 50}}, {{"setWeight", 75}}}}}}}}}},
      {"status",
       {{"observedGeneration", "1"}, {"phase", phase}, {"message", message}, {"currentStepIndex", step}}}};
}

bool is_watch(const kube::testing::Seen& request) { return request.target.has("watch"); }

/// A list of `states`' first, a watch then of the others, as soon as all three collections are watched: so
/// the program has shown what it had listed.
Task<void> play(FakeApi& api, http::Exchange& exchange, std::vector<json> states) {
  if (!exchange.target.has("watch")) {
    json items = json::array();
    if (!states.empty()) items.push_back(states.front());
    const std::string body = list_of(10, items).dump();
    co_await exchange.respond(200, "application/json", body);
    co_return;
  }
  co_await exchange.begin_stream(200, "application/json");
  while (std::count_if(api.seen.begin(), api.seen.end(), is_watch) < 3) co_await sleep_for(milliseconds(1));
  for (size_t i = 1; i < states.size(); ++i) {
    co_await sleep_for(milliseconds(5));  // so that each is seen alone
    co_await exchange.write(event_line("MODIFIED", states[i]));
  }
  co_await sleep_for(std::chrono::hours(1));
}

class WatchTest : public CliTest {
 protected:
  WatchTest() {
    const auto connection = api->connection();
    EXPECT_TRUE(
        host::write_file(kubeconfig, fmt::format(R"(apiVersion: v1
kind: Config
current-context: fake
clusters: [{{name: c, cluster: {{server: "{}", certificate-authority-data: "{}"}}}}]
users: [{{name: u, user: {{token: t}}}}]
contexts: [{{name: fake, context: {{cluster: c, user: u, namespace: demo}}}}]
)",
                                                 connection.server, base64_encode(connection.tls.ca_pem))));
    show({});
  }
  ~WatchTest() override {
    api.reset();
    loop.restart();
    loop.poll();
  }
  void on(const std::string& path, std::vector<json> states) {
    api->on("GET " + path, [this, states = std::move(states)](http::Exchange& exchange) {
      return play(*api, exchange, states);
    });
  }
  void show(std::vector<json> states) {
    if (!states.empty()) api->answer("GET " + kRollouts + "/web", states.front());
    on(kRollouts, std::move(states));
    on("/apis/apps/v1/namespaces/demo/deployments", {});
    on("/apis/apps/v1/namespaces/demo/replicasets", {});
    on("/api/v1/namespaces/demo/pods", {});
  }
  int watch(Words more = {}) {
    api->seen.clear();
    Words arguments{"watch", "--on", "context:fake", "--kubeconfig", kubeconfig};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(std::move(arguments));
  }
  size_t times_said(std::string_view part) const {
    size_t count = 0;
    for (size_t at = out().find(part); at != std::string::npos; at = out().find(part, at + 1)) ++count;
    return count;
  }

  std::unique_ptr<FakeApi> api = std::make_unique<FakeApi>(loop);
  std::string kubeconfig = (folder.path() / "kubeconfig").string();
};

TEST_F(WatchTest, DrawsEachChangedTreeOnceAndEndsWhenItIsHealthy) {
  show({rollout("Progressing", 0, "more"), rollout("Progressing", 0, "more"), rollout("Paused", 1),
        rollout("Healthy", 2)});
  host.environment["LANG"] = "C.UTF-8";
  EXPECT_EQ(watch({"web"}), 0) << everything();
  EXPECT_EQ(times_said("⟳ web"), 3U) << everything();
  EXPECT_TRUE(said("Step:          1/2")) << everything();
  EXPECT_FALSE(said("\x1b")) << "this is no terminal";
}

TEST_F(WatchTest, OnATerminalItDrawsOverTheLastTree) {
  terminal.is_terminal = true;
  show({rollout("Progressing", 0), rollout("Healthy", 2)});
  EXPECT_EQ(watch({"web"}), 0) << everything();
  EXPECT_TRUE(said("\x1b[16A")) << everything();
  EXPECT_FALSE(said("\x1b[2J"));
}

TEST_F(WatchTest, ADegradedRolloutEndsItWithTheReason) {
  json aborted = rollout("Degraded", 0, "RolloutAborted: by hand");
  aborted["status"]["abort"] = true;
  show({rollout("Progressing", 0), aborted});
  EXPECT_EQ(watch({"web"}), 1) << everything();
  EXPECT_TRUE(said("web is Degraded (RolloutAborted: by hand)")) << everything();
}

TEST_F(WatchTest, TheTimeOutIsAFailure) {
  show({rollout("Paused", 1, "CanaryPauseStep")});
  EXPECT_EQ(watch({"web", "--timeout", "200ms"}), 4) << everything();
  EXPECT_TRUE(said("web is Paused (CanaryPauseStep) after 200 ms, want Healthy")) << everything();
}

TEST_F(WatchTest, JsonIsOneDocumentOnEveryWayOut) {
  show({rollout("Progressing", 0), rollout("Healthy", 2)});
  EXPECT_EQ(watch({"web", "-o", "json"}), 0) << everything();
  EXPECT_EQ(string_at(document(), {"outcome"}), "healthy");
  EXPECT_EQ(array_at(document(), {"changes"}).size(), 2U);
  EXPECT_EQ(watch({"web", "-o", "json", "--timeout", "soon"}), 2);
  EXPECT_EQ(string_at(document(), {"error", "code"}), "usage");
  EXPECT_EQ(watch({"web", "-o", "ndjson"}), 0) << everything();
  EXPECT_EQ(times_said("\n"), 2U) << everything();
}

TEST_F(WatchTest, WithoutANameTheOnlyRolloutIsMeant) {
  show({rollout("Healthy", 2)});
  EXPECT_EQ(watch(), 0) << everything();
  show({});
  EXPECT_EQ(watch(), 2) << everything();
  EXPECT_TRUE(said("which rollout? In this namespace there is none")) << everything();
}

}  // namespace
}  // namespace zdt::cli
