// Waits that say what they wait for, and end when it will not come.
#include "script/patience.h"

#include "base/text.h"
#include "unit/script/script_world.h"
// After it, because zdt::testing hides the testing that script_world.h means.
#include "unit/kube/fake_api.h"

namespace zdt::script {
namespace {

class PatientTarget : public FakeTarget {
 public:
  explicit PatientTarget(const kube::testing::FakeApi& server) : server_(server) {}
  Result<kube::Connection> connection() override { return server_.connection(); }

 private:
  const kube::testing::FakeApi& server_;
};

json stuck_pod(const std::string& ns, json labels) {
  json pod = kube::testing::pod("op-1", 1, "Pending");
  pod["metadata"]["namespace"] = ns;
  pod["metadata"]["labels"] = std::move(labels);
  pod["metadata"]["creationTimestamp"] = "2001-01-01T00:00:00Z";
  pod["status"]["containerStatuses"] = {{{"name", "op"}, {"state", {{"waiting", {{"reason", "ImagePullBackOff"}, {"message", "no network"}}}}}}};
  return pod;
}

class PatienceTest : public ScriptTest {
 protected:
  PatienceTest() : path_(getenv("PATH")) { setenv("PATH", ((folder.path() / "bin").string() + ":" + path_).c_str(), 1); }
  ~PatienceTest() override {
    setenv("PATH", path_.c_str(), 1);
    script.reset();
    api.reset();
    loop.restart();
    loop.poll();
  }
  /// "" when the step passed.
  std::string run_with(milliseconds patience, const std::string& body) {
    write("test.lua", step_of(body));
    auto loaded = await(Script::load(host, &here, host.root / "scripts/test.lua", limits));
    if (!loaded) return loaded.error().what;
    script = std::move(*loaded);
    script->world().patience = patience;
    auto outcome = await(engine.execute(script->plan(json::object()), {}));
    script->world().recorder = nullptr;
    await(script->world().end());
    return outcome.error ? outcome.error->what : "";
  }
  void pods(const std::string& ns, json items) {
    api->answer("GET /api/v1/namespaces/" + ns + "/pods", kube::testing::list_of(1, std::move(items)));
  }
  /// `status` prints `status`, `upgrade` does what the shell text says; every call is noted in helm.log.
  void helm(const std::string& status, const std::string& upgrade) {
    ASSERT_TRUE(host::write_file(folder.path() / "bin/helm",
                                 "#!/bin/sh\ncd " + folder.path().string() + "\necho $1 $2 >>helm.log\ncase $1 in status) " + status +
                                     ";; upgrade) " + upgrade + ";; esac\n",
                                 0755));
  }
  std::string helm_log() {
    auto text = host::read_file(folder.path() / "helm.log");
    return text ? *text : "";
  }

