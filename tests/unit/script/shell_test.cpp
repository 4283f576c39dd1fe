#include <signal.h>

#include "unit/script/script_world.h"

namespace zdt::script {

using ShellTest = ScriptTest;

TEST_F(ShellTest, RunsTheProgramWithItsArgumentsAndNoShell) {
  ASSERT_EQ(failure_of("zdt.observe('r', zdt.shell { 'echo', '$HOME;', '*', 5 })"), "");
  EXPECT_EQ(observed("r"), json::parse(R"({"code":0,"out":"$HOME; * 5\n","err":""})"));
}

TEST_F(ShellTest, AnArgumentThatIsNoTextIsRefused) {
  EXPECT_TRUE(holds(failure_of("zdt.shell { 'echo', { 'a' } }"), "test.lua:2: zdt.shell: argument 2"));
}

TEST_F(ShellTest, TakesInputEnvironmentAndFolder) {
  ASSERT_TRUE(host::write_file(host.root / "sub/file", "x"));
  ASSERT_EQ(failure_of(R"(
    zdt.observe("cat", zdt.shell({ "cat" }, { input = "given" }).out)
    zdt.observe("env", zdt.shell({ "sh", "-c", "echo $A$B" }, { env = { A = "one", B = 2 } }).out)
    zdt.observe("ls", zdt.shell({ "ls" }, { cwd = "sub" }).out)
  )"),
            "");
  EXPECT_EQ(observed("cat"), json("given"));
  EXPECT_EQ(observed("env"), json("one2\n"));
  EXPECT_EQ(observed("ls"), json("file\n"));
}

TEST_F(ShellTest, AProgramThatFailsRaisesWithWhatItSaid) {
  const auto outcome = run("zdt.shell { 'sh', '-c', 'echo out; echo wrong >&2; exit 3' }");
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->code, Code::kFailed);
  EXPECT_EQ(outcome.error->what, "sh exited 3: wrong");
}

TEST_F(ShellTest, WithCheckFalseTheCodeIsGivenBack) {
  ASSERT_EQ(failure_of("zdt.observe('code', zdt.shell({ 'sh', '-c', 'exit 3' }, { check = false }).code)"),
            "");
  EXPECT_EQ(observed("code"), json(3));
}

TEST_F(ShellTest, AMissingProgramIsTheEnvironmentsFault) {
  const auto outcome = run("zdt.shell { 'no-such-program' }");
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->code, Code::kEnvironment);
  EXPECT_TRUE(holds(outcome.error->what, "no-such-program"));
}

TEST_F(ShellTest, AProgramThatTakesTooLongIsKilled) {
  const auto outcome = run("zdt.shell({ 'sh', '-c', 'echo $$ > pid; sleep 60' }, { timeout = '200ms' })");
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->code, Code::kTimeout);
  const pid_t pid = std::stoi(host::read_file(host.root / "pid").value());
  EXPECT_NE(kill(pid, 0), 0) << "it still runs";
}

TEST_F(ShellTest, AStartedProgramGoesOnBesideTheStepsAndItsLastOutputCanBeRead) {
  ASSERT_EQ(failure_of(R"(
    local program = zdt.start { "sh", "-c", "echo ready; exec sleep 60" }
    zdt.eventually("it speaks", { every = "5ms" }, function() return program:output() == "ready\n" end)
    zdt.observe("running", program:running())
    local short = zdt.start { "sh", "-c", "echo no >&2; exit 3" }
    zdt.eventually("it ends", { every = "5ms" }, function() return not short:running() end)
    zdt.observe("short", short:output())
  )"),
            "");
  EXPECT_EQ(observed("running"), json(true));
  EXPECT_EQ(observed("short"), json("no\n"));
}

TEST_F(ShellTest, AStartedProgramEndsWithTheRun) {
  ASSERT_EQ(failure_of(R"(
    zdt.start { "sh", "-c", "trap 'echo ended >end; exit' TERM; echo >begun; while :; do sleep 0.01; done" }
    zdt.eventually("it runs", { every = "5ms" }, function() return zdt.shell({ "ls" }).out:find("begun") ~= nil end)
  )"),
            "");
  auto written = host::read_file(host.root / "end");
  EXPECT_EQ(written ? *written : written.error().what, "ended\n");
}

TEST_F(ShellTest, AProgramThatCannotBeStartedSaysSo) {
  const auto outcome = run("zdt.start { 'no-such-program' }");
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->code, Code::kEnvironment);
}

TEST_F(ShellTest, AFileIsFoundBesideTheScriptBeforeTheProject) {
  World world(host, nullptr);
  world.folder = host.root / "elsewhere";
  ASSERT_TRUE(host::write_file(host.root / "elsewhere/both.yaml", "x"));
  ASSERT_TRUE(host::write_file(host.root / "both.yaml", "x"));
  EXPECT_EQ(world.file("both.yaml"), host.root / "elsewhere/both.yaml");
  EXPECT_EQ(world.file("manifests/app"), host.root / "manifests/app");
  EXPECT_EQ(world.file("/abs/olute"), "/abs/olute");
}

TEST_F(ShellTest, AScriptKnowsItsFolder) {
  ASSERT_EQ(failure_of("zdt.observe('dir', s.dir)"), "");
  EXPECT_EQ(observed("dir"), json((host.root / "scripts").string()));
}

TEST_F(ShellTest, AResultIsAnEventOfTheStep) {
  ASSERT_EQ(failure_of("zdt.result('0 of 1,888 requests lost')"), "");
  const auto said = kept.of_type("result");
  ASSERT_EQ(said.size(), 1u);
  EXPECT_EQ(string_at(said[0].data, {"text"}), "0 of 1,888 requests lost");
  EXPECT_EQ(said[0].step, "step");
}

}  // namespace zdt::script
