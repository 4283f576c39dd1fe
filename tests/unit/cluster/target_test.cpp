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
  for (const char* name : {"rehearsal", "kind", "context:minikube", "context:arn:aws:eks:eu-west-1:1:cluster/x"}) {
    EXPECT_EQ(name_of(name), name);
  }
  EXPECT_EQ(name_of("auto"), choose_target(host).name);
  EXPECT_NE(choose_target(host).reason, "");
}

TEST_F(TargetTest, AnUnknownNameGetsTheNearestOne) {
  for (const auto& [wrong, hint] : std::map<std::string, std::string>{{"rehersal", "did you mean --on rehearsal?"},
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

TEST_F(TargetTest, OnlyTheRehearsalClusterCanBeMadeAndEntered) {
  for (const char* capability : {"create", "inside"}) {
    EXPECT_TRUE((*make_target(host, "rehearsal", ""))->has(capability));
    EXPECT_FALSE((*make_target(host, "kind", ""))->has(capability));
  }
  EXPECT_FALSE((*make_target(host, "rehearsal", ""))->has("docker"));
}

TEST_F(TargetTest, ReadsTheUsersKubeconfigAndLeavesItAlone) {
  const std::string config =
      "clusters: [{name: c, cluster: {server: 'https://h:1'}}]\n"
      "contexts: [{name: dev, context: {cluster: c}}, {name: kind-zero-downtime, context: {cluster: c}}]\ncurrent-context: dev\n";
  ASSERT_TRUE(host::write_file(folder.path() / ".kube/config", config, 0400));
  const auto written = host::fs::last_write_time(folder.path() / ".kube/config");
  for (const auto& [target, context] : std::map<std::string, std::string>{{"kind", "kind-zero-downtime"}, {"context:dev", "dev"}}) {
    auto link = (*make_target(host, target, ""))->connection();
    ASSERT_TRUE(link) << link.error().what;
    EXPECT_EQ(link->context, context);
  }
  EXPECT_EQ(*host::read_file(folder.path() / ".kube/config"), config);
  EXPECT_EQ(host::fs::last_write_time(folder.path() / ".kube/config"), written);
}

TEST_F(TargetTest, TakesTheFileThatItIsGivenBeforeTheVariableAndTheVariableBeforeHome) {
  const auto file = [&](const char* name) {
    const auto path = folder.path() / name;
    EXPECT_TRUE(host::write_file(path, fmt::format("clusters: [{{name: c, cluster: {{server: 'https://{}'}}}}]\n"
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
