#include "base/units.h"

#include <gtest/gtest.h>

namespace zdt {
namespace {

TEST(ParseDuration, ReadsWhatUsersWrite) {
  const std::vector<std::pair<const char*, int64_t>> cases{{"800ms", 800}, {"2s", 2000},       {"1m30s", 90'000}, {"1.5h", 5'400'000},
                                                           {"5", 5000},    {"0", 0},           {"0s", 0},         {"0.5", 500},
                                                           {"1h1m1s1ms", 3'661'001}, {".5s", 500}, {"1.0005s", 1001}};
  for (const auto& [text, ms] : cases) {
    auto parsed = parse_duration(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_EQ(parsed->count(), ms) << text;
  }
}

TEST(ParseDuration, RefusesEverythingElseAsUsage) {
  for (const char* text : {"", "s", "-1s", "1x", "1s2", "0s30", "1 s", " 1s", "1s ", "1.2.3s", "1e3", ".", "..", "99999999999999999999h", "one", "1ss"}) {
    auto parsed = parse_duration(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, Code::kUsage);
    EXPECT_NE(parsed.error().what.find("\"" + std::string(text) + "\""), std::string::npos);
  }
}

TEST(FormatDuration, ReadsAsAPersonWrites) {
  const std::vector<std::pair<int64_t, const char*>> cases{{0, "0 ms"},        {800, "800 ms"},     {999, "999 ms"}, {2000, "2 s"},
                                                           {1500, "1.5 s"},    {90'000, "1 m 30 s"}};
  for (const auto& [ms, text] : cases) {
    EXPECT_EQ(format_duration(milliseconds(ms)), text);
  }
}

TEST(ParseRate, ReadsRatesPerPeriod) {
  EXPECT_DOUBLE_EQ(*parse_rate("200"), 200);
  EXPECT_DOUBLE_EQ(*parse_rate("200/s"), 200);
  EXPECT_DOUBLE_EQ(*parse_rate("50/10s"), 5);
  EXPECT_DOUBLE_EQ(*parse_rate("60/1m"), 1);
  EXPECT_DOUBLE_EQ(*parse_rate("0.5/s"), 0.5);
  EXPECT_DOUBLE_EQ(*parse_rate("10/100ms"), 100);
  for (const char* text : {"", "/s", "-1/s", "10/", "10/0s", "10s", "10/x", "fast", "10 /s"}) {
    auto parsed = parse_rate(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, Code::kUsage);
  }
}

// https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
TEST(ParseQuantity, ReadsEveryFormOfKubernetes) {
  const std::vector<std::pair<const char*, double>> cases{
      {"0", 0},       {"1", 1},          {"250m", 0.25},          {"64Mi", 67108864},   {"1.5G", 1.5e9},  {"2Ki", 2048},
      {"1k", 1000},   {"1M", 1e6},       {"1T", 1e12},            {"1P", 1e15},         {"1E", 1e18},     {"1Gi", 1073741824},
      {"1Ti", 1099511627776.0},          {"1Pi", 1125899906842624.0},                   {"1Ei", 1152921504606846976.0},
      {"1e3", 1000},  {"1E3", 1000},     {"12e-2", 0.12},         {"1.5e+2", 150},      {"-1", -1},       {"+2", 2},
      {"100n", 1e-7}, {"100u", 1e-4},    {".5", 0.5},             {"5.", 5}};
  for (const auto& [text, value] : cases) {
    auto parsed = parse_quantity(text);
    ASSERT_TRUE(parsed) << text;
    EXPECT_DOUBLE_EQ(*parsed, value) << text;
  }
}

TEST(ParseQuantity, RefusesEverythingElseAsInvalid) {
  for (const char* text : {"", "Mi", "1mi", "1 Mi", "1MiB", "1K", "1e", "1e3Mi", "1.2.3", "--1", "-", "abc"}) {
    auto parsed = parse_quantity(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, Code::kInvalid);
  }
}

TEST(Time, IsWrittenAndReadBack) {
  const WallTime time = std::chrono::system_clock::from_time_t(1'767'225'600) + std::chrono::microseconds(123'456);
  EXPECT_EQ(format_time(time), "2026-01-01T00:00:00Z");
  EXPECT_EQ(format_time(time, true), "2026-01-01T00:00:00.123456Z");
  EXPECT_EQ(format_time_ms(time), "2026-01-01T00:00:00.123Z");
  EXPECT_EQ(*parse_time("2026-01-01T00:00:00.123456Z"), time);
  EXPECT_EQ(format_time(*parse_time("2026-01-01T00:00:00Z"), true), "2026-01-01T00:00:00.000000Z");
}

TEST(Time, AnOffsetIsTakenIntoAccount) {
  EXPECT_EQ(format_time(*parse_time("2026-01-01T02:00:00+02:00")), "2026-01-01T00:00:00Z");
  EXPECT_EQ(format_time(*parse_time("2025-12-31T18:30:00-05:30")), "2026-01-01T00:00:00Z");
  EXPECT_EQ(format_time(*parse_time("2026-01-01T00:00:00+00:00")), "2026-01-01T00:00:00Z");
}

TEST(Time, BeforeTheEpochIsATimeLikeAnyOther) {
  EXPECT_EQ(format_time(*parse_time("1969-12-31T23:59:59.250000Z"), true), "1969-12-31T23:59:59.250000Z");
  EXPECT_EQ(format_time_ms(*parse_time("1969-12-31T23:59:59.250Z")), "1969-12-31T23:59:59.250Z");
}

TEST(Time, RefusesWhatIsNotRfc3339) {
  for (const char* text : {"", "now", "2026-01-01", "2026-01-01T00:00:00", "2026-01-01 00:00:00Z", "2026-13-01T00:00:00Z",
                           "2026-02-30T00:00:00Z", "2026-01-01T25:00:00Z", "2026-01-01T00:00:00Zebra", "2026-01-01T00:00:00.Z",
                           "2026-01-01T00:00:00.1e3Z", "2026-1-1T0:0:0Z", "2026-01-01T00:00:00+2"}) {
    auto parsed = parse_time(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, Code::kInvalid);
  }
}

TEST(Time, ALongTextIsRefusedAsQuicklyAsAShortOne) {
  EXPECT_FALSE(parse_time(std::string(1'000'000, '1')));
  EXPECT_TRUE(parse_time("2026-01-01T00:00:00." + std::string(1'000'000, '1') + "Z")) << "Go takes any fraction";
  EXPECT_LT(parse_time(std::string(1'000'000, '1')).error().what.size(), 500u);
}

TEST(Time, IsHeldWhereTwoOfThemCanBeSubtracted) {
  EXPECT_EQ(format_time(*parse_time("9999-12-31T23:59:59Z")), "2200-01-01T00:00:00Z");
  EXPECT_EQ(format_time(*parse_time("0001-01-01T00:00:00Z")), "1930-01-01T00:00:00Z");
  EXPECT_GT(*parse_time("9999-12-31T23:59:59Z") - *parse_time("0000-01-01T00:00:00Z"), std::chrono::hours(0));
  for (const char* text : {"2026-01-01T00:00:00+99:00", "2026-01-01T00:00:00+01:60", "2026-01-01T00:60:00Z", "2026-00-01T00:00:00Z",
                           "2026-01-00T00:00:00Z", "+026-01-01T00:00:00Z"}) {
    EXPECT_FALSE(parse_time(text)) << text;
  }
}

TEST(ParseQuantity, IsCappedWhereAnInt64Ends) {
  for (const char* text : {"1e999", "9e99999999999999999999", "99999999999999999999E"}) EXPECT_DOUBLE_EQ(*parse_quantity(text), 9.2e18) << text;
  EXPECT_DOUBLE_EQ(*parse_quantity("-1e999"), -9.2e18);
  EXPECT_DOUBLE_EQ(*parse_quantity("0e999"), 0);
  EXPECT_FALSE(parse_quantity(std::string(1'000'000, '.')));
  EXPECT_DOUBLE_EQ(*parse_quantity(std::string(1'000'000, '9')), 9.2e18);
}

}  // namespace
}  // namespace zdt
