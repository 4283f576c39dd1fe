// The command lines of docker, kind and helm, and how their failures are told. No program is started.
#include "tools/docker.h"
#include "tools/helm.h"
#include "tools/kind.h"
#include "unit/host/on_loop.h"

namespace zdt::tools {
namespace {

using Words = std::vector<std::string>;

/// Answers each command with the first entry whose words its line contains, and keeps the lines.
struct Recording {
  std::vector<std::pair<std::string, host::Exit>> answers;
  Words lines;
  Runner runner() {
    return [this](host::Command command) -> Task<Result<host::Exit>> { return answer(std::move(command)); };
  }
  Task<Result<host::Exit>> answer(host::Command command) {
    lines.push_back(shell_line(command));
    for (const auto& [part, exit] : answers) {
      if (lines.back().find(part) == std::string::npos) continue;
      if (command.on_output) command.on_output(host::Stream::kErr, exit.err);
      co_return exit;
    }
    co_return host::Exit{};
  }
};

host::Exit failed(std::string err) { return {.code = 1, .err = std::move(err)}; }

template <class T>
T run(Task<T> task) {
  asio::io_context loop;
  return zdt::testing::on_loop(loop, std::move(task));
}

TEST(CommandLines, AreWhatTheToolsDocument) {
  const KindCluster cluster{"zero-downtime", "/s/kubeconfig", "/p/kind-config.yaml"};
  const Build image{
      "/p/app", "", "zdt/monolith:v0.1.2", "", {{"STARTUP_DELAY", "5 s"}, {"VERSION", "v0.1.2"}}};
  const Build stage{"/p/app", "/p/other", "a:1", "build", {}};
  for (const auto& [command, line] : std::vector<std::pair<host::Command, std::string>>{
           {docker_server_version(), "docker version --format '{{.Server.Version}}'"},
           {docker_build(image, "abc"),
            "docker build --progress plain --file /p/app/Dockerfile --tag zdt/monolith:v0.1.2 --build-arg "
            "'STARTUP_DELAY=5 s' "
            "--build-arg VERSION=v0.1.2 --label zdt.dev/inputs=abc /p/app"},
           {docker_build(stage, ""),
            "docker build --progress plain --file /p/other --tag a:1 --target build /p/app"},
           {docker_build(stage, "", false), "DOCKER_BUILDKIT=0 docker build --file /p/other --tag a:1 --target build /p/app"},
           {docker_tag("a:1", "r.io/a:1"), "docker tag a:1 r.io/a:1"},
           {docker_load("/x.tar"), "docker load --input /x.tar"},
           {docker_save({"a:1", "b:2"}, "/x.tar"), "docker save --output /x.tar a:1 b:2"},
           {docker_push("r.io/a:1"), "docker push r.io/a:1"},
           {kind_create(cluster),
            "kind create cluster --name zero-downtime --config /p/kind-config.yaml --kubeconfig "
            "/s/kubeconfig --wait 180s"},
           {kind_delete(cluster), "kind delete cluster --name zero-downtime --kubeconfig /s/kubeconfig"},
           {kind_get_kubeconfig("c"), "kind get kubeconfig --name c"},
           {kind_load_images("c", {"a:1", "b:2"}), "kind load docker-image --name c a:1 b:2"},
           {kind_load_archive("c", "/x.tar"), "kind load image-archive --name c /x.tar"}}) {
    EXPECT_EQ(shell_line(command), line);
    EXPECT_GT(command.limit.count(), 0) << line << " may take for ever";
  }
}

TEST(CommandLines, OfHelmAlwaysNameTheClusterAndNeverAValue) {
  Release release{.name = "keda",
                  .chart = "keda",
                  .version = "2.17.0",
                  .repo = "https://kedacore.github.io/charts",
                  .ns = "keda"};
  release.values = {{"password", "secret"}};
  release.timeout = milliseconds(90'500);
  const HelmTarget target{"/s/kubeconfig", "kind-zero-downtime"};
  const host::Command command = helm_upgrade_install(release, target);
  EXPECT_EQ(fmt::format("{}", fmt::join(command.argv, " ")),
            "helm upgrade --install keda keda --repo https://kedacore.github.io/charts --version 2.17.0 "
            "--namespace keda "
            "--create-namespace --values - --wait --timeout 91s --kubeconfig /s/kubeconfig --kube-context "
            "kind-zero-downtime");
  EXPECT_EQ(*command.input, "{\n  \"password\": \"secret\"\n}\n");
  release.values = json::object();
  release.wait = release.create_namespace = false;
  EXPECT_FALSE(helm_upgrade_install(release, target).input.has_value());
  EXPECT_EQ(shell_line(helm_status(release, target)),
            "helm status keda --output json --namespace keda --kubeconfig /s/kubeconfig --kube-context "
            "kind-zero-downtime");
  EXPECT_EQ(shell_line(helm_list(target, "")),
            "helm list --output json --all-namespaces --kubeconfig /s/kubeconfig --kube-context "
            "kind-zero-downtime");
  EXPECT_EQ(shell_line(helm_template(release)).find("--kubeconfig"), std::string::npos)
      << "a template needs no cluster";
}

TEST(CommandLines, AreQuotedForAShell) {
  host::Command command;
  command.argv = {"echo", "it's", "$HOME", "", "a=b"};
  command.env = {{"TOKEN", "a b"}};
  command.cwd = "/my folder";
  EXPECT_EQ(shell_line(command), "cd '/my folder' && TOKEN='a b' echo 'it'\\''s' '$HOME' '' a=b");
  command = {};
  command.argv = {"cat"};
  command.input = "x: 1";
  EXPECT_EQ(shell_line(command), "cat <<'EOF'\nx: 1\nEOF");
}

struct Cause {
  std::string err, says;
  Code code = Code::kEnvironment;
};

// The texts are what the tools print; the issues they come from: docker/cli #4844, elastic/golang-crossbuild
// #659, rowanruseler/helm-charts #78, kubernetes-sigs/kind #3105.
TEST(ToolFailure, ACauseThatAPersonCanRemoveIsNamedWithWhatToDo) {
  for (const Cause& cause : std::vector<Cause>{
           {"#2 ERROR: x\nERROR: failed to solve: debian: failed to copy: 429 Too Many "
            "Requests\ntoomanyrequests: You have reached "
            "your unauthenticated pull rate limit. https://www.docker.com/increase-rate-limit\n",
            "Docker Hub's quota of pulls is used up"},
           {"ERROR: failed to solve: write /tmp/x: no space left on device\n", "the disk is full"},
           {"Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon "
            "running?\n",
            "the Docker daemon does not answer"},
           {"permission denied while trying to connect to the Docker daemon socket at "
            "unix:///var/run/docker.sock\n",
            "this user may not talk to the Docker daemon"},
           {"Error: looks like \"https://x\" is not a valid chart repository or cannot be reached: Get "
            "\"https://x/index.yaml\": dial "
            "tcp: lookup x on 127.0.0.53:53: no such host\n",
            "the chart repository cannot be reached"},
           {"denied: x\nunauthorized: authentication required\n", "the registry requires a login"},
           {"no basic auth credentials\n", "the registry requires a login"},
           {"ERROR: BuildKit is enabled but the buildx component is missing or broken.\n", "docker has no builder"},
           {"ERROR: failed to create cluster: Bind for 127.0.0.1:8080 failed: port is already allocated.\n",
            "a port that the cluster wants on this machine is taken"}}) {
    const Error error = tool_failure("docker build of zdt/monolith:v0.1.0", failed(cause.err));
    EXPECT_EQ(error.code, cause.code) << cause.err;
    EXPECT_NE(error.what.find(cause.says), std::string::npos) << error.what;
    EXPECT_TRUE(error.what.starts_with("docker build of zdt/monolith:v0.1.0: ")) << error.what;
    EXPECT_EQ(error.what.find('\n'), std::string::npos) << "one sentence";
    EXPECT_NE(error.hint, "") << cause.err;
  }
}

TEST(ToolFailure, AnyOtherIsTheToolsLastLineOfError) {
  const Error error = tool_failure("kind load of a:1",
                                   failed("Loading…\nERROR: image: \"a:1\" not present locally\n\nmore\n"));
  EXPECT_EQ(error.code, Code::kFailed);
  EXPECT_EQ(error.what, "kind load of a:1: ERROR: image: \"a:1\" not present locally");
  EXPECT_EQ(tool_failure("x", failed("one\n\x1b[31mtwo\x1b[0m\r\n")).what, "x: two");
  EXPECT_EQ(tool_failure("x", {.code = 137, .signal = 9, .err = "half\n"}).what,
            "x was killed (signal 9) after: half");
  EXPECT_EQ(tool_failure("x", {.code = 7}).what, "x exited 7 and said nothing");
}

TEST(Docker, ThatIsTooOldOrDownIsAnErrorOfTheEnvironment) {
  Recording tools{{{"docker version", {.out = "19.03.15\n"}}}, {}};
  auto old = run(docker_version(tools.runner()));
  ASSERT_FALSE(old);
  EXPECT_EQ(old.error().what, "docker is too old: want 20.10, found 19.03.15");
  tools.answers[0].second = failed("Cannot connect to the Docker daemon at unix:///var/run/docker.sock.");
  EXPECT_EQ(run(docker_version(tools.runner())).error().code, Code::kEnvironment);
  tools.answers[0].second = {.out = "29.1.3\n"};
  EXPECT_EQ(*run(docker_version(tools.runner())), "29.1.3");
}

class BuildTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(host::write_file(folder.path() / "Dockerfile", "FROM scratch\n"));
    ASSERT_TRUE(
        host::write_file(folder.path() / ".dockerignore", "# all but the sources\n*\n!src\nsrc/*.tmp\n"));
    ASSERT_TRUE(host::write_file(folder.path() / "src/main.cpp", "int main() {}\n"));
  }
  std::string inputs() { return inputs_of(build).value(); }
  host::TempDir folder{"zdt-build"};
  Build build{folder.path(), "", "a:1", "", {{"VERSION", "1"}}};
};

TEST_F(BuildTest, EveryInputCountsAndNothingElse) {
  const std::string first = inputs();
  EXPECT_EQ(first.size(), 64u);
  ASSERT_TRUE(host::write_file(folder.path() / "README.md", "ignored"));
  ASSERT_TRUE(host::write_file(folder.path() / "src/x.tmp", "ignored"));
  build.tag = "another name is no other content";
  EXPECT_EQ(inputs(), first);
  std::set<std::string> seen{first};
  build.args["VERSION"] = "2";
  EXPECT_TRUE(seen.insert(inputs()).second);
  build.target = "build";
  EXPECT_TRUE(seen.insert(inputs()).second);
  ASSERT_TRUE(host::write_file(folder.path() / "src/main.cpp", "int main() { return 1; }\n"));
  EXPECT_TRUE(seen.insert(inputs()).second);
  host::fs::rename(folder.path() / "src/main.cpp", folder.path() / "src/other.cpp");
  EXPECT_TRUE(seen.insert(inputs()).second);
  ASSERT_TRUE(host::write_file(folder.path() / "Dockerfile", "FROM debian\n"));
  EXPECT_TRUE(seen.insert(inputs()).second);
  build.context = folder.path() / "none";
  EXPECT_FALSE(inputs_of(build));
}

TEST_F(BuildTest, IsSkippedWhileTheImageWasBuiltFromTheSameInputs) {
  Recording tools{{{"image inspect", {.out = inputs() + "\n"}}}, {}};
  EXPECT_FALSE(*run(build_image(tools.runner(), build, {})));
  EXPECT_EQ(tools.lines.size(), 1u);
  tools.answers = {{"image inspect", failed("Error response from daemon: No such image: a:1")},
                   {"docker build", {.err = "#1 [build] RUN x\n#2"}}};
  Words heard;
  EXPECT_TRUE(
      *run(build_image(tools.runner(), build, [&](std::string_view line) { heard.emplace_back(line); })));
  EXPECT_EQ(heard, Words{"#1 [build] RUN x"});
  EXPECT_NE(tools.lines.back().find("--label zdt.dev/inputs=" + inputs()), std::string::npos)
      << tools.lines.back();
}

// docker 23 and newer without the package of buildx: "unknown flag: --progress".
TEST_F(BuildTest, WithoutBuildxTheLegacyBuilderIsAskedWithoutProgress) {
  Recording tools{{{"image inspect", failed("Error response from daemon: No such image: a:1")},
                   {"docker buildx version", failed("docker: 'buildx' is not a docker command.")},
                   {"--progress", failed("unknown flag: --progress")}},
                  {}};
  EXPECT_TRUE(*run(build_image(tools.runner(), build, {})));
  EXPECT_TRUE(tools.lines.back().starts_with("DOCKER_BUILDKIT=0 docker build --file ")) << tools.lines.back();
}

TEST(IgnoreRules, TheLastThatFitsDecides) {
  const Words rules{"*", "!src", "**/*.log", "!src/keep.log", "docs/*.md"};
  for (const auto& [path, ignored] : std::map<std::string, bool>{{"README.md", true},
                                                                 {"tests/a/b.cpp", true},
                                                                 {"src/main.cpp", false},
                                                                 {"src/deep/er/x.cpp", false},
                                                                 {"src/deep/x.log", true},
                                                                 {"src/keep.log", false}}) {
    EXPECT_EQ(is_ignored(rules, path), ignored) << path;
  }
  EXPECT_FALSE(is_ignored({"docs/*.md"}, "docs/deep/x.md")) << "* does not cross a slash";
}

TEST(Helm, AReleaseThatIsNotThereIsNoError) {
  Recording tools{
      {{"helm status", failed("Error: release: not found\n")},
       {"helm uninstall", failed("Error: uninstall: Release not loaded: x: release: not found\n")}},
      {}};
  const Release release{.name = "x"};
  EXPECT_TRUE(run(release_status(tools.runner(), release, {}))->is_null());
  EXPECT_FALSE(*run(uninstall(tools.runner(), release, {})));
}

// As a helm that was killed leaves it: "another operation (install/upgrade/rollback) is in progress".
TEST(Helm, AReleaseThatIsPendingIsUninstalledBeforeTheNextOperation) {
  Recording tools{{{"helm status", {.out = R"({"name":"keda","info":{"status":"pending-install"}})"}}}, {}};
  const Release release{.name = "keda", .ns = "keda"};
  EXPECT_EQ(*run(clear_pending(tools.runner(), release, {})), "pending-install");
  EXPECT_TRUE(tools.lines.back().starts_with("helm uninstall keda --namespace keda --wait")) << tools.lines.back();
  for (const char* status : {"deployed", "failed", "uninstalling"}) {
    Recording other{{{"helm status", {.out = fmt::format(R"({{"info":{{"status":"{}"}}}})", status)}}}, {}};
    EXPECT_EQ(*run(clear_pending(other.runner(), release, {})), "") << status;
    EXPECT_EQ(other.lines.size(), 1u) << status;
  }
  Recording none{{{"helm status", failed("Error: release: not found\n")}}, {}};
  EXPECT_EQ(*run(clear_pending(none.runner(), release, {})), "");
  Recording down{{{"helm status", failed("Error: Kubernetes cluster unreachable\n")}}, {}};
  EXPECT_FALSE(run(clear_pending(down.runner(), release, {})));
}

TEST(Helm, HasTimeToMarkItsReleaseAsFailedWhenItIsEnded) {
  EXPECT_GE(helm_upgrade_install({.name = "x"}, {}).grace.count(), 10'000);
  EXPECT_GE(helm_uninstall({.name = "x"}, {}).grace.count(), 10'000);
}

TEST(Versions, AreReadWithAndWithoutTheirV) {
  using Version = std::pair<int, int>;
  EXPECT_EQ(version_of("29.1.3"), Version(29, 1));
  EXPECT_EQ(version_of("v0.33.0 go1.25"), Version(0, 33));
  for (const char* text : {"", "v", "29", "dev"}) EXPECT_EQ(version_of(text), std::nullopt) << text;
}

TEST(KindImages, AreAskedOfEveryNode) {
  Recording tool;
  tool.answers = {{"kind get nodes", {.out = "n1\nn2\n"}},
                  {"docker exec n1", {.out = R"({"images":[{"id":"sha256:cd","repoTags":["docker.io/zdt/monolith:v1"],"repoDigests":["x/y@sha256:ab"]}]})"}},
                  {"docker exec n2", {.out = R"({"images":[]})"}}};
  const auto images = run(kind_images(tool.runner(), "c"));
  EXPECT_EQ(images.value(), (std::vector<std::vector<NodeImage>>{{{"sha256:cd", {"docker.io/zdt/monolith:v1", "x/y@sha256:ab"}}}, {}}));
  EXPECT_TRUE(images.value()[0][0].is("sha256:cd"));
  EXPECT_TRUE(images.value()[0][0].is("sha256:ab")) << "the manifest that kind loaded it from";
  EXPECT_FALSE(images.value()[0][0].is("sha256:ef")) << "rebuilt since";
  EXPECT_EQ(tool.lines[1], "docker exec n1 crictl images --output json");

  Recording plan;  // nothing answers: no nodes
  EXPECT_TRUE(run(kind_images(plan.runner(), "c")).value().empty());
}

}  // namespace
}  // namespace zdt::tools
