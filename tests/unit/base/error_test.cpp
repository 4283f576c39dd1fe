#include "base/error.h"

#include <gtest/gtest.h>

#include <set>

namespace zdt {
namespace {

TEST(Error, EachClassHasItsExitCode) {
  const std::vector<std::pair<Code, int>> codes{{Code::kFailed, 1},      {Code::kUsage, 2},    {Code::kScript, 2},   {Code::kEnvironment, 3},
                                                {Code::kTimeout, 4},     {Code::kCancelled, 130}, {Code::kNotFound, 1}, {Code::kConflict, 1},
                                                {Code::kInvalid, 1},     {Code::kExpired, 1}};
  std::set<std::string_view> names;
  for (const auto& [code, exit] : codes) {
    EXPECT_EQ(exit_code_of(code), exit) << name_of(code);
    names.insert(name_of(code));
  }
  EXPECT_EQ(names.size(), codes.size());
}

TEST(Error, TakesContextAndKeepsTheRest) {
  const Error error = with_context("shop/api", {Code::kTimeout, "3 of 4 replicas", "look"});
  EXPECT_EQ(error.what, "shop/api: 3 of 4 replicas");
  EXPECT_EQ(error.code, Code::kTimeout);
  EXPECT_EQ(error.hint, "look");
}

TEST(Result, AskingAnErrorForItsValueThrowsItsSentence) {
  const Result<int> broken = Error{Code::kFailed, "no value here", ""};
  try {
    static_cast<void>(broken.value());
    ADD_FAILURE() << "it must throw";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "no value here");
  }
}

}  // namespace
}  // namespace zdt
