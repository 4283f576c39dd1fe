#include "base/units.h"

#include <gtest/gtest.h>

namespace zdt {
namespace {

int64_t ms(std::string_view text) {
  auto parsed = parse_duration(text);
  return parsed ? parsed->count() : -1;
}

TEST(Duration, IsReadAsPeopleWriteIt) {
  EXPECT_EQ(ms("800ms"), 800);
  EXPECT_EQ(ms("2s"), 2000);
  EXPECT_EQ(ms("1m30s"), 90'000);
  EXPECT_EQ(ms("1.5h"), 5'400'000);
  EXPECT_EQ(ms("3"), 3000) << "a bare number means seconds";
  EXPECT_EQ(ms("0"), 0);
}

TEST(Duration, RefusesEverythingElseWithAnExample) {
  for (const char* text : {"", "s", "-1s", "2 s", "1x", "1m30", "..", "1e3s", "99999999999999h"}) EXPECT_EQ(ms(text), -1) << text;
  EXPECT_NE(parse_duration("soon").error().hint.find("800ms"), std::string::npos);
  EXPECT_EQ(parse_duration("soon").error().code, Code::kUsage);
}

TEST(Duration, IsShownAsAPersonReadsIt) {
  EXPECT_EQ(format_duration(milliseconds(12)), "12 ms");
  EXPECT_EQ(format_duration(milliseconds(2'000)), "2 s");
  EXPECT_EQ(format_duration(milliseconds(2'300)), "2.3 s");
  EXPECT_EQ(format_duration(milliseconds(90'000)), "1 m 30 s");
}

TEST(Rate, IsPerSecondOrPerPeriod) {
  EXPECT_DOUBLE_EQ(*parse_rate("200"), 200);
  EXPECT_DOUBLE_EQ(*parse_rate("200/s"), 200);
  EXPECT_DOUBLE_EQ(*parse_rate("50/10s"), 5);
  for (const char* text : {"", "fast", "5/", "5/0s", "5/x", "-5"}) EXPECT_FALSE(parse_rate(text)) << text;
}

TEST(Quantity, IsReadAsKubernetesWritesIt) {
  EXPECT_DOUBLE_EQ(*parse_quantity("250m"), 0.25);
  EXPECT_DOUBLE_EQ(*parse_quantity("64Mi"), 64.0 * 1024 * 1024);
  EXPECT_DOUBLE_EQ(*parse_quantity("1.5G"), 1.5e9);
  EXPECT_DOUBLE_EQ(*parse_quantity("2"), 2);
  for (const char* text : {"", "Mi", "5MiB", "x"}) EXPECT_FALSE(parse_quantity(text)) << text;
}

TEST(Time, IsRfc3339AndReadsBackWhatItWrote) {
  const auto time = *parse_time("2026-01-02T03:04:05.678901Z");
  EXPECT_EQ(format_time(time), "2026-01-02T03:04:05Z");
  EXPECT_EQ(format_time(time, true), "2026-01-02T03:04:05.678901Z");
  EXPECT_EQ(format_time_ms(time), "2026-01-02T03:04:05.678Z");
  EXPECT_EQ(*parse_time(format_time(time, true)), time);
  EXPECT_FALSE(parse_time("yesterday"));
}

}  // namespace
}  // namespace zdt
