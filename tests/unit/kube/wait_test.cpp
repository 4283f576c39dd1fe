// Waiting.
#include "kube/wait.h"

#include "base/text.h"
#include "unit/kube/fake_api.h"

namespace zdt::kube {
namespace {

using testing::ApiWorld;
using testing::event_line;
using testing::list_of;
using testing::pod;
using testing::status_object;

std::string unmet(const std::string& condition, const json& object) {
  auto named = condition_named(condition);
  EXPECT_TRUE(named) << condition;
  return (*named)(object.is_null() ? nullptr : &object);
}

TEST(ConditionNamed, KnowsWhatScriptsName) {
  const json object{{"status", {{"phase", "Pending"}, {"conditions", {{{"type", "Ready"}, {"status", "False"}, {"message", "probe"}}}}}}};
  EXPECT_EQ(unmet("exists", object), "");
  EXPECT_EQ(unmet("exists", nullptr), "it does not exist");
  EXPECT_EQ(unmet("delete", nullptr), "");
  EXPECT_EQ(unmet("delete", object), "it still exists");
  EXPECT_EQ(unmet("condition=Ready", object), "condition Ready is False (probe)");
  EXPECT_EQ(unmet("condition=Ready=False", object), "");
  EXPECT_EQ(unmet("condition=Other", object), "it has no condition Other yet");
  EXPECT_EQ(unmet("condition=Ready", nullptr), "it does not exist");
  EXPECT_EQ(unmet("phase=Running", object), "phase is Pending, want Running");
  EXPECT_EQ(unmet("phase=Pending", object), "");
}

TEST(ConditionNamed, ComparesTypesAndStatusesWithoutCaseAsKubectlDoes) {
  const json object{{"status", {{"conditions", {{{"type", "Available"}, {"status", "True"}}}}}}};
  EXPECT_EQ(unmet("condition=available", object), "");
  EXPECT_EQ(unmet("condition=Available=true", object), "");
}

TEST(ConditionNamed, AConditionOfAnOlderSpecificationDoesNotCount) {
  json object{{"metadata", {{"generation", 3}}},
              {"status", {{"observedGeneration", 2}, {"conditions", {{{"type", "Available"}, {"status", "True"}}}}}}};
  EXPECT_EQ(unmet("condition=Available", object), "the new specification has not been observed yet");
  object["status"]["observedGeneration"] = 3;
  EXPECT_EQ(unmet("condition=Available", object), "");
  object["status"]["conditions"][0]["observedGeneration"] = 2;
  EXPECT_NE(unmet("condition=Available", object), "");
}

TEST(ConditionNamed, RefusesOthersWithTheKnownOnes) {
  for (const char* name : {"", "ready", "condition", "condition=", "phase=", "phase", "condition=A=B=C", "rollout=x"}) {
    auto named = condition_named(name);
    ASSERT_FALSE(named) << name;
    EXPECT_EQ(named.error().code, Code::kUsage);
    EXPECT_NE(named.error().hint, "");
  }
}

class WaitTest : public ApiWorld {
 protected:
  /// get and list show `objects`; a watch then gives `changes` and stays open.
  void show(json objects, std::vector<std::string> changes = {}) {
    if (!objects.empty()) api->answer("GET /api/v1/namespaces/demo/pods/a", objects[0]);
    api->on("GET /api/v1/namespaces/demo/pods", [objects = std::move(objects), changes = std::move(changes)](http::Exchange& exchange) {
      return list_or_watch(exchange, objects, changes);
    });
  }
  static Task<void> list_or_watch(http::Exchange& exchange, json objects, std::vector<std::string> changes) {
    if (exchange.target.has("watch")) {
      co_await exchange.begin_stream(200, "application/json");
      for (const std::string& change : changes) co_await exchange.write(change);
      co_await sleep_for(std::chrono::hours(1));
    } else {
      co_await exchange.respond(200, "application/json", list_of(10, std::move(objects)).dump());
    }
  }
  Result<json> wait_for(const std::string& condition, milliseconds limit = milliseconds(1500)) {
    return wait(wait_until(*client, {.kind = "pods", .name = "a"}, *condition_named(condition), limit));
  }
};

TEST_F(WaitTest, ReturnsTheObjectOnceItIsAsWanted) {
  show({pod("a", 3, "Pending")}, {event_line("MODIFIED", pod("a", 11, "Running"))});
  auto object = wait_for("phase=Running");
  ASSERT_TRUE(object) << object.error().what;
  EXPECT_EQ(string_at(*object, {"metadata", "resourceVersion"}), "11");
}

TEST_F(WaitTest, ReturnsAtOnceWhenItIsSoAlready) {
  show({pod("a", 3, "Running")});
  EXPECT_TRUE(wait_for("phase=Running"));
}

TEST_F(WaitTest, WaitsForAnObjectThatDoesNotExistYet) {
  show(json::array(), {event_line("ADDED", pod("a", 11, "Running"))});
  EXPECT_TRUE(wait_for("phase=Running"));
}

TEST_F(WaitTest, WaitsForADeletion) {
  show({pod("a", 3)}, {event_line("DELETED", pod("a", 11))});
  auto object = wait_for("delete");
  ASSERT_TRUE(object) << object.error().what;
  EXPECT_TRUE(object->is_null());
}

TEST_F(WaitTest, WhatDoesNotExistIsDeletedAlready) {
  show(json::array());
  EXPECT_TRUE(wait_for("delete"));
}

TEST_F(WaitTest, ADeletionBetweenTwoLooksIsNotMissed) {
  show(json::array());
  api->answer("GET /api/v1/namespaces/demo/pods/a", pod("a", 3));  // still there when first asked for
  EXPECT_TRUE(wait_for("delete"));
}

TEST_F(WaitTest, ADeletionWhileTheWatchWasAwayIsNotMissed) {
  int listed = 0;
  api->on("GET /api/v1/namespaces/demo/pods", [&](http::Exchange& exchange) -> Task<void> {
    const bool watch = exchange.target.has("watch");
    const json items = !watch && ++listed > 1 ? json::array() : json::array({pod("a", 3)});
    const json body = watch ? status_object(410, "Expired", "too old") : list_of(10, items);
    co_await exchange.respond(watch ? 410 : 200, "application/json", body.dump());
  });
  EXPECT_TRUE(wait_for("delete"));
}

TEST_F(WaitTest, AKindThatTheClusterDoesNotHaveEndsItAtOnce) {
  auto object = wait(wait_until(*client, {.kind = "pots", .name = "a"}, *condition_named("delete"), milliseconds(1500)));
  ASSERT_FALSE(object);
  EXPECT_EQ(object.error().code, Code::kUsage);
}

TEST_F(WaitTest, ATimeoutSaysWhatItLastSaw) {
  show({pod("a", 3, "Pending")});
  for (int i = 0; i < 4; ++i) {
    auto object = wait_for("phase=Running", milliseconds(150));
    ASSERT_FALSE(object);
    EXPECT_EQ(object.error().code, Code::kTimeout);
    EXPECT_TRUE(object.error().what.starts_with("pods/a: timed out after 150 ms (")) << object.error().what;
    EXPECT_TRUE(object.error().what.ends_with("Last: phase is Pending, want Running")) << object.error().what;
  }
}

TEST_F(WaitTest, PassingErrorsDoNotEndItAndAreShownWhenTheyAreTheLast) {
  const std::string pods = "GET /api/v1/namespaces/demo/pods", one = pods + "/a";
  api->answer(pods, status_object(500, "InternalError", "etcd is away"), 500);
  api->answer(one, status_object(500, "InternalError", "etcd is away"), 500);
  auto failed = wait_for("phase=Running", milliseconds(250));
  ASSERT_FALSE(failed);
  EXPECT_NE(failed.error().what.find("etcd is away"), std::string::npos) << failed.error().what;

  int asked = 0;
  api->on(pods, [&](http::Exchange& exchange) -> Task<void> {
    const bool broken = ++asked == 1;
    const json body = broken ? status_object(500, "InternalError", "etcd is away") : list_of(10, {pod("a", 3, "Running")});
    co_await exchange.respond(broken ? 500 : 200, "application/json", body.dump());
  });
  EXPECT_TRUE(wait_for("phase=Running"));
}

TEST_F(WaitTest, WhatIsHopelessEndsItAtOnceWithTheReason) {
  show({pod("a", 3, "Pending")}, {event_line("MODIFIED", pod("a", 11, "Failed"))});
  Unmet hopeless = [](const json* object) {
    return string_at(*object, {"status", "phase"}) == "Failed" ? "the pod has failed" : "";
  };
  auto ended = wait(wait_until(*client, {.kind = "pods", .name = "a"}, *condition_named("phase=Running"),
                               milliseconds(60'000), hopeless));
  ASSERT_FALSE(ended);
  EXPECT_EQ(ended.error().code, Code::kFailed);
  EXPECT_EQ(ended.error().what, "pods/a: the pod has failed");
}

}  // namespace
}  // namespace zdt::kube
