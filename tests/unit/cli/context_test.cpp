// Nothing changes a cluster that is not ours without a word.
#include "unit/cli/cli_world.h"

namespace zdt::cli {

class ContextGuard : public CliTest {
 protected:
  ContextGuard() {
    kubeconfig = (folder.path() / "kubeconfig").string();
    EXPECT_TRUE(host::write_file(kubeconfig, kText));
  }
  int play(std::string_view keys, Words more = {}) {
    terminal.keys.clear();
    terminal.type(keys);
    Words arguments{"run", "deploy", "--on", "context:made-up", "--kubeconfig", kubeconfig};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(std::move(arguments));
  }
  bool ran() const { return said("applied v1"); }

  static constexpr const char* kText = R"(apiVersion: v1
kind: Config
current-context: other
clusters: [{name: c, cluster: {server: "https://made-up.invalid:6443"}}]
users: [{name: u, user: {token: t}}]
contexts: [{name: made-up, context: {cluster: c, user: u}}]
)";
  std::string kubeconfig;
};

TEST_F(ContextGuard, InCiTheContextMustBeAllowedByName) {
  EXPECT_EQ(play("y", {"--ci"}), 3);
  EXPECT_FALSE(ran());
  EXPECT_TRUE(said("--allow-context made-up")) << everything();
  EXPECT_EQ(play("", {"--ci", "--allow-context", "another"}), 3);
  EXPECT_EQ(play("", {"--ci", "--allow-context", "made-up"}), 0) << everything();
  EXPECT_TRUE(ran());
}

TEST_F(ContextGuard, APersonIsAskedOnce) {
  terminal.is_terminal = true;
  EXPECT_EQ(play("y"), 0) << everything();
  EXPECT_TRUE(said("This run changes the cluster of context \"made-up\". Go on? [y/N]")) << everything();
  for (const char* no : {"n", "\n", "x", ""}) {
    EXPECT_EQ(play(no), 3) << everything();
    EXPECT_FALSE(ran());
  }
}

TEST_F(ContextGuard, WithoutATerminalNobodyCanAnswer) {
  EXPECT_EQ(play("y"), 3);
  EXPECT_FALSE(ran());
}

TEST_F(ContextGuard, TheQuestionLeavesADocumentOnStandardOutputWhole) {
  terminal.is_terminal = true;
  EXPECT_EQ(play("y", {"-o", "json"}), 0) << everything();
  document();
}

TEST_F(ContextGuard, TheUsersKubeconfigStaysAsItIs) {
  EXPECT_EQ(play("", {"--allow-context", "made-up"}), 0);
  EXPECT_EQ(host::read_file(kubeconfig).value(), kText);
}

TEST_F(ContextGuard, ResumeAsksToo) {
  write_step("failing", "zdt.fail 'no'");
  EXPECT_EQ(run({"run", "failing", "--on", "context:made-up", "--kubeconfig", kubeconfig, "--allow-context",
                 "made-up"}),
            1);
  EXPECT_EQ(run({"resume", "--ci", "--kubeconfig", kubeconfig}), 3) << everything();
}

}  // namespace zdt::cli
