// Watches that are cut, expire and are stopped.
#include "unit/kube/fake_api.h"

namespace zdt::kube {
namespace {

using testing::ApiWorld;
using testing::event_line;
using testing::list_of;
using testing::pod;
using testing::run_until;
using testing::status_object;

const std::string kPods = "GET /api/v1/namespaces/demo/pods";

/// Answers lists with the next of `lists` (the last one for ever), and watches with the next of `streams`; a stream ends
/// where its text ends, and after the last one a watch stays open and silent.
struct Script {
  std::vector<json> lists;
  std::vector<std::vector<std::string>> streams;
  size_t listed = 0, watched = 0;
  std::vector<std::string> from;  ///< the resource version of each watch
  bool cut = false;               ///< streams end without their last chunk
};

Task<void> play(Script& script, http::Exchange& exchange) {
  if (!exchange.target.has("watch")) {
    const json list = script.lists[std::min(script.listed++, script.lists.size() - 1)];
    co_await exchange.respond(200, "application/json", list.dump());
    co_return;
  }
  script.from.push_back(exchange.target.value("resourceVersion"));
  const size_t number = script.watched++;
  co_await exchange.begin_stream(200, "application/json");
  if (number >= script.streams.size()) co_await sleep_for(std::chrono::hours(1));
  for (const std::string& piece : script.streams[number]) {
    co_await exchange.write(piece);
    co_await sleep_for(milliseconds(1));  // pieces that arrive one by one
  }
  if (script.cut) throw std::runtime_error("cut");
  co_await exchange.end_stream();
}

class WatchTest : public ApiWorld {
 protected:
  /// Watches until `count` events came; each as "TYPE name@revision".
  std::vector<std::string> events(size_t count) {
    api->on(kPods, [this](http::Exchange& exchange) { return play(script, exchange); });
    std::vector<std::string> told;
    auto watched = wait(client->watch({.kind = "pods"}, [&](const std::string& type, const json& object) {
      told.push_back(fmt::format("{} {}@{}", type, string_at(object, {"metadata", "name"}),
                                 string_at(object, {"metadata", "resourceVersion"})));
      return told.size() < count;
    }));
    EXPECT_TRUE(watched) << watched.error().what;
    return told;
  }

