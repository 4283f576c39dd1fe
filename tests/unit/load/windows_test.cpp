#include "load/windows.h"

#include <gtest/gtest.h>

namespace zdt::load {
namespace {

constexpr int64_t kS = ErrorWindows::kGapUs;

TEST(ErrorWindows, AreOneWhileFailuresAreAtMostASecondApart) {
  ErrorWindows windows;
  windows.add(0, 10);
  windows.add(kS + 10, kS + 20);
  EXPECT_EQ(windows.longest(), kS + 20);
  windows.add(3 * kS, 3 * kS);
  EXPECT_EQ(windows.longest(), kS + 20);
  EXPECT_EQ(windows.first(), 0);
  EXPECT_EQ(windows.last(), 3 * kS);
}

TEST(ErrorWindows, AreTheSameInWhateverOrderTheWorkersReport) {
  ErrorWindows windows;
  windows.add(4 * kS, 5 * kS);
  windows.add(0, 1 * kS);
  EXPECT_EQ(windows.longest(), kS);
  windows.add(2 * kS, 3 * kS);  // joins both
  EXPECT_EQ(windows.longest(), 5 * kS);
  windows.add(kS, 2 * kS);  // inside
  EXPECT_EQ(windows.longest(), 5 * kS);
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
