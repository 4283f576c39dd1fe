#include "stage/event.h"

#include <gtest/gtest.h>

#include "unit/stage/stage_world.h"

namespace zdt::stage {
namespace {

const WallTime kNewYear{std::chrono::seconds(1'767'225'600)};

}  // namespace

TEST(Event, IsOneFlatObject) {
  const Event event{kNewYear + milliseconds(123),       7, "log", "rollout", "update",
                    {{"level", "info"}, {"text", "hi"}}};
  EXPECT_EQ(to_line(event),
            "{\"level\":\"info\",\"script\":\"rollout\",\"seq\":7,\"step\":\"update\",\"text\":\"hi\","
            "\"ts\":\"2026-01-01T00:00:00.123Z\",\"type\":\"log\"}\n");
}

TEST(Event, ComesBackFromItsLine) {
  const Event event{kNewYear + milliseconds(5), 1, "table", "s", "", {{"rows", json::array({1, "two"})}}};
  auto back = event_from_json(json::parse(to_line(event)));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->ts, event.ts);
  EXPECT_EQ(back->seq, 1U);
  EXPECT_EQ(back->type, "table");
  EXPECT_EQ(back->script, "s");
  EXPECT_EQ(back->step, "");
  EXPECT_EQ(back->data, event.data);
}

TEST(Event, AFieldOfDataNeverReplacesTheEnvelope) {
  const Event event{kNewYear, 3, "odd", "s", "x", {{"seq", 99}, {"type", "run-finished"}}};
  EXPECT_EQ(to_json(event)["seq"], 3);
  EXPECT_EQ(to_json(event)["type"], "odd");
}

TEST(Event, BytesThatAreNoUtf8DoNotStopIt) {
  const Event event{kNewYear, 1, "log", "s", "", {{"text", "bad \xff byte"}}};
  EXPECT_EQ(json::parse(to_line(event))["text"], "bad \xEF\xBF\xBD byte");
}

TEST(Event, NeedsTimeNumberAndType) {
  for (const char* line : {R"({"seq":1,"type":"x"})", R"({"ts":"2026-01-01T00:00:00Z","type":"x"})",
                           R"({"ts":"2026-01-01T00:00:00Z","seq":1})", R"({"ts":"soon","seq":1,"type":"x"})",
                           R"({"ts":"2026-01-01T00:00:00Z","seq":-1,"type":"x"})", R"([1])", R"("text")"}) {
    auto event = event_from_json(json::parse(line));
    ASSERT_FALSE(event) << line;
    EXPECT_EQ(event.error().code, Code::kInvalid);
  }
}

TEST(Bus, NumbersFromTheLastOneOnAndHandsToSinksInOrder) {
  Bus bus([] { return kNewYear; }, 41);
  KeptEvents first, second;
  bus.add(first);
  bus.add(second);
  bus.emit("a", "s", "");
  bus.emit("b", "s", "x", {{"k", 1}});
  ASSERT_EQ(first.events.size(), 2U);
  EXPECT_EQ(first.events[0].seq, 42U);
  EXPECT_EQ(second.events[1].seq, 43U);
  EXPECT_EQ(second.events[1].ts, kNewYear);
}

TEST(Recorder, EveryRecordIsAnEventOfTheCurrentStep) {
  Bus bus([] { return kNewYear; });
  KeptEvents kept;
  bus.add(kept);
  Recorder recorder(bus, "rollout");
  recorder.begin_step("one");
  EXPECT_TRUE(recorder.assertion("a", true, 1, 1));
  EXPECT_FALSE(recorder.assertion("b", false, "v2", ""));
  EXPECT_FALSE(recorder.assertion("c", false, 1, 2));
  recorder.observation("p99_ms", 12.5);
  recorder.log("warn", "careful");
  recorder.emit("load-progress", {{"sent", 5}});
  EXPECT_EQ(recorder.assertions(), 3);
  EXPECT_EQ(recorder.verdict().error().what, "b: want v2, got \"\"");
  recorder.begin_step("two");
  EXPECT_EQ(recorder.assertions(), 0);
  EXPECT_TRUE(recorder.verdict());
  const int first = recorder.expects("lost"), second = recorder.expects("sent");
  recorder.compared(first);
  EXPECT_EQ(recorder.verdict().error().what, "zdt.expect(\"sent\", …) compares with nothing");
  recorder.compared(second);
  EXPECT_TRUE(recorder.verdict());
  EXPECT_EQ(kept.story(), (Words{"assertion one", "assertion one", "assertion one", "observation one",
                                 "log one", "load-progress one"}));
  EXPECT_EQ(kept.events[1].data, json::parse(R"({"name":"b","passed":false,"want":"v2","got":""})"));
}

TEST(Status, NamesAreReadBack) {
  for (Status status : {Status::kPassed, Status::kFailed, Status::kSkipped, Status::kError, Status::kTimedOut,
                        Status::kInterrupted}) {
    EXPECT_EQ(status_of(name_of(status)), status);
  }
  EXPECT_FALSE(status_of("finished"));
}

TEST(Status, FollowsTheExitCode) {
  EXPECT_EQ(status_of(Code::kFailed), Status::kFailed);
  EXPECT_EQ(status_of(Code::kNotFound), Status::kFailed);
  EXPECT_EQ(status_of(Code::kUsage), Status::kError);
  EXPECT_EQ(status_of(Code::kEnvironment), Status::kError);
  EXPECT_EQ(status_of(Code::kTimeout), Status::kTimedOut);
  EXPECT_EQ(status_of(Code::kCancelled), Status::kInterrupted);
}

}  // namespace zdt::stage
