// A load that is steered while it runs.
#include "unit/load/run_load.h"
#include "unit/load/test_server.h"

namespace zdt::load::testing {
namespace {

Plan open_plan(const TestServer& server, double rate) {
  Plan plan;
  plan.url = server.url();
  plan.rate = rate;
  return plan;
}

Task<Report> mark_twice(Load& load) {
  co_await until(load, [](const Snapshot& seen) { return seen.ok >= 20; });
  load.mark("drain");
  co_await until(load, [](const Snapshot& seen) { return seen.ok >= 60; });
  load.mark("after");
  co_await until(load, [](const Snapshot& seen) { return seen.ok >= 100; });
  co_return co_await load.stop();
}

TEST(Steering, MarksSplitTheReportIntoPhases) {
  TestServer server([](const Seen& seen) { return answer(seen.overall <= 30 ? 200 : 500); });
  server.requests = 0;
  Plan plan = open_plan(server, 400);
  plan.expected = StatusSet::none().allow(200).allow(500);
  const Report report = run_load(plan, mark_twice);
  ASSERT_EQ(report.phases.size(), 3U);
  EXPECT_EQ(report.phases[0].name, "start");
  EXPECT_EQ(report.phases[1].name, "drain");
  EXPECT_EQ(report.phases[2].name, "after");
  for (const auto& phase : report.phases) {
    EXPECT_GT(phase.sent, 0U) << phase.name;
    EXPECT_EQ(phase.latency.count, phase.ok) << phase.name;
  }
  EXPECT_EQ(report.phases[0].end_ms, report.phases[1].start_ms);
  EXPECT_EQ(report.phases[2].end_ms, report.duration_ms);
  EXPECT_EQ(report.phases[2].statuses.count(200), 0U);
}

Task<Report> mark_while_under_way(Load& load) {
  co_await until(load, [](const Snapshot& seen) { return seen.in_flight == 3; });
  load.mark("next");
  co_return co_await load.stop();
}

TEST(Steering, ARequestBelongsToThePhaseInWhichItWasSent) {
  TestServer server([](const Seen&) {
    Answer reply = answer();
    reply.delay = milliseconds(400);
    return reply;
  });
  Plan plan = open_plan(server, 0);
  plan.connections = 3;
  const Report report = run_load(plan, mark_while_under_way);
  EXPECT_EQ(report.phase("start")->ok, 3U);
  EXPECT_EQ(report.phase("next")->sent, 0U);
}

Task<Report> pause_and_resume(Load& load) {
  co_await until(load, [](const Snapshot& seen) { return seen.ok >= 50; });
  load.pause();
  co_await until(load, [](const Snapshot& seen) { return seen.paused && seen.in_flight == 0; });
  const auto quiet_from = std::chrono::steady_clock::now();
  uint64_t sent = 0;
  co_await until(load, [&](const Snapshot& seen) {
    const auto quiet = std::chrono::steady_clock::now() - quiet_from;
    if (quiet > milliseconds(120) && sent == 0)
      sent = seen.sent;  // the last hand-over before the pause is in
    return quiet > milliseconds(400);
  });
  EXPECT_EQ(load.snapshot().sent, sent);
  load.resume();
  co_await until(load, [&](const Snapshot& seen) { return seen.ok >= sent + 50; });
  co_return co_await load.stop();
}

TEST(Steering, APauseSendsNothingAndIsNotMadeUpFor) {
  TestServer server([](const Seen&) { return answer(); });
  const Report report = run_load(open_plan(server, 500), pause_and_resume);
  EXPECT_NEAR(report.self_check.achieved_per_s, 500, 10);
  EXPECT_LT(report.sent, static_cast<uint64_t>(report.duration_ms) / 2 - 150);
  EXPECT_LT(report.latency.p99_us, 300'000U);
}

Task<Report> go_faster(Load& load) {
  load.mark("slow");
  co_await until(load, [](const Snapshot& seen) { return seen.elapsed_ms >= 400; });
  load.rate(1'000);
  load.mark("fast");
  co_await until(load, [](const Snapshot& seen) { return seen.elapsed_ms >= 800; });
  EXPECT_EQ(load.snapshot().rate, 1'000);
  co_return co_await load.stop();
}

TEST(Steering, TheRateChangesWhileItRuns) {
  TestServer server([](const Seen&) { return answer(); });
  const Report report = run_load(open_plan(server, 100), go_faster);
  EXPECT_NEAR(static_cast<double>(report.phase("slow")->sent), 40, 12);
  EXPECT_NEAR(static_cast<double>(report.phase("fast")->sent), 400, 120);
  EXPECT_NEAR(report.self_check.asked_per_s, 550, 80);
}

Task<Report> stop_when_under_way(Load& load) {
  co_await until(load, [](const Snapshot& seen) { return seen.in_flight == 2 && seen.ok >= 1; });
  co_return co_await load.stop();
}

TEST(Steering, WhatIsStillUnderWayAfterTheDrainIsUnfinished) {
  TestServer server([](const Seen& seen) {
    return seen.overall <= 4 ? answer() : Answer{"", Then::kSilence};
  });
  Plan plan = open_plan(server, 0);
  plan.connections = 2;
  plan.drain = milliseconds(50);
  const Report report = run_load(plan, stop_when_under_way);
  EXPECT_EQ(report.unfinished, 2U);
  EXPECT_EQ(report.ok, 4U);
  EXPECT_EQ(report.sent, 6U);
}

TEST(Steering, StopWaitsForWhatIsUnderWay) {
  TestServer server([](const Seen& seen) {
    Answer reply = answer();
    if (seen.overall > 4) reply.delay = milliseconds(500);
    return reply;
  });
  Plan plan = open_plan(server, 0);
  plan.connections = 2;
  const Report report = run_load(plan, stop_when_under_way);
  EXPECT_EQ(report.unfinished, 0U);
  EXPECT_EQ(report.ok, 6U);
}

Task<Report> stop_twice(Load& load) {
  co_await until(load, [](const Snapshot& seen) { return seen.ok >= 1; });
  const Report first = co_await load.stop();
  EXPECT_FALSE(load.running());
  const Report again = co_await load.wait();
  EXPECT_EQ(first.sent, again.sent);
  EXPECT_EQ(load.snapshot().sent, first.sent);
  EXPECT_EQ(load.snapshot().in_flight, 0U);
  co_return co_await load.stop();
}

TEST(Steering, AStoppedLoadMayBeAskedAgain) {
  TestServer server([](const Seen&) { return answer(); });
  EXPECT_GT(run_load(open_plan(server, 300), stop_twice).ok, 0U);
}

TEST(Steering, ALoadThatIsDroppedEndsAtOnce) {
  TestServer server([](const Seen&) { return Answer{"", Then::kSilence}; });
  asio::io_context loop;
  const auto begun = std::chrono::steady_clock::now();
  {
    auto load = Load::start(loop.get_executor(), open_plan(server, 50));
    ASSERT_TRUE(load);
    EXPECT_TRUE((*load)->running());
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(1));
}

}  // namespace
}  // namespace zdt::load::testing
