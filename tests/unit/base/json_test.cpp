#include "base/json.h"

#include <gtest/gtest.h>

namespace zdt {
namespace {

const json kPod = json::parse(R"({"metadata": {"name": "web", "generation": 3, "labels": {"a/b": "c"}},
  "spec": {"list": [1, 2], "on": true, "half": 2.5, "three": 3.0, "huge": 1e300, "big": 18446744073709551615}})");

TEST(Json, FindsWhatIsBelowAPath) {
  EXPECT_EQ(string_at(kPod, {"metadata", "name"}), "web");
  EXPECT_EQ(string_at(kPod, {"metadata", "labels", "a/b"}), "c");
  EXPECT_EQ(int_at(kPod, {"metadata", "generation"}), 3);
  EXPECT_TRUE(bool_at(kPod, {"spec", "on"}));
  EXPECT_EQ(array_at(kPod, {"spec", "list"}).size(), 2u);
  EXPECT_EQ(object_at(kPod, {"metadata", "labels"}).size(), 1u);
  EXPECT_EQ(&at(kPod, {}), &kPod);
}

TEST(Json, MissingPartsAreNullOrTheFallback) {
  EXPECT_TRUE(at(kPod, {"no", "such", "path"}).is_null());
  EXPECT_TRUE(at(kPod, {"metadata", "name", "deeper"}).is_null());
  EXPECT_TRUE(at(json(), {"x"}).is_null());
  EXPECT_TRUE(at(json::array({1}), {"x"}).is_null());
  EXPECT_EQ(string_at(kPod, {"x"}, "fallback"), "fallback");
  EXPECT_EQ(int_at(kPod, {"x"}, 7), 7);
  EXPECT_TRUE(bool_at(kPod, {"x"}, true));
  EXPECT_TRUE(array_at(kPod, {"x"}).empty() && array_at(kPod, {"x"}).is_array());
  EXPECT_TRUE(object_at(kPod, {"x"}).empty() && object_at(kPod, {"x"}).is_object());
}

TEST(Json, AnotherTypeIsTheFallback) {
  EXPECT_EQ(string_at(kPod, {"metadata", "generation"}, "no"), "no");
  EXPECT_EQ(int_at(kPod, {"metadata", "name"}, 7), 7);
  EXPECT_FALSE(bool_at(kPod, {"metadata", "name"}));
  EXPECT_TRUE(array_at(kPod, {"metadata"}).empty());
  EXPECT_TRUE(object_at(kPod, {"spec", "list"}).empty());
}

TEST(Json, AWholeNumberMayBeWrittenAsAFloatAndNothingElse) {
  EXPECT_EQ(int_at(kPod, {"spec", "three"}), 3) << "Lua's 6 / 2";
  EXPECT_EQ(int_at(kPod, {"spec", "half"}, 7), 7);
  EXPECT_EQ(int_at(kPod, {"spec", "huge"}, 7), 7);
  EXPECT_EQ(int_at(kPod, {"spec", "big"}, 7), 7);
}

TEST(Json, BrokenTextNamesItsSourceAndTheByte) {
  auto parsed = parse_json("{\"a\": }", "answer");
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().code, Code::kInvalid);
  EXPECT_TRUE(parsed.error().what.starts_with("answer: not JSON at byte 7")) << parsed.error().what;
  EXPECT_FALSE(parse_json("", "x"));
  EXPECT_TRUE(parse_json("null", "x"));
  EXPECT_FALSE(parse_json("{\"a\": \"\xff\"}", "x")) << "JSON is UTF-8";
}

}  // namespace
}  // namespace zdt
