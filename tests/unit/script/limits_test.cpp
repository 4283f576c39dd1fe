#include <csignal>

#include "host/interruption.h"
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

/// Each takes longer than anybody waits, and most of them within one function of the library. Each may use what `after` says.
const std::vector<std::string> kEndless = {
    "string.find(('a'):rep(200), ('a-'):rep(40) .. 'b')",
    "string.match(('a'):rep(200), ('a*'):rep(40) .. 'b')",
    "for _ in string.gmatch(('a'):rep(200), ('a-'):rep(40) .. 'b') do end",
    "string.gsub(('a'):rep(200), ('a-'):rep(40) .. 'b', '')",
    "string.gsub(('a'):rep(1000), 'a', function() while true do end end)",
    "string.gsub('a', 'a', function() string.find(('a'):rep(200), ('a?'):rep(90) .. ('a'):rep(90) .. 'b') end)",
    "string.rep('x', 1000):find(('(.-)'):rep(20) .. '%1y')",
    "table.move({}, 1, math.maxinteger - 1, 2)",
    "table.insert(setmetatable({}, { __len = function() return 1 << 60 end }), 1, 'x')",
    "table.remove(setmetatable({}, { __len = function() return 1 << 60 end }), 1)",
    "table.concat(setmetatable({}, { __index = rawlen }), '', 1, 1 << 60)",
    "table.sort({ 3, 2, 1 }, function() while true do end end)",
    "table.sort(setmetatable({}, { __len = function() return (1 << 31) - 2 end }), rawequal)",
    "xpcall(function() error 'x' end, function() while true do end end)",
    "xpcall(function() while true do end end, function() while true do end end)",
    "xpcall(function() while true do end end, function() xpcall(error, function() while true do end end) end)",
    "while true do xpcall(function() while true do end end, function(e) return e end) end",
    "while true do pcall(error, 'x') end",
    "while true do pcall(pcall, error) end",
    "::again:: pcall(string.rep, 'x', 1 << 40) goto again",
    "setmetatable({}, { __index = function() while true do end end }).x = nil local _ = setmetatable({}, { __index = "
    "function() while true do end end }).x",
    "local _ = setmetatable({}, { __eq = function() while true do end end }) == setmetatable({}, {})",
    "local _ = setmetatable({}, { __concat = function() while true do end end }) .. 'x'",
    "tostring(setmetatable({}, { __tostring = function() while true do end end }))",
    "print(setmetatable({}, { __tostring = function() while true do end end }))",
    "zdt.log(setmetatable({}, { __tostring = function() while true do end end }))",
    "string.format('%s', setmetatable({}, { __tostring = function() while true do end end }))",
    "for _ in pairs(setmetatable({}, { __pairs = function() return function() while true do end end end })) do end",
    "do local _ <close> = setmetatable({}, { __close = function() while true do end end }) end",
    "local _ <close> = setmetatable({}, { __close = function() while true do end end }) error 'x'",
    "local _ <close> = setmetatable({}, { __close = function() while true do end end }) while true do end",
    "local x = setmetatable({}, { __close = function() while true do pcall(error) end end }) "
    "local a <close> = x local b <close> = x while true do end",
    "load(function() while true do end end)",
    "load(function() return ' ' end)",
    "load('return ' .. ('a or '):rep(200000) .. 'a')",
    "load(('if a then elseif b then '):rep(1) .. ('elseif b then '):rep(100000) .. 'end')",
    "local big = {} for i = 1, 1000 do big[i] = 0 end while true do table.concat(big) end",
    "local s = ('x'):rep(1 << 18) while true do s:upper() end",
    "local empty = {} for i = 1, 1 << 15 do empty[i] = i end for i = 1, 1 << 15 do empty[i] = nil end "
    "local list = {} for i = 1, 30000 do list[i] = empty end while true do pcall(zdt.observe, 'x', list) end",
    "local function f() return pcall(f) or f() end while true do f() end",
    "while true do local ok = pcall(function() local t = {} while true do t[#t + 1] = ('x'):rep(1000) .. #t end end) end",
    "for _ in utf8.codes(('x'):rep(1000)) do while true do end end",
    "local t = setmetatable({}, { __lt = function() while true do end end }) table.sort({ t, t, t })",
    "while true do os.date(('%c'):rep(400)) end",
};

