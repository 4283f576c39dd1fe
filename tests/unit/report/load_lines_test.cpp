#include "report/load_lines.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace zdt::report {
namespace {

using Lines = std::vector<std::string>;

json load_with_losses(size_t kinds, const std::string& phase) {
  json load{{"sent", 100}, {"ok", 90}, {"failed", 10}, {"unfinished", 0}, {"losses", json::array()}};
  for (size_t i = 0; i < kinds; ++i) {
    load["losses"].push_back(
        {{"count", 20 - i}, {"phase", phase}, {"sentence", fmt::format("reset by web-{}", i)}});
  }
  load["first_failures"] = {"reset by somebody"};
  return load;
}

bool has(const Lines& lines, const std::string& line) {
  return std::find(lines.begin(), lines.end(), line) != lines.end();
}

TEST(LoadLines, ShowTenSentencesAndHowManyMoreThereAre) {
  const Lines lines = load_lines(load_with_losses(12, "after-sigterm"));
  EXPECT_TRUE(has(lines, "  losses"));
  EXPECT_TRUE(has(lines, "    20 × reset by web-0"));
  EXPECT_TRUE(has(lines, "    11 × reset by web-9"));
  EXPECT_FALSE(has(lines, "    10 × reset by web-10"));
  EXPECT_EQ(lines.back(), "    and 2 more");
  EXPECT_FALSE(has(lines, "  first failures")) << "the sentences say more";
}

TEST(LoadLines, ShowTheFirstFailuresWhenNobodyWasFollowed) {
  const Lines lines = load_lines(load_with_losses(1, "unknown"));
  EXPECT_TRUE(has(lines, "  first failures"));
  EXPECT_FALSE(has(lines, "  losses"));
}

TEST(LoadLines, SayWhyACountProvesNothingAndWhoAgrees) {
  json load = load_with_losses(0, "");
  load["self_check"]["problems"] = {"3 arrivals were dropped"};
  load["reconciliation"] = {
      {"envoy", {{"requests", 100}, {"sent", 100}}},
      {"app", {{"pods", {{"a", 1}, {"b", 1}}}, {"not_compared", {"c"}}, {"agrees", true}}}};
  const Lines lines = load_lines(load);
  EXPECT_TRUE(has(lines, "  not to be trusted: 3 arrivals were dropped"));
  EXPECT_TRUE(
      has(lines, "  reconciled  Envoy counted 100 of 100 requests; 2 pods agree, 1 could not be asked"));
}

}  // namespace
}  // namespace zdt::report
