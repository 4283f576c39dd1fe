#include "base/json.h"

#include <gtest/gtest.h>

namespace zdt {
namespace {

const json kPod{{"metadata", {{"name", "web"}}}, {"spec", {{"replicas", 3}, {"paused", true}, {"list", {1, 2}}}}};

TEST(Json, ReadsNestedFieldsAndFallsBackWhereTheyAreMissing) {
  EXPECT_EQ(string_at(kPod, {"metadata", "name"}), "web");
  EXPECT_EQ(string_at(kPod, {"metadata", "namespace"}, "default"), "default");
  EXPECT_EQ(int_at(kPod, {"spec", "replicas"}), 3);
  EXPECT_EQ(int_at(kPod, {"spec", "replicas", "deeper"}, 7), 7);
  EXPECT_TRUE(bool_at(kPod, {"spec", "paused"}));
  EXPECT_EQ(array_at(kPod, {"spec", "list"}).size(), 2u);
  EXPECT_TRUE(array_at(kPod, {"spec", "none"}).empty());
  EXPECT_TRUE(at(kPod, {"nowhere"}).is_null());
}

TEST(Json, AWrongTypeCountsAsMissing) {
  EXPECT_EQ(string_at(kPod, {"spec", "replicas"}, "x"), "x");
  EXPECT_EQ(int_at(kPod, {"metadata", "name"}, 5), 5);
  EXPECT_TRUE(object_at(kPod, {"spec", "list"}).empty());
}

TEST(Json, AnErrorNamesItsSource) {
  const auto broken = parse_json("{\"a\": ", "GET /api");
  ASSERT_FALSE(broken);
  EXPECT_TRUE(broken.error().what.starts_with("GET /api: not JSON at byte")) << broken.error().what;
}

TEST(Error, ClassesHaveTheExitCodesThatTheManualNames) {
  EXPECT_EQ(exit_code_of(Code::kFailed), 1);
  EXPECT_EQ(exit_code_of(Code::kUsage), 2);
  EXPECT_EQ(exit_code_of(Code::kScript), 2);
  EXPECT_EQ(exit_code_of(Code::kEnvironment), 3);
  EXPECT_EQ(exit_code_of(Code::kTimeout), 4);
  EXPECT_EQ(exit_code_of(Code::kCancelled), 130);
}

}  // namespace
}  // namespace zdt
