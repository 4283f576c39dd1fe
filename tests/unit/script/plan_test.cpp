// A script's plan: what is written down, what a script sees of a world that is not there, and that nothing
// happens.
#include "script/plan_mode.h"

#include "cluster/kind.h"
#include "unit/script/script_world.h"

namespace zdt::script {
namespace {

class PlanTest : public ScriptTest {
 protected:
  void SetUp() override {
    const host::fs::path config = host::fs::path(ZDT_SOURCE) / "manifests/kind-config.yaml";
    ASSERT_TRUE(host::write_file(host.root / "manifests/kind-config.yaml", host::read_file(config).value()));
  }

  /// The items of the script's only step on a Kind cluster; its error, if any, is in `failure`.
  std::vector<json> plan(const std::string& body, const std::string& on = "kind") {
    failure.reset();
    auto mode = std::make_unique<PlanMode>();
    auto planned = cluster::make_planned_target(host, on, mode->seams());
    EXPECT_TRUE(planned);
    write("test.lua", step_of(body));
    auto loaded =
        await(Script::load(host, planned->get(), host.root / "scripts/test.lua", limits, mode.get()));
    if (!loaded) {
      failure = loaded.error();
      return {};
    }
    const stage::Plan steps = (*loaded)->plan(json::object());
    json state = json::object();
    mode->begin_step(steps.steps.front().id, steps.steps.front().title);
    stage::StepContext context{mode->recorder(), state};
    auto done = await(steps.steps.front().run(context));
    if (!done) failure = done.error();
    return {mode->steps().front().items.begin(), mode->steps().front().items.end()};
  }
  /// One line for each item.
  Words lines(const std::string& body, const std::string& on = "kind") {
    Words texts;
    for (const json& item : plan(body, on)) {
      const std::string type = string_at(item, {"type"});
      if (type == "command") texts.push_back(string_at(item, {"line"}));
      if (type == "api") texts.push_back(string_at(item, {"method"}) + " " + string_at(item, {"path"}));
      if (type == "request") texts.push_back("http " + string_at(item, {"url"}));
      if (type == "load") texts.push_back("load " + string_at(item, {"url"}));
      if (type == "check" || type == "observe") texts.push_back(type + " " + string_at(item, {"name"}));
      if (type == "call")
        texts.push_back(fmt::format("{}({})", string_at(item, {"name"}), string_at(item, {"arguments"})));
      if (type == "note") texts.push_back(string_at(item, {"text"}));
    }
    EXPECT_FALSE(failure) << failure->what;
    std::erase_if(texts, [](const std::string& text) { return discovery.contains(text); });
    return texts;
  }

