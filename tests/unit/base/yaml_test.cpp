#include "base/yaml.h"

#include <gtest/gtest.h>

namespace zdt {
namespace {

json one(std::string_view text) { return parse_yaml(text, "test.yaml").value(); }

TEST(Yaml, PlainScalarsHaveTheTypesThatKubernetesSees) {
  EXPECT_EQ(one("a: 1"), (json{{"a", 1}}));
  EXPECT_EQ(one("a: 1.5"), (json{{"a", 1.5}}));
  EXPECT_EQ(one("a: true"), (json{{"a", true}}));
  EXPECT_EQ(one("a: ~"), (json{{"a", nullptr}}));
  EXPECT_EQ(one("a: v0.1.0"), (json{{"a", "v0.1.0"}}));
  EXPECT_EQ(one("a: 1Mi"), (json{{"a", "1Mi"}}));
  EXPECT_EQ(one("a: 10.0.0.1"), (json{{"a", "10.0.0.1"}}));
}

TEST(Yaml, QuotedScalarsStayStrings) {
  EXPECT_EQ(one("a: \"1\""), (json{{"a", "1"}}));
  EXPECT_EQ(one("a: 'true'"), (json{{"a", "true"}}));
  EXPECT_EQ(one("a: \"\""), (json{{"a", ""}}));
}

TEST(Yaml, AFileModeWithALeadingZeroIsOctalAsInKubernetes) {
  EXPECT_EQ(one("defaultMode: 0755"), (json{{"defaultMode", 493}}));
  EXPECT_EQ(one("defaultMode: 0o755"), (json{{"defaultMode", 493}}));
  EXPECT_EQ(one("a: \"0755\""), (json{{"a", "0755"}}));
}

TEST(Yaml, EveryDocumentIsReadAndEmptyOnesAreLeftOut) {
  auto documents = parse_yaml_documents("---\na: 1\n---\n---\nb: 2\n", "test.yaml");
  ASSERT_TRUE(documents.has_value());
  EXPECT_EQ(documents->size(), 2u);
  EXPECT_FALSE(parse_yaml("a: 1\n---\nb: 2\n", "test.yaml"));
  EXPECT_FALSE(parse_yaml("", "test.yaml"));
}

TEST(Yaml, AnErrorNamesFileLineAndColumn) {
  const auto broken = parse_yaml("a: 1\nb: [1, 2\nc: 3\n", "web.yaml");
  ASSERT_FALSE(broken);
  EXPECT_EQ(broken.error().code, Code::kScript);
  EXPECT_TRUE(broken.error().what.starts_with("web.yaml:")) << broken.error().what;
}

TEST(Yaml, AKeyThatStandsTwiceIsAnError) {
  const auto twice = parse_yaml("a: 1\nb: 2\na: 3\n", "web.yaml");
  ASSERT_FALSE(twice);
  EXPECT_TRUE(twice.error().what.starts_with("web.yaml:3:1:")) << twice.error().what;
}

TEST(Yaml, NestingIsBounded) {
  EXPECT_FALSE(parse_yaml(std::string(500, '[') + std::string(500, ']'), "deep.yaml"));
}

}  // namespace
}  // namespace zdt
