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

}  // namespace
}  // namespace zdt