  inline static const std::set<std::string> discovery{"GET /api/v1", "GET /apis", "GET /apis/GROUP/VERSION"};
  std::optional<Error> failure;
};

TEST_F(PlanTest, AKindClusterIsMadeByTheseCommands) {
  const std::string file = (host.state / "kind/kubeconfig").string(),
                    inspect = "docker image inspect --format '{{.Id}}' ";
  const std::string pinned = cluster::node_image(host.root / "manifests/kind-config.yaml").value();
  EXPECT_EQ(lines("zdt.observe('made', s.target:up())"),
            (Words{"docker version --format '{{.Server.Version}}'", "kind get clusters", inspect + pinned,
                   inspect + pinned.substr(0, pinned.find('@')),
                   fmt::format("kind create cluster --name zero-downtime --config "
                               "{}/manifests/kind-config.yaml --kubeconfig {} --wait 180s",
                               host.root.string(), file),
                   "observe made"}));
  EXPECT_FALSE(host::fs::exists(host.state)) << "a plan leaves nothing behind";
  EXPECT_EQ(lines("s.target:up()", "rehearsal"), Words{"zdt-demo cluster up"});
}

TEST_F(PlanTest, EveryCallOfTheApiIsWrittenDownInItsOrder) {
  const Words seen = lines(R"(
    zdt.k8s.apply { apiVersion = "apps/v1", kind = "Deployment", metadata = { name = "web", namespace = "shop" } }
    zdt.k8s.apply { apiVersion = "argoproj.io/v1alpha1", kind = "Rollout", metadata = { name = "pool" } }
    zdt.k8s.patch("node", "zero-downtime-worker3", { metadata = { labels = { tier = "spot" } } })
    zdt.k8s.scale("deploy", "web", 4, { ns = "shop" })
    zdt.k8s.delete("widgets.example.com", "old")
    zdt.k8s.wait("deployment", "web", "rollout", { ns = "shop" }))");
  const std::string web = "/apis/apps/v1/namespaces/shop/deployments",
                    pool = "/apis/argoproj.io/v1alpha1/namespaces/default/rollouts/pool";
  EXPECT_EQ(seen, (Words{"PATCH " + web + "/web", "GET " + web + "/web",
                         "PATCH " + web + "/web",  // dry run, before, for good
                         "PATCH " + pool, "GET " + pool, "PATCH " + pool,
                         "PATCH /api/v1/nodes/zero-downtime-worker3", "PATCH " + web + "/web/scale",
                         "DELETE /apis/example.com/v1/namespaces/default/widgets/old", "GET " + web,
                         "GET " + web}));  // the list, and the watch that follows it
}

TEST_F(PlanTest, ALoadIsWrittenDownWithoutThePasswordsOfItsUrls) {
  const auto items = plan(R"(
    zdt.load.start { url = "http://user:secret@web/", targets = { { url = "http://user:secret@web/a" } },
                     thresholds = { "failed{url:http://user:secret@web/a}: count==0" } })");
  ASSERT_EQ(items.size(), 1U);
  EXPECT_EQ(string_at(items[0], {"url"}), "http://web/");
  EXPECT_EQ(items[0].dump().find("secret"), std::string::npos) << items[0].dump();
}

TEST_F(PlanTest, AnItemSaysWhichCallItComesFromAndWhere) {
  const auto items =
      plan("zdt.k8s.apply { apiVersion = 'v1', kind = 'ConfigMap', metadata = { name = 'c' } }");
  const json& last = items.back();
  EXPECT_EQ(string_at(last, {"by"}), "zdt.k8s.apply");
  EXPECT_EQ(string_at(last, {"at"}), "test.lua:2");
  EXPECT_EQ(string_at(last, {"object"}), "ConfigMap/c");
  EXPECT_EQ(string_at(last, {"query"}), "fieldManager=zdt-demo&force=true&fieldValidation=Strict");
}

TEST_F(PlanTest, WhatThePlanHasAppliedExistsAndNothingElseDoes) {
  plan(R"(
    assert(zdt.k8s.get("configmap", "c") == nil, "a fresh cluster has none")
    local changes = zdt.k8s.apply { apiVersion = "v1", kind = "ConfigMap", metadata = { name = "c" } }
    assert(changes[1].change == "created")
    assert(zdt.k8s.get("configmap", "c"), "it was just made")
    assert(zdt.k8s.delete("configmap", "c") and not zdt.k8s.delete("configmap", "c"))
    local names = {}
    for _, node in ipairs(zdt.k8s.list("nodes")) do names[#names + 1] = node.metadata.name end
    assert(table.concat(names, " ") == "zero-downtime-control-plane zero-downtime-worker zero-downtime-worker2 zero-downtime-worker3"))");
  EXPECT_FALSE(failure) << failure->what;
}

TEST_F(PlanTest, AnUnknownValueGoesThroughAllThatScriptsDoWithValues) {
  plan(R"(
    local pods = zdt.k8s.list("pods")
    for _ in ipairs(pods) do error("ipairs") end
    for _ in pairs(pods) do error("pairs") end
    for _ in pods do error("a generic for") end
    for _ in pods.items[1].log:gmatch("%S+") do error("gmatch") end
    assert(pods and pods[1].status.phase and pods.anything:at_all(1, 2).x)
    assert(pods < 3 and pods > 3 and #pods >= 2 and pods ~= nil and not (pods == "Running"))
    assert("a" .. pods .. 1 == "a…1" and tostring(pods + 1) == "…" and -pods ~= nil)
    assert(("%d of %5.1f%%, %s"):format(pods, 2.5, "x") == "… of   2.5%, x")
    assert(table.concat({ "a", pods.name }, ",") == "a,…" and table.concat(pods, ",") == "…")
    table.sort(pods)
    table.sort({ pods, pods, pods })
    table.sort({ 3, 1, 2 }, function(a, b) return pods[a].x < pods[b].x end)
    assert(tostring(tonumber(pods)) == "…" and tostring(math.max(1, pods)) == "…" and tostring(string.upper(pods)) == "…")
    assert(select("#", table.unpack(pods)) == 0)
    s.state.pods = { names = pods, count = #pods }
    pods.x = 1)");
  EXPECT_FALSE(failure) << failure->what;
}

TEST_F(PlanTest, ChecksAreNamedAndNeverFail) {
  EXPECT_EQ(lines(R"(
    local pod = zdt.k8s.events()
    zdt.expect("ready", pod.ready):equals(3)
    zdt.expect("p99", pod.p99):below("800ms")
    zdt.expect("three", 4):equals(3)
    local value = zdt.eventually("pods answer", { timeout = "5s" }, function()
      zdt.expect("inside", pod.x):at_least(2)
      return false, "not yet"
    end)
    zdt.fail("but it failed"))"),
            (Words{"GET /api/v1/namespaces/default/events", "check ready", "check p99", "check three",
                   "check pods answer", "check inside", "fails with: but it failed"}));
}

TEST_F(PlanTest, BranchesOfParallelStandOneAfterAnother) {
  const std::string in_project = fmt::format("cd {} && KUBECONFIG={}/kind/kubeconfig ", host.root.string(), host.state.string());
  EXPECT_EQ(lines(R"(
    local a, b = zdt.parallel { function() zdt.shell { "one" } return 1 end, function() zdt.shell { "two" } return 2 end }
    assert(a == 1 and b == 2))"),
            (Words{"at once, 1 of 2:", in_project + "one", "at once, 2 of 2:", in_project + "two"}));
}

TEST_F(PlanTest, ProgramsAreNotStarted) {
  const auto witness = folder.path() / "witness";
  const auto items =
      plan("local r = zdt.shell({ 'touch', '" + witness.string() +
           "' }, { env = { A = 'b' }, input = 'x' })\n assert(r.code == 0 and r.out:match('x'))");
  EXPECT_FALSE(failure) << failure->what;
  EXPECT_FALSE(host::fs::exists(witness));
  ASSERT_EQ(items.size(), 1u);
  EXPECT_EQ(at(items[0], {"argv"}), json::array({"touch", witness.string()}));
  EXPECT_EQ(string_at(items[0], {"input"}), "x");
}

TEST_F(PlanTest, ImagesChartsAndClustersAreCommands) {
  ASSERT_TRUE(host::write_file(host.root / "app/Dockerfile", "FROM scratch"));
  const std::string kubeconfig = (host.state / "kind/kubeconfig").string();
  Words seen = lines(R"(
    assert(zdt.docker.build { context = "app", tag = "zdt/monolith:v1", args = { VERSION = "v1" } })
    zdt.kind.load_image("zdt/monolith:v1")
    if not zdt.helm.status("keda", { namespace = "keda" }) then
      zdt.helm.upgrade_install { release = "keda", chart = "keda", version = "2.17.0", repo = "https://kedacore.github.io/charts",
        namespace = "keda", timeout = "3m", values = { replicas = 2, host = zdt.k8s.events()[1].x } }
    end
    zdt.k8s.apply(zdt.helm.template { release = "x", chart = "y" }))");
  ASSERT_EQ(seen.size(), 10u);
  EXPECT_TRUE(holds(seen[2], "docker build --progress plain")) << seen[2];
  EXPECT_EQ(seen[3], "kind load docker-image --name zero-downtime zdt/monolith:v1");
  EXPECT_TRUE(holds(
      seen[7], "helm upgrade --install keda keda --repo https://kedacore.github.io/charts --version 2.17.0"));
  EXPECT_TRUE(holds(seen[7], "--kubeconfig " + kubeconfig + " --kube-context kind-zero-downtime"));
  EXPECT_TRUE(holds(seen[7], "\"host\": \"…\""));
  EXPECT_EQ(seen[9], "zdt.k8s.apply(…)") << "the rendered chart is not known";
}

TEST_F(PlanTest, RequestsAndLoadsAreWrittenDownWithTheWayInThatTheServiceWillHave) {
  EXPECT_EQ(lines(R"(
    zdt.k8s.apply { apiVersion = "v1", kind = "Service", metadata = { name = "edge-routing-service" },
      spec = { type = "NodePort", ports = { { port = 80, nodePort = 30080 } } } }
    local url = s.target:url("edge")
    s.load = zdt.load.start { url = url .. "/companies", rate = "100/s" }
    local answer = zdt.http.get(url)
    s.load:mark("update")
    zdt.expect("failed", s.load:stop().failed):equals(0)
    zdt.observe("pod", answer.json.pod))"),
            (Words{"PATCH /api/v1/namespaces/default/services/edge-routing-service",
                   "GET /api/v1/namespaces/default/services/edge-routing-service",
                   "PATCH /api/v1/namespaces/default/services/edge-routing-service",
                   "GET /api/v1/namespaces/default/services/edge-routing-service",
                   "load http://127.0.0.1:8080/companies", "http http://127.0.0.1:8080", "check failed",
                   "observe pod"}));
}

TEST_F(PlanTest, ALoadsWitnessesAreNamed) {
  const std::string shop = "/api/v1/namespaces/shop/",
                    slices = "/apis/discovery.k8s.io/v1/namespaces/shop/endpointslices";
  EXPECT_EQ(lines(R"(
    local load = zdt.load.start { url = "http://edge/", follow = { labels = "app=web", ns = "shop" },
      reconcile = { envoy = "service/edge-routing-service" } }
    zdt.expect("failed", load:stop().failed):equals(0))"),
            (Words{"load http://edge/", "GET " + shop + "pods", "GET " + shop + "pods",  // the list, and the watch
                   "GET " + slices, "GET " + slices, "GET " + shop + "events", "GET " + shop + "events",
                   "GET /api/v1/namespaces/default/services/edge-routing-service:9901/proxy/stats", "check failed"}));
}

TEST_F(PlanTest, WhatIsNotKnownToStayWithinThePlanIsOnlyNamed) {
  EXPECT_EQ(lines("zdt.sleep('2s')\n zdt.log('x')"), Words{"zdt.sleep(2s)"});
}

TEST_F(PlanTest, AMistakeInTheScriptIsOneInThePlanToo) {
  plan("local none = nil\n return none.x");
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code, Code::kScript);
  EXPECT_TRUE(holds(failure->what, "test.lua:3: attempt to index a nil value"));
  plan("zdt.k8s.apply(42)");
  ASSERT_TRUE(failure);
  EXPECT_TRUE(holds(failure->what, "want a folder, a file"));
}

TEST_F(PlanTest, ALoopThatOnlyAClusterCouldEndIsCutOff) {
  plan("while zdt.k8s.list('pods')[1].phase ~= 'Running' do end");
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->code, Code::kScript);
  EXPECT_TRUE(holds(failure->what, "in a plan this step has no end"));
}

}  // namespace
}  // namespace zdt::script
