// Paths, bodies and errors of the API client, against a fake API.
#include "kube/client.h"

#include "unit/kube/fake_api.h"

namespace zdt::kube {
namespace {

using testing::ApiWorld;
using testing::FakeApi;
using testing::list_of;
using testing::pod;
using testing::status_object;
using zdt::testing::on_loop;

class ClientTest : public ApiWorld {
 protected:
  std::string path_of(Query query) {
    auto path = wait(client->path_of(std::move(query)));
    return path ? *path : path.error().what;
  }
};

TEST_F(ClientTest, FindsKindsByEveryNameTheyHave) {
  for (const char* kind : {"Deployment", "deployment", "deployments", "deploy", "deployments.apps"}) {
    EXPECT_EQ(path_of({.kind = kind, .name = "web"}), "/apis/apps/v1/namespaces/demo/deployments/web") << kind;
  }
  EXPECT_EQ(path_of({.kind = "po", .ns = "other"}), "/api/v1/namespaces/other/pods");
  EXPECT_EQ(path_of({.kind = "pods", .ns = "*"}), "/api/v1/pods");
  EXPECT_EQ(path_of({.kind = "node", .name = "n1"}), "/api/v1/nodes/n1");
  EXPECT_EQ(path_of({.kind = "events"}), "/api/v1/namespaces/demo/events");
  EXPECT_EQ(path_of({.kind = "events.events.k8s.io"}), "/apis/events.k8s.io/v1/namespaces/demo/events");
  EXPECT_EQ(api->count("GET /apis"), 1u) << "discovery is asked once";
}

TEST_F(ClientTest, AnUnknownKindNamesTheNearestOne) {
  auto found = wait(client->resource("deploymnet"));
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Code::kUsage);
  EXPECT_NE(found.error().what.find("deploymnet"), std::string::npos);
  EXPECT_EQ(found.error().hint, "did you mean Deployment?");
}

TEST_F(ClientTest, AKindThatIsNewSinceDiscoveryIsFound) {
  EXPECT_FALSE(wait(client->resource("Gateway")));
  json group{{"name", "gw.io"}, {"preferredVersion", {{"version", "v1"}}}, {"versions", {{{"version", "v1"}}}}};
  json resource{{"name", "gateways"}, {"kind", "Gateway"}, {"namespaced", true}};
  api->answer("GET /apis", {{"groups", {group}}});
  api->answer("GET /apis/gw.io/v1", {{"resources", {resource}}});
  EXPECT_TRUE(wait(client->resource("Gateway")));
}

TEST_F(ClientTest, TwoThatDiscoverAtOnceDoNotDisturbEachOther) {
  int wrong = 0;
  const auto one = [&](std::string kind, milliseconds delay) -> Task<void> {
    co_await sleep_for(delay);
    auto found = co_await client->resource(kind);
    if (!found) ++wrong;
  };
  std::vector<Task<void>> work;
  for (int i = 0; i < 8; ++i) {
    work.push_back(one("pods", milliseconds(i)));
    work.push_back(one("rollouts", milliseconds(i)));
  }
  on_loop(loop, all_of(std::move(work)));
  EXPECT_EQ(wrong, 0);
}

TEST_F(ClientTest, GetsWithItsToken) {
  api->answer("GET /api/v1/namespaces/demo/pods/web-0", pod("web-0", 7));
  auto object = wait(client->get({.kind = "pod", .name = "web-0"}));
  ASSERT_TRUE(object) << object.error().what;
  EXPECT_EQ(string_at(*object, {"metadata", "name"}), "web-0");
  EXPECT_EQ(api->seen.back().authorization, "Bearer secret-token");
}

TEST_F(ClientTest, ListsWithSelectorsAndGivesItemsTheirKind) {
  json bare = pod("web-0", 7);
  bare.erase("kind");
  bare.erase("apiVersion");
  api->answer("GET /api/v1/namespaces/demo/pods", list_of(9, {bare}));
  auto list = wait(client->list({.kind = "pods", .labels = "app in (a,b)", .fields = "status.phase=Running"}));
  ASSERT_TRUE(list) << list.error().what;
  const json& item = (*list)["items"][0];
  EXPECT_EQ(string_at(item, {"kind"}), "Pod");
  EXPECT_EQ(string_at(item, {"apiVersion"}), "v1");
  EXPECT_EQ(api->seen.back().target.value("labelSelector"), "app in (a,b)");
  EXPECT_EQ(api->seen.back().target.value("fieldSelector"), "status.phase=Running");
}

TEST_F(ClientTest, AnEmptyListMayHaveNullItems) {
  api->answer("GET /api/v1/namespaces/demo/pods", list_of(9, nullptr));
  EXPECT_TRUE(wait(client->list({.kind = "pods"})));
}

TEST_F(ClientTest, AppliesOnTheServerSideAndForced) {
  json service{{"apiVersion", "v1"}, {"kind", "Service"}, {"metadata", {{"name", "web"}}}, {"spec", {{"x", 1}}}};
  api->answer("PATCH /api/v1/namespaces/demo/services/web", service);
  ASSERT_TRUE(wait(client->apply(service)));
  const auto sent = api->seen.back();
  EXPECT_EQ(sent.content_type, "application/apply-patch+yaml");
  EXPECT_EQ(json::parse(sent.body), service);
  EXPECT_EQ(sent.target.value("fieldManager"), "zdt-demo");
  EXPECT_EQ(sent.target.value("force"), "true");
  EXPECT_FALSE(sent.target.has("dryRun"));
  ASSERT_TRUE(wait(client->apply(service, true)));
  EXPECT_EQ(api->seen.back().target.value("dryRun"), "All");
}

TEST_F(ClientTest, AppliesIntoTheNamespaceThatTheObjectNames) {
  json object{{"apiVersion", "apps/v1"}, {"kind", "Deployment"}, {"metadata", {{"name", "web"}, {"namespace", "there"}}}};
  api->answer("PATCH /apis/apps/v1/namespaces/there/deployments/web", object);
  EXPECT_TRUE(wait(client->apply(object)));
}

TEST_F(ClientTest, RefusesAManifestWithoutItsIdentity) {
  for (const json& broken : {json{{"kind", "Pod"}, {"metadata", {{"name", "x"}}}}, json{{"apiVersion", "v1"}, {"kind", "Pod"}},
                             json::array(), json("text")}) {
    auto applied = wait(client->apply(broken));
    ASSERT_FALSE(applied) << broken;
    EXPECT_EQ(applied.error().code, Code::kScript);
  }
  auto wrong_version = wait(client->apply({{"apiVersion", "apps/v9"}, {"kind", "Deployment"}, {"metadata", {{"name", "x"}}}}));
  ASSERT_FALSE(wrong_version);
  EXPECT_EQ(wrong_version.error().code, Code::kUsage);
}

TEST_F(ClientTest, PatchesWithEachContentType) {
  const std::string path = "PATCH /apis/apps/v1/namespaces/demo/deployments/web";
  api->answer(path, json::object());
  const std::map<PatchType, std::string> types{{PatchType::kStrategic, "application/strategic-merge-patch+json"},
                                               {PatchType::kMerge, "application/merge-patch+json"},
                                               {PatchType::kJson, "application/json-patch+json"}};
  for (const auto& [type, content_type] : types) {
    ASSERT_TRUE(wait(client->patch({.kind = "deploy", .name = "web"}, type, {{"a", 1}})));
    EXPECT_EQ(api->seen.back().content_type, content_type);
    EXPECT_EQ(api->seen.back().body, R"({"a":1})");
  }
}

TEST_F(ClientTest, ScalesThroughTheSubresource) {
  api->answer("PATCH /apis/apps/v1/namespaces/demo/deployments/web/scale", json::object());
  ASSERT_TRUE(wait(client->scale({.kind = "deploy", .name = "web"}, 5)));
  EXPECT_EQ(json::parse(api->seen.back().body), json::parse(R"({"spec":{"replicas":5}})"));
}

TEST_F(ClientTest, DeletesInTheBackgroundWithTheObjectsOwnGrace) {
  api->answer("DELETE /api/v1/namespaces/demo/pods/web-0", json::object());
  ASSERT_TRUE(wait(client->remove({.kind = "pods", .name = "web-0"})));
  const json own = json::parse(api->seen.back().body);
  EXPECT_EQ(string_at(own, {"propagationPolicy"}), "Background");
  EXPECT_FALSE(own.contains("gracePeriodSeconds"));
  ASSERT_TRUE(wait(client->remove({.kind = "pods", .name = "web-0"}, 0)));
  EXPECT_EQ(int_at(json::parse(api->seen.back().body), {"gracePeriodSeconds"}, -1), 0);
}

TEST_F(ClientTest, TheServersWordsBecomeOurErrors) {
  const std::map<int, Code> codes{{400, Code::kInvalid},     {401, Code::kEnvironment}, {403, Code::kEnvironment},
                                  {404, Code::kNotFound},    {409, Code::kConflict},    {410, Code::kExpired},
                                  {422, Code::kInvalid},     {500, Code::kEnvironment}, {503, Code::kEnvironment},
                                  {504, Code::kTimeout}};
  for (const auto& [status, code] : codes) {
    api->answer("GET /api/v1/namespaces/demo/pods/x", status_object(status, "Reason", "why it is so"), status);
    auto object = wait(client->get({.kind = "pods", .name = "x"}));
    ASSERT_FALSE(object);
    EXPECT_EQ(object.error().code, code) << status;
    EXPECT_EQ(object.error().what, "GET /api/v1/namespaces/demo/pods/x: why it is so");
  }
}

TEST_F(ClientTest, AServerThatIsNotThereIsAnErrorOfTheEnvironment) {
  const Connection connection = api->connection();
  api.reset();
  Client alone(loop.get_executor(), connection);
  auto version = wait(alone.version());
  ASSERT_FALSE(version);
  EXPECT_EQ(version.error().code, Code::kEnvironment);
  api = std::make_unique<FakeApi>(loop);
}

TEST(ErrorFromStatus, QuotesWhateverTheServerSaid) {
  EXPECT_EQ(error_from_status(500, "<html>bad gateway</html>", "GET /x").what, "GET /x: <html>bad gateway</html>");
  EXPECT_EQ(error_from_status(500, "", "GET /x").what, "GET /x: HTTP 500");
  EXPECT_EQ(error_from_status(500, "[1]", "GET /x").what, "GET /x: HTTP 500");
  EXPECT_EQ(error_from_status(500, std::string(5000, 'x'), "GET /x").what.size(), 8u + 300u);
  EXPECT_NE(error_from_status(403, "{}", "x").hint, "");
}

}  // namespace
}  // namespace zdt::kube
