#include "report/terminal_view.h"

#include "golden.h"
#include "report/ndjson.h"
#include "report/quiet.h"
#include "unit/report/report_world.h"

namespace zdt::report {
namespace {

std::string shown(const Stream& stream, TerminalStyle style,
                  const std::optional<Error>& outside = std::nullopt) {
  KeptTerminal terminal;
  TerminalView view(terminal, style);
  stream.into(view);
  view.finish(outside);
  return terminal.out;
}

/// What a terminal with endless rows shows after `output`: "\r ESC [K" empties the line.
std::string screen_after(const std::string& output) {
  std::string screen;
  for (size_t index = 0; index < output.size(); ++index) {
    if (output.compare(index, 4, "\r\x1b[K") == 0) {
      screen.resize(screen.rfind('\n') + 1);
      index += 3;
    } else {
      screen += output[index];
    }
  }
  return screen;
}

const json kTimeout{{"code", "timeout"}, {"what", "step \"a\" did not end within 1 s"}};

}  // namespace

TEST(TerminalView, PlainAsciiIsTheGoldenOne) {
  expect_golden("report/terminal-plain.txt", shown(eventful_run(), {}));
}

TEST(TerminalView, ColourAndUnicodeAreTheGoldenOne) {
  expect_golden("report/terminal-colour.txt", shown(eventful_run(), {true, true, false, 80}));
}

TEST(TerminalView, TheLiveLineLeavesNothingBehind) {
  const std::string screen = screen_after(shown(eventful_run(), {false, false, true, 80}));
  expect_golden("report/terminal-rewritten.txt", screen);
}

TEST(TerminalView, WithoutRewriteNoCursorSequenceIsWritten) {
  const std::string plain = shown(eventful_run(), {});
  EXPECT_EQ(plain.find('\x1b'), std::string::npos);
  EXPECT_EQ(plain.find('\r'), std::string::npos);
}

TEST(TerminalView, TheLiveLineShowsSecondsAndTheLatestActivity) {
  KeptTerminal terminal;
  TerminalView view(terminal, {false, false, true, 30});
  Stream stream;
  stream.run_started({"a"}).step_started("a", 0).pass(milliseconds(3000));
  stream.event("log", {{"level", "info"}, {"text", "waiting for pods\nthree of four"}});
  stream.into(view);
  EXPECT_TRUE(terminal.out.ends_with("\r\x1b[K      3 s  waiting for pods t")) << terminal.out;
  view.tick(WallTime(std::chrono::seconds(1'767'225'607)));
  EXPECT_TRUE(terminal.out.ends_with("\r\x1b[K      6 s  waiting for pods t")) << terminal.out;
}

TEST(TerminalView, AStepThatTimedOutSaysSo) {
  Stream stream;
  stream.run_started({"a"})
      .step_started("a", 0)
      .step_finished("timed-out", kTimeout)
      .run_finished("timed-out", kTimeout);
  const std::string text = shown(stream, {});
  EXPECT_NE(text.find("FAIL timed-out after 1.2 s: step \"a\" did not end within 1 s\n"), std::string::npos)
      << text;
}

TEST(TerminalView, ARunThatNeverFinishedIsNamedInTheLastLine) {
  KeptTerminal terminal;
  TerminalView view(terminal, {});
  Stream stream;
  stream.run_started({"a"}).step_started("a", 0).into(view);
  view.finish();
  EXPECT_EQ(terminal.last_line(), "FAIL rollout error: it ended without a result");
}

TEST(TerminalView, WhatEndsTheProgramBeforeARunIsItsLastLineWithTheHintAbove) {
  EXPECT_EQ(shown(Stream(), {}, Error{Code::kEnvironment, "no cluster answers", "zdt-demo cluster up"}),
            "-> next: zdt-demo cluster up\nFAIL zdt-demo error: no cluster answers\n");
}

TEST(TerminalView, SeveralRunsAreSummedUpInTheLastLine) {
  KeptTerminal terminal;
  TerminalView view(terminal, {});
  Stream one("deploy-all"), two("rollout");
  one.run_started({"a"}).run_finished("passed").into(view);
  two.run_started({"a"}).run_finished("failed", {{"code", "failed"}, {"what", "lost 3"}}).into(view);
  view.finish();
  EXPECT_EQ(
      terminal.last_line(),
      "FAIL 2 scripts: 1 passed, 1 did not; first: rollout failed: lost 3 (1 passed, 1 failed, 1 skipped, 3 "
      "assertions, 4.6 s)");
}

TEST(TerminalView, FieldsThatAreMissingDoNotStopIt) {
  KeptTerminal terminal;
  TerminalView view(terminal, {});
  for (const char* type :
       {"run-started", "step-started", "assertion", "observation", "log", "load-progress", "load-finished",
        "table", "step-finished", "step-skipped", "checkpoint", "checkpoint-broken", "diagnosis",
        "undo-started", "undo-finished", "note", "clean-up-finished", "run-finished", "of-tomorrow"}) {
    view.receive({WallTime(), 1, type, "s", "x", json::object()});
    view.receive(
        {WallTime(), 1, type, "s", "x", {{"sections", 5}, {"rows", {1, {{"a", 1}}}}, {"error", "text"}}});
  }
  view.finish();
  EXPECT_FALSE(terminal.out.empty());
}

TEST(Quiet, WritesOnlyTheLastLine) {
  KeptTerminal terminal;
  Quiet quiet(terminal);
  eventful_run().into(quiet);
  EXPECT_EQ(terminal.out, "");
  quiet.finish();
  EXPECT_EQ(terminal.out,
            "rollout failed: failed requests: want 0, got 3 (1 passed, 1 failed, 1 skipped, 3 assertions, "
            "4.6 s)\n");
}

TEST(Quiet, SaysWhenNothingRanAndWhenItWasInterrupted) {
  KeptTerminal terminal;
  Quiet quiet(terminal);
  quiet.finish();
  quiet.finish(Error{Code::kCancelled, "interrupted", ""});
  EXPECT_EQ(terminal.out, "zdt-demo: nothing ran\nzdt-demo interrupted: interrupted\n");
}

TEST(Ndjson, IsOneEventPerLineAsTheJournalHasIt) {
  KeptTerminal terminal;
  Ndjson ndjson(terminal);
  eventful_run().into(ndjson);
  uint64_t seq = 0;
  for (size_t start = 0; start < terminal.out.size(); start = terminal.out.find('\n', start) + 1) {
    auto line = parse_json(terminal.out.substr(start, terminal.out.find('\n', start) - start), "ndjson");
    ASSERT_TRUE(line);
    EXPECT_EQ((*line)["seq"], ++seq);
    EXPECT_TRUE(stage::event_from_json(*line));
  }
  EXPECT_GT(seq, 20U);
}

}  // namespace zdt::report
