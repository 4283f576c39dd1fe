#include "rehearsal/api/field_path.h"

#include <gtest/gtest.h>

namespace zdt::rehearsal::api {
namespace {

using namespace std::string_literals;
using Elements = std::vector<std::string>;

TEST(FieldPath, GivesBackWhatWasPushedWhateverTheBytes) {
  const Elements elements{"f:a", "f:\0b"s, "f:\1\2"s, "k:{\"x\":\"\1\"}", "f:"};
  FieldPath path;
  for (const std::string& element : elements) path.push(element);
  EXPECT_EQ(path.elements(), elements);
  EXPECT_EQ(path.size(), 5u);
  EXPECT_EQ(path.last(), "f:");
  for (size_t left = elements.size(); left-- > 0;) {
    path.pop();
    EXPECT_EQ(path.elements(), Elements(elements.begin(), elements.begin() + static_cast<ptrdiff_t>(left)));
  }
  EXPECT_TRUE(path.empty());
}

TEST(FieldPath, IsWithinItselfAndThoseAboveAlone) {
  const FieldPath path{"f:spec", "f:ports"}, above{"f:spec"}, beside{"f:spec", "f:port"};
  EXPECT_TRUE(path.is_within(path) && path.is_within(above) && path.is_within({}));
  EXPECT_FALSE(path.is_within(beside) || above.is_within(path));
  EXPECT_EQ(path.parent(), above);
  EXPECT_EQ(path.head(1), above);
  EXPECT_EQ(path.head(7), path);
}

TEST(FieldPath, ComesRightBeforeThoseBelowIt) {
  const FieldSet sorted{{"f:a-b"}, {"f:a", "f:z"}, {"f:a"}, {"f:a", "f:b", "f:c"}, {"f:a", "f:b"}};
  const std::vector<FieldPath> wanted{{"f:a"}, {"f:a", "f:b"}, {"f:a", "f:b", "f:c"}, {"f:a", "f:z"}, {"f:a-b"}};
  EXPECT_EQ(std::vector<FieldPath>(sorted.begin(), sorted.end()), wanted);
}

}  // namespace
}  // namespace zdt::rehearsal::api
