#include "rehearsal/store/store.h"

#include <gtest/gtest.h>

#include <cmath>

namespace zdt::rehearsal {
namespace {

json config_map(const std::string& name, const std::string& ns = "default") {
  return {{"kind", "ConfigMap"}, {"metadata", {{"name", name}, {"namespace", ns}}}, {"data", {{"k", "v"}}}};
}

std::string version_of(const ObjectPtr& object) {
  return string_at(*object, {"metadata", "resourceVersion"});
}

TEST(Store, CreateSetsIdentityAndTheFirstRevision) {
  Store store;
  const auto made = store.create("configmaps", config_map("a"));
  ASSERT_TRUE(made);
  EXPECT_EQ(string_at(**made, {"metadata", "uid"}).size(), 36u);
  EXPECT_EQ(string_at(**made, {"metadata", "creationTimestamp"}).size(), 20u);
  EXPECT_EQ(int_at(**made, {"metadata", "generation"}), 1);
  EXPECT_EQ(version_of(*made), "1");
  EXPECT_EQ(store.revision(), 1u);
}

TEST(Store, ASecondObjectOfTheSameNameAlreadyExists) {
  Store store;
  ASSERT_TRUE(store.create("deployments.apps", config_map("a")));
  const auto again = store.create("deployments.apps", config_map("a"));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Code::kConflict);
  EXPECT_EQ(again.error().what, "deployments.apps \"a\" already exists");
  EXPECT_TRUE(store.create("deployments.apps", config_map("a", "other")));
}

TEST(Store, GenerateNameAddsFiveCharacters) {
  Store store;
  json object = config_map("");
  object["metadata"]["generateName"] = "web-";
  const auto made = store.create("pods", object);
  ASSERT_TRUE(made);
  EXPECT_EQ(string_at(**made, {"metadata", "name"}).size(), 9u);
  EXPECT_FALSE(store.create("pods", config_map("")));
}

TEST(Store, GenerationGrowsOnlyWithTheSpecification) {
  Store store;
  ASSERT_TRUE(store.create("configmaps", config_map("a")));
  auto labelled = store.modify("configmaps", "default", "a", [](json& o) {
    o["metadata"]["labels"] = {{"x", "y"}};
  });
  EXPECT_EQ(int_at(**labelled, {"metadata", "generation"}), 1);
  auto changed = store.modify("configmaps", "default", "a", [](json& o) { o["data"]["k"] = "w"; });
  EXPECT_EQ(int_at(**changed, {"metadata", "generation"}), 2);
  auto shrunk = store.modify("configmaps", "default", "a", [](json& o) { o.erase("data"); });
  EXPECT_EQ(int_at(**shrunk, {"metadata", "generation"}), 3);
}

TEST(Store, AnUpdateThatChangesNothingTellsNobody) {
  Store store;
  const auto made = store.create("configmaps", config_map("a"));
  const auto same = store.update("configmaps", **made);
  EXPECT_EQ(version_of(*same), version_of(*made));
  EXPECT_EQ(store.revision(), 1u);
}

TEST(Store, AnUpdateFromAnOldVersionConflicts) {
  Store store;
  const auto made = store.create("configmaps", config_map("a"));
  json stale = **made;
  ASSERT_TRUE(store.modify("configmaps", "default", "a", [](json& o) { o["data"]["k"] = "w"; }));
  stale["data"]["k"] = "mine";
  const auto refused = store.update("configmaps", stale);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::kConflict);
  EXPECT_NE(refused.error().what.find("the object has been modified"), std::string::npos);
  stale["metadata"].erase("resourceVersion");
  EXPECT_TRUE(store.update("configmaps", stale));
}

TEST(Store, AnUpdateCannotChangeIdentity) {
  Store store;
  const auto made = store.create("configmaps", config_map("a"));
  json other = config_map("a");
  other["metadata"]["uid"] = "forged";
  other["data"]["k"] = "w";
  const auto updated = store.update("configmaps", other);
  EXPECT_EQ(at(**updated, {"metadata", "uid"}), at(**made, {"metadata", "uid"}));
  EXPECT_EQ(at(**updated, {"metadata", "creationTimestamp"}), at(**made, {"metadata", "creationTimestamp"}));
}

TEST(Store, ListsInOrderOfNamespaceAndName) {
  Store store;
  for (auto [name, ns] : {std::pair{"b", "two"}, {"a", "two"}, {"z", "one"}, {"a", "three"}}) {
    ASSERT_TRUE(store.create("configmaps", config_map(name, ns)));
  }
  std::vector<std::string> names;
  for (const auto& object : store.list("configmaps"))
    names.push_back(string_at(*object, {"metadata", "name"}));
  EXPECT_EQ(names, (std::vector<std::string>{"z", "a", "a", "b"}));
  EXPECT_EQ(store.list("configmaps", "two").size(), 2u);
  EXPECT_TRUE(store.list("configmaps", "none").empty());
  EXPECT_TRUE(store.list("secrets").empty());
}

