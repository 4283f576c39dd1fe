#include <gtest/gtest.h>

#include "base/units.h"
#include "rehearsal/store/store.h"

namespace zdt::rehearsal {
namespace {

json pod(int64_t grace = 30) {
  return {{"metadata", {{"name", "web"}, {"namespace", "default"}}},
          {"spec", {{"nodeName", "worker"}, {"terminationGracePeriodSeconds", grace}}},
          {"status", {{"phase", "Running"}}}};
}

Result<ObjectPtr> erase(Store& store, int64_t grace = -1) {
  return request_deletion(store, "pods", "default", "web", grace);
}

std::chrono::seconds left(const ObjectPtr& object) {
  const auto deadline = parse_time(string_at(*object, {"metadata", "deletionTimestamp"}));
  return std::chrono::round<std::chrono::seconds>(deadline.value() - std::chrono::system_clock::now());
}

TEST(Deletion, ARunningPodGetsItsOwnGrace) {
  Store store;
  ASSERT_TRUE(store.create("pods", pod(45)));
  const auto deleting = erase(store);
  ASSERT_TRUE(deleting);
  EXPECT_EQ(int_at(**deleting, {"metadata", "deletionGracePeriodSeconds"}), 45);
  EXPECT_NEAR(static_cast<double>(left(*deleting).count()), 45, 1);
  EXPECT_TRUE(store.find("pods", "default", "web"));
}

TEST(Deletion, AShorterGraceShortensAnEarlierOneAndALongerDoesNot) {
  Store store;
  ASSERT_TRUE(store.create("pods", pod()));
  ASSERT_TRUE(erase(store));
  EXPECT_EQ(int_at(**erase(store, 60), {"metadata", "deletionGracePeriodSeconds"}), 30);
  EXPECT_EQ(int_at(**erase(store), {"metadata", "deletionGracePeriodSeconds"}), 30);
  const auto shortened = erase(store, 5);
  EXPECT_EQ(int_at(**shortened, {"metadata", "deletionGracePeriodSeconds"}), 5);
  EXPECT_NEAR(static_cast<double>(left(*shortened).count()), 5, 1);
}

TEST(Deletion, GraceZeroRemovesAPodAtOnce) {
  Store store;
  ASSERT_TRUE(store.create("pods", pod()));
  ASSERT_TRUE(erase(store, 0));
  EXPECT_FALSE(store.find("pods", "default", "web"));
}

TEST(Deletion, APodWithoutANodeOrThatHasEndedGetsNoGrace) {
  for (const char* phase : {"Succeeded", "Failed", "Pending"}) {
    Store store;
    json object = pod();
    object["status"]["phase"] = phase;
    if (std::string_view(phase) == "Pending") object["spec"].erase("nodeName");
    ASSERT_TRUE(store.create("pods", object));
    ASSERT_TRUE(erase(store));
    EXPECT_FALSE(store.find("pods", "default", "web")) << phase;
  }
}

TEST(Deletion, ARunningPodIsNotRemovedByAnUpdateWhileItsGraceRuns) {
  Store store;
  ASSERT_TRUE(store.create("pods", pod()));
  ASSERT_TRUE(erase(store));
  ASSERT_TRUE(store.modify("pods", "default", "web", [](json& o) { o["status"]["phase"] = "Failed"; }));
  EXPECT_TRUE(store.find("pods", "default", "web"));
}

TEST(Deletion, AForcedPodWithAFinalizerGoesWithItsFinalizer) {
  Store store;
  json object = pod();
  object["metadata"]["finalizers"] = {"zdt.dev/hold"};
  ASSERT_TRUE(store.create("pods", object));
  ASSERT_TRUE(erase(store, 0));
  ASSERT_TRUE(store.find("pods", "default", "web"));
  ASSERT_TRUE(store.modify("pods", "default", "web", [](json& o) { o["metadata"].erase("finalizers"); }));
  EXPECT_FALSE(store.find("pods", "default", "web"));
}

TEST(Deletion, ANamespaceWithItsFinalizerTerminates) {
  Store store;
  ASSERT_TRUE(store.create("namespaces",
                           {{"metadata", {{"name", "shop"}}}, {"spec", {{"finalizers", {"kubernetes"}}}}}));
  const auto deleting = request_deletion(store, "namespaces", "", "shop");
  EXPECT_EQ(string_at(**deleting, {"status", "phase"}), "Terminating");
  ASSERT_TRUE(
      store.modify("namespaces", "", "shop", [](json& o) { o["spec"]["finalizers"] = json::array(); }));
  EXPECT_FALSE(store.find("namespaces", "", "shop"));
}

TEST(Deletion, OtherObjectsGoAtOnce) {
  Store store;
  ASSERT_TRUE(store.create("configmaps", {{"metadata", {{"name", "a"}, {"namespace", "default"}}}}));
  ASSERT_TRUE(request_deletion(store, "configmaps", "default", "a"));
  EXPECT_FALSE(store.find("configmaps", "default", "a"));
  EXPECT_EQ(request_deletion(store, "configmaps", "default", "a").error().code, Code::kNotFound);
}

}  // namespace
}  // namespace zdt::rehearsal
