#include "load/pace.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace zdt::load {
namespace {

constexpr int64_t kMs = 1'000'000, kS = 1'000'000'000;

Plan open_plan(double rate) {
  Plan plan;
  plan.url = "http://127.0.0.1/";
  plan.rate = rate;
  return *checked(plan);
}

std::vector<int64_t> take_all(Pace& pace, int64_t now) {
  std::vector<int64_t> taken;
  while (const auto due = pace.take(now)) taken.push_back(*due);
  return taken;
}

TEST(Schedule, IsEvenAndDoesNotDrift) {
  Schedule schedule(30, 0, 1, 0);  // a spacing that is no whole number of nanoseconds
  for (int i = 0; i < 30 * 3600; ++i) schedule.take();
  EXPECT_NEAR(static_cast<double>(schedule.next()), 3600.0 * kS, 1000);
}

TEST(Schedule, OfSeveralWorkersInterleaves) {
  std::vector<int64_t> due;
  for (unsigned index = 0; index < 3; ++index) {
    Schedule schedule(300, index, 3, 0);
    for (int i = 0; i < 10; ++i, schedule.take()) due.push_back(schedule.next());
  }
  std::sort(due.begin(), due.end());
  for (size_t i = 1; i < due.size(); ++i)
    EXPECT_NEAR(static_cast<double>(due[i] - due[i - 1]), kS / 300.0, 2);
}

TEST(Schedule, ChangesItsRateInTheMiddleOfASpacing) {
  Schedule schedule(10, 0, 1, 0);
  schedule.take();                     // next at 100 ms
  schedule.change_rate(20, 50 * kMs);  // half the way is left, which is now 25 ms
  EXPECT_EQ(schedule.next(), 75 * kMs);
  schedule.take();
  EXPECT_EQ(schedule.next(), 125 * kMs);
}

/// How many arrivals of all workers are due before each of `ends`, which are seconds.
std::vector<size_t> arrivals(double rate, const std::vector<Stage>& stages, unsigned workers,
                             const std::vector<int64_t>& ends) {
  std::vector<size_t> counts(ends.size(), 0);
  for (unsigned index = 0; index < workers; ++index) {
    Schedule schedule(rate, stages, index, workers, 0);
    for (; schedule.next() < ends.back() * kS; schedule.take()) {
      for (size_t i = 0; i < ends.size(); ++i) counts[i] += schedule.next() < ends[i] * kS ? 1 : 0;
    }
  }
  return counts;
}

TEST(Schedule, RampsLinearlyFromStageToStage) {
  const milliseconds ten{10'000};
  using Counts = std::vector<size_t>;
  EXPECT_EQ(arrivals(0, {{ten, 100}}, 1, {5, 10, 12}), (Counts{125, 500, 700})) << "the last rate stays";
  EXPECT_EQ(arrivals(0, {{ten, 100}}, 3, {5, 10, 12}), (Counts{125, 500, 700})) << "whatever the workers";
  EXPECT_EQ(arrivals(50, {{ten, 50}, {ten, 0}}, 1, {10, 20, 99}), (Counts{500, 750, 750})) << "ends at 0";
  EXPECT_EQ(arrivals(0, {{ten, 0}, {milliseconds(0), 20}, {ten, 20}}, 2, {10, 20}), (Counts{0, 200})) << "a jump";
  EXPECT_EQ(arrivals(100, {{ten, 0}, {ten, 100}}, 1, {10, 20}), (Counts{500, 1000})) << "down and up";
}

TEST(Schedule, LeavesItsStagesForAnotherRate) {
  Schedule schedule(10, {{milliseconds(10'000), 10}}, 0, 1, 0);
  EXPECT_EQ(schedule.rate(), 0);
  EXPECT_EQ(schedule.next(), 50 * kMs);  // in the middle of its spacing
  schedule.change_rate(20, 0);
  EXPECT_EQ(schedule.next(), 25 * kMs);
  schedule.take();
  schedule.shift(kS);
  EXPECT_EQ(schedule.next(), kS + 75 * kMs);
}

TEST(Stages, AreReadAndKnowTheirRate) {
  const auto stage = parse_stage("15s:50/s");
  ASSERT_TRUE(stage);
  EXPECT_EQ(stage->length, milliseconds(15'000));
  EXPECT_EQ(stage->rate, 50);
  for (const char* wrong : {"", "15s", "15s:", ":50", "x:50", "15s:-1"}) EXPECT_FALSE(parse_stage(wrong)) << wrong;
  const std::vector<Stage> stages = {*stage, {milliseconds(0), 200}, {milliseconds(10'000), 0}};
  EXPECT_EQ(length_of(stages), milliseconds(25'000));
  EXPECT_NEAR(rate_at(0, stages, 6 * kS), 20, 1e-9);
  EXPECT_NEAR(rate_at(0, stages, 20 * kS), 100, 1e-9);
  EXPECT_EQ(rate_at(0, stages, 99 * kS), 0);
}

TEST(Pace, GivesTheIntendedTimesOfTheOpenModel) {
  SelfTally self;
  Pace pace(open_plan(100), 0, 10, self);
  EXPECT_EQ(take_all(pace, 25 * kMs), (std::vector<int64_t>{0, 10 * kMs, 20 * kMs}));
  EXPECT_EQ(pace.next_due(true), 30 * kMs);
  EXPECT_EQ(pace.arrivals(), 3U);
  EXPECT_EQ(self.late_sends, 2U);  // 25 ms and 15 ms late; exactly 5 ms is not yet late
}

TEST(Pace, QueuesWhatFindsNoConnectionAndKeepsItsIntendedTime) {
  SelfTally self;
  Pace pace(open_plan(100), 0, 1, self);
  pace.queue_due(15 * kMs);
  EXPECT_EQ(pace.queue_length(), 2U);
  EXPECT_EQ(take_all(pace, 200 * kMs)[1], 10 * kMs);
  EXPECT_EQ(self.queued, 2U);
}

TEST(Pace, DropsArrivalsThatFindTheQueueFull) {
  Plan plan = open_plan(100);
  plan.queue_limit = 5;
  SelfTally self;
  Pace pace(plan, 0, 1, self);
  pace.queue_due(95 * kMs);
  EXPECT_EQ(pace.queue_length(), 5U);
  EXPECT_EQ(self.dropped_arrivals, 5U);
  EXPECT_EQ(pace.arrivals(), 10U);
  pace.close(95 * kMs);
  EXPECT_EQ(self.unsent_arrivals, 5U);
}

TEST(Pace, MakesNoArrivalsOfAPause) {
  SelfTally self;
  Pace pace(open_plan(100), 0, 10, self);
  take_all(pace, 5 * kMs);
  pace.set_paused(true, 5 * kMs);
  EXPECT_TRUE(take_all(pace, 500 * kMs).empty());
  EXPECT_EQ(pace.next_due(true), Pace::kNever);
  pace.set_paused(false, 505 * kMs);
  EXPECT_EQ(take_all(pace, 515 * kMs), (std::vector<int64_t>{510 * kMs}));
  pace.close(520 * kMs);
  EXPECT_EQ(pace.sending_time(), 20 * kMs);
}

TEST(Pace, StartsTheClosedModelWithAllConnectionsAndGoesOnAfterTheThinkTime) {
  Plan plan = open_plan(1);
  plan.rate = 0;
  plan.think_time = milliseconds(7);
  SelfTally self;
  Pace pace(plan, 0, 3, self);
  EXPECT_EQ(take_all(pace, 1 * kMs).size(), 3U);
  EXPECT_EQ(pace.next_due(true), Pace::kNever);
  pace.ended(2 * kMs);
  EXPECT_EQ(pace.next_due(true), 9 * kMs);
  EXPECT_TRUE(take_all(pace, 8 * kMs).empty());
  EXPECT_EQ(take_all(pace, 10 * kMs), (std::vector<int64_t>{10 * kMs}));
  EXPECT_EQ(self.lateness.count(), 0U);
}

}  // namespace
}  // namespace zdt::load