  Script script;
};

using Events = std::vector<std::string>;

TEST_F(WatchTest, TellsWhatExistsAndThenWhatChanges) {
  script.lists = {list_of(10, {pod("a", 3), pod("b", 4)})};
  script.streams = {{event_line("MODIFIED", pod("a", 11)), event_line("DELETED", pod("b", 12)), event_line("ADDED", pod("c", 13))}};
  EXPECT_EQ(events(5), (Events{"ADDED a@3", "ADDED b@4", "MODIFIED a@11", "DELETED b@12", "ADDED c@13"}));
  EXPECT_EQ(script.from, Events{"10"});
  EXPECT_EQ(api->seen.back().target.value("allowWatchBookmarks"), "true");
}

TEST_F(WatchTest, StopsWhenTheCallbackSaysSoAlsoWithinTheList) {
  script.lists = {list_of(10, {pod("a", 3), pod("b", 4)})};
  EXPECT_EQ(events(1), Events{"ADDED a@3"});
}

TEST_F(WatchTest, LinesMayComeInPiecesAndSeveralAtOnce) {
  const std::string first = event_line("ADDED", pod("a", 11)), second = event_line("ADDED", pod("b", 12));
  script.lists = {list_of(10, json::array())};
  script.streams = {{first.substr(0, 10), first.substr(10) + second + second.substr(0, 5), second.substr(5)}};
  EXPECT_EQ(events(3), (Events{"ADDED a@11", "ADDED b@12", "ADDED b@12"}));
}

TEST_F(WatchTest, GoesOnWhereTheStreamWasCutWithoutListingAgain) {
  script.lists = {list_of(10, {pod("a", 3)})};
  script.streams = {{event_line("MODIFIED", pod("a", 11)), event_line("MODIFIED", pod("a", 99)).substr(0, 20)},
                    {event_line("MODIFIED", pod("a", 12))}};
  script.cut = true;
  EXPECT_EQ(events(3), (Events{"ADDED a@3", "MODIFIED a@11", "MODIFIED a@12"}));
  EXPECT_EQ(script.from, (Events{"10", "11"}));
  EXPECT_EQ(script.listed, 1u);
}

TEST_F(WatchTest, BookmarksMoveItOnUnseen) {
  const json bookmark{{"kind", "Pod"}, {"metadata", {{"resourceVersion", "50"}}}};
  script.lists = {list_of(10, {pod("a", 3)})};
  script.streams = {{event_line("BOOKMARK", bookmark)}, {event_line("MODIFIED", pod("a", 51))}};
  EXPECT_EQ(events(2), (Events{"ADDED a@3", "MODIFIED a@51"}));
  EXPECT_EQ(script.from, (Events{"10", "50"}));
}

TEST_F(WatchTest, AfterAnExpiryItListsAgainAndTellsTheDifference) {
  script.lists = {list_of(10, {pod("same", 1), pod("changed", 2), pod("gone", 3)}),
                  list_of(100, {pod("same", 1), pod("changed", 90), pod("new", 95)})};
  script.streams = {{event_line("ERROR", status_object(410, "Expired", "too old resource version"))}};
  EXPECT_EQ(events(6), (Events{"ADDED same@1", "ADDED changed@2", "ADDED gone@3", "DELETED gone@3", "MODIFIED changed@90",
                               "ADDED new@95"}));
}

TEST_F(WatchTest, AnObjectThatWasReplacedMeanwhileEndsAsTheNewOne) {
  script.lists = {list_of(10, {pod("a", 1, "Running", "old")}), list_of(100, {pod("a", 90, "Running", "new")})};
  script.streams = {{event_line("ERROR", status_object(410, "Expired", "too old"))}};
  EXPECT_EQ(events(3), (Events{"ADDED a@1", "DELETED a@1", "ADDED a@90"}));
}

TEST_F(WatchTest, OneObjectIsWatchedByItsName) {
  api->on(kPods, [this](http::Exchange& exchange) { return play(script, exchange); });
  script.lists = {list_of(10, {pod("a", 3)})};
  Query query{.kind = "pods", .name = "a"};
  ASSERT_TRUE(wait(client->watch(query, [](const std::string&, const json&) { return false; })));
  EXPECT_EQ(api->seen.back().target.value("fieldSelector"), "metadata.name=a");
}

TEST_F(WatchTest, FailsWhenItCannotListAtFirst) {
  api->answer(kPods, status_object(403, "Forbidden", "pods is forbidden"), 403);
  auto watched = wait(client->watch({.kind = "pods"}, [](const std::string&, const json&) { return true; }));
  ASSERT_FALSE(watched);
  EXPECT_EQ(watched.error().code, Code::kEnvironment);
}

TEST_F(WatchTest, DoesNotHammerAServerThatRefusesItsWatches) {
  api->on(kPods, [](http::Exchange& exchange) -> Task<void> {
    const bool watch = exchange.target.has("watch");
    const json body = watch ? status_object(403, "Forbidden", "no watch for you") : list_of(10, {pod("a", 3)});
    co_await exchange.respond(watch ? 403 : 200, "application/json", body.dump());
  });
  const auto body = [&]() -> Task<void> {
    Query query{.kind = "pods"};
    co_await client->watch(std::move(query), [](const std::string&, const json&) { return true; });
  };
  Background task(loop.get_executor(), body());
  wait(client->version());
  zdt::testing::on_loop(loop, sleep_for(milliseconds(200)));
  EXPECT_LE(api->count(kPods), 4u);
  task.stop();
  run_until(loop, [&] { return !task.running(); });
}

TEST_F(WatchTest, DoesNotHammerAServerThatEndsEachWatchAtOnce) {
  script.lists = {list_of(10, {pod("a", 3)})};
  script.streams.resize(10'000);
  api->on(kPods, [this](http::Exchange& exchange) { return play(script, exchange); });
  const auto body = [&]() -> Task<void> {
    Query query{.kind = "pods"};
    co_await client->watch(std::move(query), [](const std::string&, const json&) { return true; });
  };
  Background task(loop.get_executor(), body());
  zdt::testing::on_loop(loop, sleep_for(milliseconds(200)));
  EXPECT_LE(script.watched, 4u);
  task.stop();
  run_until(loop, [&] { return !task.running(); });
}

TEST_F(WatchTest, BeingCancelledEndsIt) {
  script.lists = {list_of(10, {pod("a", 3)})};
  api->on(kPods, [this](http::Exchange& exchange) { return play(script, exchange); });
  const auto body = [&]() -> Task<void> {
    Query query{.kind = "pods"};
    co_await client->watch(std::move(query), [](const std::string&, const json&) { return true; });
  };
  Background task(loop.get_executor(), body());
  run_until(loop, [&] { return script.watched == 1; });
  task.stop();
  run_until(loop, [&] { return !task.running(); });
}

}  // namespace
}  // namespace zdt::kube
