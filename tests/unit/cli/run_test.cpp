#include "unit/cli/cli_world.h"

namespace zdt::cli {

class RunTest : public CliTest {
 protected:
  RunTest() {
    write_step("failing", "zdt.expect('failed requests', 2):equals(0)");
    write("slow.lua",
          "return zdt.script { name = 'slow', zdt.step { 'Step', timeout = '20ms', run = function() "
          "zdt.sleep '1h' end } }");
  }
  std::string logs() const {
    std::string text;
    for (const char* word : {"applied", "waited", "checked"})
      text += said(word) ? std::string(word) + " " : "";
    return text;
  }
};

TEST_F(RunTest, TheExitCodeTellsTheClassOfWhatHappened) {
  write_step("raising", "local x x.y = 1");
  write_step("without-cluster", "zdt.k8s.get('pod', 'x')");
  write_step("interrupted", "zdt.shell { 'sh', '-c', 'kill -INT $PPID' } zdt.sleep '1h'");
  for (const auto& [script, code] : std::map<std::string, int>{{"deploy", 0},
                                                               {"failing", 1},
                                                               {"raising", 2},
                                                               {"without-cluster", 3},
                                                               {"slow", 4},
                                                               {"interrupted", 130}}) {
    EXPECT_EQ(run({"run", script, "--on", "rehearsal"}), code) << script << "\n" << everything();
  }
}

TEST_F(RunTest, TheLastLineOnStandardOutputSaysHowItEndedAndWhy) {
  run({"run", "failing"});
  const size_t last = out().find_last_of('\n', out().size() - 2);
  const std::string line = out().substr(last + 1);
  EXPECT_NE(line.find("failed: failed requests: want 0, got 2"), std::string::npos) << out();
}

TEST_F(RunTest, TheStepsThatAreAskedForRun) {
  EXPECT_EQ(run({"run", "deploy"}), 0);
  EXPECT_EQ(logs(), "applied waited checked ");
  EXPECT_EQ(run({"run", "deploy", "--from", "wait-for-it"}), 0);
  EXPECT_EQ(logs(), "waited checked ");
  EXPECT_EQ(run({"run", "deploy", "--until", "wait-for-it"}), 0);
  EXPECT_EQ(logs(), "applied waited ");
  EXPECT_EQ(run({"run", "deploy", "--only", "*-it"}), 0);
  EXPECT_EQ(logs(), "waited checked ");
  EXPECT_EQ(run({"run", "deploy", "--skip", "wait*,check*"}), 0);
  EXPECT_EQ(logs(), "applied ");
}

TEST_F(RunTest, ParametersComeFromSetAndFromFiles) {
  ASSERT_TRUE(host::write_file(folder.path() / "tag.txt", "v9\n"));
  EXPECT_EQ(
      run({"run", "deploy", "--set", "rate=7", "--set-file", "tag=" + (folder.path() / "tag.txt").string()}),
      0);
  EXPECT_TRUE(said("applied v9 at 7")) << everything();
}

TEST_F(RunTest, VariablesReachWhatTheScriptStartsButDoNotOverruleIt) {
  write_step("env", R"(zdt.log("saw " .. zdt.shell({ "sh", "-c", "echo $A-$B-$C" }, { env = { C = "own" } }).out))");
  EXPECT_EQ(run({"run", "-e", "A=1=2", "--env", "B=", "-e", "C=given", "env"}), 0) << everything();
  EXPECT_TRUE(said("saw 1=2--own")) << everything();
}

TEST_F(RunTest, AScriptIsAlsoFoundByItsPath) {
  const auto file = folder.path() / "elsewhere/mine.lua";
  ASSERT_TRUE(host::write_file(
      file,
      "return zdt.script { name = 'mine', zdt.step { 'S', run = function() zdt.log 'mine ran' end } }"));
  EXPECT_EQ(run({"run", file.string()}), 0);
  EXPECT_TRUE(said("mine ran"));
}

TEST_F(RunTest, WithoutATargetItSaysWhichOneItTookAndWhy) {
  EXPECT_EQ(run({"run", "deploy"}), 0);
  EXPECT_EQ(err().substr(0, 14), "on rehearsal (") << err();
  EXPECT_EQ(run({"run", "deploy", "--on", "rehearsal"}), 0);
  EXPECT_EQ(err(), "");
}

TEST_F(RunTest, ColourIsDecidedByFlagThenNoColorThenTheTerminal) {
  const auto coloured = [this](Words more) {
    more.insert(more.begin(), {"run", "deploy", "--on", "rehearsal"});
    EXPECT_EQ(run(std::move(more)), 0);
    return out().find("\x1b[1m") != std::string::npos;
  };
  EXPECT_FALSE(coloured({}));
  EXPECT_TRUE(coloured({"--color", "always"}));
  terminal.is_terminal = true;
  EXPECT_TRUE(coloured({}));
  EXPECT_FALSE(coloured({"--ci"}));
  EXPECT_FALSE(coloured({"--color", "never"}));
  host.environment["NO_COLOR"] = "1";
  EXPECT_FALSE(coloured({"--ci"}));
  host.environment["NO_COLOR"] = "";
  host.environment["TERM"] = "dumb";
  EXPECT_FALSE(coloured({"--ci"}));
}

TEST_F(RunTest, FinallyRunsUnlessTheClusterIsToBeKept) {
  write("cleaning.lua",
        "return zdt.script { name = 'cleaning', finally = function() zdt.log 'cleaned' end, zdt.step { 'S', "
        "run = function() zdt.fail 'no' end } }");
  EXPECT_EQ(run({"run", "cleaning"}), 1);
  EXPECT_TRUE(said("cleaned"));
  EXPECT_EQ(run({"run", "cleaning", "--keep"}), 1);
  EXPECT_FALSE(said("cleaned"));
}

TEST_F(RunTest, FailFastStopsTheStepsBesideTheOneThatFails) {
  write("beside.lua", R"(return zdt.script { name = "beside", zdt.step { "Long", run = function() zdt.sleep "1h" end },
    zdt.step { "Short", after = {}, run = function() zdt.fail "no" end } })");
  EXPECT_EQ(run({"run", "beside", "--fail-fast"}), 1) << everything();
  EXPECT_TRUE(said("beside failed: no")) << everything();
}