TEST_F(LimitsTest, WhateverDoesNotWaitIsEndedWhereverItRuns) {
  for (const std::string& endless : kEndless) {
    const auto begun = std::chrono::steady_clock::now();
    EXPECT_TRUE(holds(script_error_of(endless), "the script ran for 50 ms without waiting")) << endless;
    EXPECT_LT(std::chrono::steady_clock::now() - begun, milliseconds(3'000)) << endless;
  }
}

TEST_F(LimitsTest, WhateverDoesNotWaitIsEndedAtTheTopLevelAlso) {
  for (const std::string& endless : {kEndless[0], kEndless[7], kEndless[13], kEndless[14], kEndless[30]}) {
    EXPECT_TRUE(holds(load_error(endless).what, "the script ran for 50 ms without waiting")) << endless;
  }
  EXPECT_TRUE(holds(load_error("return " + std::string("a or ") + [] {
                      std::string text;
                      for (int i = 0; i < 200'000; ++i) text += "a or ";
                      return text;
                    }() + "a").what,
                    "the script ran for 50 ms"));
}

TEST_F(LimitsTest, FinallyRunsAfterAnEndlessFunctionOfTheLibrary) {
  const auto outcome = run_script(R"(
    return zdt.script { name = "test", finally = function() zdt.log("finally ran") end,
      zdt.step { "Step", run = function() string.find(("a"):rep(200), ("a-"):rep(40) .. "b") end } })");
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(kept.of_type("log").at(0).data["text"], "finally ran");
}

TEST_F(LimitsTest, ItIsEndedWhenTheTimeOfItsStepIsOver) {
  limits.slice = milliseconds(15'000);
  for (const char* endless : {"while true do end", "string.find(('a'):rep(200), ('a-'):rep(40) .. 'b')",
                              "zdt.parallel { function() while true do pcall(error) end end }"}) {
    const auto outcome = run_script(fmt::format(
        R"(return zdt.script {{ name = "test", zdt.step {{ "Step", timeout = "100ms", run = function() {} end }} }})", endless));
    ASSERT_TRUE(outcome.error);
    EXPECT_EQ(outcome.error->code, Code::kTimeout) << outcome.error->what;
    EXPECT_TRUE(holds(outcome.error->what, "step \"step\" did not end within 100 ms"));
  }
}

TEST_F(LimitsTest, ItIsEndedByCtrlC) {
  limits.slice = milliseconds(15'000);
  for (const char* endless : {"while true do end", "string.find(('a'):rep(200), ('a-'):rep(40) .. 'b')",
                              "xpcall(error, function() while true do end end)"}) {
    const host::Interruptions interruptions(loop.get_executor());
    Background later(loop.get_executor(), [](pid_t self) -> Task<void> {
      kill(self, SIGINT);
      co_return;
    }(getpid()));
    const auto outcome = run(std::string("zdt.sleep('1ms') ") + endless);
    ASSERT_TRUE(outcome.error);
    EXPECT_EQ(outcome.error->code, Code::kCancelled) << outcome.error->what;
    EXPECT_TRUE(holds(outcome.error->what, "test.lua:2: interrupted"));
  }
}

TEST_F(LimitsTest, VariablesThatAreClosedWhenTheirStepIsCancelledDoNotRunForLong) {
  limits.slice = milliseconds(200);
  const auto outcome = run_script(R"(return zdt.script { name = "test", zdt.step { "Step", timeout = "20ms", run = function()
    local _ <close> = setmetatable({}, { __close = function() while true do end end })
    zdt.sleep "1h" end } })");
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->code, Code::kTimeout);
}

/// A function of C that does not come back and calls nothing: no hook reaches it.
int never_back(lua_State* state) {
  volatile bool go_on = true;
  while (go_on) static_cast<void>(state);
  return 0;
}

TEST_F(LimitsTest, AFunctionOfCThatDoesNotComeBackIsLeftAndTheScriptEndsWithAnError) {
  limits.grace = milliseconds(100);
  auto loaded = load(R"(return zdt.script { name = "test", finally = function() zdt.log "not here" end,
    zdt.step { "Step", run = function() zdt.parallel { function() zdt.sleep "1ms" end, function()
      never_back() end } end } })");
  ASSERT_TRUE(loaded) << loaded.error().what;
  script = std::move(*loaded);
  lua_register(script->world().state(), "never_back", &never_back);
  const auto outcome = await(engine.execute(script->plan({}), {}));
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->code, Code::kScript);
  EXPECT_TRUE(holds(outcome.error->what, "test.lua:3: the script ran for 50 ms without waiting"));
  EXPECT_TRUE(holds(outcome.error->what, "no more of its Lua can run"));
  EXPECT_TRUE(kept.of_type("log").empty());
  EXPECT_FALSE(script->world().usable());
}

