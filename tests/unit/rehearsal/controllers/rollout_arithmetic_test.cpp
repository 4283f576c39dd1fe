#include "rehearsal/controllers/rollout_arithmetic.h"

#include <gtest/gtest.h>

namespace zdt::rehearsal {
namespace {

json rolling(int64_t replicas, json surge, json unavailable) {
  return {{"spec",
           {{"replicas", replicas},
            {"strategy",
             {{"type", "RollingUpdate"},
              {"rollingUpdate",
               {{"maxSurge", std::move(surge)}, {"maxUnavailable", std::move(unavailable)}}}}}}}};
}

TEST(Fenceposts, SurgeRoundsUpAndUnavailableRoundsDown) {
  EXPECT_EQ(fenceposts(rolling(10, "25%", "25%")), (Fenceposts{3, 2}));
  EXPECT_EQ(fenceposts(rolling(3, "25%", "25%")), (Fenceposts{1, 0}));
  EXPECT_EQ(fenceposts(rolling(4, "100%", "50%")), (Fenceposts{4, 2}));
  EXPECT_EQ(fenceposts(rolling(3, 1, 0)), (Fenceposts{1, 0}));
}

TEST(Fenceposts, MissingValuesAreAQuarter) {
  EXPECT_EQ(fenceposts({{"spec", {{"replicas", 8}}}}), (Fenceposts{2, 2}));
  EXPECT_EQ(fenceposts({{"spec", json::object()}}), (Fenceposts{1, 0}));
}

TEST(Fenceposts, WhenBothComeOutAsZeroOneMayBeUnavailable) {
  EXPECT_EQ(fenceposts(rolling(3, 0, 0)), (Fenceposts{0, 1}));
  EXPECT_EQ(fenceposts(rolling(3, "0%", "10%")), (Fenceposts{0, 1}));
}

TEST(Fenceposts, UnavailableIsNeverMoreThanThereAre) {
  EXPECT_EQ(fenceposts(rolling(2, 0, 5)), (Fenceposts{0, 2}));
  EXPECT_EQ(fenceposts(rolling(0, "25%", "25%")), (Fenceposts{0, 0}));
}

TEST(UpdatedSize, GrowsIntoTheRoomThatTheTotalLeaves) {
  EXPECT_EQ(updated_size(10, 3, 10, 0), 3);
  EXPECT_EQ(updated_size(10, 3, 13, 3), 3);
  EXPECT_EQ(updated_size(10, 3, 11, 9), 10);
  EXPECT_EQ(updated_size(10, 0, 10, 0), 0);
  EXPECT_EQ(updated_size(4, 1, 7, 6), 4) << "more than wanted: it shrinks";
}

/// The two cases that the comment in rolling.go works through: 10 replicas, 2 unavailable, 3 surge.
TEST(ShrunkOldSizes, UpdatedPodsThatNeverComeUpDoNotCostOldOnes) {
  EXPECT_EQ(shrunk_old_sizes(10, 2, {5, 0, 13}, {{8, 7, 13}}), (std::vector<int64_t>{8}));
}
TEST(ShrunkOldSizes, AfterAnUndoThePodsThatNeverCameUpGoFirst) {
  EXPECT_EQ(shrunk_old_sizes(10, 2, {8, 7, 13}, {{5, 0, 13}}), (std::vector<int64_t>{1}));
}

TEST(ShrunkOldSizes, TheOldestGoesFirst) {
  EXPECT_EQ(shrunk_old_sizes(4, 1, {1, 1, 5}, {{2, 2, 5}, {2, 2, 5}}), (std::vector<int64_t>{0, 2}));
}

TEST(ShrunkOldSizes, NothingGoesWhileTooFewAreAvailable) {
  EXPECT_EQ(shrunk_old_sizes(3, 0, {1, 0, 4}, {{3, 3, 4}}), (std::vector<int64_t>{3}));
  EXPECT_EQ(shrunk_old_sizes(3, 0, {1, 1, 4}, {{3, 3, 4}}), (std::vector<int64_t>{2}));
}

TEST(ProportionalSizes, TheDifferenceIsSharedOut) {
  // kubernetes.io/docs/concepts/workloads/controllers/deployment, "Proportional scaling": 8 + 5 of 10 + 3,
  // to 15.
  EXPECT_EQ(proportional_sizes(18, {{8, 8, 13}, {5, 0, 13}}), (std::vector<int64_t>{11, 7}));
  EXPECT_EQ(proportional_sizes(0, {{8, 8, 13}, {5, 0, 13}}), (std::vector<int64_t>{0, 0}));
}

}  // namespace
}  // namespace zdt::rehearsal