TEST_F(RunTest, TheDefaultTimeoutOfStepsCanBeSet) {
  write_step("waiting", "zdt.sleep '1h'");
  EXPECT_EQ(run({"run", "waiting", "--timeout", "20ms"}), 4);
}

TEST_F(RunTest, ANeededScriptThatDoesNotHoldEndsTheRunWithTheCommandToType) {
  write(
      "base.lua",
      R"(return zdt.script { name = "base", zdt.step { "Up", checkpoint = "up", run = print, verify = function() return here ~= nil end } })");
  write("app.lua",
        "return zdt.script { name = 'app', needs = { 'base' }, zdt.step { 'S', run = function() zdt.log "
        "'ran' end } }");
  EXPECT_EQ(run({"run", "app", "--on", "rehearsal"}), 3);
  EXPECT_TRUE(said("app needs base, whose step \"up\" does not hold on rehearsal")) << everything();
  EXPECT_TRUE(said("zdt-demo run base --on rehearsal")) << everything();
  EXPECT_FALSE(said("ran\n"));
  write("base.lua",
        "return zdt.script { name = 'base', zdt.step { 'Up', checkpoint = 'up', run = print, verify = "
        "function() return true end } }");
  EXPECT_EQ(run({"run", "app", "--on", "rehearsal"}), 0) << everything();
}

TEST_F(RunTest, ANeededScriptThatDoesNotExistIsAMistake) {
  write("app.lua", "return zdt.script { name = 'app', needs = { 'bse' }, zdt.step { 'S', run = print } }");
  EXPECT_EQ(run({"run", "app"}), 2);
  EXPECT_TRUE(said("there is no script \"bse\"")) << everything();
}

TEST_F(RunTest, InterruptedOnceItCleansUpAndKeepsTheJournal) {
  write("stopped.lua", R"(return zdt.script { name = "stopped", finally = function() zdt.log "cleaned" end,
    zdt.step { "S", run = function() zdt.shell { "sh", "-c", "kill -INT $PPID" } zdt.sleep "1h" end } })");
  EXPECT_EQ(run({"run", "stopped"}), 130);
  EXPECT_TRUE(said("cleaned")) << everything();
  const std::string journal = host::read_file(run_folders().back() / "journal.jsonl").value();
  EXPECT_NE(journal.find("run-finished"), std::string::npos);
  EXPECT_EQ(journal.back(), '\n');
}

}  // namespace zdt::cli
