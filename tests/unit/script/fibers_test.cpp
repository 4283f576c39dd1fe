#include "unit/script/script_world.h"

namespace zdt::script {

class FibersTest : public ScriptTest {
 protected:
  /// Interrupts the run when the script logs this text.
  void interrupt_at(const std::string& text) {
    watcher = std::make_unique<Watcher>(*this, text);
    bus.add(*watcher);
  }
  struct Watcher : stage::Sink {
    Watcher(FibersTest& t, std::string what) : test(t), text(std::move(what)) {}
    void receive(const stage::Event& event) override {
      if (event.type != "log" || string_at(event.data, {"text"}) != text) return;
      asio::post(test.loop, [this] { test.engine.interrupt(); });
    }
    FibersTest& test;
    std::string text;
  };
  std::vector<std::string> logged() const {
    std::vector<std::string> lines;
    for (const auto& event : kept.of_type("log")) lines.push_back(string_at(event.data, {"text"}));
    return lines;
  }
  std::unique_ptr<Watcher> watcher;
};

TEST_F(FibersTest, ABindingWaitsInsidePcall) {
  ASSERT_EQ(failure_of("zdt.observe('ok', (pcall(function() zdt.sleep('1ms') zdt.sleep(0.001) end)))"), "");
  EXPECT_EQ(observed("ok"), json(true));
}

TEST_F(FibersTest, ABindingWaitsInMetamethodsAndIterators) {
  EXPECT_EQ(failure_of(R"(
    local t = setmetatable({}, { __index = function(_, key) zdt.sleep(0) return key end })
    assert(t.x == "x")
    for i in function(_, i) zdt.sleep(0) i = (i or 0) + 1 return i < 4 and i or nil end do assert(i < 4) end
  )"),
            "");
}

TEST_F(FibersTest, ParallelGivesTheFirstResultsInOrderWhoeverEndsFirst) {
  ASSERT_EQ(failure_of(R"(
    local a, b, c = zdt.parallel {
      function() zdt.sleep("20ms") return "slow", "dropped" end,
      function() return { 1, { 2 } } end,
      function() end,
    }
    zdt.observe("results", { a, b })
    zdt.observe("third", c == nil)
  )"),
            "");
  EXPECT_EQ(observed("results"), json::parse(R"(["slow",[1,[2]]])"));
  EXPECT_EQ(observed("third"), json(true));
}

TEST_F(FibersTest, ParallelsBranchesRunAtOnceAlsoNested) {
  ASSERT_EQ(failure_of(R"(
    local order = {}
    local function note(name, pause) return function() zdt.sleep(pause) order[#order + 1] = name end end
    zdt.parallel {
      note("third", "60ms"),
      function() zdt.parallel { note("second", "30ms"), note("first", 0) } end,
    }
    zdt.observe("order", order)
  )"),
            "");
  EXPECT_EQ(observed("order"), json::parse(R"(["first","second","third"])"));
}

TEST_F(FibersTest, ParallelOfNothingReturnsNothing) { EXPECT_EQ(failure_of("zdt.parallel {}"), ""); }

TEST_F(FibersTest, AnErrorInOneBranchCancelsTheOthers) {
  const auto outcome = run(R"(
    zdt.parallel {
      function() zdt.sleep("1h") zdt.log "never" end,
      function() zdt.parallel { function() zdt.sleep("1h") zdt.log "never" end } end,
      function() zdt.sleep("1ms") zdt.fail("branch failed", "look there") end,
    })");
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->code, Code::kFailed);
  EXPECT_EQ(outcome.error->what, "branch failed");
  EXPECT_EQ(outcome.error->hint, "look there");
  EXPECT_EQ(logged(), Words{});
}

TEST_F(FibersTest, WhatRunsBesideTheFirstFunctionEndsWithIt) {
  ASSERT_EQ(failure_of(R"(
    local first, quick, slow = zdt.parallel({
      function() zdt.sleep("20ms") return "first" end,
      function() return "quick" end,
      function() zdt.sleep("1h") zdt.log "never" end,
    }, { beside_first = true })
    zdt.observe("results", { first, quick, slow == nil })
    local ok, failure = pcall(zdt.parallel, {
      function() zdt.sleep("1h") end, function() zdt.fail("beside it") end,
    }, { beside_first = true })
    zdt.observe("failure", tostring(failure))
  )"),
            "");
  EXPECT_EQ(observed("results"), json::parse(R"(["first","quick",true])"));
  EXPECT_EQ(observed("failure"), json("beside it"));
  EXPECT_EQ(logged(), Words{});
}

TEST_F(FibersTest, ABranchsMistakeNamesItsLineOnce) {
  EXPECT_EQ(
      failure_of("zdt.parallel {\nfunction() local x = nil + 1 end }"),
      "test.lua:3: attempt to perform arithmetic on a nil value\n  3 | function() local x = nil + 1 end }");
}

TEST_F(FibersTest, WhatABranchCannotGiveBackIsAnErrorOfTheScript) {
  const auto outcome = run("zdt.parallel { function() return print end }");
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->code, Code::kScript);
  EXPECT_TRUE(holds(outcome.error->what, "a function cannot be data"));
}

