#include "stage/engine.h"

#include "unit/stage/stage_world.h"

namespace zdt::stage {

using EngineTest = InBothModes;

TEST_P(EngineTest, StepsRunInOrderAndTheRunPasses) {
  const Outcome outcome = execute(plan({step("one"), step("two")}));
  EXPECT_EQ(outcome.status, Status::kPassed);
  EXPECT_FALSE(outcome.error);
  EXPECT_EQ(outcome.passed, 2);
  EXPECT_EQ(did, (Words{"one", "two"}));
  EXPECT_EQ(kept.story(),
            (Words{"step-started one", "step-finished one", "step-started two", "step-finished two"}));
}

TEST_P(EngineTest, TheRunStartsWithWhatIsKnownAndEndsWithTheCounts) {
  Options options;
  options.run_fields = {{"run", "r1"}, {"target", "rehearsal"}, {"title", "not mine to say"}};
  Plan executed = plan({step("one", "half")});
  executed.params = {{"tag", "v1"}};
  execute(std::move(executed), options);
  const json& first = kept.events.front().data;
  EXPECT_EQ(kept.events.front().type, "run-started");
  EXPECT_EQ(first["target"], "rehearsal");
  EXPECT_EQ(first["title"], "A rollout");
  EXPECT_EQ(first["params"]["tag"], "v1");
  EXPECT_EQ(first["resumed"], false);
  EXPECT_EQ(first["steps"], json::parse(R"([{"id":"one","title":"Step one","checkpoint":"half"}])"));
  const json& last = kept.events.back().data;
  EXPECT_EQ(kept.events.back().type, "run-finished");
  EXPECT_EQ(last["status"], "passed");
  EXPECT_EQ(last["passed"], 1);
  EXPECT_FALSE(last.contains("error"));
}

TEST_P(EngineTest, AnErrorEndsTheRunAndTheStepsBehindItDoNotRun) {
  const Outcome outcome =
      execute(plan({failing_step("one", {Code::kEnvironment, "no cluster", "start one"}), step("two")}));
  EXPECT_EQ(outcome.status, Status::kError);
  EXPECT_EQ(outcome.error->what, "no cluster");
  EXPECT_EQ(outcome.failed, 1);
  EXPECT_TRUE(did.empty());
  const json finished = kept.of_type("step-finished").at(0).data;
  EXPECT_EQ(finished["error"],
            json::parse(R"({"code":"environment","what":"no cluster","hint":"start one"})"));
}

TEST_P(EngineTest, AFailedAssertionFailsItsStepThoughItsActionReturnsWell) {
  Step asserting = step("one");
  asserting.run = [](StepContext& s) {
    s.recorder.assertion("pods", true, 4, 4);
    s.recorder.assertion("failed requests", false, 0, 3);
    s.recorder.assertion("image", false, "v2", "");
    return done();
  };
  const Outcome outcome = execute(plan({asserting}));
  EXPECT_EQ(outcome.status, Status::kFailed);
  EXPECT_EQ(outcome.error->what, "failed requests: want 0, got 3");
  EXPECT_EQ(outcome.assertions, 3);
  EXPECT_EQ(kept.of_type("assertion").at(2).step, "one");
}

TEST_P(EngineTest, AScriptErrorCountsMoreThanTheAssertionBeforeIt) {
  Step asserting = step("one");
  asserting.run = [](StepContext& s) {
    s.recorder.assertion("pods", false, 4, 3);
    return failing({Code::kScript, "nil value", ""});
  };
  EXPECT_EQ(execute(plan({asserting})).error->what, "nil value");
}

TEST_P(EngineTest, AnExceptionIsAnErrorOfTheStep) {
  Step throwing = step("one");
  throwing.run = [](StepContext&) -> Task<Result<void>> { throw std::runtime_error("out of range"); };
  const Outcome outcome = execute(plan({throwing}));
  EXPECT_EQ(outcome.status, Status::kError);
  EXPECT_EQ(outcome.error->code, Code::kScript);
  EXPECT_EQ(outcome.error->what, "step \"one\" failed unexpectedly: out of range");
}

TEST_P(EngineTest, AStepOverItsLimitIsCancelledAndTimesOut) {
  bool unwound = false;
  Step slow = step("slow");
  slow.limit = milliseconds(5);
  slow.run = [&](StepContext&) { return waiting(unwound); };
  const Outcome outcome = execute(plan({slow}));
  EXPECT_TRUE(unwound);
  EXPECT_EQ(outcome.status, Status::kTimedOut);
  EXPECT_EQ(outcome.error->code, Code::kTimeout);
  EXPECT_EQ(outcome.error->what, "step \"slow\" did not end within 5 ms");
  EXPECT_EQ(kept.of_type("step-finished").at(0).data["status"], "timed-out");
}

TEST_P(EngineTest, TheDefaultLimitHoldsForStepsWithoutTheirOwn) {
  bool unwound = false;
  Step slow = step("slow");
  slow.run = [&](StepContext&) { return waiting(unwound); };
  Options options;
  options.default_limit = milliseconds(5);
  EXPECT_EQ(execute(plan({slow}), options).status, Status::kTimedOut);
}

TEST_P(EngineTest, StateIsHandedFromStepToStepAndKeptInTheEvents) {
  Step writing = step("one"), reading = step("two");
  writing.run = [](StepContext& s) {
    s.state["pod"] = "web-1";
    return done();
  };
  std::string read;
  reading.run = [&](StepContext& s) {
    read = string_at(s.state, {"pod"});
    return done();
  };
  execute(plan({writing, reading}));
  EXPECT_EQ(read, "web-1");
  EXPECT_EQ(kept.of_type("step-finished").at(0).data["state"]["pod"], "web-1");
}

TEST_P(EngineTest, ACheckpointIsTheLastWordOfItsStep) {
  execute(plan({step("one", "half")}));
  EXPECT_EQ(kept.story(), (Words{"step-started one", "step-finished one", "checkpoint one"}));
  EXPECT_EQ(kept.of_type("step-finished").at(0).data["checkpoint"], "half");
}

TEST_P(EngineTest, AFailedStepReachesNoCheckpoint) {
  Step failed = failing_step("one", {Code::kFailed, "no", ""});
  failed.checkpoint = "half";
  execute(plan({failed}));
  EXPECT_TRUE(kept.of_type("checkpoint").empty());
}

TEST_P(EngineTest, AFailureIsDiagnosed) {
  Plan executed = plan({failing_step("one", {Code::kFailed, "no", ""})});
  executed.diagnose = [](const Recorder&) -> Task<json> {
    co_return json::parse(R"([{"title":"Pod web","lines":["OOMKilled"]}])");
  };
  execute(std::move(executed));
  const auto diagnoses = kept.of_type("diagnosis");
  ASSERT_EQ(diagnoses.size(), 1U);
  EXPECT_EQ(diagnoses[0].step, "one");
  EXPECT_EQ(diagnoses[0].data["sections"][0]["title"], "Pod web");
}

TEST_P(EngineTest, ADiagnosisThatThrowsIsANoteAndDoesNotHideTheFailure) {
  Plan executed = plan({failing_step("one", {Code::kFailed, "no", ""})});
  executed.diagnose = [](const Recorder&) -> Task<json> { throw std::runtime_error("no API"); };
  EXPECT_EQ(execute(std::move(executed)).error->what, "no");
  EXPECT_EQ(kept.of_type("note").at(0).data["text"], "the diagnosis failed unexpectedly: no API");
}

TEST_P(EngineTest, FinallyRunsInOrderAfterAFailure) {
  Plan executed = plan({failing_step("one", {Code::kFailed, "no", ""})});
  executed.finally = {step("f1").run, step("f2").run};
  EXPECT_EQ(execute(std::move(executed)).status, Status::kFailed);
  EXPECT_EQ(did, (Words{"f1", "f2"}));
}

TEST_P(EngineTest, FinallyDoesNotRunWhenEverythingIsKept) {
  Plan executed = plan({step("one")});
  executed.finally = {step("f1").run};
  Options options;
  options.keep = true;
  execute(std::move(executed), options);
  EXPECT_EQ(did, (Words{"one"}));
}

TEST_P(EngineTest, AFailureInFinallyFailsARunThatWouldHavePassed) {
  Plan executed = plan({step("one")});
  executed.finally = {failing_step("f", {Code::kEnvironment, "left over", ""}).run, step("f2").run};
  const Outcome outcome = execute(std::move(executed));
  EXPECT_EQ(outcome.status, Status::kError);
  EXPECT_EQ(outcome.error->what, "clean-up: left over");
  EXPECT_EQ(did, (Words{"one", "f2"}));
  EXPECT_EQ(kept.of_type("clean-up-finished").at(0).data["status"], "error");
}

TEST_P(EngineTest, AFailureInFinallyDoesNotHideTheOneBefore) {
  Plan executed = plan({failing_step("one", {Code::kFailed, "no", ""})});
  executed.finally = {failing_step("f", {Code::kScript, "left over", ""}).run};
  EXPECT_EQ(execute(std::move(executed)).error->what, "no");
}

TEST_P(EngineTest, AnEmptyPlanPasses) { EXPECT_EQ(execute(plan({})).status, Status::kPassed); }

TEST_P(EngineTest, FirstBrokenCheckpointAsksOnlyStepsThatVerify) {
  Plan asked = plan({step("one", "a"), step("two", "b"), step("three", "c")});
  asked.steps[1].verify = [](StepContext&) { return answering(true); };
  asked.steps[2].verify = [](StepContext&) { return answering(false); };
  std::optional<std::string> broken;
  asio::co_spawn(loop, first_broken_checkpoint(asked, bus),
                 [&](std::exception_ptr, std::optional<std::string> id) { broken = std::move(id); });
  loop.run();
  EXPECT_EQ(broken, "three");
  EXPECT_TRUE(did.empty());
  EXPECT_EQ(kept.of_type("checkpoint-broken").at(0).data["name"], "c");
}

INSTANTIATE_TEST_SUITE_P(Modes, EngineTest, testing::Bool(), mode_name);

}  // namespace zdt::stage
