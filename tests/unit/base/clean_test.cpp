#include "base/clean.h"

#include <gtest/gtest.h>

#include "base/json.h"

namespace zdt {
namespace {

std::string broken(std::initializer_list<std::string_view> pieces) {
  CommandBreaker breaker;
  std::string result;
  for (const std::string_view piece : pieces) result += breaker(piece);
  return result;
}

TEST(Clean, DropsMarksThatTurnTheDirection) {
  EXPECT_EQ(clean("a\u202Eb\u2066c\u2069d\u200Fe\u061Cf"), "abcdef");
  EXPECT_EQ(clean("a\u2028b\u2029c"), "a\nb\nc");
  EXPECT_EQ(clean("שלום"), "שלום") << "a script that goes right to left is text";
}

TEST(Clean, KeepsSequencesOfOursWhereTheyMayBe) {
  for (const char* ours : {"\x1b[31m", "\x1b[0;1m", "\x1b[m", "\r\x1b[K", "\x1b[3A", "\x1b[J", "\b \b"}) EXPECT_EQ(clean_but_styled(ours), ours);
  for (const char* theirs : {"\x1b[?25l", "\x1b[2Hx", "\x1b]0;t\x07", "\x1b[5n", "\x1b[>c", "\x1b[31;", "\x1b" "c"}) {
    EXPECT_EQ(clean_but_styled(theirs).find('\x1b'), std::string::npos) << json(theirs);
  }
}

TEST(CommandBreaker, BreaksCommandsWhereverTheyAreRead) {
  EXPECT_EQ(broken({"::add-mask::x"}), ": :add-mask::x");
  EXPECT_EQ(broken({"a\n \t::x"}), "a\n \t: :x");
  EXPECT_EQ(broken({"\u00a0::x"}), "\u00a0: :x") << ".NET trims it";
  EXPECT_EQ(broken({"\x1b[31m::x"}), "\x1b[31m: :x");
  EXPECT_EQ(broken({"a::b c::d"}), "a::b c::d");
  EXPECT_EQ(broken({"x ##[add-path]"}), "x ## [add-path]");
  EXPECT_EQ(broken({"##vso[x] ##VSO[x] ##teamcity[x]"}), "##vso [x] ##VSO [x] ##teamcity [x]");
  EXPECT_EQ(broken({"# [x] a[1] vso[x]"}), "# [x] a[1] vso[x]");
}

TEST(CommandBreaker, SeesThemInPieces) {
  EXPECT_EQ(broken({":", ":", "x"}), ": :x");
  EXPECT_EQ(broken({"a", "::b"}), "a::b");
  EXPECT_EQ(broken({"#", "#", "v", "so", "["}), "##vso [");
  EXPECT_EQ(broken({"##\n["}), "##\n[");
}

TEST(HarmlessJson, HasTheSameValueWithoutHarm) {
  const json value{{"a##[b", "::x\n::y"}, {"c1", "\u009b31m"}, {"del", "\x7f"}, {"bidi", "\u202e"}, {"line", "\u2028"}, {"esc", "\x1b[0m"}};
  const std::string text = harmless_json(value.dump(2));
  EXPECT_EQ(json::parse(text), value);
  for (const char* bad : {"##[", "\u009b", "\x7f", "\u202e", "\u2028", "\x1b"}) EXPECT_EQ(text.find(bad), std::string::npos) << text;
}

}  // namespace
}  // namespace zdt