/// All events of `resource` after `revision`; one by one, as a watch takes them.
Result<std::vector<Event>> events_after(const Store& store, const std::string& resource, uint64_t revision) {
  std::vector<Event> events;
  while (true) {
    auto event = store.next(resource, revision);
    if (!event) return event.error();
    if (!*event) return events;
    events.push_back(**event);
  }
}

TEST(Store, TheHistoryGivesTheEventsOfOneKindInOrder) {
  Store store;
  ASSERT_TRUE(store.create("configmaps", config_map("a")));
  ASSERT_TRUE(store.create("secrets", config_map("s")));
  ASSERT_TRUE(store.modify("configmaps", "default", "a", [](json& o) { o["data"]["k"] = "w"; }));
  ASSERT_TRUE(store.remove("configmaps", "default", "a"));
  const auto events = events_after(store, "configmaps", 1);
  ASSERT_TRUE(events);
  ASSERT_EQ(events->size(), 2u);
  EXPECT_EQ(events->at(0).change, Change::kModified);
  EXPECT_EQ(string_at(*events->at(0).previous, {"data", "k"}), "v");
  EXPECT_EQ(events->at(1).change, Change::kDeleted);
  EXPECT_EQ(version_of(events->at(1).object), "4");
}

TEST(Store, FollowingFailsWhenTheHistoryIsTooShort) {
  Store store(2);
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(store.create("configmaps", config_map("a" + std::to_string(i))));
  EXPECT_EQ(events_after(store, "configmaps", 1).error().code, Code::kExpired);
  EXPECT_EQ(events_after(store, "configmaps", 2)->size(), 2u);
}

TEST(Store, ObserversSeeEveryChangeUntilTheirSubscriptionEnds) {
  Store store;
  std::vector<uint64_t> seen;
  {
    auto subscription = store.subscribe([&](const Event& event) { seen.push_back(event.revision); });
    ASSERT_TRUE(store.create("configmaps", config_map("a")));
    ASSERT_TRUE(store.remove("configmaps", "default", "a"));
  }
  ASSERT_TRUE(store.create("configmaps", config_map("b")));
  EXPECT_EQ(seen, (std::vector<uint64_t>{1, 2}));
}

TEST(Store, AnObserverMayEndItselfAndOthersWhileItIsCalled) {
  Store store;
  int first_calls = 0, second_calls = 0;
  Store::Subscription first, second;
  first = store.subscribe([&](const Event&) {
    ++first_calls;
    Store::Subscription ended_first = std::move(first), ended_second = std::move(second);
  });
  second = store.subscribe([&](const Event&) { ++second_calls; });
  ASSERT_TRUE(store.create("configmaps", config_map("a")));
  ASSERT_TRUE(store.create("configmaps", config_map("b")));
  EXPECT_EQ(first_calls, 1);
  EXPECT_EQ(second_calls, 0);
}

TEST(Store, ASubscriptionMayOutliveItsStore) {
  Store::Subscription subscription;
  {
    Store store;
    subscription = store.subscribe([](const Event&) {});
  }
  SUCCEED();
}

TEST(Store, RemovingTheLastFinalizerOfADeletedObjectRemovesIt) {
  Store store;
  json object = config_map("a");
  object["metadata"]["finalizers"] = {"zdt.dev/hold"};
  ASSERT_TRUE(store.create("configmaps", object));
  ASSERT_TRUE(request_deletion(store, "configmaps", "default", "a"));
  ASSERT_TRUE(store.find("configmaps", "default", "a"));
  ASSERT_TRUE(store.modify("configmaps", "default", "a", [](json& o) { o["metadata"].erase("finalizers"); }));
  EXPECT_FALSE(store.find("configmaps", "default", "a"));
  EXPECT_EQ(events_after(store, "configmaps", 0)->back().change, Change::kDeleted);
}

TEST(Store, MissingObjectsAreNotFoundInKubernetesWords) {
  Store store;
  EXPECT_EQ(store.remove("pods", "default", "web").error().what, "pods \"web\" not found");
  EXPECT_EQ(store.update("pods", config_map("web")).error().code, Code::kNotFound);
  EXPECT_EQ(store.modify("pods", "default", "web", [](json&) {}).error().code, Code::kNotFound);
}

