// scripts/lib/statistics.lua, as the experiments load it.
#include "script_world.h"

namespace zdt::script {
namespace {

class Statistics : public ScriptTest {
 protected:
  Statistics() {
    const auto text = host::read_file(std::filesystem::path(ZDT_SOURCE) / "scripts/lib/statistics.lua");
    if (text) write("lib/statistics.lua", *text);
  }

  /// What the call gives, or the sentence that it fails with.
  std::string bounds(const std::string& arguments) {
    const std::string failure = failure_of("local low, high = require('lib.statistics').binomial_bounds(" + arguments +
                                           ")\nzdt.observe('bounds', low .. ' to ' .. high)");
    return failure.empty() ? observed("bounds").get<std::string>() : failure;
  }
};

TEST_F(Statistics, BoundsOfABinomialCountAreExact) {
  // The wanted values were computed with exact fractions.
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"900, 0.01, 0.999", "1 to 20"},        {"1500, 0.01, 0.999", "4 to 29"},
      {"1500, 0.99, 0.999", "1471 to 1496"},  {"900, 0.5, 0.999", "401 to 499"},
      {"450, 0.5, 0.999", "190 to 260"},      {"5000, 0.3, 0.99", "1417 to 1584"},
      {"10, 0.5, 0.95", "2 to 8"},            {"1, 0.5, 0.95", "0 to 1"},
      {"600, 0, 0.999", "0 to 0"},            {"600, 1, 0.999", "600 to 600"}};
  for (const auto& [arguments, wanted] : cases) EXPECT_EQ(bounds(arguments), wanted) << arguments;
}

TEST_F(Statistics, AHundredThousandDrawsAreNotTooManyForALogarithm) {
  EXPECT_EQ(bounds("100000, 0.5, 0.999"), "49480 to 50520");
}

TEST_F(Statistics, WhatIsNoProbabilityIsRefused) {
  for (const char* arguments : {"0, 0.5, 0.9", "1.5, 0.5, 0.9", "10, 1.1, 0.9", "10, -0.1, 0.9", "10, 0.5, 1", "10, 0.5, 0"}) {
    EXPECT_NE(bounds(arguments).find("binomial_bounds: n="), std::string::npos) << arguments;
  }
}

}  // namespace
}  // namespace zdt::script
