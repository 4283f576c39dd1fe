#include "report/colour.h"

#include <gtest/gtest.h>

namespace zdt::report {
namespace {

using Environment = std::map<std::string, std::string>;

bool has_colour(ColourFlag flag, const Environment& environment, bool is_terminal) {
  return decide_style(flag, environment, is_terminal, 80).colour;
}

}  // namespace

TEST(ColourChoice, TheFlagIsStrongerThanEverything) {
  EXPECT_TRUE(has_colour(ColourFlag::kAlways, {{"NO_COLOR", "1"}, {"TERM", "dumb"}}, false));
  EXPECT_FALSE(has_colour(ColourFlag::kNever, {{"TERM", "xterm"}}, true));
}

TEST(ColourChoice, NoColorCountsWhenItIsNotEmpty) {
  EXPECT_FALSE(has_colour(ColourFlag::kAuto, {{"NO_COLOR", "0"}}, true));
  EXPECT_TRUE(has_colour(ColourFlag::kAuto, {{"NO_COLOR", ""}}, true));
}

TEST(ColourChoice, ADumbTerminalHasNone) {
  EXPECT_FALSE(has_colour(ColourFlag::kAuto, {{"TERM", "dumb"}}, true));
}

TEST(ColourChoice, ElseTheTerminalDecides) {
  EXPECT_TRUE(has_colour(ColourFlag::kAuto, {{"TERM", "xterm"}}, true));
  EXPECT_FALSE(has_colour(ColourFlag::kAuto, {{"TERM", "xterm"}}, false));
}

TEST(ColourChoice, UnicodeComesFromTheLocaleThatWins) {
  auto unicode = [](const Environment& environment) {
    return decide_style(ColourFlag::kAuto, environment, true, 80).unicode;
  };
  EXPECT_TRUE(unicode({{"LANG", "de_DE.UTF-8"}}));
  EXPECT_TRUE(unicode({{"LC_ALL", "C.utf8"}, {"LANG", "C"}}));
  EXPECT_FALSE(unicode({{"LC_ALL", "POSIX"}, {"LANG", "de_DE.UTF-8"}}));
  EXPECT_FALSE(unicode({}));
}

TEST(ColourChoice, OnlyARealTerminalIsWrittenOver) {
  EXPECT_TRUE(decide_style(ColourFlag::kNever, {{"TERM", "xterm"}}, true, 80).rewrite);
  EXPECT_FALSE(decide_style(ColourFlag::kAlways, {{"TERM", "xterm"}}, false, 80).rewrite);
  EXPECT_FALSE(decide_style(ColourFlag::kAlways, {{"TERM", "dumb"}}, true, 80).rewrite);
  EXPECT_EQ(decide_style(ColourFlag::kAuto, {}, true, 120).columns, 120);
}

TEST(ColourFlag, IsReadFromItsWord) {
  EXPECT_EQ(*parse_colour_flag("auto"), ColourFlag::kAuto);
  EXPECT_EQ(*parse_colour_flag("always"), ColourFlag::kAlways);
  EXPECT_EQ(*parse_colour_flag("never"), ColourFlag::kNever);
  EXPECT_EQ(parse_colour_flag("yes").error().code, Code::kUsage);
}

TEST(Mark, HasAnAsciiFormAndNeverOnlyAColour) {
  const TerminalStyle plain, rich{true, true, false, 80};
  EXPECT_EQ(mark(plain, Mark::kFailed), "FAIL");
  EXPECT_EQ(mark(plain, Mark::kPassed), "ok");
  EXPECT_EQ(mark(rich, Mark::kPassed), "\x1b[32m✔\x1b[0m");
  EXPECT_EQ(mark({true, false, false, 80}, Mark::kWarning), "\x1b[33mWARN\x1b[0m");
}

}  // namespace zdt::report
