#include "unit/stage/stage_world.h"

namespace zdt::stage {

class PilotTest : public StageTest {
 protected:
  PilotTest() { pilot.asking = true; }
  Step undoable(std::string id) {
    Step made = step(id);
    made.run = [this, id](StepContext& s) {
      did.push_back(id);
      s.state[id] = true;
      return done();
    };
    made.undo = [this, id](StepContext& s) {
      did.push_back("undo " + id);
      s.state["undone"] = true;
      return done();
    };
    return made;
  }
  /// Fails the first `times`.
  Step flaky(std::string id, int times) {
    Step made = undoable(id);
    made.run = [this, id, left = std::make_shared<int>(times)](StepContext&) {
      did.push_back(id);
      return (*left)-- > 0 ? failing({Code::kFailed, "not yet", ""}) : done();
    };
    return made;
  }
  std::vector<std::string> notes() const {
    std::vector<std::string> texts;
    for (const Event& event : kept.of_type("note")) texts.push_back(string_at(event.data, {"text"}));
    return texts;
  }
  static Choice choose(Decision decision, std::string step = "") { return {decision, std::move(step)}; }
};

TEST_F(PilotTest, ASkippedStepDoesNotRun) {
  pilot.befores = {choose(Decision::kSkip)};
  const Outcome outcome = execute(plan({step("one"), step("two")}));
  EXPECT_EQ(did, (Words{"two"}));
  EXPECT_EQ(outcome.status, Status::kPassed);
  EXPECT_EQ(outcome.skipped, 1);
  EXPECT_EQ(kept.of_type("step-skipped").at(0).data["reason"], "skipped by the speaker");
}

TEST_F(PilotTest, BackUndoesTheLatestStepBringsItsStateBackAndComesToItAgain) {
  pilot.befores = {choose(Decision::kRun), choose(Decision::kRun), choose(Decision::kBack)};
  const Outcome outcome = execute(plan({undoable("one"), undoable("two"), step("three")}));
  EXPECT_EQ(did, (Words{"one", "two", "undo two", "two", "three"}));
  EXPECT_EQ(outcome.passed, 3);
  EXPECT_EQ(kept.of_type("undo-finished").at(0).data["state"], json::parse(R"({"one":true})"));
}

TEST_F(PilotTest, BackTwiceUndoesTwoSteps) {
  pilot.befores = {choose(Decision::kRun), choose(Decision::kRun), choose(Decision::kBack),
                   choose(Decision::kBack)};
  execute(plan({undoable("one"), undoable("two"), step("three")}));
  EXPECT_EQ(did, (Words{"one", "two", "undo two", "undo one", "one", "two", "three"}));
}

TEST_F(PilotTest, BackWithoutAnUndoIsRefusedWithTheReasonAndAsksAgain) {
  pilot.befores = {choose(Decision::kBack), choose(Decision::kRun), choose(Decision::kBack)};
  execute(plan({step("one"), step("two")}));
  EXPECT_EQ(notes(),
            (Words{"cannot go back: no step has run yet", "cannot go back: step \"one\" has no undo"}));
  EXPECT_EQ(did, (Words{"one", "two"}));
  EXPECT_EQ(pilot.asked, (Words{"one", "one", "two", "two"}));
}

TEST_F(PilotTest, AnUndoThatFailsLeavesThingsWhereTheyAre) {
  Step stubborn = undoable("one");
  stubborn.undo = [](StepContext&) { return failing({Code::kFailed, "rollback refused", ""}); };
  pilot.befores = {choose(Decision::kRun), choose(Decision::kBack)};
  const Outcome outcome = execute(plan({stubborn, step("two")}));
  EXPECT_EQ(kept.of_type("undo-finished").at(0).data["status"], "failed");
  EXPECT_EQ(did, (Words{"one", "two"}));
  EXPECT_EQ(outcome.status, Status::kPassed);
}

TEST_F(PilotTest, ARetryThatPassesLeavesNoFailureBehind) {
  pilot.after_failures = {choose(Decision::kRetry), choose(Decision::kRetry)};
  const Outcome outcome = execute(plan({flaky("one", 2), step("two")}));
  EXPECT_EQ(did, (Words{"one", "one", "one", "two"}));
  EXPECT_EQ(outcome.status, Status::kPassed);
  EXPECT_EQ(outcome.failed, 0);
}

TEST_F(PilotTest, BackAfterARetryUndoesTheStepOnce) {
  pilot.after_failures = {choose(Decision::kRetry)};
  pilot.befores = {choose(Decision::kRun), choose(Decision::kBack), choose(Decision::kBack)};
  execute(plan({flaky("one", 1), step("two")}));
  EXPECT_EQ(did, (Words{"one", "one", "undo one", "one", "two"}));
  EXPECT_EQ(notes(), (Words{"cannot go back: no step has run yet"}));
}

TEST_F(PilotTest, BackAfterAFailureUndoesTheFailedStep) {
  pilot.after_failures = {choose(Decision::kBack)};
  const Outcome outcome = execute(plan({flaky("one", 1), step("two")}));
  EXPECT_EQ(did, (Words{"one", "undo one", "one", "two"}));
  EXPECT_EQ(outcome.status, Status::kPassed);
}

TEST_F(PilotTest, AFailureThatIsSkippedStaysAFailure) {
  pilot.after_failures = {choose(Decision::kSkip)};
  const Outcome outcome = execute(plan({flaky("one", 1), step("two")}));
  EXPECT_EQ(did, (Words{"one", "two"}));
  EXPECT_EQ(outcome.status, Status::kFailed);
  EXPECT_EQ(outcome.passed, 1);
  EXPECT_EQ(outcome.failed, 1);
}

TEST_F(PilotTest, OfSeveralFailuresTheGravestGivesTheExitCode) {
  pilot.after_failures = {choose(Decision::kSkip), choose(Decision::kSkip), choose(Decision::kSkip)};
  const Outcome outcome = execute(plan({failing_step("a", {Code::kFailed, "first", ""}),
                                        failing_step("b", {Code::kEnvironment, "graver", ""}),
                                        failing_step("c", {Code::kTimeout, "late", ""})}));
  EXPECT_EQ(outcome.error->what, "graver");
}

TEST_F(PilotTest, GotoForwardCountsWhatItJumpsOverAsSkipped) {
  pilot.befores = {choose(Decision::kGoto, "three")};
  const Outcome outcome = execute(plan({step("one"), step("two"), step("three")}));
  EXPECT_EQ(did, (Words{"three"}));
  EXPECT_EQ(outcome.skipped, 2);
}

TEST_F(PilotTest, GotoBackwardRunsTheStepsAgain) {
  pilot.befores = {choose(Decision::kRun), choose(Decision::kRun), choose(Decision::kGoto, "one")};
  execute(plan({step("one"), step("two"), step("three")}));
  EXPECT_EQ(did, (Words{"one", "two", "one", "two", "three"}));
}

TEST_F(PilotTest, GotoAnUnknownOrUnselectedStepIsRefused) {
  pilot.befores = {choose(Decision::kGoto, "ten"), choose(Decision::kGoto, "two")};
  Options options;
  options.skip = "two";
  execute(plan({step("one"), step("two")}), options);
  EXPECT_EQ(notes(), (Words{"script rollout has no step \"ten\"", "step \"two\" is not selected"}));
}

TEST_F(PilotTest, AStepWithoutWhatItNeedsIsNotGoneToAndDoesNotRun) {
  Plan needing = plan({step("one"), step("two"), step("three")});
  needing.steps[2].needs_state = {{"load", "two"}};
  needing.has_state = [](const std::string&, const json&) { return false; };
  pilot.befores = {choose(Decision::kGoto, "three"), choose(Decision::kRun), choose(Decision::kSkip), choose(Decision::kRun)};
  const Outcome outcome = execute(needing);
  EXPECT_EQ(notes(), Words{"cannot go to step \"three\": step \"three\" needs \"load\" of step \"two\", which did not run"});
  EXPECT_EQ(did, Words{"one"});
  EXPECT_EQ(outcome.error->what, "step \"three\" needs \"load\" of step \"two\", which did not run");
}

TEST_F(PilotTest, QuitBeforeAStepEndsTheRunAsInterruptedAndCleansUp) {
  pilot.befores = {choose(Decision::kRun), choose(Decision::kQuit)};
  Plan executed = plan({step("one"), step("two")});
  executed.finally = {step("clean").run};
  const Outcome outcome = execute(std::move(executed));
  EXPECT_EQ(outcome.status, Status::kInterrupted);
  EXPECT_EQ(outcome.error->what, "quit before step \"two\"");
  EXPECT_EQ(did, (Words{"one", "clean"}));
}

TEST_F(PilotTest, RetryBeforeAStepComesBackToTheOneThatRanLast) {
  pilot.befores = {choose(Decision::kRun), choose(Decision::kRetry)};
  execute(plan({step("one"), step("two")}));
  EXPECT_EQ(did, (Words{"one", "one", "two"}));
  EXPECT_EQ(pilot.asked, (Words{"one", "two", "one", "two"}));
}

}  // namespace zdt::stage