Outcome never_back_with_cpp(lua_State* state, World&) { return {never_back(state)}; }

TEST_F(LimitsTest, ACallOfOursThatDoesNotComeBackEndsTheProgramWithTwo) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  limits.grace = milliseconds(20);
  auto loaded = load(step_of("never_back()"));
  ASSERT_TRUE(loaded) << loaded.error().what;
  script = std::move(*loaded);
  lua_register(script->world().state(), "never_back", &guarded<&never_back_with_cpp>);
  EXPECT_EXIT(await(engine.execute(script->plan({}), {})), ::testing::ExitedWithCode(2), "a call of the script does not come back");
}

TEST_F(LimitsTest, AFinaliserOfAScriptIsRefusedAndNoClassCanBeGivenOne) {
  EXPECT_TRUE(holds(script_error_of("setmetatable({}, { __gc = function() end })"), "test.lua:2: a script's metatable has no __gc"));
  allow_time();
  EXPECT_EQ(failure_of(R"(
    local ok, err = pcall(zdt.fail, "x")
    assert(getmetatable(err) == false and not pcall(setmetatable, err, {}))
    local program = zdt.start { "sleep", "0" }
    local class = program.__index
    assert(class == nil and getmetatable(program) == false and program.__gc == nil)
  )"),
            "");
}

TEST_F(LimitsTest, TextsThatGrowWithoutBoundAreAnErrorOfTheMemory) {
  allow_time();
  for (const char* hungry : {"string.rep('x', 1e9)", "string.rep('x', 1 << 62)", "('a'):rep(1e6):gsub('a', ('b'):rep(1e6))",
                             "local t = {} for i = 1, 1000 do t[i] = ('x'):rep(100000) end table.concat(t)",
                             "local s = 'x' while true do s = s .. s end", "load(('x'):rep(1 << 21) .. ' = 1')",
                             "string.format('%s%s', ('x'):rep(3 << 20), ('x'):rep(3 << 20))"}) {
    const std::string why = script_error_of(hungry);
    EXPECT_TRUE(why.find("memory") != std::string::npos || why.find("too large") != std::string::npos ||
                why.find("too long") != std::string::npos || why.find("it passed") != std::string::npos)
        << hungry << ": " << why;
  }
}

TEST_F(LimitsTest, WhatIsNestedTooDeeplyIsAnError) {
  allow_time();
  limits.memory = 64 << 20;
  EXPECT_EQ(failure_of(R"(
    local text, why = load("return " .. ("("):rep(100000) .. "1")
    assert(not text and why:find("overflow"), why)
    local ok, why = pcall(function() local function f(s) return (s:gsub(".", f)) end f("x") end)
    assert(not ok and why:find("overflow"), why)
    ok, why = pcall(string.rep, "", 1 << 62) assert(ok and why == "")
    ok, why = pcall(table.unpack, {}, 1, 1e8) assert(not ok)
    ok, why = pcall(os.date, ("%c"):rep(1e6)) assert(not ok and why:find("1 KiB"))
    ok, why = pcall(function() local function f() return 1 + f() end f() end)
    assert(not ok and (why:find("overflow") or why:find("memory")), why)
  )"),
            "");
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
