#include "stage/selection.h"

#include "unit/stage/stage_world.h"

namespace zdt::stage {

class SelectionTest : public StageTest {
 protected:
  Plan four() { return plan({step("deploy"), step("start-load"), step("update"), step("verify")}); }
  Outcome refused(Options options) {
    Plan executed = four();
    executed.finally = {step("clean").run};
    Outcome outcome = execute(std::move(executed), std::move(options));
    EXPECT_EQ(outcome.status, Status::kError);
    EXPECT_EQ(outcome.error->code, Code::kUsage);
    EXPECT_TRUE(did.empty());
    return outcome;
  }
};

TEST_F(SelectionTest, FromAndUntilAreBothIncluded) {
  Options options;
  options.from = "start-load";
  options.until = "update";
  const Outcome outcome = execute(four(), options);
  EXPECT_EQ(did, (Words{"start-load", "update"}));
  EXPECT_EQ(outcome.skipped, 2);
  EXPECT_EQ(kept.of_type("step-skipped").at(0).data["reason"], "not selected");
}

TEST_F(SelectionTest, OnlyAndSkipAreGlobs) {
  Options options;
  options.only = "*d*,verify";
  options.skip = "start-*";
  execute(four(), options);
  EXPECT_EQ(did, (Words{"deploy", "update", "verify"}));
}

TEST_F(SelectionTest, AnUnknownStepIsRefusedWithTheNearestNameBeforeAnythingRuns) {
  Options options;
  options.from = "updat";
  const Outcome outcome = refused(options);
  EXPECT_EQ(outcome.error->what, "script rollout has no step \"updat\"");
  EXPECT_EQ(outcome.error->hint, "did you mean \"update\"?");
  EXPECT_EQ(kept.events.back().type, "run-finished");
}

TEST_F(SelectionTest, AStepWithoutTheOneThatLeavesWhatItNeedsIsRefusedBeforeAnythingRuns) {
  Plan needing = four();
  needing.steps[2].needs_state = {{"load", needing.steps[1].id}};
  needing.has_state = [](const std::string&, const json&) { return false; };
  Options options;
  options.from = needing.steps[2].id;
  const Outcome outcome = execute(needing, options);
  EXPECT_EQ(did, Words{});
  EXPECT_EQ(outcome.error->code, Code::kUsage);
  EXPECT_EQ(outcome.error->what, fmt::format("step \"{}\" needs \"load\" of step \"{}\", which is not selected",
                                             needing.steps[2].id, needing.steps[1].id));
  EXPECT_EQ(outcome.error->hint, "zdt-demo run rollout --from " + needing.steps[1].id);

  needing.has_state = [](const std::string&, const json&) { return true; };
  EXPECT_FALSE(execute(needing, options).error) << "the state of the run has it";
}

TEST_F(SelectionTest, UnknownUntilOnlyAndSkipAreRefusedToo) {
  Options until, only, skip;
  until.until = "nowhere-near-it";
  only.only = "load-*";
  skip.skip = "verfy";
  EXPECT_EQ(refused(until).error->hint, "zdt-demo run rollout --list shows the steps");
  refused(only);
  refused(skip);
}

TEST_F(SelectionTest, ASkipPatternMayFitNothing) {
  Options options;
  options.skip = "load-*";
  EXPECT_EQ(execute(four(), options).passed, 4);
}

TEST_F(SelectionTest, FromBehindUntilIsRefused) {
  Options options;
  options.from = "verify";
  options.until = "deploy";
  EXPECT_EQ(refused(options).error->what, "--from verify comes after --until deploy");
}

TEST_F(SelectionTest, NothingSelectedIsRefusedRatherThanPassed) {
  Options options;
  options.only = "deploy";
  options.skip = "deploy";
  EXPECT_EQ(refused(options).error->what, "no step of script rollout is selected");
}

}  // namespace zdt::stage
