#include "rehearsal/api/strategic_merge.h"

#include <gtest/gtest.h>

#include "rehearsal/api/failure.h"

namespace zdt::rehearsal::api {
namespace {

json merged(const char* original, const char* patch) {
  return strategic_merge(json::parse(original), json::parse(patch), Shape());
}

TEST(StrategicMerge, MapsMergeAndNullsDelete) {
  EXPECT_EQ(
      merged(R"({"a": 1, "b": {"c": 2, "d": 3}})", R"({"a": null, "b": {"c": 4}, "e": {"f": null, "g": 1}})"),
      json::parse(R"({"b": {"c": 4, "d": 3}, "e": {"g": 1}})"));
}

TEST(StrategicMerge, ContainersMergeByName) {
  EXPECT_EQ(
      merged(
          R"({"spec": {"containers": [{"name": "a", "image": "1", "env": [{"name": "X", "value": "1"}]}, {"name": "b"}]}})",
          R"({"spec": {"containers": [{"name": "a", "image": "2", "env": [{"name": "Y", "value": "2"}]}, {"name": "c"}]}})"),
      json::parse(R"({"spec": {"containers": [{"name": "a", "image": "2", "env": [{"name": "X", "value": "1"},
              {"name": "Y", "value": "2"}]}, {"name": "b"}, {"name": "c"}]}})"));
}

TEST(StrategicMerge, ListsWithoutAKeyAreReplaced) {
  EXPECT_EQ(
      merged(
          R"({"spec": {"containers": [{"name": "a", "args": ["x", "y"]}], "tolerations": [{"key": "k"}]}})",
          R"({"spec": {"containers": [{"name": "a", "args": ["z"]}], "tolerations": [{"key": "l"}]}})"),
      json::parse(
          R"({"spec": {"containers": [{"name": "a", "args": ["z"]}], "tolerations": [{"key": "l"}]}})"));
}

TEST(StrategicMerge, PortsMergeByTheNumberThatTheirKindUses) {
  EXPECT_EQ(merged(R"({"spec": {"ports": [{"port": 80, "targetPort": 1}]}})",
                   R"({"spec": {"ports": [{"port": 80, "name": "x"}]}})"),
            json::parse(R"({"spec": {"ports": [{"port": 80, "targetPort": 1, "name": "x"}]}})"));
  EXPECT_EQ(
      merged(R"({"spec": {"containers": [{"name": "a", "ports": [{"containerPort": 1, "name": "x"}]}]}})",
             R"({"spec": {"containers": [{"name": "a", "ports": [{"containerPort": 1, "name": "y"}]}]}})"),
      json::parse(
          R"({"spec": {"containers": [{"name": "a", "ports": [{"containerPort": 1, "name": "y"}]}]}})"));
}

TEST(StrategicMerge, DirectivesDeleteAndReplace) {
  EXPECT_EQ(merged(R"({"spec": {"volumes": [{"name": "a"}, {"name": "b"}]}})",
                   R"({"spec": {"volumes": [{"name": "a", "$patch": "delete"}]}})"),
            json::parse(R"({"spec": {"volumes": [{"name": "b"}]}})"));
  EXPECT_EQ(merged(R"({"spec": {"volumes": [{"name": "a"}]}})",
                   R"({"spec": {"volumes": [{"$patch": "replace"}, {"name": "c"}]}})"),
            json::parse(R"({"spec": {"volumes": [{"name": "c"}]}})"));
  EXPECT_EQ(merged(R"({"a": {"b": 1}})", R"({"a": {"$patch": "replace", "c": 2}})"),
            json::parse(R"({"a": {"c": 2}})"));
  EXPECT_EQ(merged(R"({"a": {"b": 1}})", R"({"a": {"$patch": "delete"}})"), json::parse(R"({"a": {}})"));
  EXPECT_THROW(merged(R"({"a": {"b": 1}})", R"({"a": {"$patch": "shuffle"}})"), Failure);
}

TEST(StrategicMerge, RetainKeysDropsTheOthers) {
  EXPECT_EQ(merged(R"({"strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1}}})",
                   R"({"strategy": {"$retainKeys": ["type"], "type": "Recreate"}})"),
            json::parse(R"({"strategy": {"type": "Recreate"}})"));
}

