// YAML as kubectl reads it: https://github.com/kubernetes-sigs/yaml/blob/master/goyaml.v2/resolve.go
#include "base/yaml.h"

#include <gtest/gtest.h>

namespace zdt {
namespace {

json value_of(const std::string& text) {
  auto parsed = parse_yaml("v: " + text, "test.yaml");
  EXPECT_TRUE(parsed) << parsed.error().what;
  return parsed ? (*parsed)["v"] : json("failed");
}

std::string failure_of(const std::string& text) {
  auto parsed = parse_yaml(text, "file.yaml");
  EXPECT_FALSE(parsed) << text.substr(0, 100);
  if (parsed) return "";
  EXPECT_EQ(parsed.error().code, Code::kScript);
  return parsed.error().what;
}

TEST(Yaml, PlainScalarsHaveTheirTypes) {
  const std::vector<std::pair<const char*, json>> cases{
      {"text", "text"},       {"two words", "two words"},
      {"12", 12},             {"-5", -5},
      {"+5", 5},              {"0", 0},
      {"1.5", 1.5},           {"-2.5e3", -2500.0},
      {".5", 0.5},            {"1e3", 1000.0},
      {"1.", 1.0},            {"18446744073709551615", 18446744073709551615u},
      {"~", nullptr},         {"null", nullptr},
      {"Null", nullptr},      {"NULL", nullptr},
      {"", nullptr},          {"true", true},
      {"True", true},         {"TRUE", true},
      {"false", false},       {"FALSE", false},
      {"1.2.3", "1.2.3"},     {"10.0.0.1", "10.0.0.1"},
      {"12:30", "12:30"},     {"2001-01-01", "2001-01-01"},
      {"1e", "1e"},           {"+", "+"},
      {"64Mi", "64Mi"},       {"250m", "250m"},
      {"v0.1.2", "v0.1.2"},   {"nullable", "nullable"},
  };
  for (const auto& [text, wanted] : cases) {
    EXPECT_EQ(value_of(text), wanted) << text;
    EXPECT_EQ(value_of(text).type(), wanted.type()) << text;
  }
}

TEST(Yaml, NumbersMayBeOctalHexadecimalAndBinary) {
  EXPECT_EQ(value_of("0755"), 493);
  EXPECT_EQ(value_of("0644"), 420);
  EXPECT_EQ(value_of("0o755"), 493);
  EXPECT_EQ(value_of("-010"), -8);
  EXPECT_EQ(value_of("0x1F"), 31);
  EXPECT_EQ(value_of("0b101"), 5);
  EXPECT_EQ(value_of("1_000"), 1000);
  EXPECT_EQ(value_of("08"), 8.0) << "not octal, so it is a decimal";
  EXPECT_EQ(value_of("00"), 0);
  for (const char* text : {"0o", "0x", "0o9", "0xyz", "0b2"}) EXPECT_EQ(value_of(text), text);
}

TEST(Yaml, YesAndNoAreBooleansToKubectl) {
  for (const char* text : {"yes", "Yes", "YES", "on", "On", "ON", "y", "Y"}) EXPECT_EQ(value_of(text), true) << text;
  for (const char* text : {"no", "No", "NO", "off", "Off", "OFF", "n", "N"}) EXPECT_EQ(value_of(text), false) << text;
  for (const char* text : {"yES", "onn", "nope", "oFF"}) EXPECT_EQ(value_of(text), text);
}

TEST(Yaml, QuotedAndBlockScalarsAreStrings) {
  for (const char* text : {"'12'", "\"12\"", "!!str 12"}) EXPECT_EQ(value_of(text), "12") << text;
  EXPECT_EQ(value_of("\"true\""), "true");
  EXPECT_EQ(value_of("''"), "");
  EXPECT_EQ(value_of("'null'"), "null");
  EXPECT_EQ(value_of("'0755'"), "0755");
  EXPECT_EQ(value_of("\"a\\nb\\u00e4\""), "a\nb\xc3\xa4");
  EXPECT_EQ(value_of("|\n  12\n  13\n"), "12\n13\n");
  EXPECT_EQ(value_of(">-\n  12\n"), "12");
}

TEST(Yaml, NumbersBeyondEveryTypeStayText) { EXPECT_EQ(value_of("1e999"), "1e999"); }

TEST(Yaml, KeysAreStrings) {
  auto parsed = parse_yaml("1: a\n'2': b\ntrue: c\n0x10: d\n", "test.yaml");
  ASSERT_TRUE(parsed) << parsed.error().what;
  EXPECT_EQ(*parsed, (json{{"1", "a"}, {"2", "b"}, {"true", "c"}, {"16", "d"}}));
}

TEST(Yaml, ReadsListsMapsAnchorsAndComments) {
  auto parsed = parse_yaml("# comment\nlist:\n- 1\n- {a: b}\n- [x, z]\nbase: &base {image: app, tag: 1}\ncopy: *base\n", "t");
  ASSERT_TRUE(parsed);
  EXPECT_EQ((*parsed)["list"], (json{1, {{"a", "b"}}, {"x", "z"}}));
  EXPECT_EQ((*parsed)["copy"], (*parsed)["base"]);
}

TEST(Yaml, MergeKeysFillInWhatIsMissing) {
  auto parsed = parse_yaml("base: &base {image: app, tag: 1}\nother: &other {tag: 3, x: 4}\n"
                           "web: {<<: *base, tag: 2}\nboth: {<<: [*base, *other]}\n'<<': text\n", "t");
  ASSERT_TRUE(parsed) << parsed.error().what;
  EXPECT_EQ((*parsed)["web"], (json{{"image", "app"}, {"tag", 2}}));
  EXPECT_EQ((*parsed)["both"], (json{{"image", "app"}, {"tag", 1}, {"x", 4}}));
  EXPECT_EQ((*parsed)["<<"], "text");
}

TEST(Yaml, JsonIsYaml) { EXPECT_EQ(*parse_yaml(R"({"a": [1, "2", null], "b": {"c": 0.5}})", "t"), json::parse(R"({"a":[1,"2",null],"b":{"c":0.5}})")); }

TEST(Yaml, GivesEveryDocumentThatIsNotEmpty) {
  auto documents = parse_yaml_documents("---\n# nothing\n---\na: 1\n---\n---\r\nb: 2\r\n...\n", "t");
  ASSERT_TRUE(documents) << documents.error().what;
  EXPECT_EQ(*documents, (std::vector<json>{{{"a", 1}}, {{"b", 2}}}));
  EXPECT_TRUE(parse_yaml_documents("", "t")->empty());
}

TEST(Yaml, ACarriageReturnAloneEndsALine) {
  EXPECT_EQ(*parse_yaml("a: 1\rb:\r  - x\r  - \"y\"\r", "t"), json::parse(R"({"a":1,"b":["x","y"]})"));
  EXPECT_EQ(*parse_yaml("a: 1\r\nb: 2\rc: 3\n", "t"), json::parse(R"({"a":1,"b":2,"c":3})"));
}

TEST(Yaml, DocumentsAndTheEntriesOfItemsHaveTheirLines) {
  auto documents = parse_placed_documents("# head\n\nkind: A\n---\n{kind: List, items: [\n {a: 1},\n {a: 2}]}\n", "t");
  ASSERT_TRUE(documents);
  ASSERT_EQ(documents->size(), 2U);
  EXPECT_EQ((*documents)[0].line, 3);
  EXPECT_TRUE((*documents)[0].item_lines.empty());
  EXPECT_EQ((*documents)[1].line, 5);
  EXPECT_EQ((*documents)[1].item_lines, (std::vector<int>{6, 7}));
}

TEST(Yaml, TheOnlyDocumentMustBeTheOnlyOne) {
  EXPECT_EQ(failure_of("a: 1\n---\nb: 2\n"), "file.yaml: want one YAML document, got 2");
  EXPECT_EQ(failure_of(""), "file.yaml: want one YAML document, got 0");
}

TEST(Yaml, ErrorsNameFileLineAndColumn) {
  EXPECT_EQ(failure_of("a: 1\nb: 2\na: 3\n"), "file.yaml:3:1: key \"a\" stands twice");
  EXPECT_EQ(failure_of("x:\n  a: 1\n  a: 2\n"), "file.yaml:3:3: key \"a\" stands twice");
  EXPECT_TRUE(failure_of("a: 1\nb: [1, 2\nc: 3\n").starts_with("file.yaml:"));
  EXPECT_TRUE(failure_of("a: 1\n\tb: 2\n").starts_with("file.yaml:2:"));
  EXPECT_TRUE(failure_of("a: *nobody\n").starts_with("file.yaml:1:"));
  EXPECT_TRUE(failure_of("a: 1\n[x]: 2\n").starts_with("file.yaml:2:")) << "a key is a word, not a list";
}

TEST(Yaml, DeepNestingIsAnErrorAndNotACrash) {
  EXPECT_NE(failure_of(std::string(200, '[') + std::string(200, ']')).find("nested"), std::string::npos);
  failure_of(std::string(100'000, '['));
  EXPECT_TRUE(parse_yaml(std::string(90, '[') + std::string(90, ']'), "t"));
}

TEST(Yaml, AFewAliasesCannotMakeAMillionNodes) {
  std::string bomb = "a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n";
  for (int i = 1; i <= 9; ++i) {
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int k = 0; k < 10; ++k) bomb += (k > 0 ? ",*a" : "*a") + std::to_string(i - 1);
    bomb += "]\n";
  }
  EXPECT_TRUE(failure_of(bomb).starts_with("file.yaml:"));
}

TEST(Yaml, AScalarOfAMillionDigitsIsText) {
  for (char c : {'1', '0', '_', '.', '-', 'a', 'e'}) {
    const std::string text = "1" + std::string(1'000'000, c);
    EXPECT_TRUE(value_of(text).is_string()) << c;
  }
  // A key in one line has at most 1,024 characters (YAML 1.2, 7.4.2); kubectl refuses it, too.
  EXPECT_FALSE(parse_yaml(std::string(400'000, '1') + ": x", "t"));
}

TEST(Yaml, AliasesOfALongTextAreCountedInBytes) {
  std::string text = "long: &long " + std::string(1 << 20, 'x') + "\nlist:\n";
  for (int i = 0; i < 3000; ++i) text += "- *long\n";
  EXPECT_EQ(failure_of(text), "file.yaml:17:3: anchors and aliases for more than 16777216 bytes");
  std::string nested;
  for (int i = 0; i < 90; ++i) nested += "&a" + std::to_string(i) + " [";
  EXPECT_NE(failure_of(nested + std::string(1 << 20, 'x') + std::string(90, ']')).find("anchors and aliases"), std::string::npos)
      << "each anchor keeps what it names";
}

TEST(Yaml, ManyDocumentsShareOneLimit) {
  std::string text;
  for (int i = 0; i < 100; ++i) text += "---\nlong: &long " + std::string(300'000, 'x') + "\ncopy: *long\n";
  EXPECT_NE(failure_of(text).find("anchors and aliases"), std::string::npos);
}

TEST(Yaml, AnAliasInsideOfWhatItNamesIsAnError) {
  EXPECT_NE(failure_of("a: &a [1, *a]\n").find("inside of what it names"), std::string::npos);
  EXPECT_NE(failure_of("a: &a {b: *a}\n").find("inside of what it names"), std::string::npos);
}

TEST(Yaml, AliasesDoNotNestDeeperThanTextMay) {
  std::string text = "a0: &a0 [1]\n";
  for (int i = 1; i < 150; ++i) text += fmt::format("a{}: &a{} [*a{}]\n", i, i, i - 1);
  EXPECT_NE(failure_of(text).find("nested deeper than 100 levels"), std::string::npos);
}

TEST(Yaml, LimitsAreTheCallersToo) {
  EXPECT_FALSE(parse_yaml("a: &x 1\nb: *x\n", "t", {.alias_bytes = 0}));
  EXPECT_TRUE(parse_yaml("a: &x 1\n", "t", {.alias_bytes = 0})) << "an anchor alone is no alias";
  EXPECT_FALSE(parse_yaml("[1, 2, 3]", "t", {.values = 3}));
  EXPECT_TRUE(parse_yaml("[1, 2, 3]", "t", {.values = 4}));
  EXPECT_FALSE(parse_yaml("[[1]]", "t", {.depth = 1}));
}

// It was taken, and the first writing of it as JSON threw (audit --fix, apply).
TEST(Yaml, TextThatIsNotUtf8IsRefused) {
  for (const char* bytes : {"\xff", "\x80", "\xc3", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xf0\x80\x80\x80", "\xe2\x82"}) {
    for (const std::string& text : {"a: b" + std::string(bytes), "a: \"" + std::string(bytes) + "\"", std::string(bytes) + ": 1"})
      EXPECT_NE(failure_of(text).find("not UTF-8"), std::string::npos) << json(text).dump(-1, ' ', true, json::error_handler_t::replace);
  }
  EXPECT_EQ(*parse_yaml("a: \xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80", "t"), (json{{"a", "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"}}));
}

TEST(Yaml, AnAliasMayBeAKey) { EXPECT_EQ(*parse_yaml("a: &a 1\n*a : x\n", "t"), (json{{"a", 1}, {"1", "x"}})); }

TEST(Yaml, ThreeMegabytesTakeATimeThatGrowsWithThem) {
  const auto time_of = [](size_t bytes) {
    std::string text = "data:\n";
    for (int i = 0; text.size() < bytes; ++i) text += fmt::format("  k{}: {}\n", i, i);
    const auto start = std::chrono::steady_clock::now();
    EXPECT_TRUE(parse_yaml(text, "t"));
    return std::chrono::steady_clock::now() - start;
  };
  EXPECT_LT(time_of(3 << 20), std::chrono::seconds(5)) << "it was 15 s and more";
}

}  // namespace
}  // namespace zdt
