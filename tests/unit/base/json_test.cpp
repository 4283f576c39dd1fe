#include "base/json_limits.h"

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

TEST(Json, NestingIsLimitedBeforeAnythingIsBuilt) {
  const auto nested = [](size_t levels) { return std::string(levels, '[') + std::string(levels, ']'); };
  EXPECT_TRUE(parse_json(nested(kMaxJsonDepth), "x"));
  auto deeper = parse_json(nested(50'000), "answer");
  ASSERT_FALSE(deeper);
  EXPECT_EQ(deeper.error().code, Code::kInvalid);
  EXPECT_EQ(deeper.error().what, "answer: JSON nested deeper than 500 levels");
  EXPECT_FALSE(parse_json(std::string(1'000'000, '['), "x"));
  EXPECT_FALSE(parse_json(std::string(1'000'000, ']') + std::string(1'000'000, '['), "x"));
  EXPECT_TRUE(parse_json("[\"" + std::string(1000, '[') + "\\\"[[\"]", "x")) << "brackets in a string are none";
}

TEST(Json, ANumberThatNoTypeHoldsIsAnErrorAndNotAnException) {
  auto parsed = parse_json("{\"a\": 1e999}", "answer");
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().code, Code::kInvalid);
  EXPECT_TRUE(parse_json_or_null("1e999").is_null());
  EXPECT_FALSE(parse_json(std::string(400'000, '1'), "x")) << "400,000 digits";
}

TEST(Json, AnErrorRepeatsNoLongText) {
  auto parsed = parse_json(std::string(1'000'000, 'x'), "answer");
  ASSERT_FALSE(parsed);
  EXPECT_LT(parsed.error().what.size(), 1000u);
  parsed = parse_json("[\"" + std::string(1'000'000, 'x'), "answer");
  EXPECT_LT(parsed.error().what.size(), 1000u);
  EXPECT_EQ(excerpt("\xc3\xa4\xc3\xa4", 3), "\xc3\xa4\xe2\x80\xa6") << "no half of a character";
}

TEST(Json, TellsItsDepthItsSizeAndItsMemory) {
  EXPECT_EQ(depth_of_json(R"({"a": [1, {"b": "[{"}]})"), 3);
  EXPECT_EQ(depth_of_json("]]]]["), 1);
  EXPECT_EQ(separators_in_json(R"({"a,b": [1, 2], "c": {}})"), 7u);
  EXPECT_TRUE(is_deeper_than(json::parse("[[[1]]]"), 2));
  EXPECT_FALSE(is_deeper_than(json::parse("[[[1]]]"), 3));
  EXPECT_GT(memory_of(json(std::string(10'000, 'x'))), 10'000u);
  EXPECT_LT(memory_of(json(std::string(10'000, 'x'))), 11'000u);
  const json texts(std::vector<std::string>(10'000, std::string(1'000, 'x')));
  EXPECT_GT(memory_of(texts), 10'000'000u);
  EXPECT_LT(memory_of(texts, 1000), 1'000'000u) << "counts no further than it has to";
}

TEST(Json, WhatIsMissingInAConstantDocumentIsAnErrorAndNotUndefined) {
  const json document = {{"a", 1}};
  EXPECT_EQ(document["a"], 1);
  EXPECT_THROW(document["b"], std::logic_error);
  EXPECT_THROW(document.front()["b"], std::exception);
}

}  // namespace
}  // namespace zdt
