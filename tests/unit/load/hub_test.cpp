#include "load/engine.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

namespace zdt::load {
namespace {

Ended ended_at(int64_t at_ms, Outcome outcome = Outcome::kOk, unsigned phase = 0) {
  Ended ended;
  ended.phase = phase;
  ended.outcome = outcome;
  ended.status = outcome == Outcome::kStatus ? 503 : 200;
  ended.latency_us = 100;
  ended.at_us = at_ms * 1000;
  return ended;
}

void send_and_end(Tally& tally, const Ended& ended) {
  ++tally.phase(ended.phase).sent;
  tally.count(ended);
}

TEST(Hub, AddsUpWorkersAndPhases) {
  Hub hub(2, false);
  hub.begin();
  const unsigned drain = hub.mark("drain");
  Tally one, other;
  send_and_end(one, ended_at(10));
  send_and_end(one, ended_at(20, Outcome::kReset, drain));
  send_and_end(other, ended_at(30, Outcome::kStatus, drain));
  ++other.phase(drain).sent;
  ++other.phase(drain).unfinished;
  hub.take(0, 0, one);
  hub.take(1, 1, other);
  hub.close({2'000'000, 0});
  const Report report = hub.report();
  EXPECT_EQ(report.sent, 4U);
  EXPECT_EQ(report.failed, 2U);
  EXPECT_EQ(report.unfinished, 1U);
  EXPECT_EQ(report.statuses, (std::map<int, uint64_t>{{200, 1}, {503, 1}}));
  ASSERT_NE(report.phase("drain"), nullptr);
  EXPECT_EQ(report.phase("drain")->sent, 3U);
  EXPECT_EQ(report.phase("nothing"), nullptr);
  ASSERT_EQ(report.timeline.size(), 2U);
  EXPECT_EQ(report.timeline[1].sent, 2U);
  EXPECT_EQ(report.self_check.achieved_per_s, 2);
}

TEST(Hub, RefusesAReportWhoseSumsAreWrong) {
  Hub hub(1, false);
  hub.begin();
  Tally tally;
  tally.count(ended_at(1));  // ended, but never sent
  hub.take(0, 0, tally);
  hub.close({});
  EXPECT_THROW(hub.report(), std::logic_error);
}

TEST(Hub, GoesOnWithAPhaseThatIsMarkedAgain) {
  Hub hub(1, false);
  hub.begin();
  const unsigned first = hub.mark("a");
  EXPECT_NE(hub.mark("b"), first);
  EXPECT_EQ(hub.mark("a"), first);
  EXPECT_EQ(hub.snapshot().phase, "a");
}

TEST(Hub, SaysHowLongErrorsLastedAndWhetherTheyEnded) {
  Hub hub(1, false);
  hub.begin();
  Tally tally;
  send_and_end(tally, ended_at(1'000, Outcome::kRefused));
  send_and_end(tally, ended_at(1'090, Outcome::kRefused));
  hub.take(0, 1, tally);
  tally.clear(0);
  send_and_end(tally, ended_at(5'000, Outcome::kReset));
  hub.take(0, 5, tally);
  hub.close({});
  Verdict verdict = hub.report().verdict;
  EXPECT_EQ(verdict.longest_error_window_ms, 90);
  EXPECT_EQ(verdict.failure_span_ms, 4'000);
  EXPECT_EQ(verdict.success_rate, 0);
  EXPECT_FALSE(verdict.recovered);
  EXPECT_EQ(verdict.time_to_recover_ms, -1);
  tally.clear(0);
  send_and_end(tally, ended_at(5'001));
  hub.take(0, 5, tally);
  verdict = hub.report().verdict;
  EXPECT_TRUE(verdict.recovered);
  EXPECT_EQ(verdict.time_to_recover_ms, 4'001);
  EXPECT_DOUBLE_EQ(verdict.success_rate, 0.25);
}

TEST(Hub, KeepsTenThousandFailuresInOrderAndShowsAHundred) {
  Hub hub(2, false);
  hub.begin();
  Tally tally;
  for (int64_t i = 0; i < 6'000; ++i) {
    send_and_end(tally, ended_at(i, Outcome::kReset));
    tally.samples.emplace_back();
    tally.samples.back().wall = hub.wall_at((6'000 - i) * 1'000);
  }
  hub.take(0, 0, tally);
  hub.take(1, 0, tally);
  hub.close({});
  const Report report = hub.report();
  EXPECT_EQ(report.failures.size(), kMostFailureSamples);
  ASSERT_EQ(report.kept_failures.size(), kMostFailuresKept);
  EXPECT_EQ(report.unattributed, 2'000U);
  EXPECT_EQ(report.verdict.losses_by_phase, (std::map<std::string, uint64_t>{{"unknown", 12'000}}));
  EXPECT_TRUE(std::is_sorted(report.kept_failures.begin(), report.kept_failures.end(),
                             [](const Failure& a, const Failure& b) { return a.wall < b.wall; }));
}

TEST(Timeline, HasNoGapsAndKeepsTheP99OfASecondThatIsOver) {
  Timeline timeline(2);
  PhaseTally counts;
  counts.sent = 100;
  counts.outcomes[0] = 100;
  for (int i = 0; i < 100; ++i) counts.latency.record(i < 98 ? 10 : 120);
  timeline.add(2, counts);
  timeline.reached(0, 5);
  EXPECT_EQ(timeline.at(2).p99_us, 120U);
  timeline.add(2, counts);  // the other worker is still in that second
  timeline.reached(1, 3);
  ASSERT_EQ(timeline.seconds().size(), 3U);
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(timeline.seconds()[i].second, static_cast<int64_t>(i));
  EXPECT_EQ(timeline.seconds()[0].sent, 0U);
  EXPECT_EQ(timeline.at(2).sent, 200U);
  EXPECT_EQ(timeline.at(2).p99_us, 120U);
  EXPECT_EQ(timeline.at(9).sent, 0U);
}

TEST(Names, AreBoundedHoweverManyPodsAServerInvents) {
  Names names;
  for (int i = 0; i < 3'000; ++i) names.number_of("pod-" + std::to_string(i), -1);
  const int last = names.number_of("one more", -1);
  EXPECT_EQ(last, static_cast<int>(Names::kMost));
  EXPECT_EQ(names[last], Names::kOthers);
  EXPECT_EQ(names.number_of("pod-7", last), 7);
}

TEST(TargetPicker, DrawsByWeightAndTheSameForTheSameSeed) {
  const std::vector<Target> targets = {{"a", "GET", "", 1}, {"b", "GET", "", 0}, {"c", "GET", "", 3}};
  std::array<int, 3> drawn{};
  TargetPicker picker(targets, 5), same(targets, 5);
  for (int i = 0; i < 4'000; ++i) {
    const size_t target = picker.pick();
    ++drawn[target];
    ASSERT_EQ(target, same.pick());
  }
  EXPECT_EQ(drawn[1], 0);
  EXPECT_NEAR(drawn[0], 1'000, 150);
}

}  // namespace
}  // namespace zdt::load
