// The table `s` that steps are given.
#include "unit/script/script_world.h"

namespace zdt::script {

using ContextTest = ScriptTest;

TEST_F(ContextTest, AStepSeesTheParametersTheTargetAndTheState) {
  ASSERT_EQ(run_script(R"(
    return zdt.script { name = "test", params = { tag = "v1" }, zdt.step { "Step", run = function(s)
      zdt.observe("seen", { s.params.tag, s.target:name(), s.target:has("inside"), s.target:up(), s.target:url("edge") })
      zdt.observe("state", s.state)
    end } })")
                .status,
            stage::Status::kPassed);
  EXPECT_EQ(observed("seen"), json::parse(R"(["v1","fake",true,true,"http://edge-routing-service:80"])"));
  EXPECT_EQ(observed("state"), json::object());
}

constexpr const char* kTwoSteps = R"(
  return zdt.script { name = "test",
    zdt.step { "One", checkpoint = "one", run = function(s)
      s.state = { sent = 3, list = {}, deep = { { a = 1.5 } } }
      s.own = function() return "kept" end
    end },
    zdt.step { "Two", run = function(s)
      zdt.observe("state", s.state)
      zdt.observe("own", s.own and s.own())
      s.state.two = true
    end } })";

TEST_F(ContextTest, StateAndOwnFieldsGoFromStepToStep) {
  ASSERT_EQ(run_script(kTwoSteps).status, stage::Status::kPassed);
  EXPECT_EQ(observed("state"), json::parse(R"({"sent":3,"list":{},"deep":[{"a":1.5}]})"));
  EXPECT_EQ(observed("own"), json("kept"));
  EXPECT_EQ(kept.of_type("step-finished").at(1).data["state"]["two"], json(true));
}

TEST_F(ContextTest, AResumedRunHasTheStateOfTheJournal) {
  stage::Options options;
  options.resume = stage::History{{{"one", stage::Status::kPassed}}, json::parse(R"({"sent":7,"list":[]})")};
  ASSERT_EQ(run_script(kTwoSteps, std::move(options)).status, stage::Status::kPassed);
  EXPECT_EQ(observed("state"), json::parse(R"({"sent":7,"list":[]})"));
  EXPECT_EQ(observed("own"), json(nullptr));
}

constexpr const char* kALoadAndItsEnd = R"(
  return zdt.script { name = "test",
    zdt.step { "Start", checkpoint = "started", run = function(s) s.load, s.state.kept = { "a load" }, 1 end },
    zdt.step { "Stop", needs_state = { load = "start", kept = "start" }, run = function(s) zdt.observe("load", s.load) end } })";

TEST_F(ContextTest, AStepIsRefusedWithoutWhatItNeedsOfAnEarlierOne) {
  ASSERT_EQ(run_script(kALoadAndItsEnd).status, stage::Status::kPassed);
  EXPECT_EQ(observed("load"), json::array({"a load"}));
  stage::Options only;
  only.only = "stop";
  const auto outcome = run_script(kALoadAndItsEnd, only);
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->what, "step \"stop\" needs \"kept\" of step \"start\", which is not selected");
}

TEST_F(ContextTest, WhatWasLeftInMemoryIsMadeAgainByAResumeAndWhatTheJournalHasIsNot) {
  stage::Options options;
  options.resume = stage::History{{{"start", stage::Status::kPassed}}, {{"kept", 1}}};
  ASSERT_EQ(run_script(kALoadAndItsEnd, options).status, stage::Status::kPassed);
  EXPECT_EQ(kept.of_type("step-skipped").size(), 0u);
  EXPECT_EQ(observed("load"), json::array({"a load"}));
}

TEST_F(ContextTest, AStateThatIsNoPlainDataIsAMistakeWithTheWayOut) {
  const auto outcome = run("s.state.load = print");
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->code, Code::kScript);
  EXPECT_EQ(outcome.error->what, "s.state: a function cannot be data");
  EXPECT_EQ(outcome.error->hint, "keep plain data in s.state, anything else in s itself");
}

TEST_F(ContextTest, AStateThatIsNoTableIsAMistake) {
  EXPECT_TRUE(holds(failure_of("s.state = 5"), "s.state: want a table"));
}

TEST_F(ContextTest, WhatAStepThatRaisedLeftInTheStateIsNotTaken) {
  run("s.state.got = 1 zdt.fail 'no'");
  EXPECT_EQ(kept.of_type("step-finished").at(0).data["state"], json::object());
}

TEST_F(ContextTest, VerifyHoldsWhenItReturnsSomethingTrue) {
  for (const auto& [returned, held] : std::map<std::string, bool>{{"true", true},
                                                                  {"false", false},
                                                                  {"nil", false},
                                                                  {"1", true},
                                                                  {"'x'", true},
                                                                  {"{}", true},
                                                                  {"print", true}}) {
    auto loaded = load(
        "return zdt.script { name = 'x', zdt.step { 'One', checkpoint = 'c', run = print, verify = "
        "function() return " +
        returned + " end } }");
    ASSERT_TRUE(loaded);
    stage::Plan plan = (*loaded)->plan(json::object());
    EXPECT_EQ(await(stage::first_broken_checkpoint(plan, bus)).has_value(), !held) << returned;
  }
}

TEST_F(ContextTest, UndoAndFinallyAreGivenTheSameTable) {
  ASSERT_EQ(run_script(R"(
    return zdt.script { name = "test", finally = function(s) zdt.observe("in finally", s.state.x) end,
      zdt.step { "Step", run = function(s) s.state.x = 9 end } })")
                .status,
            stage::Status::kPassed);
  EXPECT_EQ(observed("in finally"), json(9));
}

}  // namespace zdt::script
