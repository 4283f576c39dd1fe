// --step: one key per step.
#include "unit/cli/cli_world.h"

namespace zdt::cli {

class StepKeys : public CliTest {
 protected:
  StepKeys() {
    terminal.is_terminal = true;
    write("show.lua", R"(
      local function logs(what) return function() zdt.log("did " .. what) end end
      return zdt.script { name = "show",
        zdt.step { "One", notes = "Point at the first line.", run = logs "one", undo = logs "undo-one" },
        zdt.step { "Two", run = logs "two" },
        zdt.step { "Three", run = logs "three", undo = logs "undo-three" } })");
    write("flaky.lua", R"(
      local tries = 0
      return zdt.script { name = "flaky",
        zdt.step { "One", run = function() tries = tries + 1 zdt.log("did try-" .. tries) zdt.expect("tries", tries):at_least(2) end },
        zdt.step { "Two", run = function() zdt.log "did two" end } })");
  }
  int play(std::string_view keys, Words arguments = {"run", "show", "--step", "--on", "rehearsal"}) {
    terminal.keys.clear();
    terminal.type(keys);
    return run(std::move(arguments));
  }
  /// What was done, in order.
  std::string story() const {
    std::string words;
    const std::string& text = out();
    for (size_t at = text.find("did "); at != std::string::npos; at = text.find("did ", at + 1)) {
      words += text.substr(at + 4, text.find_first_of(" \n", at + 4) - at - 4) + " ";
    }
    return words;
  }
};

TEST_F(StepKeys, EnterAndSpaceRunTheNextStep) {
  EXPECT_EQ(play("\n \r"), 0) << everything();
  EXPECT_EQ(story(), "one two three ");
  EXPECT_TRUE(said("[2/3] Two")) << everything();
}

TEST_F(StepKeys, PlusAndSSkip) {
  EXPECT_EQ(play("\n+s"), 0);
  EXPECT_EQ(story(), "one ");
}

TEST_F(StepKeys, BackUndoesTheStepThatRanLast) {
  EXPECT_EQ(play("\n-\nsb\n++"), 0) << everything();
  EXPECT_EQ(story(), "one undo-one one undo-one one ");
}

TEST_F(StepKeys, BackWithoutAnUndoIsRefusedWithTheReason) {
  EXPECT_EQ(play("\n\n-\n"), 0);
  EXPECT_EQ(story(), "one two three ");
  EXPECT_TRUE(said("cannot go back: step \"two\" has no undo")) << everything();
}

TEST_F(StepKeys, GotoAsksForTheStep) {
  EXPECT_EQ(play("gthrex\x7f"
                 "e\n\n"),
            0)
      << everything();
  EXPECT_EQ(story(), "three ");
  EXPECT_TRUE(said("go to step: ")) << everything();
}

TEST_F(StepKeys, GotoAnUnknownStepIsRefusedAndNothingIsChosenByAnEmptyLine) {
  EXPECT_EQ(play("gten\ng\n\n++"), 0) << everything();
  EXPECT_EQ(story(), "one ");
  EXPECT_TRUE(said("no step \"ten\"")) << everything();
}

TEST_F(StepKeys, NotesAndHelpAreShown) {
  EXPECT_EQ(play("n?\nn++"), 0);
  EXPECT_TRUE(said("Point at the first line."));
  EXPECT_TRUE(said("r retry"));
  EXPECT_TRUE(said("no notes for this step"));
}

TEST_F(StepKeys, AnUnknownKeyDoesNothing) {
  EXPECT_EQ(play("xyz\n++"), 0);
  EXPECT_EQ(story(), "one ");
}

TEST_F(StepKeys, QuitEndsTheRunAsInterruptedAndResumeGoesOn) {
  EXPECT_EQ(play("\nQ"), 130);
  EXPECT_EQ(story(), "one ");
  EXPECT_TRUE(said("zdt-demo resume")) << everything();
}

TEST_F(StepKeys, TheEndOfInputEndsTheRun) {
  EXPECT_EQ(play("\n"), 130);
  EXPECT_EQ(story(), "one ");
}

TEST_F(StepKeys, AfterAFailureRetryRunsTheStepAgain) {
  EXPECT_EQ(play("\nr\n", {"run", "flaky", "--step"}), 0) << everything();
  EXPECT_EQ(story(), "try-1 try-2 two ");
}

TEST_F(StepKeys, AFailureThatIsSkippedStaysAFailure) {
  EXPECT_EQ(play("\n+\n", {"run", "flaky", "--step"}), 1);
  EXPECT_EQ(story(), "try-1 two ");
}

TEST_F(StepKeys, PauseOnFailureAsksOnlyThen) {
  terminal.is_terminal = false;  // no live line in what is compared
  EXPECT_EQ(play("r", {"run", "flaky", "--pause-on-failure"}), 0) << everything();
  EXPECT_EQ(story(), "try-1 try-2 two ");
  EXPECT_EQ(play("Q", {"run", "flaky", "--pause-on-failure"}), 1);
}

TEST_F(StepKeys, InCiNobodyIsAsked) {
  EXPECT_EQ(play("r", {"run", "flaky", "--pause-on-failure", "--ci"}), 2) << everything();
  EXPECT_EQ(terminal.keys.size(), 1u);
}

TEST_F(StepKeys, TheQuestionsLeaveADocumentOnStandardOutputWhole) {
  EXPECT_EQ(play("n?\n\n\n", {"run", "show", "--step", "-o", "json"}), 0);
  document();
}

}  // namespace zdt::cli
