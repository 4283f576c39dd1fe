#include "golden.h"
#include "report/json_document.h"
#include "report/junit.h"
#include "unit/report/report_world.h"

namespace zdt::report {
namespace {

template <class Report>
std::string written(Report report, const Stream& stream, const std::optional<Error>& outside = std::nullopt) {
  stream.into(report);
  return report.finish(outside);
}

json document(const Stream& stream, const std::optional<Error>& outside = std::nullopt) {
  return json::parse(written(JsonDocument(), stream, outside));
}

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

const Error kNoCluster{Code::kEnvironment, "no cluster answers", "zdt-demo cluster up"};

}  // namespace

TEST(JsonDocument, IsTheGoldenOne) {
  expect_golden("report/run.json", written(JsonDocument(), eventful_run()));
}

TEST(JsonDocument, StepsSideBySideKeepTheirOwnResultsAndTheRunItsFigures) {
  const json run = document(side_by_side_run())["results"][0];
  EXPECT_EQ(run["longest_chain_ms"], 4500);
  EXPECT_EQ(run["most_at_once"], 3);
  EXPECT_EQ(run["orchestration_percent"], 2.2);
  EXPECT_EQ(run["counts"], json::parse(R"({"passed":4,"failed":0,"skipped":0,"error":0,"assertions":1})"));
  EXPECT_EQ(run["steps"][2]["assertions"][0]["name"], "ready pods");
  EXPECT_EQ(run["steps"][1]["observations"][0]["name"], "revision");
}

TEST(JsonDocument, EveryStepThatRanWhenTheRunWasCutOffIsAnError) {
  Stream stream;
  stream.run_started({"a", "b"}).step_started("a", 0).step_started("b", 1);
  const json run = document(stream)["results"][0];
  EXPECT_EQ(run["counts"]["error"], 2);
}

TEST(JsonDocument, IsADocumentAlsoWhenNothingRan) {
  const json result = document(Stream(), kNoCluster);
  EXPECT_EQ(result["version"], 1);
  EXPECT_EQ(result["metadata"]["status"], "error");
  EXPECT_EQ(result["metadata"]["error"]["what"], "no cluster answers");
  EXPECT_TRUE(result["results"].empty());
  EXPECT_TRUE(result["config"]["params"].is_object());
}

TEST(JsonDocument, ARunThatNeverFinishedEndsAsAnErrorInItsStep) {
  Stream stream;
  stream.run_started({"a", "b", "c"}).step_started("a", 0).step_finished("passed").step_started("b", 1);
  const json run = document(stream)["results"][0];
  EXPECT_EQ(run["status"], "error");
  EXPECT_EQ(run["error"]["what"], "it ended without a result");
  EXPECT_EQ(run["steps"][0]["status"], "passed");
  EXPECT_EQ(run["steps"][1]["status"], "error");
  EXPECT_EQ(run["steps"][2]["status"], "skipped");
  EXPECT_EQ(run["steps"][2]["reason"], "not reached");
  EXPECT_EQ(run["counts"], json::parse(R"({"passed":1,"failed":0,"skipped":1,"error":1,"assertions":0})"));
}

TEST(JsonDocument, WhatEndedTheProgramIsTheReasonOfTheRunThatWasOpen) {
  Stream stream;
  stream.run_started({"a"}).step_started("a", 0);
  const json result = document(stream, Error{Code::kScript, "out of memory", ""});
  EXPECT_EQ(result["results"][0]["error"]["what"], "out of memory");
  EXPECT_EQ(result["metadata"]["status"], "error");
}

TEST(JsonDocument, OnlyTheLatestAttemptOfAStepCounts) {
  Stream stream;
  stream.run_started({"a"}).step_started("a", 0);
  stream.event("assertion", {{"name", "x"}, {"passed", false}, {"want", 1}, {"got", 2}})
      .step_finished("failed");
  stream.step_started("a", 0);
  stream.event("assertion", {{"name", "x"}, {"passed", true}, {"want", 1}, {"got", 1}})
      .step_finished("passed");
  const json step = document(stream.run_finished("passed"))["results"][0]["steps"][0];
  EXPECT_EQ(step["status"], "passed");
  EXPECT_EQ(step["assertions"].size(), 1U);
  EXPECT_FALSE(step.contains("error"));
}

TEST(JsonDocument, AnUndoneStepCountsAsNotReached) {
  Stream stream;
  stream.run_started({"a"}).step_started("a", 0).step_finished("passed");
  stream.in("a").event("undo-finished", {{"status", "passed"}});
  EXPECT_EQ(document(stream.run_finished("interrupted"))["results"][0]["steps"][0]["reason"], "not reached");
}

TEST(JsonDocument, HoldsEveryRunAndTheGravestStatus) {
  JsonDocument report;
  Stream one("deploy-all"), two("rollout");
  one.run_started({"a"}, {{"target", "kind"}}).run_finished("failed").into(report);
  two.run_started({"a"}).run_finished("timed-out").into(report);
  const json result = json::parse(report.finish());
  EXPECT_EQ(result["results"].size(), 2U);
  EXPECT_EQ(result["metadata"]["status"], "error");
  EXPECT_EQ(result["metadata"]["target"], "kind");
  EXPECT_TRUE(result["config"]["params"].contains("deploy-all"));
}

TEST(Junit, StepsAreTheGoldenOne) {
  expect_golden("report/junit-steps.xml", written(Junit(), eventful_run()));
}

TEST(Junit, AssertionsAreTheGoldenOne) {
  expect_golden("report/junit-assertions.xml", written(Junit(Granularity::kAssertion), eventful_run()));
}

TEST(Junit, IsADocumentAlsoWhenNothingRan) {
  const std::string text = written(Junit(), Stream(), kNoCluster);
  EXPECT_TRUE(contains(text, "<testsuites name=\"zdt-demo\" tests=\"1\" failures=\"0\" errors=\"1\""))
      << text;
  EXPECT_TRUE(contains(text, "<error type=\"environment\" message=\"no cluster answers\">")) << text;
  EXPECT_TRUE(contains(written(Junit(), Stream()), "tests=\"0\""));
}

TEST(Junit, ATimeOutIsAnErrorAndAFailedOperationAFailure) {
  Stream stream;
  stream.run_started({"a", "b"})
      .step_started("a", 0)
      .step_finished("timed-out", {{"code", "timeout"}, {"what", "late"}});
  stream.step_started("b", 1).step_finished("failed", {{"code", "not-found"}, {"what", "no pod"}});
  const std::string text =
      written(Junit(), stream.run_finished("timed-out", {{"code", "timeout"}, {"what", "late"}}));
  EXPECT_TRUE(contains(text, "<error type=\"timeout\" message=\"late\">")) << text;
  EXPECT_TRUE(contains(text, "<failure type=\"not-found\" message=\"no pod\">")) << text;
  EXPECT_TRUE(contains(text, "tests=\"2\" failures=\"1\" errors=\"1\" skipped=\"0\" time=\"2.468\"")) << text;
}

TEST(Junit, AFailureOutsideOfAnyStepIsATestcaseOfItsOwn) {
  Stream stream;
  stream.run_started({"a"}).step_started("a", 0).step_finished("passed");
  const std::string text =
      written(Junit(), stream.run_finished("error", {{"code", "usage"}, {"what", "no such step"}}));
  EXPECT_TRUE(contains(text, "<testcase classname=\"rollout\" name=\"run\"")) << text;
  EXPECT_TRUE(contains(text, "message=\"no such step\"")) << text;
}

TEST(Junit, AFailedCleanUpIsToldOnce) {
  Stream stream;
  stream.run_started({"a"}).step_started("a", 0).step_finished("passed");
  const json why{{"code", "environment"}, {"what", "left over"}};
  stream.event("clean-up-finished", {{"index", 0}, {"status", "error"}, {"took_ms", 5}, {"error", why}});
  const std::string text = written(
      Junit(), stream.run_finished("error", {{"code", "environment"}, {"what", "clean-up: left over"}}));
  EXPECT_TRUE(contains(text, "tests=\"2\" failures=\"0\" errors=\"1\"")) << text;
  EXPECT_TRUE(contains(text, "name=\"clean-up 1\" time=\"0.005\"")) << text;
}

TEST(Junit, EveryFailureErrorAndSkipHasAMessage) {
  Stream stream;
  stream.run_started({"a", "b", "c"})
      .step_started("a", 0)
      .step_finished("failed")
      .step_started("b", 1)
      .step_finished("error");
  stream.in("c").event("step-skipped").in("");
  const std::string text = written(Junit(), stream.run_finished("failed"));
  EXPECT_FALSE(contains(text, "message=\"\"")) << text;
  EXPECT_TRUE(contains(text, "<skipped message=\"no reason was given\"/>")) << text;
}

TEST(Junit, SystemOutIsBoundedAndCleanXml) {
  Stream stream;
  stream.run_started({"a"}).step_started("a", 0);
  for (int line = 0; line < 3000; ++line) {
    stream.event("log", {{"level", "info"}, {"text", "\x1b[31m" + std::string(40, 'x') + "\xff\x02"}});
  }
  const std::string text = written(Junit(), stream.step_finished("passed").run_finished("passed"));
  EXPECT_LT(text.size(), 66U * 1024);
  EXPECT_TRUE(contains(text, "bytes are left out here]"));
  for (char c : text) ASSERT_TRUE(c == '\n' || static_cast<unsigned char>(c) >= 0x20);
}

TEST(Granularity, IsReadFromItsWord) {
  EXPECT_EQ(*parse_granularity("step"), Granularity::kStep);
  EXPECT_EQ(*parse_granularity("assertion"), Granularity::kAssertion);
  EXPECT_EQ(parse_granularity("fine").error().code, Code::kUsage);
}

TEST(Documents, HaveWhatTheScriptSaysThatCameOut) {
  Stream stream;
  stream.run_started({"count"}).step_started("count", 0).event("result", {{"text", "0 of 1 requests lost"}});
  stream.event("result", {{"text", "0 of 1,888 requests lost"}}).step_finished("passed").run_finished("passed");
  EXPECT_EQ(document(stream)["results"][0]["result"], "0 of 1,888 requests lost");
  EXPECT_TRUE(contains(written(Junit(), stream), "<property name=\"result\" value=\"0 of 1,888 requests lost\"/>"));
  EXPECT_FALSE(document(side_by_side_run())["results"][0].contains("result"));
}

}  // namespace zdt::report
