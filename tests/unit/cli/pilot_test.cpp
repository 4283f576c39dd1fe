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
  /// What a stand-in for the shell has written.
  std::string seen() const {
    auto text = host::read_file(folder.path() / "seen");
    return text ? *text : "nothing";
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
  terminal.person = true;
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

TEST_F(StepKeys, WhatIsTypedWhileAStepRunsDoesNotStartTheNextOne) {
  terminal.early = {"\n", "\n", "Q"};
  EXPECT_EQ(play("\n++"), 0) << everything();
  EXPECT_EQ(story(), "one ");
}

TEST_F(StepKeys, ArrowsAndPagesAreTheKeysOfARemoteControl) {
  terminal.keys = {"\x1b[6~", "\x1b[D", "\x1b[C", "\x1b[5~", "+", "+", "\x1b[A", "+"};
  EXPECT_EQ(run({"run", "show", "--step", "--on", "rehearsal"}), 0) << everything();
  EXPECT_EQ(story(), "one undo-one one undo-one ");
}

TEST_F(StepKeys, TheKeysAreHeldForTheWholeRunAndGivenBackAfterIt) {
  bool held = false;
  write("held.lua", "return zdt.script { name = \"held\", zdt.step { \"One\", run = function() zdt.sleep(\"20ms\") end } }");
  asio::steady_timer during(loop, std::chrono::milliseconds(10));
  during.async_wait([&](auto) { held = terminal.holders > 0; });
  EXPECT_EQ(play("\n", {"run", "held", "--step", "--on", "rehearsal"}), 0) << everything();
  EXPECT_TRUE(held);
  EXPECT_EQ(terminal.holders, 0);
}

TEST_F(StepKeys, TheQuestionAfterAFailureSaysWhyItFailed) {
  EXPECT_EQ(play("\nQ", {"run", "flaky", "--step"}), 1);
  EXPECT_TRUE(said("\"One\" failed: tries: want at least 2, got 1\n  r retry")) << everything();
}

TEST_F(StepKeys, OptionsThatNeedAPersonAreRefusedWithoutATerminalBeforeAnything) {
  terminal.is_terminal = false;
  for (const char* option : {"--step", "--pause-on-failure"}) {
    EXPECT_EQ(play("\n", {"run", "show", option}), 2) << everything();
    EXPECT_TRUE(said(std::string(option) + " needs a terminal")) << everything();
    EXPECT_EQ(play("\n", {"run", "all", option}), 2) << everything();
    EXPECT_EQ(play("\n", {"resume", option}), 2) << everything();
    EXPECT_TRUE(said(std::string(option) + " needs a terminal")) << everything();
  }
  EXPECT_EQ(story(), "");
  EXPECT_TRUE(run_folders().empty());
}

TEST_F(StepKeys, TheShellHasTheRunsClusterAndVariables) {
  host.environment["SHELL"] = (folder.path() / "shell").string();
  ASSERT_TRUE(host::write_file(folder.path() / "shell", "#!/bin/sh\necho \"$KUBECONFIG|$MORE\" >" + (folder.path() / "seen").string() + "\n", 0755));
  EXPECT_EQ(play("!+++", {"run", "show", "--step", "--on", "rehearsal", "-e", "MORE=yes"}), 0) << everything();
  EXPECT_EQ(seen(), (host.state / "rehearsal/kubeconfig").string() + "|yes\n");
  EXPECT_TRUE(said("kubectl acts on rehearsal")) << everything();
}

TEST_F(StepKeys, TheShellsKubectlActsOnTheContextThatWasNamed) {
  host.environment["SHELL"] = (folder.path() / "shell").string();
  ASSERT_TRUE(host::write_file(folder.path() / "shell", "#!/bin/sh\ncat \"${KUBECONFIG%%:*}\" >" + (folder.path() / "seen").string() + "\necho \"${KUBECONFIG#*:}\" >>" + (folder.path() / "seen").string() + "\n", 0755));
  const auto users = folder.path() / "config";
  ASSERT_TRUE(host::write_file(users, "{}"));
  EXPECT_EQ(play("!+++", {"run", "show", "--step", "--on", "context:prod", "--allow-context", "prod", "--kubeconfig", users.string()}), 0) << everything();
  EXPECT_EQ(seen(),
            "{\"apiVersion\":\"v1\",\"current-context\":\"prod\",\"kind\":\"Config\"}\n" + users.string() + "\n");
}

}  // namespace zdt::cli
