// Steps side by side in one Lua world: `after`, and what belongs to which step.
#include "unit/script/script_world.h"

namespace zdt::script {

class BesideTest : public ScriptTest {
 protected:
  /// "step: name", in the order of names, of events of this type that have a `name` or a `text`.
  std::vector<std::string> by_step(std::string_view type) const {
    std::vector<std::string> lines;
    for (const auto& event : kept.of_type(type)) {
      lines.push_back(event.step + ": " + string_at(event.data, {"name"}) + string_at(event.data, {"text"}));
    }
    std::sort(lines.begin(), lines.end());
    return lines;
  }
  static std::string script_of(const std::string& steps) { return "return zdt.script { name = \"test\",\n" + steps + "\n}"; }
};

TEST_F(BesideTest, AfterIsAListOrOneStepOrNone) {
  auto loaded = load(script_of(R"(
    zdt.step { "First", run = print }, zdt.step { "Second", after = {}, run = print },
    zdt.step { "Third", after = "first", run = print }, zdt.step { "Fourth", after = { "first", "third" }, run = print })"));
  ASSERT_TRUE(loaded) << loaded.error().what;
  const auto steps = (*loaded)->plan(json::object()).steps;
  EXPECT_FALSE(steps[0].after);
  EXPECT_EQ(steps[1].after, Words{});
  EXPECT_EQ(steps[2].after, Words{"first"});
  EXPECT_EQ(steps[3].after, (Words{"first", "third"}));
}

TEST_F(BesideTest, AnAfterThatNamesNoEarlierStepIsAMistakeWithItsLine) {
  const std::string first = "zdt.step { \"First\", run = print },\n", last = ",\nzdt.step { \"Last\", run = print }";
  for (const auto& [after, what] : std::vector<std::pair<std::string, std::string>>{
           {"'frist'", "test.lua:3: step \"Second\": after: there is no step \"frist\""},
           {"{ 'first', 'last' }", "test.lua:3: step \"Second\": after: step \"last\" does not come before it"},
           {"'second'", "test.lua:3: step \"Second\": after: step \"second\" does not come before it"},
           {"{ 5 }", "test.lua: step \"Second\": after: want a list of names"},
           {"7", "test.lua: step \"Second\": after: want a list of names, got a number"}}) {
    const Error error = load_error(script_of(first + "zdt.step { \"Second\", after = " + after + ",\n run = print }" + last));
    EXPECT_EQ(error.code, Code::kScript);
    EXPECT_TRUE(holds(error.what, what));
  }
  const Error near = load_error(script_of(first + "zdt.step { \"Second\", after = 'frist', run = print }"));
  EXPECT_TRUE(holds(near.what, "\n  3 | zdt.step { \"Second\""));
  EXPECT_EQ(near.hint, "did you mean \"first\"?");
}

/// Each waits for the other: they end only when they run at the same time.
constexpr const char* kTwoThatMeet = R"(
  local function meet(mine, other, passes) return function(s)
    s.here = s.here or {}
    s.state[mine] = 1
    zdt.log(mine .. " begins")
    s.here[mine] = function() return mine end
    zdt.eventually(mine .. " sees " .. other, { timeout = "5s", every = "1ms" }, function()
      zdt.observe(mine .. " looks", 1)
      return s.here[other] ~= nil
    end)
    zdt.parallel {
      function() zdt.sleep "2ms" zdt.expect(mine .. " in parallel", 1):equals(1) end,
      function() zdt.sleep "1ms" zdt.warn(mine .. " warns") end,
    }
    zdt.expect(mine .. " at last", passes):equals(true)
    s.state[mine] = 2
  end end
  return zdt.script { name = "test",
    zdt.step { "One", after = {}, run = meet("one", "two", true) },
    zdt.step { "Two", after = {}, run = meet("two", "one", PASSES) },
    zdt.step { "Three", run = function(s) zdt.observe("state", s.state) zdt.observe("own", s.here.two()) end },
  })";

std::string two_that_meet(const std::string& second_passes) {
  std::string text = kTwoThatMeet;
  return text.replace(text.find("PASSES"), 6, second_passes);
}

TEST_F(BesideTest, WhatAFiberRecordsGoesToItsStepAlsoFromParallelAndEventually) {
  const auto outcome = run_script(two_that_meet("true"));
  ASSERT_EQ(outcome.status, stage::Status::kPassed) << outcome.error->what;
  EXPECT_EQ(by_step("assertion"), (Words{"one: one at last", "one: one in parallel", "one: one sees two", "two: two at last",
                                         "two: two in parallel", "two: two sees one"}));
  EXPECT_EQ(by_step("log"), (Words{"one: one begins", "one: one warns", "two: two begins", "two: two warns"}));
  for (const std::string& line : by_step("observation")) {
    if (line.ends_with("looks")) {
      EXPECT_EQ(line.substr(0, 3), line.substr(5, 3));
    }
  }
}

TEST_F(BesideTest, StateAndOwnFieldsAreSharedByStepsSideBySide) {
  run_script(two_that_meet("true"));
  EXPECT_EQ(observed("state"), json::parse(R"({"one":2,"two":2})"));
  EXPECT_EQ(observed("own"), json("two"));
  EXPECT_EQ(kept.of_type("step-finished").at(1).data["state"], json::parse(R"({"one":2,"two":2})"));
}

TEST_F(BesideTest, AFailedExpectationFailsOnlyItsStep) {
  const auto outcome = run_script(two_that_meet("false"));
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->what, "two at last: want true, got false");
  EXPECT_EQ(outcome.passed, 1);
  EXPECT_EQ(outcome.failed, 1);
  EXPECT_EQ(observed("own"), json("never observed"));
}

TEST_F(BesideTest, AnErrorWithFailFastEndsTheOtherStepsFiberWhereItWaits) {
  stage::Options options;
  options.fail_fast = true;
  const auto outcome = run_script(script_of(R"(
    zdt.step { "Slow", after = {}, run = function() pcall(zdt.sleep, "1h") zdt.log "never" end },
    zdt.step { "Bad", after = {}, run = function() zdt.sleep "1ms" zdt.fail "no" end })"),
                                  std::move(options));
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->what, "no");
  EXPECT_EQ(outcome.failed, 2);
  EXPECT_EQ(by_step("log"), Words{});
}

TEST_F(BesideTest, AStepsWholeTimeWithoutWaitingIsCountedForItAlone) {
  limits.slice = milliseconds(100);
  const auto outcome = run_script(script_of(R"(
    zdt.step { "Patient", after = {}, run = function() for _ = 1, 20 do zdt.sleep "10ms" end end },
    zdt.step { "Endless", after = {}, run = function() while true do end end })"));
  ASSERT_TRUE(outcome.error);
  EXPECT_TRUE(holds(outcome.error->what, "is there an endless loop?"));
  EXPECT_EQ(outcome.passed, 1);
}

}  // namespace zdt::script
