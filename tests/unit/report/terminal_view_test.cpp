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

TEST(TerminalView, StepsSideBySideAreToldApart) {
  expect_golden("report/terminal-beside.txt", shown(side_by_side_run(), {}));
  const std::string screen = screen_after(shown(side_by_side_run(), {false, true, true, 80}));
  expect_golden("report/terminal-beside-rewritten.txt", screen);
}

TEST(TerminalView, TheLiveLineIsSharedByTheStepsThatRun) {
  KeptTerminal terminal;
  TerminalView view(terminal, {false, false, true, 60});
  Stream stream;
  stream.run_started({"a", "b", "c"}).step_started("a", 0).pass(milliseconds(3000)).step_started("b", 1);
  stream.event("log", {{"level", "info"}, {"text", "waiting for the pods of b"}});
  stream.in("a").event("log", {{"level", "info"}, {"text", "applying"}}).into(view);
  EXPECT_TRUE(terminal.out.ends_with("\r\x1b[K[1/3] 3 s  applying           [2/3] 0 s  waiting for the p"))
      << terminal.out;
  view.receive({WallTime(std::chrono::seconds(1'767'225'605)), 9, "step-finished", "rollout", "b", {{"status", "passed"}}});
  EXPECT_TRUE(terminal.out.ends_with("      ok 0 ms\n[1/3] 4 s  applying")) << terminal.out;
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

TEST(TerminalView, TheSourceLineOfAMistakeStandsBelowIt) {
  const json mistake{{"code", "script"}, {"what", "a.lua:5: attempt to index a nil value\n  5 | x.y = 1"}, {"hint", "look there"}};
  Stream stream;
  stream.run_started({"a"}).step_started("a", 0).step_finished("error", mistake).run_finished("error", mistake);
  const std::string text = shown(stream, {});
  EXPECT_NE(text.find("      FAIL error after 1.2 s: a.lua:5: attempt to index a nil value\n"
                      "          5 | x.y = 1\n      -> next: look there\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("FAIL rollout error: a.lua:5: attempt to index a nil value (1 passed"), std::string::npos) << text;
}

TEST(TerminalView, StepsThatWereNotSelectedAreCountedOnOneLine) {
  Stream stream;
  stream.run_started({"a", "b", "c"});
  for (const char* step : {"a", "b"}) stream.in(step).event("step-skipped", {{"reason", "not selected"}, {"title", step}});
  stream.step_started("c", 2).step_finished("passed").run_finished("passed");
  EXPECT_EQ(shown(stream, {}),
            "A rollout\n[3/3] Do c\n      ok 1.2 s\n\nskip 2 of 3 steps were not selected\n"
            "ok rollout passed: 1 passed, 1 failed, 1 skipped, 3 assertions, 4.6 s\n");
}

TEST(TerminalView, OfTheTriesOfAnEventuallyOnlyTheLastLoadIsShown) {
  const auto load = [](int sent) {
    return json{{"sent", sent}, {"ok", sent}, {"failed", 0}, {"unfinished", 0}, {"trial", true}};
  };
  for (const bool holds : {true, false}) {
    Stream stream;
    stream.run_started({"a"}).step_started("a", 0).event("load-finished", load(111)).event("load-finished", load(222));
    if (holds) stream.event("assertion", {{"name", "quiet"}, {"passed", true}, {"want", "eventually"}, {"got", "after 2 tries"}});
    stream.step_finished(holds ? "passed" : "timed-out", holds ? json() : kTimeout);
    const std::string text = shown(stream, {});
    EXPECT_EQ(text.find("111 sent"), std::string::npos) << text;
    const size_t table = text.find("load: 222 sent");
    EXPECT_NE(table, std::string::npos) << text;
    EXPECT_LT(table, text.find(holds ? "ok quiet" : "FAIL timed-out")) << text;
    EXPECT_EQ(text.find("load: 222 sent", table + 1), std::string::npos) << text;
  }
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

namespace {

Stream counted(bool passes) {
  Stream stream;
  stream.run_started({"count"}).step_started("count", 0).event("result", {{"text", "2 of 1,888 requests lost"}});
  const json error = passes ? json() : json{{"code", "failed"}, {"what", "failed requests: want 0, got 2"}};
  stream.event("assertion", {{"name", "failed requests"}, {"passed", passes}, {"want", passes ? 2 : 0}, {"got", 2}});
  stream.step_finished(passes ? "passed" : "failed", error);
  stream.event("load-finished", {{"sent", 30}, {"ok", 30}, {"failed", 0}, {"unfinished", 0}});  // finally warms up
  return stream.run_finished(passes ? "passed" : "failed", error);
}

std::string last_line_of(const std::string& text) { return text.substr(text.rfind('\n', text.size() - 2) + 1); }

}  // namespace

TEST(TerminalView, WhatCameOutIsTheLastThingThatIsSaid) {
  EXPECT_EQ(last_line_of(shown(counted(true), {false, true, false, 80})), "✔ rollout  2 of 1,888 requests lost\n");
}

TEST(TerminalView, WhyARunDidNotPassIsTheLastThingBelowWhatCameOut) {
  const std::string text = shown(counted(false), {false, true, false, 80});
  EXPECT_EQ(last_line_of(text).substr(0, 60), "✖ rollout failed: failed requests: want 0, got 2 (1 passed");
  EXPECT_NE(text.find("\nrollout  2 of 1,888 requests lost\n✖ rollout failed"), std::string::npos) << text;
}

TEST(TerminalView, APassedAssertionShowsWhatItSaw) {
  Stream stream;
  stream.run_started({"count"}).step_started("count", 0);
  const auto passed = [&stream](const char* name, json want, json got) {
    stream.event("assertion", {{"name", name}, {"passed", true}, {"want", std::move(want)}, {"got", std::move(got)}});
  };
  passed("failed requests", 0, 0);
  passed("p99", "below 800ms", 305);
  passed("pods that fell", "", "");
  passed("seconds", "at most 5", 2.10449);
  passed("answers arrive", "eventually", "after 3 tries");
  passed("list", json::array({1, 2}), json::array({1, 2}));
  passed("long", "contains b", std::string(100, 'a') + "b");
  const std::string text = shown(stream, {false, true, false, 80});
  for (const char* line : {"✔ failed requests: 0\n", "✔ p99: 305 (want below 800ms)\n", "✔ pods that fell: \"\"\n",
                           "✔ answers arrive: after 3 tries\n", "✔ list: [1,2]\n", "✔ seconds: 2.104 (want at most 5)\n"}) {
    EXPECT_NE(text.find(line), std::string::npos) << line << text;
  }
  EXPECT_NE(text.find("long: " + std::string(57, 'a') + "... (want contains b)\n"), std::string::npos) << text;
}

TEST(TerminalView, TheReasonIsSaidAgainBelowADiagnosis) {
  Stream stream;
  stream.run_started({"count"}).step_started("count", 0);
  stream.step_finished("failed", {{"code", "failed"}, {"what", "failed requests: want 0, got 2"}}).in("count");
  stream.event("diagnosis", {{"sections", {{{"title", "Warnings"}, {"lines", std::vector<std::string>(30, "old")}}}}});
  KeptTerminal terminal;
  TerminalView view(terminal, {false, true, false, 80});
  stream.into(view);
  EXPECT_EQ(last_line_of(terminal.out), "      ✖ failed requests: want 0, got 2\n");
}

TEST(TerminalView, NothingIsPrintedBelowAnOpenQuestion) {
  KeptTerminal terminal;
  TerminalView view(terminal, {false, false, true, 80});
  Stream before, meanwhile;
  before.run_started({"a", "b"}).step_started("a", 0).step_finished("passed");
  before.into(view);
  const std::string asked = terminal.out;
  view.hold(true);
  for (int i = 0; i < 5; ++i) {
    meanwhile.pass(milliseconds(10'000)).event("load-progress", {{"sent", 100}, {"ok", 100}, {"failed", 0}});
  }
  meanwhile.event("log", {{"level", "warn"}, {"text", "a pod restarted"}});
  meanwhile.into(view);
  view.tick(WallTime{std::chrono::seconds(1'767'225'700)});
  EXPECT_EQ(terminal.out, asked);
  view.hold(false);
  EXPECT_EQ(terminal.out, asked + "      WARN a pod restarted\n");
}

TEST(Quiet, SaysWhatCameOut) {
  KeptTerminal terminal;
  Quiet quiet(terminal);
  counted(true).into(quiet);
  quiet.finish();
  EXPECT_EQ(terminal.out, "rollout  2 of 1,888 requests lost (1 passed, 1 failed, 1 skipped, 3 assertions, 4.6 s)\n");
}

}  // namespace zdt::report
