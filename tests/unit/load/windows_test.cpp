#include "load/windows.h"

#include <gtest/gtest.h>

namespace zdt::load {
namespace {

constexpr int64_t kGap = ErrorWindows::kGapUs;

TEST(ErrorWindows, AreOneWhileFailuresAreAtMostASecondApart) {
  ErrorWindows windows;
  windows.add(0, 10);
  windows.add(kGap + 10, kGap + 20);
  EXPECT_EQ(windows.longest(), kGap + 20);
  windows.add(3 * kGap, 3 * kGap);
  EXPECT_EQ(windows.longest(), kGap + 20);
  EXPECT_EQ(windows.first(), 0);
  EXPECT_EQ(windows.last(), 3 * kGap);
}

TEST(ErrorWindows, AreTheSameInWhateverOrderTheWorkersReport) {
  ErrorWindows windows;
  windows.add(4 * kGap, 5 * kGap);
  windows.add(0, 1 * kGap);
  EXPECT_EQ(windows.longest(), kGap);
  windows.add(2 * kGap, 3 * kGap);  // joins both
  EXPECT_EQ(windows.longest(), 5 * kGap);
  windows.add(kGap, 2 * kGap);  // inside
  EXPECT_EQ(windows.longest(), 5 * kGap);
}

TEST(ErrorWindows, OfOneFailureHasNoLength) {
  ErrorWindows windows;
  EXPECT_TRUE(windows.empty());
  EXPECT_EQ(windows.longest(), 0);
  windows.add(7, 7);
  EXPECT_EQ(windows.longest(), 0);
  EXPECT_EQ(windows.first(), 7);
}

}  // namespace
}  // namespace zdt::load
