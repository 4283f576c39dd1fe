#include "base/text.h"

#include <gtest/gtest.h>

#include <set>

namespace zdt {
namespace {

using Words = std::vector<std::string>;

TEST(Text, SplitsAndJoins) {
  EXPECT_EQ(split("a,b,,c", ','), (Words{"a", "b", "", "c"}));
  EXPECT_EQ(split("", ','), Words{""});
  EXPECT_EQ(split(",", ','), (Words{"", ""}));
  EXPECT_EQ(join({"a", "b"}, ", "), "a, b");
  EXPECT_EQ(join({}, ", "), "");
  EXPECT_EQ(trim(" \t a b \r\n"), "a b");
  EXPECT_EQ(trim(" \n"), "");
  EXPECT_EQ(lower("AbC-1"), "abc-1");
}

TEST(Slug, MakesAStepIdOfATitle) {
  EXPECT_EQ(slug("Start the load"), "start-the-load");
  EXPECT_EQ(slug("  99% ASG, 1% K8s!  "), "99-asg-1-k8s");
  EXPECT_EQ(slug("a--b__c"), "a-b-c");
  EXPECT_EQ(slug("Caf\xc3\xa9 ouvert"), "caf-ouvert");
  EXPECT_EQ(slug("---"), "");
}

TEST(Nearest, FindsWhatWasProbablyMeant) {
  const Words known{"rehearsal", "kind", "context", "auto"};
  EXPECT_EQ(nearest("rehersal", known), "rehearsal");
  EXPECT_EQ(nearest("KIND", known), "kind");
  EXPECT_EQ(nearest("knid", known), "kind");
  EXPECT_EQ(nearest("kubernetes", known), "");
  EXPECT_EQ(nearest("x", {}), "");
}

TEST(Nearest, DoesNotGuessFromNothing) {
  EXPECT_EQ(nearest("", {"up", "a"}), "");
  EXPECT_EQ(nearest("x", {"up", "ls"}), "");
  EXPECT_EQ(nearest("ab", {"xy"}), "");
  EXPECT_EQ(nearest("a", {"A"}), "A");
}

TEST(GlobMatch, StarIsAnyRunAndQuestionMarkOneCharacter) {
  EXPECT_TRUE(glob_match("*", ""));
  EXPECT_TRUE(glob_match("", ""));
  EXPECT_TRUE(glob_match("start-*", "start-the-load"));
  EXPECT_TRUE(glob_match("*-load", "start-the-load"));
  EXPECT_TRUE(glob_match("s*-t?e-*d", "start-the-load"));
  EXPECT_TRUE(glob_match("**a**", "bab"));
  EXPECT_TRUE(glob_match("*aab", "aaaaab"));
  EXPECT_FALSE(glob_match("", "a"));
  EXPECT_FALSE(glob_match("?", ""));
  EXPECT_FALSE(glob_match("a", "ab"));
  EXPECT_FALSE(glob_match("start", "start-the-load"));
  EXPECT_FALSE(glob_match("a*c", "ab"));
  EXPECT_FALSE(glob_match("[a]", "a"));
}

TEST(GlobMatch, IsQuickWithManyStars) { EXPECT_FALSE(glob_match("*a*a*a*a*a*a*a*a*b", std::string(5000, 'a'))); }

TEST(Random, NamesAreOfKubernetesAlphabetAndDiffer) {
  std::set<std::string> seen;
  for (int i = 0; i < 200; ++i) {
    const std::string name = random_suffix(10);
    EXPECT_EQ(name.size(), 10u);
    EXPECT_EQ(name.find_first_not_of("bcdfghjklmnpqrstvwxz2456789"), std::string::npos) << name;
    seen.insert(name);
  }
  EXPECT_EQ(seen.size(), 200u);
}

TEST(Random, UuidsAreOfVersion4) {
  std::set<char> variants;
  for (int i = 0; i < 200; ++i) {
    const std::string uuid = random_uuid();
    ASSERT_EQ(uuid.size(), 36u);
    EXPECT_EQ(uuid[8], '-');
    EXPECT_EQ(uuid[14], '4');
    variants.insert(uuid[19]);
  }
  EXPECT_EQ(variants, (std::set<char>{'8', '9', 'a', 'b'}));
  EXPECT_EQ(random_token(16).size(), 32u);
  EXPECT_NE(random_token(16), random_token(16));
}

TEST(Base64, TurnsBackWhatWasEncoded) {
  std::string all;
  for (int length = 0; length < 300; ++length) {
    EXPECT_EQ(base64_decode(base64_encode(all)), all) << length;
    all += static_cast<char>(length * 7);
  }
  EXPECT_EQ(base64_encode("ab"), "YWI=");
  EXPECT_EQ(base64_encode("abc"), "YWJj");
}

TEST(Base64, MalformedTextIsNothing) {
  for (const char* text : {"%", "YWI", "YWJj%", "YW=j", "Y===", "YWJj=", "YW I=", "=", "YWJjYWI"}) EXPECT_EQ(base64_decode(text), "") << text;
}

TEST(Base64, LineBreaksAreSkippedAsGoDoes) {
  EXPECT_EQ(base64_decode("YWJj\nYWI=\n"), "abcab");
  EXPECT_EQ(base64_decode("YW\r\nJj"), "abc");
}

}  // namespace
}  // namespace zdt
