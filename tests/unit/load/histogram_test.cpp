#include "load/histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

namespace zdt::load {
namespace {

TEST(Histogram, IsAllZeroWhenNothingWasRecorded) {
  const Histogram empty;
  EXPECT_EQ(empty.count(), 0U);
  EXPECT_EQ(empty.min(), 0U);
  EXPECT_EQ(empty.max(), 0U);
  EXPECT_EQ(empty.mean(), 0);
  EXPECT_EQ(empty.percentile(99), 0U);
}

TEST(Histogram, IsExactForSmallValues) {
  Histogram seen;
  for (uint64_t micros = 1; micros <= 100; ++micros) seen.record(micros);
  EXPECT_EQ(seen.percentile(50), 50U);
  EXPECT_EQ(seen.percentile(99), 99U);
  EXPECT_EQ(seen.percentile(100), 100U);
  EXPECT_EQ(seen.percentile(0), 1U);
  EXPECT_DOUBLE_EQ(seen.mean(), 50.5);
}

TEST(Histogram, IsNeverOffByMoreThanOnePercentForOneValueAnywhere) {
  for (double value = 1; value < 4e9; value *= 1.0037) {
    const auto micros = static_cast<uint64_t>(value);
    Histogram seen;
    seen.record(1);
    for (int i = 0; i < 3; ++i) seen.record(micros);
    seen.record(uint64_t{1} << 40);
    const auto middle = static_cast<double>(seen.percentile(50));
    ASSERT_LE(std::abs(middle - static_cast<double>(micros)), 0.01 * static_cast<double>(micros)) << micros;
  }
}

TEST(Histogram, IsNeverOffByMoreThanOnePercentOnAnyPercentile) {
  std::mt19937_64 random(7);
  std::lognormal_distribution<double> draw(8, 2);
  Histogram seen;
  std::vector<uint64_t> values;
  for (int i = 0; i < 50'000; ++i) {
    values.push_back(static_cast<uint64_t>(draw(random)));
    seen.record(values.back());
  }
  std::sort(values.begin(), values.end());
  for (const double percent : {0.1, 10.0, 50.0, 90.0, 95.0, 99.0, 99.9, 99.99, 100.0}) {
    const auto rank = static_cast<size_t>(std::ceil(percent / 100 * static_cast<double>(values.size()))) - 1;
    const auto exact = static_cast<double>(values[rank]);
    EXPECT_NEAR(static_cast<double>(seen.percentile(percent)), exact, 0.01 * exact) << percent;
  }
}

TEST(Histogram, AddsUpExactly) {
  Histogram one, other, both;
  for (uint64_t micros = 1; micros < 2'000'000; micros += 997) {
    (micros % 2 == 0 ? one : other).record(micros);
    both.record(micros);
  }
  one.add(other);
  EXPECT_EQ(one.count(), both.count());
  EXPECT_EQ(one.min(), both.min());
  EXPECT_EQ(one.max(), both.max());
  EXPECT_DOUBLE_EQ(one.mean(), both.mean());
  for (const double percent : {1.0, 50.0, 99.0, 99.9})
    EXPECT_EQ(one.percentile(percent), both.percentile(percent));
}

TEST(Histogram, KeepsWhatIsLongerThanItsRange) {
  Histogram seen;
  seen.record(uint64_t{1} << 50);
  EXPECT_EQ(seen.max(), uint64_t{1} << 50);
  EXPECT_EQ(seen.percentile(50), uint64_t{1} << 50);
}

TEST(Histogram, IsEmptyAgainAfterClear) {
  Histogram seen;
  seen.record(5);
  seen.clear();
  EXPECT_EQ(seen.count(), 0U);
  EXPECT_EQ(seen.min(), 0U);
}

}  // namespace
}  // namespace zdt::load