TEST_F(FibersTest, InterruptingEndsAWaitingFiberWhereItStandsAndRunsFinally) {
  interrupt_at("waiting");
  const auto outcome = run_script(R"(
    return zdt.script { name = "test", finally = function() zdt.log "finally" end,
      zdt.step { "Step", run = function()
        pcall(function()
          zdt.log "waiting"
          zdt.sleep "1h"
        end)
        zdt.log "never"
      end } })");
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->code, Code::kCancelled);
  EXPECT_EQ(logged(), (Words{"waiting", "finally"}));
}

TEST_F(FibersTest, InterruptingEndsEveryBranchOfParallel) {
  interrupt_at("waiting");
  const auto outcome = run(R"(
    zdt.parallel {
      function() while true do pcall(zdt.sleep, "1ms") end end,
      function() zdt.log "waiting" zdt.shell({ "sleep", "60" }) end,
    })");
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->code, Code::kCancelled);
}

TEST_F(FibersTest, AStepsTimeoutEndsItsWaitingFiber) {
  const auto outcome = run_script(R"(
    return zdt.script { name = "test", zdt.step { "Step", timeout = "20ms", run = function() zdt.sleep "1h" end } })");
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->code, Code::kTimeout);
}

TEST_F(FibersTest, EventuallyTriesAgainUntilItHoldsAndRecordsOneAssertion) {
  ASSERT_EQ(failure_of(R"(
    local tries = 0
    local value = zdt.eventually("ready", { timeout = "5s", every = "1ms" }, function()
      tries = tries + 1
      zdt.expect("tries", tries):at_least(3)
      return { tries = tries }
    end)
    zdt.observe("value", value)
  )"),
            "");
  EXPECT_EQ(observed("value"), json::parse(R"({"tries":3})"));
  EXPECT_EQ(assertions(), (Words{"ready: passed"}));
}

TEST_F(FibersTest, EventuallySaysTheLastMismatchAndHowOftenItTried) {
  for (const auto& [body, last] : std::map<std::string, std::string>{
           {"return false, '2 of 3 pods'", "Last: 2 of 3 pods"},
           {"return nil", "Last: got null"},
           {"zdt.expect('ready', 2):equals(3)", "Last: ready: want 3, got 2"},
           {"zdt.fail 'connection refused'", "Last: connection refused"},
           {"return false, { 'x\\xff' }", "Last: "},
       }) {
    const auto outcome =
        run("zdt.eventually('pods', { timeout = '10ms', every = '2ms' }, function() " + body + " end)");
    ASSERT_TRUE(outcome.error) << body;
    EXPECT_EQ(outcome.error->code, Code::kTimeout) << body;
    EXPECT_TRUE(holds(outcome.error->what, "pods: did not hold within 10 ms (")) << body;
    EXPECT_TRUE(holds(outcome.error->what, last)) << body;
    EXPECT_EQ(assertions(), Words{}) << body;
  }
}

TEST_F(FibersTest, EventuallyDoesNotRepeatAMistakeOfTheScript) {
  const std::string why = failure_of(
      "local n = 0\nzdt.eventually('x', function()\nn = n + 1 zdt.observe('n', n)\nlocal y = n.z.w\nend)");
  EXPECT_TRUE(holds(why, "test.lua:5: attempt to index a n"));
  EXPECT_EQ(observed("n"), json(1));
}

TEST_F(FibersTest, EventuallyEndsATryThatHangs) {
  const auto begun = std::chrono::steady_clock::now();
  const auto outcome = run("zdt.eventually('x', { timeout = '20ms' }, function() zdt.sleep '1h' end)");
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->code, Code::kTimeout);
  EXPECT_TRUE(holds(outcome.error->what, "x: did not hold within 20 ms"));
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(5));
}

TEST_F(FibersTest, EventuallyDoesNotPauseBeyondItsTime) {
  const auto begun = std::chrono::steady_clock::now();
  failure_of("zdt.eventually('x', { timeout = '20ms', every = '1h' }, function() return false end)");
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(5));
}

TEST_F(FibersTest, EventuallysOptionsMayBeNilOrLeftOut) {
  EXPECT_EQ(failure_of("zdt.eventually('x', nil, function() return true end)"), "");
  EXPECT_EQ(failure_of("zdt.eventually('x', function() return true end)"), "");
}

TEST_F(FibersTest, ParallelInATrialIsPartOfTheTrial) {
  ASSERT_EQ(failure_of(R"(
    local tries = 0
    zdt.eventually("both", { timeout = "5s", every = "1ms" }, function()
      tries = tries + 1
      zdt.parallel { function() zdt.expect("inner", tries):equals(2) end }
      return true
    end)
  )"),
            "");
  EXPECT_EQ(assertions(), (Words{"both: passed"}));
}

}  // namespace zdt::script
