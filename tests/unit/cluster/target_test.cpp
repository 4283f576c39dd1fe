// Names of targets, and what each says of itself.
#include "cluster/target.h"

#include "base/text.h"
#include "unit/cluster/cluster_world.h"

namespace zdt::cluster {
namespace {

class TargetTest : public testing::ClusterWorld {
 protected:
  std::string name_of(const std::string& wanted) {
    auto made = make_target(host, wanted, "");
    return made ? (*made)->name() : "failed: " + made.error().what;
  }
};

TEST_F(TargetTest, IsMadeByItsName) {
  for (const char* name :
       {"rehearsal", "kind", "context:minikube", "context:arn:aws:eks:eu-west-1:1:cluster/x"}) {
    EXPECT_EQ(name_of(name), name);
  }
  EXPECT_EQ(name_of("auto"), choose_target(host).name);
  EXPECT_NE(choose_target(host).reason, "");
}

TEST_F(TargetTest, AnUnknownNameGetsTheNearestOne) {
  for (const auto& [wrong, hint] :
       std::map<std::string, std::string>{{"rehersal", "did you mean --on rehearsal?"},
                                          {"knid", "did you mean --on kind?"},
                                          {"production", "--on auto, rehearsal, kind or context:NAME"},
                                          {"", "--on auto, rehearsal, kind or context:NAME"},
                                          {"context:", "--on context:NAME"}}) {
    auto made = make_target(host, wrong, "");
    ASSERT_FALSE(made) << wrong;
    EXPECT_EQ(made.error().code, Code::kUsage);
    EXPECT_EQ(made.error().hint, hint) << wrong;
  }
}

TEST_F(TargetTest, SaysWhatItCanDo) {
  const std::map<std::string, std::set<std::string>> can{
      {"rehearsal", {"create", "inside"}}, {"kind", {"create", "docker"}}, {"context:dev", {}}};
  for (const auto& [name, capabilities] : can) {
    for (const std::string capability : {"create", "inside", "docker", "flying"}) {
      EXPECT_EQ((*make_target(host, name, ""))->has(capability), capabilities.contains(capability))
          << name << " " << capability;
    }
  }
}

TEST_F(TargetTest, OnlyWhatWeMadeIsRemoved) {
  auto removed = wait((*make_target(host, "context:dev", ""))->down());
  ASSERT_FALSE(removed);
  EXPECT_EQ(removed.error().what, "the cluster of context:dev is not ours to remove");
}

/// Programs on PATH that answer or do not.
class AutoTest : public TargetTest {
 protected:
  void SetUp() override { setenv("PATH", (folder.path() / "bin").c_str(), 1); }
  void TearDown() override { setenv("PATH", path.c_str(), 1); }
  void program(const std::string& name, const std::string& body) {
    ASSERT_TRUE(host::write_file(folder.path() / "bin" / name, "#!/bin/sh\n" + body + "\n", 0700));
  }
  std::string path = std::getenv("PATH");
};

TEST_F(AutoTest, IsKindWhenAllFourAnswerElseRehearsalWithTheReason) {
  const auto chosen = [this] {
    const AutoChoice choice = choose_target(host);
    return choice.name + ": " + choice.reason;
  };
  EXPECT_EQ(chosen(), "rehearsal: docker is not installed");
  for (const char* name : {"docker", "kind", "kubectl"}) program(name, "exit 0");
  EXPECT_EQ(chosen(), "rehearsal: helm is not installed");
  program("helm", "exit 0");
  EXPECT_EQ(chosen(), "kind: docker, kind, kubectl and helm answer");
  program("docker", "echo Cannot connect >&2; exit 1");
  EXPECT_EQ(chosen(), "rehearsal: the Docker daemon does not answer");
}

TEST_F(AutoTest, ADaemonThatHangsCostsTwoSeconds) {
  for (const char* name : {"kind", "kubectl", "helm"}) program(name, "exit 0");
  program("docker", "exec /bin/sleep 60");
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(choose_target(host).reason, "docker does not answer");
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(10));
}

TEST_F(TargetTest, ReadsTheUsersKubeconfigForAContextAloneAndLeavesItAlone) {
  const std::string config =
      "clusters: [{name: c, cluster: {server: 'https://h:1'}}]\n"
      "contexts: [{name: dev, context: {cluster: c}}, {name: kind-zero-downtime, context: {cluster: "
      "c}}]\ncurrent-context: dev\n";
  ASSERT_TRUE(host::write_file(folder.path() / ".kube/config", config, 0400));
  const auto written = host::fs::last_write_time(folder.path() / ".kube/config");
  auto link = (*make_target(host, "context:dev", ""))->connection();
  ASSERT_TRUE(link) << link.error().what;
  EXPECT_EQ(link->context, "dev");
  auto kind = (*make_target(host, "kind", ""))->connection();
  ASSERT_FALSE(kind) << "the Kind cluster has a file of its own";
  EXPECT_EQ(kind.error().hint, "zdt-demo run deploy-all --on kind");
  EXPECT_EQ(*host::read_file(folder.path() / ".kube/config"), config);
  EXPECT_EQ(host::fs::last_write_time(folder.path() / ".kube/config"), written);
}

TEST_F(TargetTest, TakesTheFileThatItIsGivenBeforeTheVariableAndTheVariableBeforeHome) {
  const auto file = [&](const char* name) {
    const auto path = folder.path() / name;
    EXPECT_TRUE(
        host::write_file(path, fmt::format("clusters: [{{name: c, cluster: {{server: 'https://{}'}}}}]\n"
                                           "contexts: [{{name: dev, context: {{cluster: c}}}}]\n",
                                           name)));
    return path.string();
  };
  const std::string given = file("given"), variable = file("variable");
  file(".kube/config");
  const auto server = [&](const std::string& kubeconfig) {
    auto link = (*make_target(host, "context:dev", kubeconfig))->connection();
    return link ? link->server : link.error().what;
  };
  EXPECT_EQ(server(""), "https://.kube/config");
  host.environment["KUBECONFIG"] = variable;
  EXPECT_EQ(server(""), "https://variable");
  EXPECT_EQ(server(given), "https://given");
}

TEST_F(TargetTest, AContextThatDoesNotExistIsAnErrorOfTheEnvironment) {
  auto up = wait((*make_target(host, "context:none", ""))->up());
  ASSERT_FALSE(up);
  EXPECT_EQ(up.error().code, Code::kEnvironment);
}

}  // namespace
}  // namespace zdt::cluster
