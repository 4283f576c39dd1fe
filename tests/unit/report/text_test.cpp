#include "report/text.h"

#include <gtest/gtest.h>

#include "report/table.h"
#include "report/xml.h"

namespace zdt::report {

const std::string kReplaced = "\xEF\xBF\xBD";

TEST(Clean, KeepsTextTabsAndNewlines) { EXPECT_EQ(clean("a\tb\nc äöü ✔ 🚀"), "a\tb\nc äöü ✔ 🚀"); }

TEST(Clean, DropsControlCharacters) {
  EXPECT_EQ(clean(std::string_view("a\0b\x07"
                                   "c\x7f"
                                   "d\r\ne",
                                   10)),
            "abcd\ne");
  EXPECT_EQ(clean("a\xC2\x85z"), "az");
}

TEST(Clean, DropsTerminalSequencesWhole) {
  EXPECT_EQ(clean("\x1b[1;31mred\x1b[0m"), "red");
  EXPECT_EQ(clean("\x1b]0;title\atext\x1b]0;t\x1b\\more"), "textmore");
  EXPECT_EQ(clean("cut \x1b[12"), "cut ");
  EXPECT_EQ(clean("alone \x1b"), "alone ");
}

TEST(Clean, ReplacesWhatIsNotUtf8) {
  EXPECT_EQ(clean("a\xff"), "a" + kReplaced);
  EXPECT_EQ(clean("\xC3"), kReplaced);                                                  // cut
  EXPECT_EQ(clean("\xC0\xAF"), kReplaced + kReplaced);                                  // overlong
  EXPECT_EQ(clean("\xE0\x80\xAF"), kReplaced + kReplaced + kReplaced);                  // overlong
  EXPECT_EQ(clean("\xED\xA0\x80"), kReplaced + kReplaced + kReplaced);                  // a surrogate
  EXPECT_EQ(clean("\xF4\x90\x80\x80"), kReplaced + kReplaced + kReplaced + kReplaced);  // above U+10FFFF
  EXPECT_EQ(clean("\xEF\xBF\xBE\xEF\xBF\xBF"), kReplaced + kReplaced);                  // U+FFFE, U+FFFF
}

TEST(OneLine, JoinsLinesWithSpaces) { EXPECT_EQ(one_line(" a\n\n b\tc \n"), "a b c"); }

TEST(Columns, CountCharactersNotBytes) {
  EXPECT_EQ(width_of("äö✔"), 3U);
  EXPECT_EQ(padded("ä", 3), "ä  ");
  EXPECT_EQ(padded("12", 4, true), "  12");
  EXPECT_EQ(padded("longer", 3), "longer");
  EXPECT_EQ(fitted("äöü", 2), "äö");
  EXPECT_EQ(fitted("ab", 5), "ab");
}

TEST(Table, AlignsNumbersRightAndTextLeft) {
  const auto lines = table_lines(json{"pod", "ok"}, json::parse(R"([["a",5],["long",12.5],["none",null]])"));
  EXPECT_EQ(lines, (std::vector<std::string>{"pod     ok", "a        5", "long  12.5", "none"}));
}

TEST(Table, TakesRowsThatAreObjects) {
  const auto lines = table_lines(json{"b", "a"}, json::parse(R"([{"a":"x","b":"y"},{"a":"z"}])"));
  EXPECT_EQ(lines, (std::vector<std::string>{"b  a", "y  x", "   z"}));
}

TEST(Table, WithoutColumnsOrRowsIsEmpty) { EXPECT_TRUE(table_lines(json::array(), json::array()).empty()); }

TEST(Xml, EscapesWhatHasAMeaning) {
  EXPECT_EQ(xml_text("a < b & c > \"d\"\n\x01]]>"), "a &lt; b &amp; c &gt; \"d\"\n]]&gt;");
  EXPECT_EQ(xml_value("a\"b\nc\td<"), "a&quot;b&#10;c&#9;d&lt;");
  EXPECT_EQ(xml_attributes({{"name", "a&b"}, {"n", "1"}}), " name=\"a&amp;b\" n=\"1\"");
}

TEST(Bounded, KeepsHeadAndTailAndSaysWhatIsMissing) {
  const std::string text = std::string(500, 'a') + std::string(500, 'b');
  const std::string cut = bounded(text, 200);
  EXPECT_LE(cut.size(), 200U);
  EXPECT_TRUE(cut.starts_with("aaa"));
  EXPECT_TRUE(cut.ends_with("bbb"));
  EXPECT_NE(cut.find("[864 bytes are left out here]"), std::string::npos) << cut;
  EXPECT_EQ(bounded("short", 200), "short");
}

TEST(Bounded, CutsNoCharacterInTwo) {
  std::string text;
  for (int index = 0; index < 300; ++index) text += "€";
  for (size_t limit = 100; limit < 110; ++limit)
    EXPECT_EQ(clean(bounded(text, limit)), bounded(text, limit)) << limit;
}

}  // namespace zdt::report