TEST(StrategicMerge, PrimitivesAreDeletedFromSets) {
  EXPECT_EQ(
      merged(R"({"metadata": {"finalizers": ["a", "b"]}})",
             R"({"metadata": {"$deleteFromPrimitiveList/finalizers": ["a"], "finalizers": ["b", "c"]}})"),
      json::parse(R"({"metadata": {"finalizers": ["b", "c"]}})"));
}

TEST(StrategicMerge, ElementOrderIsThePatchs) {
  EXPECT_EQ(
      merged(R"({"spec": {"containers": [{"name": "server"}, {"name": "a"}, {"name": "b"}]}})",
             R"({"spec": {"$setElementOrder/containers": [{"name": "b"}, {"name": "new"}, {"name": "a"}],
                       "containers": [{"name": "new"}]}})"),
      json::parse(
          R"({"spec": {"containers": [{"name": "server"}, {"name": "b"}, {"name": "new"}, {"name": "a"}]}})"));
  EXPECT_EQ(merged(R"({"spec": {"containers": [{"name": "a"}, {"name": "b"}]}})",
                   R"({"spec": {"$setElementOrder/containers": [{"name": "b"}, {"name": "a"}]}})"),
            json::parse(R"({"spec": {"containers": [{"name": "b"}, {"name": "a"}]}})"));
}

TEST(StrategicMerge, AnItemWithoutItsKeyIsRefused) {
  EXPECT_THROW(
      merged(R"({"spec": {"containers": [{"name": "a"}]}})", R"({"spec": {"containers": [{"image": "x"}]}})"),
      Failure);
}

TEST(Shape, SchemasOfCustomKindsTellTheirLists) {
  const json schema = json::parse(R"({"properties": {"spec": {"properties": {
    "items": {"x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["id"], "items": {"properties": {
      "tags": {"x-kubernetes-list-type": "set"}}}},
    "plain": {}, "whole": {"x-kubernetes-map-type": "atomic"}}}}})");
  const Shape shape = Shape::of_schema(schema);
  EXPECT_EQ(shape.list({"spec", "items"}).keys, std::vector<std::string>{"id"});
  EXPECT_EQ(shape.list({"spec", "items", "tags"}).kind, ListShape::Kind::kSet);
  EXPECT_EQ(shape.list({"spec", "plain"}).kind, ListShape::Kind::kAtomic);
  EXPECT_EQ(shape.list({"metadata", "finalizers"}).kind, ListShape::Kind::kSet);
  EXPECT_TRUE(shape.is_atomic_map({"spec", "whole"}));
}

TEST(StrategicMerge, AnOrderNamesEachItemOnce) {
  const json pod = json::parse(R"({"spec": {"containers": [{"name": "a", "image": "x"}]}})");
  json order = json::array();
  for (int i = 0; i < 1000; ++i) order.push_back({{"name", "a"}});
  const json patch = {{"spec", {{"$setElementOrder/containers", order}}}};
  EXPECT_EQ(strategic_merge(pod, patch, Shape()), pod);
}

TEST(StrategicMerge, DirectivesOfAnotherTypeAreRefused) {
  const json pod = json::parse(R"({"spec": {"containers": [{"name": "a"}]}, "metadata": {"finalizers": ["x"]}})");
  for (const char* patch : {R"({"spec": {"$retainKeys": "a"}})", R"({"spec": {"$setElementOrder/containers": {"a": 1}}})", R"({"spec": {"$patch": 5}})",
                            R"({"metadata": {"$deleteFromPrimitiveList/finalizers": "x"}})", R"({"spec": {"containers": [{"$patch": []}]}})",
                            R"({"spec": {"containers": [5]}})", R"({"$patch": "explode"})"}) {
    EXPECT_THROW(strategic_merge(pod, json::parse(patch), Shape()), Failure) << patch;
  }
}

TEST(StrategicMerge, LongListsTakeATimeThatGrowsWithThem) {
  json list = json::array();
  for (int i = 0; i < 20'000; ++i) list.push_back({{"name", "v" + std::to_string(i)}, {"value", "x"}});
  const json pod = {{"spec", {{"containers", json::array({{{"name", "a"}, {"env", list}}})}}}};
  json patch = pod;
  patch["spec"]["containers"][0]["$setElementOrder/env"] = list;
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(strategic_merge(pod, patch, Shape()), pod);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2)) << "it was minutes";
}

}  // namespace
}  // namespace zdt::rehearsal::api