  static constexpr const char* kInstall = "zdt.helm.upgrade_install { release = 'keda', chart = 'keda', namespace = 'keda', timeout = '8m' }";
  static constexpr const char* kNoRelease = "echo 'Error: release: not found' >&2; exit 1";
  static constexpr const char* kEndless = "trap 'echo failed >>helm.log; exit 1' TERM; while :; do sleep 0.05; done";
  std::string path_;
  std::unique_ptr<kube::testing::FakeApi> api = std::make_unique<kube::testing::FakeApi>(loop);
  PatientTarget here{*api};
};

// KEDA without a network: eight minutes in silence, and no pod was named.
TEST_F(PatienceTest, AChartWhosePodCannotStartEndsTheInstallByName) {
  helm(kNoRelease, kEndless);
  pods("keda", {stuck_pod("keda", {{"app.kubernetes.io/instance", "keda"}})});
  const std::string failure = run_with(milliseconds(0), kInstall);
  EXPECT_TRUE(holds(failure, "helm: release keda, chart keda: pod keda/op-1 has not started for 0 ms: ImagePullBackOff: no network"));
  EXPECT_EQ(helm_log(), "status keda\nupgrade --install\nfailed\n") << "helm had the time to mark its release";
}

TEST_F(PatienceTest, PodsOfOthersInTheNamespaceDoNotEndAnInstall) {
  helm(kNoRelease, "sleep 1.3");
  pods("keda", {stuck_pod("keda", json::object()), stuck_pod("keda", {{"app.kubernetes.io/instance", "other"}})});
  EXPECT_EQ(run_with(milliseconds(0), kInstall), "");
}

TEST_F(PatienceTest, ACauseThatMayPassDoesNotEndAWait) {
  helm(kNoRelease, "sleep 1.3");
  json crashing = stuck_pod("keda", {{"app.kubernetes.io/instance", "keda"}});
  crashing["status"]["containerStatuses"][0]["state"]["waiting"]["reason"] = "CrashLoopBackOff";
  pods("keda", {crashing});
  EXPECT_EQ(run_with(milliseconds(0), kInstall), "");
}

TEST_F(PatienceTest, AReleaseThatIsPendingIsUninstalledAndSaid) {
  helm("echo '{\"name\":\"keda\",\"info\":{\"status\":\"pending-install\"}}'", "true");
  EXPECT_EQ(run_with(milliseconds(0), kInstall), "");
  EXPECT_EQ(helm_log(), "status keda\nuninstall keda\nupgrade --install\n");
  bool said = false;
  for (const auto& event : kept.of_type("log")) said |= string_at(event.data, {"text"}).find("release keda was pending-install") == 0;
  EXPECT_TRUE(said);
}

TEST_F(PatienceTest, AWaitForAPodEndsByTheCauseThatLasts) {
  pods("demo", {stuck_pod("demo", json::object())});
  api->answer("GET /api/v1/namespaces/demo/pods/op-1", stuck_pod("demo", json::object()));
  EXPECT_TRUE(holds(run_with(milliseconds(0), "zdt.k8s.wait('pods', 'op-1', 'condition=Ready', { timeout = '15s' })"),
                    "pods/op-1: for 0 ms: ImagePullBackOff: no network"));
}

TEST_F(PatienceTest, AWaitForAWorkloadEndsByThePodThatCannotStart) {
  const json web{{"apiVersion", "apps/v1"}, {"kind", "Deployment"},
                 {"metadata", {{"name", "web"}, {"namespace", "demo"}, {"uid", "d"}, {"generation", 1}, {"resourceVersion", "1"}}},
                 {"spec", {{"replicas", 1}, {"selector", {{"matchLabels", {{"app", "web"}}}}}}},
                 {"status", {{"observedGeneration", 1}}}};
  api->answer("GET /apis/argoproj.io/v1alpha1/namespaces/demo/rollouts/web", kube::testing::status_object(404, "NotFound", "none"), 404);
  api->answer("GET /apis/apps/v1/namespaces/demo/deployments/web", web);
  api->answer("GET /apis/apps/v1/namespaces/demo/deployments", kube::testing::list_of(1, {web}));
  pods("demo", {stuck_pod("demo", {{"app", "web"}})});
  EXPECT_TRUE(holds(run_with(milliseconds(0), "zdt.rollout.wait('web', { timeout = '15s' })"),
                    "Deployment web: pod demo/op-1 has not started for 0 ms: ImagePullBackOff: no network"));
  EXPECT_GT(api->count("GET /api/v1/namespaces/demo/pods"), 0U);
}

TEST_F(PatienceTest, ALongWaitSaysEveryTenSecondsWhatItWaitsFor) {
  stage::Recorder recorder(bus, "test");
  Reminder reminder("the thing", recorder, milliseconds(30));
  reminder.remind("not yet");
  EXPECT_TRUE(kept.of_type("log").empty()) << "only after the time";
  await(sleep_for(milliseconds(40)));
  reminder.remind("still not");
  reminder.remind("still not");
  const auto lines = kept.of_type("log");
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(string_at(lines[0].data, {"text"}), "waiting for the thing: still not");
}

}  // namespace
}  // namespace zdt::script
