// --on kind with stand-ins for docker, kind and helm: the cluster behind them is a rehearsal cluster.
#include <signal.h>

#include "base/text.h"
#include "e2e/fixture.h"

namespace zdt::e2e {
namespace {

constexpr const char* kPort = "18380";
const std::string kScript = ZDT_SOURCE "/tests/stand-ins/kind-demo.lua";

class OnKind : public Demo {
 protected:
  void SetUp() override {
    Demo::SetUp();
    if (IsSkipped()) return;
    const std::string bin = ZDT_SOURCE "/tests/stand-ins/bin";
    setenv("PATH", (bin + ":" + path_).c_str(), 1);
    setenv("ZDT_STANDIN_STATE", (state() / "standin").c_str(), 1);
    setenv("ZDT_STANDIN_LOG", log().c_str(), 1);
    setenv("ZDT_STANDIN_PROGRAM", ZDT_BINARY, 1);
    fault("");
    write_config();
  }
  void TearDown() override {
    if (!IsSkipped()) {
      fault("");
      program({"kind", "delete", "cluster", "--name", "zero-downtime"});
    }
    setenv("PATH", path_.c_str(), 1);
    Demo::TearDown();
  }
  /// The project's, with other ports: those of the talk may be taken on a machine that runs tests.
  void write_config() {
    std::string text = host::read_file(ZDT_SOURCE "/manifests/kind-config.yaml").value();
    for (const auto& [from, to] :
         {std::pair{"hostPort: 8080", "hostPort: 18380"}, {"hostPort: 3000", "hostPort: 18300"}, {"hostPort: 9090", "hostPort: 18390"},
          {"hostPort: 9901", "hostPort: 18391"}, {"hostPort: 30", "hostPort: 18"}}) {  // the last: those of the labs
      ASSERT_NE(text.find(from), std::string::npos) << from;
      for (size_t at = text.find(from); at != std::string::npos; at = text.find(from)) text.replace(at, std::string(from).size(), to);
    }
    ASSERT_TRUE(host::write_file(config_, text));
  }
  host::Exit on_kind(std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--kind-config", config_});
    return demo(std::move(arguments));
  }
  host::Exit run_demo(std::vector<std::string> more = {}) {
    std::vector<std::string> arguments{"run", kScript, "--on", "kind", "--ci"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return on_kind(std::move(arguments));
  }
  host::Exit resume() { return on_kind({"resume", "--ci"}); }
  void fault(const char* name) { setenv("ZDT_STANDIN_FAIL", name, 1); }
  host::fs::path log() const { return state() / "standin.log"; }

  /// The command lines of docker, kind and helm since the last call.
  std::vector<std::string> commands() {
    std::vector<std::string> lines;
    auto text = host::read_file(log());
    if (!text) return lines;
    for (const std::string& line : split(*text, '\n')) {
      if (!line.empty())
        lines.push_back(join(json::parse(line)["argv"].get<std::vector<std::string>>(), " "));
    }
    host::fs::remove(log());
    return lines;
  }
  /// What `bundle create` says that it lacks, where nothing can be fetched.
  std::vector<std::string> images_that_a_bundle_wants() {
    host::fs::create_directories(state() / "nothing");
    const host::Exit refused = program({"unshare", "--net", ZDT_BINARY, "bundle", "create", (state() / "no.bundle").string(), "--from", (state() / "nothing").string()});
    EXPECT_EQ(refused.code, 3) << refused.out << refused.err;
    std::vector<std::string> images;
    for (const std::string& line : split(refused.err, '\n')) {
      const std::string beginning = "  image ";
      if (line.starts_with(beginning)) images.push_back(line.substr(beginning.size(), line.find(": ") - beginning.size()));
    }
    EXPECT_FALSE(images.empty()) << refused.err;
    return images;
  }
  /// The command lines that the plan of a script has for the three.
  std::vector<std::string> planned(const std::string& script) {
    const host::Exit shown = on_kind({"run", script, "--on", "kind", "--dry-run", "-o", "json"});
    EXPECT_EQ(shown.code, 0) << shown.err;
    const json plan = document(shown);
    std::vector<std::string> lines;
    for (const json& step : array_at(plan, {"steps"})) {
      for (const json& item : array_at(step, {"items"})) {
        if (string_at(item, {"type"}) != "command" || string_at(item, {"by"}) == "zdt.tools.check") continue;
        const auto argv = item["argv"].get<std::vector<std::string>>();
        if (argv.front() != "kubectl") lines.push_back(join(argv, " "));
      }
    }
    return lines;
  }
  static bool has(const std::vector<std::string>& lines, const std::string& beginning) {
    return std::any_of(lines.begin(), lines.end(),
                       [&](const std::string& line) { return line.starts_with(beginning); });
  }

 private:
  std::string path_ = std::getenv("PATH");
  std::string config_ = state() / "kind-config.yaml";
};

TEST_F(OnKind, AScriptDoesWhatItsPlanSaysAndTheSecondTimeOnlyLooks) {
  const auto plan = planned(kScript);
  EXPECT_TRUE(commands().empty()) << "a plan starts nothing";
  const host::Exit first = run_demo();
  ASSERT_EQ(first.code, 0) << first.out << first.err;
  EXPECT_NE(first.out.find(std::string("url: http://127.0.0.1:") + kPort), std::string::npos) << first.out;
  EXPECT_EQ(commands(), plan);
  EXPECT_EQ(host::fs::status(state() / "zdt-demo/kind/kubeconfig").permissions(), host::fs::perms(0600));

  const host::Exit second = run_demo();
  ASSERT_EQ(second.code, 0) << second.out << second.err;
  const auto again = commands();
  EXPECT_FALSE(has(again, "kind create") || has(again, "kind delete") || has(again, "docker build "))
      << join(again, "\n");

  const host::Exit anew = run_demo({"--recreate", "--until", "cluster"});
  EXPECT_EQ(anew.code, 0) << anew.out << anew.err;
  const auto recreated = commands();
  EXPECT_TRUE(has(recreated, "kind delete") && has(recreated, "kind create")) << join(recreated, "\n");
}

// Its steps run side by side, so the order is not that of the plan; its preflight looks at this machine's
// tools.
TEST_F(OnKind, DeployAllRunsWholeAsItsPlanSaysAndTearsDownWhatItMade) {
  auto plan = planned("deploy-all");
  const host::Exit first = on_kind({"run", "deploy-all", "--on", "kind", "--ci", "--skip", "preflight"});
  ASSERT_EQ(first.code, 0) << first.out << first.err;
  auto made = commands();
  std::sort(plan.begin(), plan.end());
  std::sort(made.begin(), made.end());
  EXPECT_EQ(made, plan);
  EXPECT_EQ(std::count_if(made.begin(), made.end(),
                          [](const auto& line) { return line.starts_with("docker build "); }),
            6);  // one for each tag of the application

  const host::Exit second = on_kind({"run", "deploy-all", "--on", "kind", "--ci", "--skip", "preflight"});
  EXPECT_EQ(second.code, 0) << second.out << second.err;
  const auto again = commands();
  EXPECT_FALSE(has(again, "docker build ") || has(again, "helm upgrade") || has(again, "kind create"))
      << join(again, "\n");
  EXPECT_NE(second.out.find("objects changed: 0"), std::string::npos) << second.out;

  // helm leaves a chart's definitions behind: they are no Argo Rollouts.
  const std::string kubeconfig = (state() / "zdt-demo/kind/kubeconfig").string();
  const host::Exit gone = program({"helm", "uninstall", "argo-rollouts", "--namespace", "argo-rollouts", "--kubeconfig", kubeconfig});
  ASSERT_EQ(gone.code, 0) << gone.err;
  commands();
  const host::Exit third = on_kind({"run", "deploy-all", "--on", "kind", "--ci", "--only", "argo-rollouts"});
  EXPECT_EQ(third.code, 0) << third.out << third.err;
  EXPECT_NE(third.out.find("Argo Rollouts: is installed now"), std::string::npos) << third.out;
  EXPECT_TRUE(has(commands(), "helm upgrade --install argo-rollouts"));

  const host::Exit down = on_kind({"run", "teardown", "--on", "kind", "--ci"});
  EXPECT_EQ(down.code, 0) << down.out << down.err;
  EXPECT_TRUE(has(commands(), "kind delete cluster --name zero-downtime"));
}

/// A folder with everything that the stand-ins' bundle needs: one archive that names all images (the arguments after the node
/// image, up to --), charts by their Chart.yaml, the remote manifest.
constexpr const char* kLayPieces = R"(set -e
mkdir -p "$1/image" "$1/pieces"; cd "$1"; node=$2; shift 2
tags=; while [ "$1" != -- ]; do tags="$tags,\"$1\""; shift; done; shift
printf '[{"Config":"c.json","RepoTags":[%s],"Layers":[]}]' "${tags#,}" >image/manifest.json
echo '{}' >image/c.json; tar -C image -cf pieces/all.tar manifest.json c.json
printf '[{"Config":"c.json","RepoTags":["%s"],"Layers":[]}]' "$node" >image/manifest.json
tar -C image -cf pieces/node.tar manifest.json c.json
while [ $# -gt 0 ]; do
  mkdir -p "charts/$1"; printf 'apiVersion: v2\nname: %s\nversion: %s\n' "$1" "$2" >"charts/$1/Chart.yaml"
  tar -C charts -czf "pieces/$1-$2.tgz" "$1"; shift 2
done
printf 'kind: List\napiVersion: v1\nitems: []\n' >pieces/gateway-api-v1.5.1.yaml
)";

// In a network namespace with a loopback and nothing else: whatever asked outside would fail. Run twice: the second time the
// nodes have the images.
TEST_F(OnKind, WithABundleAndWithoutANetworkDeployAllNeedsNothingFromOutside) {
  const std::string folder = (state() / "pieces").string(), file = (state() / "demo.bundle").string();
  std::vector<std::string> lay{"bash", "-c", kLayPieces, "lay", folder, "kindest/node:v1.34.11"};
  for (std::string& image : images_that_a_bundle_wants()) lay.push_back(std::move(image));
  lay.insert(lay.end(), {"--", "argo-rollouts", "2.40.5", "keda", "2.17.2", "metrics-server", "3.13.0", "kube-prometheus-stack", "72.6.2"});
  const host::Exit laid = program(std::move(lay));
  ASSERT_EQ(laid.code, 0) << laid.err;
  const host::Exit made = demo({"bundle", "create", file, "--from", folder + "/pieces"});
  ASSERT_EQ(made.code, 0) << made.out << made.err;
  commands();

  const host::Exit cut_off = program({"unshare", "--net", "sh", "-c", "ip link set lo up && \"$@\" && exec \"$@\"", "run", ZDT_BINARY, "run",
                                      "deploy-all", "--on", "kind", "--ci", "--skip", "preflight", "--bundle", file,
                                      "--kind-config", (state() / "kind-config.yaml").string()});
  ASSERT_EQ(cut_off.code, 0) << cut_off.out << cut_off.err;
  const auto lines = commands();
  EXPECT_TRUE(has(lines, "docker load")) << join(lines, "\n");
  EXPECT_EQ(std::count_if(lines.begin(), lines.end(), [](const auto& line) { return line.starts_with("kind load image-archive"); }), 1)
      << join(lines, "\n");
  EXPECT_EQ(std::count_if(lines.begin(), lines.end(), [](const auto& line) { return line.starts_with("helm upgrade"); }), 4);
  for (const std::string& line : lines) {
    EXPECT_EQ(line.find("--repo"), std::string::npos) << line;
    EXPECT_FALSE(line.starts_with("docker pull") || line.starts_with("docker build ")) << line;
  }
}

struct Fault {
  const char *name, *says;
  int code;
};

TEST_F(OnKind, EachFaultEndsWithOneSentenceAndAResumeGoesOnWhenItIsGone) {
  const auto expect = [this](const host::Exit& exit, const Fault& fault) {
    EXPECT_EQ(exit.code, fault.code) << fault.name << "\n" << exit.out << exit.err;
    const std::string out = trim(exit.out), last = out.substr(out.rfind('\n') + 1);
    EXPECT_NE(last.find(fault.says), std::string::npos) << fault.name << ": " << last;
  };
  const std::vector<Fault> faults{
      {"docker-down", "the Docker daemon does not answer", 3},
      {"docker-old", "docker is too old: want 20.10, found 19.03.15", 3},
      {"quota", "kind create cluster: Docker Hub's quota of pulls is used up", 3},
      {"disk-full", "kind create cluster: the disk is full", 3},
      {"port-taken", "a port that the cluster wants on this machine is taken", 3},
      {"kind-half-created", "kind create cluster was killed (signal 9)", 1},
      {"chart-unreachable",
       "chart keda 2.17.0 of https://kedacore.github.io/charts: the chart repository cannot be reached", 3}};
  bool first = true;
  for (const Fault& one : faults) {
    fault(one.name);
    expect(std::exchange(first, false) ? run_demo() : resume(), one);
  }
  EXPECT_TRUE(has(commands(), "kind delete cluster --name zero-downtime"))
      << "the half-created one was removed";
  fault("");
  const host::Exit resumed = resume();
  EXPECT_EQ(resumed.code, 0) << resumed.out << resumed.err;
  EXPECT_FALSE(has(commands(), "kind create")) << "the checkpoint held";

  fault("quota");
  expect(run_demo({"--set", "tag=v0.1.2"}),
         {"quota", "docker build of zdt/monolith:v0.1.2: Docker Hub's quota of pulls is used up", 3});
}

TEST_F(OnKind, AClusterThatWasReplacedIsNotTakenForTheOneOfTheRun) {
  fault("chart-unreachable");
  ASSERT_EQ(run_demo().code, 3);
  fault("");
  program({"kind", "delete", "cluster", "--name", "zero-downtime"});
  commands();
  const host::Exit resumed = resume();
  EXPECT_EQ(resumed.code, 0) << resumed.out << resumed.err;
  EXPECT_TRUE(has(commands(), "kind create")) << "its checkpoint did not hold";
}

TEST_F(OnKind, ADockerWithoutBuildxBuildsWithoutItsFlag) {
  fault("no-buildx");
  const host::Exit run = run_demo({"--until", "image"});
  EXPECT_EQ(run.code, 0) << run.out << run.err;
  const auto lines = commands();
  EXPECT_TRUE(has(lines, "docker build --file")) << join(lines, "\n");
  EXPECT_FALSE(has(lines, "docker build --progress")) << join(lines, "\n");
}

// A step's time, Ctrl-C or a power cut in the middle of an install: helm refused every later run.
TEST_F(OnKind, AnInstallThatWasEndedHalfWayDoesNotBlockTheNextRun) {
  ASSERT_EQ(run_demo({"--until", "image"}).code, 0);
  fault("helm-hangs");
  const host::Exit late = run_demo({"--only", "chart", "--timeout", "5s"});
  EXPECT_EQ(late.code, 4) << late.out << late.err;
  const host::fs::path release = state() / "standin/releases/keda";
  EXPECT_EQ(trim(host::read_file(release).value()), "keda failed") << "SIGTERM, and the time to say so";

  ASSERT_TRUE(host::write_file(release, "keda pending-install\n"));  // as after a SIGKILL
  fault("");
  commands();
  const host::Exit next = run_demo({"--only", "chart"});
  EXPECT_EQ(next.code, 0) << next.out << next.err;
  EXPECT_NE(next.out.find("release keda was pending-install"), std::string::npos) << next.out;
  EXPECT_TRUE(has(commands(), "helm uninstall keda --namespace keda"));
}

TEST_F(OnKind, AutoTakesKindWhenAllToolsAnswer) {
  const host::Exit plan = demo({"show", kScript, "--commands"});
  EXPECT_EQ(plan.code, 0) << plan.err;
  EXPECT_TRUE(plan.out.starts_with("kind-demo on kind: ")) << plan.out.substr(0, 200);
  fault("docker-down");
  const host::Exit other = demo({"show", kScript, "--commands"});
  EXPECT_TRUE(other.out.starts_with("kind-demo on rehearsal: ")) << other.out.substr(0, 200);
}

}  // namespace
}  // namespace zdt::e2e