TEST(Store, FollowingMovesOnToThePresent) {
  Store store;
  ASSERT_TRUE(store.create("configmaps", config_map("a")));
  ASSERT_TRUE(store.create("secrets", config_map("s")));
  uint64_t revision = 0;
  EXPECT_TRUE(*store.next("configmaps", revision));
  EXPECT_EQ(revision, 1u);
  EXPECT_FALSE(*store.next("configmaps", revision));
  EXPECT_EQ(revision, 2u) << "nothing else is of that kind";
  EXPECT_FALSE(*store.next("configmaps", revision));
}

TEST(Store, WhatAnObserverThrowsConcernsNeitherTheWriterNorTheNextOne) {
  Store store;
  int told = 0;
  const auto first = store.subscribe([](const Event&) { throw std::runtime_error("broken"); });
  const auto second = store.subscribe([&](const Event&) { ++told; });
  EXPECT_TRUE(store.create("configmaps", config_map("a")));
  EXPECT_TRUE(store.remove("configmaps", "default", "a"));
  EXPECT_EQ(told, 2);
}

TEST(StoreLimits, AnObjectAbove1500KibibytesIsRefused) {
  Store store;
  json large = config_map("a");
  large["data"]["k"] = std::string(3 << 19, 'x');
  const auto refused = store.create("configmaps", large);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().what, "etcdserver: request is too large");
  large["data"]["k"] = std::string((3 << 19) - 1000, 'x');
  EXPECT_TRUE(store.create("configmaps", large));
  const auto grown = store.modify("configmaps", "default", "a", [](json& o) { o["data"]["l"] = std::string(1 << 20, 'x'); });
  EXPECT_FALSE(grown);
  EXPECT_TRUE(store.modify("configmaps", "default", "a", [](json& o) { o["metadata"]["deletionTimestamp"] = "x"; }))
      << "it can still be marked";
}

TEST(StoreLimits, AnObjectThatIsTooDeepIsRefused) {
  Store store;
  json deep = 1;
  for (int i = 0; i < 600; ++i) deep = json::array({std::move(deep)});
  json object = config_map("a");
  object["data"] = std::move(deep);
  EXPECT_FALSE(store.create("configmaps", std::move(object)));
}

TEST(StoreLimits, ANumberThatJsonHasNotBecomesNull) {
  Store store;
  json object = config_map("a");
  object["data"] = {{"k", std::nan("")}, {"l", json::array({HUGE_VAL})}};
  ASSERT_TRUE(store.create("configmaps", object));
  EXPECT_EQ((*store.find("configmaps", "default", "a"))["data"].dump(), R"({"k":null,"l":[null]})");
}

TEST(StoreLimits, AFullStoreRefusesNewObjectsAndLetsOldOnesGo) {
  StoreLimits limits;
  limits.memory = 40'000;
  Store store(10, limits);
  int made = 0;
  while (made < 1000 && store.create("configmaps", config_map("a" + std::to_string(made)))) ++made;
  EXPECT_GT(made, 10);
  EXPECT_LT(made, 60);
  const auto refused = store.create("configmaps", config_map("b"));
  EXPECT_TRUE(refused.error().what.starts_with("exceeded quota: rehearsal, requested: memory=")) << refused.error().what;
  EXPECT_TRUE(store.modify("configmaps", "default", "a0", [](json& o) { o["metadata"]["labels"] = {{"x", "y"}}; }));
  EXPECT_TRUE(store.remove("configmaps", "default", "a0"));
  EXPECT_TRUE(store.remove("configmaps", "default", "a1"));
  EXPECT_TRUE(store.create("configmaps", config_map("b")));
}

TEST(StoreLimits, PodsAreCounted) {
  StoreLimits limits;
  limits.pods = 2;
  Store store(10, limits);
  EXPECT_TRUE(store.create("pods", config_map("a")));
  EXPECT_TRUE(store.create("pods", config_map("b")));
  EXPECT_EQ(store.create("pods", config_map("c")).error().what,
            "exceeded quota: rehearsal, requested: pods=1, used: pods=2, limited: pods=2");
  EXPECT_EQ(store.count("pods"), 2U);
}

TEST(StoreLimits, TheHistoryForgetsSoonerWhenItsStatesAreLarge) {
  StoreLimits limits;
  limits.history_memory = 200'000;
  Store store(10'000, limits);
  json object = config_map("a");
  ASSERT_TRUE(store.create("configmaps", object));
  const uint64_t first = store.revision();
  for (int i = 0; i < 50; ++i) {
    ASSERT_TRUE(store.modify("configmaps", "default", "a",
                             [i](json& o) { o["data"]["k"] = std::string(10'000, static_cast<char>('a' + i % 26)); }));
  }
  EXPECT_EQ(events_after(store, "configmaps", first).error().code, Code::kExpired);
  EXPECT_TRUE(events_after(store, "configmaps", store.revision() - 5));
}

}  // namespace
}  // namespace zdt::rehearsal
