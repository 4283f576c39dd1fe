#include "unit/script/script_world.h"

namespace zdt::script {

class LimitsTest : public ScriptTest {
 protected:
  LimitsTest() {
    limits.slice = milliseconds(50);
    limits.memory = 4 << 20;
  }
  /// For the tests of memory: a busy machine must not turn them into tests of time.
  void allow_time() { limits.slice = milliseconds(15'000); }
  /// The step's error; it must be one of the script.
  std::string script_error_of(const std::string& body) {
    const auto outcome = run(body);
    if (!outcome.error) return "it passed";
    EXPECT_EQ(outcome.error->code, Code::kScript) << outcome.error->what;
    EXPECT_EQ(exit_code_of(outcome.error->code), 2);
    return outcome.error->what;
  }
};

TEST_F(LimitsTest, AnEndlessLoopIsStoppedAndTheErrorNamesItsLine) {
  const std::string why = script_error_of("local n = 0\nwhile true do n = n + 1 end");
  EXPECT_TRUE(holds(why, "test.lua:3: the script ran for 50 ms without waiting"));
  EXPECT_TRUE(holds(why, "3 | while true do"));
}

TEST_F(LimitsTest, AnEndlessLoopInAFunctionIsStoppedThere) {
  EXPECT_TRUE(holds(script_error_of("local function spin()\nwhile true do end\nend\nspin()"), "test.lua:3:"));
}

TEST_F(LimitsTest, PcallInALoopDoesNotOutliveTheLimit) {
  EXPECT_TRUE(
      holds(script_error_of("while true do pcall(function() while true do end end) end"), "endless loop"));
  EXPECT_TRUE(holds(script_error_of("local function f() pcall(f) return f() end\nf()"), ""));
}

TEST_F(LimitsTest, AnEndlessLoopAtTheTopLevelIsStopped) {
  const Error error = load_error("while true do end");
  EXPECT_EQ(error.code, Code::kScript);
  EXPECT_TRUE(holds(error.what, "test.lua:1: the script ran for"));
}

TEST_F(LimitsTest, AnEndlessLoopInABranchOfParallelAndInATrialIsStopped) {
  EXPECT_TRUE(holds(script_error_of("zdt.parallel { function() while true do end end }"), "endless loop"));
  EXPECT_TRUE(
      holds(script_error_of("zdt.eventually('x', function() while true do end end)"), "endless loop"));
}

TEST_F(LimitsTest, AnEndlessLoopInFinallyIsStopped) {
  const auto outcome = run_script(R"(
    return zdt.script { name = "test", finally = function() while true do end end,
      zdt.step { "Step", run = function() end } })");
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->code, Code::kScript);
}

TEST_F(LimitsTest, AScriptThatWaitsMayRunForAsLongAsItLikes) {
  limits.slice = milliseconds(200);
  EXPECT_EQ(failure_of(R"(
    local start = os.clock()
    while os.clock() - start < 0.4 do
      for _ = 1, 1000 do end
      zdt.sleep(0)
    end
  )"),
            "");
}

TEST_F(LimitsTest, AMemoryHogIsStopped) {
  allow_time();
  EXPECT_EQ(script_error_of("local t = {} for i = 1, 1e9 do t[i] = ('x'):rep(1000) .. i end"),
            "the script needs more than the 4 MiB of memory that it may have");
  EXPECT_TRUE(holds(script_error_of("local x = ('x'):rep(1e9)"), "memory"));
}

TEST_F(LimitsTest, AMemoryHogAtTheTopLevelIsStopped) {
  allow_time();
  const Error error = load_error("local t = {} for i = 1, 1e9 do t[i] = ('x'):rep(1000) .. i end");
  EXPECT_EQ(error.code, Code::kScript);
  EXPECT_TRUE(holds(error.what, "memory"));
}

TEST_F(LimitsTest, AScriptThatSurvivesItsHungerDoesNotEndTheProgram) {
  allow_time();
  // Everything is taken; what is called from outside of Lua then, such as handing over the state, cannot
  // allocate.
  const auto outcome = run_script(R"(
    local hoard
    local function grow() hoard = { hoard } end
    return zdt.script { name = "test",
      zdt.step { "Take", run = function(s) s.state.large = ("x"):rep(1000000) while pcall(grow) do end end },
      zdt.step { "Then", run = function() end } })");
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->code, Code::kScript);
  EXPECT_TRUE(holds(outcome.error->what, "memory"));
}

TEST_F(LimitsTest, AnAnswerThatDoesNotFitIsAnErrorOfTheScript) {
  allow_time();
  limits.memory = 700'000;
  const std::string why = script_error_of("zdt.shell { 'head', '-c', '1000000', '/dev/zero' }");
  EXPECT_TRUE(holds(why, "memory"));
}

TEST_F(LimitsTest, GarbageIsNotCounted) {
  allow_time();
  EXPECT_EQ(failure_of("for i = 1, 20000 do local x = ('x'):rep(1000) .. i end"), "");
}

}  // namespace zdt::script
