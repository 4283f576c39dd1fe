#include "load/url_file.h"

#include <gtest/gtest.h>

#include <random>

namespace zdt::load {
namespace {

std::optional<std::string> environment(const std::string& name) {
  return name == "PORT" ? std::optional<std::string>("8080") : std::nullopt;
}

Result<std::vector<Target>> parse(std::string_view text, const host::fs::path& folder = "/nowhere") {
  return parse_url_file(text, folder, environment);
}

/// "METHOD url body [content type] xWEIGHT" of each, on lines.
std::string read(std::string_view text) {
  const auto targets = parse(text);
  if (!targets) return targets.error().what;
  std::string result;
  for (const Target& target : *targets) {
    result += target.method + " " + target.url;
    if (!target.body.empty()) result += fmt::format(" {} [{}]", target.body, target.content_type);
    result += fmt::format(" x{}\n", target.weight);
  }
  return result;
}

TEST(UrlFile, ReadsWhatSiegeReads) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"http://a/", "GET http://a/ x1\n"},
      {"  www.a.org/x?y=1  \r\n", "GET http://www.a.org/x?y=1 x1\n"},
      {"//host:81/p\n", "GET http://host:81/p x1\n"},
      {"# comment\n\nhttp://a/ # another\n", "GET http://a/ x1\n"},
      {"http://a/\nhttp://b/\nhttp://a/\n", "GET http://a/ x2\nGET http://b/ x1\n"},
      {"HOST=http://a\n$(HOST)/x\n${HOST}/y\n", "GET http://a/x x1\nGET http://a/y x1\n"},
      {"A = $(B)/1\nB = http://b\n$(A)\nB = http://c\n$(A)\n", "GET http://b/1 x1\nGET http://c/1 x1\n"},
      {"http://a:$(PORT)/", "GET http://a:8080/ x1\n"},
      {"http://a/?price=$5&x=$(", "GET http://a/?price=$5&x=$( x1\n"},
      {"http://a/ POST name=value&b=1 2",
       "POST http://a/ name=value&b=1 2 [application/x-www-form-urlencoded] x1\n"},
      {"http://a/ POST a#b # c", "POST http://a/ a#b # c [application/x-www-form-urlencoded] x1\n"},
      {"http://a/ POST", "POST http://a/ x1\n"},
      {"http://a/ DELETE", "DELETE http://a/ x1\n"},
      {"http://a/ PUT x\nhttp://a/ PUT y",
       "PUT http://a/ x [application/x-www-form-urlencoded] x1\n"
       "PUT http://a/ y [application/x-www-form-urlencoded] x1\n"},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(read(text), expected) << text;
}

TEST(UrlFile, SaysWhichLineIsWrong) {
  EXPECT_EQ(read(""), "there is no request in it");
  EXPECT_EQ(read("A=1\n# x\n"), "there is no request in it");
  EXPECT_EQ(read("http://a/\n\n$(NONE)/"), "line 3: $(NONE) is not set");
  EXPECT_EQ(read("A=$(A)\n$(A)"), "line 2: variables name each other without end");
  EXPECT_EQ(read("A=$(B)\nB=${A}\nhttp://$(B)/"), "line 3: variables name each other without end");
  EXPECT_EQ(read("http://a/ FETCH"), "line 1: want URL [METHOD [BODY | <FILE]], got \"FETCH\" for METHOD");
  EXPECT_NE(read("http://a/ POST <nothing.json").find("nothing.json"), std::string::npos);
  EXPECT_EQ(parse("http://a/ FETCH").error().code, Code::kUsage);
}

TEST(UrlFile, TakesBodiesFromFilesBesideIt) {
  host::TempDir folder("zdt-urls");
  ASSERT_TRUE(host::write_file(folder.path() / "order.json", "{\"n\": 1}\n"));
  const auto targets = parse("http://a/ POST <order.json\nhttp://a/ POST < order.json", folder.path());
  ASSERT_TRUE(targets) << targets.error().what;
  ASSERT_EQ(targets->size(), 1U);
  EXPECT_EQ(targets->front().body, "{\"n\": 1}\n");
  EXPECT_EQ(targets->front().content_type, "application/json");
  EXPECT_EQ(targets->front().weight, 2U);
}

TEST(UrlFile, EndsSoonWhateverItsVariablesName) {
  std::string bomb = "A0=\n";
  for (int i = 1; i < 15; ++i)
    bomb += fmt::format("A{}=$(A{})$(A{})$(A{})$(A{})\n", i, i - 1, i - 1, i - 1, i - 1);
  EXPECT_EQ(read(bomb + "http://a/$(A14)"), "line 16: variables name each other without end");
}

TEST(UrlFile, GivesTargetsOrAUsageErrorForAnyText) {
  std::mt19937 random(7);
  const std::vector<std::string> pieces = {
      "http://", "a", "/", " ",    "\t",   "\n",  "\r\n", "=", "$(", "${",   ")",
      "}",       "A", "B", "PORT", "POST", "GET", "<",    "#", "\\", "\xff", std::string(1, '\0')};
  for (int round = 0; round < 20'000; ++round) {
    std::string text;
    for (auto left = random() % 24; left > 0; --left) text += pieces[random() % pieces.size()];
    const auto targets = parse(text);
    if (!targets) {
      ASSERT_EQ(targets.error().code, Code::kUsage) << text;
      continue;
    }
    ASSERT_FALSE(targets->empty());
    for (const Target& target : *targets) ASSERT_GE(target.weight, 1U);
  }
}

}  // namespace
}  // namespace zdt::load
