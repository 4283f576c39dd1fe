#include "base/text.h"

#include <gtest/gtest.h>

#include <set>

namespace zdt {
namespace {

using Strings = std::vector<std::string>;

TEST(Text, SplitsAndJoins) {
  EXPECT_EQ(split("a,,b", ','), (Strings{"a", "", "b"}));
  EXPECT_EQ(split("", ','), Strings{""});
  EXPECT_EQ(join({"a", "b"}, ", "), "a, b");
  EXPECT_EQ(trim("  a b\n"), "a b");
  EXPECT_EQ(trim(" \t"), "");
}

TEST(Slug, HasOnlyWhatAStepIdMayHave) {
  EXPECT_EQ(slug("Start the load"), "start-the-load");
  EXPECT_EQ(slug("  p99 < 800 ms?  "), "p99-800-ms");
  EXPECT_EQ(slug("Größe"), "gr-e");
  EXPECT_EQ(slug("!!"), "");
}

TEST(Nearest, FindsWhatWasMeantAndNothingElse) {
  EXPECT_EQ(nearest("rolout", {"deploy-all", "rollout"}), "rollout");
  EXPECT_EQ(nearest("DEPLOYMENT", {"Pod", "Deployment"}), "Deployment");
  EXPECT_EQ(nearest("elephant", {"deploy-all", "rollout"}), "");
  EXPECT_EQ(nearest("x", {}), "");
}

TEST(Glob, StarIsAnyRunAndQuestionMarkOneCharacter) {
  EXPECT_TRUE(glob_match("load-*", "load-test"));
  EXPECT_TRUE(glob_match("*", ""));
  EXPECT_TRUE(glob_match("a*b*c", "a-b-b-c"));
  EXPECT_TRUE(glob_match("?b", "ab"));
  EXPECT_FALSE(glob_match("?b", "b"));
  EXPECT_FALSE(glob_match("load", "load-test"));
  EXPECT_FALSE(glob_match("a*b", "a-c"));
}

TEST(Random, NamesAreOfTheirAlphabetAndDiffer) {
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) seen.insert(random_suffix(5));
  EXPECT_GT(seen.size(), 90u);
  for (const std::string& name : seen) EXPECT_EQ(name.find_first_not_of("bcdfghjklmnpqrstvwxz2456789"), std::string::npos);
  EXPECT_EQ(random_uuid().size(), 36u);
  EXPECT_EQ(random_uuid()[14], '4');
  EXPECT_EQ(random_token(8).size(), 16u);
}

TEST(Base64, ReadsBackWhatItWrote) {
  for (const std::string& bytes : {std::string(), std::string("a"), std::string("ab\0c", 4), std::string(1000, '\xff')}) {
    EXPECT_EQ(base64_decode(base64_encode(bytes)), bytes);
  }
  EXPECT_EQ(base64_encode("zdt"), "emR0");
}

}  // namespace
}  // namespace zdt
