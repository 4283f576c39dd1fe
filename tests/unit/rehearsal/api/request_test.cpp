// Paths, media types and bodies.
#include <gtest/gtest.h>

#include "rehearsal/api/content.h"
#include "rehearsal/api/failure.h"
#include "rehearsal/api/patch.h"
#include "rehearsal/api/protobuf.h"
#include "rehearsal/api/route.h"

namespace zdt::rehearsal::api {
namespace {

std::string described(const char* path) {
  const auto route = parse_route(path);
  if (!route) return "none";
  std::string text;
  for (const std::string& part :
       {route->group, route->version, route->ns, route->plural, route->name, route->subresource}) {
    text += (text.empty() ? "" : "|") + (part.empty() ? "-" : part);
  }
  return text;
}

TEST(Route, LeavesWhatIsBehindAProxyAsItCame) {
  const auto behind = [](const char* path) {
    const auto route = parse_route(path);
    return route ? route->name + "|" + route->subresource + "|" + route->behind : "none";
  };
  EXPECT_EQ(behind("/api/v1/namespaces/a/pods/b:9901/proxy/stats/a%2Fb"), "b:9901|proxy|/stats/a%2Fb");
  EXPECT_EQ(behind("/api/v1/namespaces/a/services/http:b:web/proxy/"), "http:b:web|proxy|/");
  EXPECT_EQ(behind("/api/v1/namespaces/pods/pods/proxy/proxy"), "proxy|proxy|");
  EXPECT_EQ(behind("/api/v1/namespaces/a/pods/b/log/more"), "none");
}

TEST(Route, NamesObjectsAndSubresources) {
  EXPECT_EQ(described("/api/v1/pods"), "-|v1|-|pods|-|-");
  EXPECT_EQ(described("/api/v1/namespaces/a/pods/b/log"), "-|v1|a|pods|b|log");
  EXPECT_EQ(described("/api/v1/namespaces/a"), "-|v1|-|namespaces|a|-");
  EXPECT_EQ(described("/api/v1/namespaces/a/status"), "-|v1|-|namespaces|a|status");
  EXPECT_EQ(described("/apis/apps/v1/namespaces/a/deployments/b/scale"), "apps|v1|a|deployments|b|scale");
  EXPECT_EQ(described("/apis/g.io/v1/things/system%3Anode+x"), "g.io|v1|-|things|system:node+x|-");
}

TEST(Route, KnowsTheDocuments) {
  EXPECT_EQ(parse_route("/api")->kind, Route::Kind::kCoreVersions);
  EXPECT_EQ(parse_route("/apis")->kind, Route::Kind::kGroups);
  EXPECT_EQ(parse_route("/apis/apps")->kind, Route::Kind::kGroup);
  EXPECT_EQ(parse_route("/apis/apps/v1")->kind, Route::Kind::kResources);
  EXPECT_EQ(parse_route("/api/v1")->kind, Route::Kind::kResources);
  EXPECT_EQ(parse_route("/readyz")->kind, Route::Kind::kHealth);
  EXPECT_EQ(parse_route("/openapi/v3/apis/apps/v1")->name, "apis/apps/v1");
  for (const char* none : {"/", "/metrics/more", "/openapi/v2", "/api/v1/a/b/c/d"})
    EXPECT_FALSE(parse_route(none)) << none;
}

TEST(Content, TheFirstServableWishWins) {
  EXPECT_EQ(negotiate("").form, Accepted::Form::kPlain);
  EXPECT_EQ(negotiate("application/vnd.kubernetes.protobuf, application/json").form, Accepted::Form::kPlain);
  EXPECT_EQ(negotiate("application/json;as=Table;v=v1;g=meta.k8s.io,application/json").form,
            Accepted::Form::kTable);
  EXPECT_EQ(negotiate("application/json;as=Table;v=v1beta1;g=meta.k8s.io, */*").form, Accepted::Form::kPlain);
  const auto discovery = negotiate("application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList");
  EXPECT_EQ(discovery.form, Accepted::Form::kAggregatedDiscovery);
  EXPECT_EQ(discovery.version, "v2");
  EXPECT_THROW(negotiate("application/yaml"), Failure);
}

TEST(Content, BodiesAreBounded) {
  EXPECT_EQ(decode_json(R"({"a": "[[[["})")["a"], "[[[[");
  EXPECT_THROW(decode_json(std::string(101, '[') + std::string(101, ']')), Failure);
  EXPECT_NO_THROW(decode_json(std::string(100, '[') + std::string(100, ']')));
  EXPECT_THROW(decode_yaml(std::string(101, '[') + std::string(101, ']')), Failure);
  EXPECT_THROW(decode_yaml("a: &x 1\nb: *x"), Failure);
  EXPECT_THROW(decode_yaml("a: [1"), Failure);
  EXPECT_EQ(decode_body("a: 1", "application/yaml")["a"], 1);
  EXPECT_EQ(decode_body("{}", "application/json; charset=utf-8"), json::object());
  EXPECT_THROW(decode_body("a=1", "application/x-www-form-urlencoded"), Failure);
}

TEST(Patch, JsonPatchAndMergePatchDoWhatTheirStandardsSay) {
  const json object = {{"a", 1}, {"b", {{"c", 2}}}};
  const json operations =
      json::parse(R"([{"op": "test", "path": "/a", "value": 1}, {"op": "remove", "path": "/b/c"}])");
  EXPECT_EQ(patched(PatchKind::kJson, object, operations, Shape()), json::parse(R"({"a": 1, "b": {}})"));
  EXPECT_EQ(patched(PatchKind::kMerge, object, {{"a", nullptr}}, Shape()), json::parse(R"({"b": {"c": 2}})"));
  const json wrong = json::parse(R"([{"op": "test", "path": "/a", "value": 2}])");
  for (const json& bad :
       {wrong, json::parse(R"([{"op": "remove", "path": "/x"}])"), json::parse("[5]"), json::object()}) {
    EXPECT_THROW(patched(PatchKind::kJson, object, bad, Shape()), Failure) << bad;
  }
  EXPECT_THROW(patched(PatchKind::kMerge, object, json::array(), Shape()), Failure);
  EXPECT_THROW(patched(PatchKind::kStrategic, object, json::array(), Shape()), Failure);
}

TEST(Failure, SpeaksLikeApimachinery) {
  const ResourceType deployment{.group = "apps",
                                .version = "v1",
                                .kind = "Deployment",
                                .plural = "deployments",
                                .singular = "",
                                .short_names = {}};
  EXPECT_STREQ(not_found(deployment, "web").what(), "deployments.apps \"web\" not found");
  const Failure one = invalid(deployment, "web", {{"FieldValueRequired", "spec.selector", "Required value"}});
  EXPECT_STREQ(one.what(), "Deployment.apps \"web\" is invalid: spec.selector: Required value");
  EXPECT_EQ(one.status()["details"]["causes"][0]["field"], "spec.selector");
  const Failure two = invalid(deployment, "web", {{"r", "a", "x"}, {"r", "b", "y"}});
  EXPECT_STREQ(two.what(), "Deployment.apps \"web\" is invalid: [a: x, b: y]");
  EXPECT_EQ(expired("old").status()["code"], 410);
}

json patch_of(const std::string& text) { return patched(PatchKind::kJson, json::parse(R"({"x": {"a": "b"}, "l": [1, 2]})"), json::parse(text), Shape()); }

int refusal_of(const std::string& text) {
  try {
    patch_of(text);
  } catch (const Failure& failure) {
    return failure.code();
  }
  return 200;
}

TEST(JsonPatch, CopiesAreCountedInBytes) {
  json operations = json::array();
  for (int i = 0; i < 10'000; ++i) {
    operations.push_back({{"op", "copy"}, {"from", "/x"}, {"path", "/x/c" + std::to_string(i)}});
  }
  try {
    patched(PatchKind::kJson, {{"x", {{"a", "b"}}}}, operations, Shape());
    FAIL() << "the copies double each time";
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.code(), 422);
  }
  const json text = {{"x", std::string(1 << 20, 'x')}};
  operations = json::array();
  for (int i = 0; i < 4; ++i) operations.push_back({{"op", "copy"}, {"from", "/x"}, {"path", "/c" + std::to_string(i)}});
  try {
    patched(PatchKind::kJson, text, operations, Shape());
    FAIL();
  } catch (const Failure& failure) {
    EXPECT_NE(std::string(failure.what()).find("the accumulated size increase of copy is 3145734, exceeding the limit 3145728"), std::string::npos)
        << failure.what();
  }
}

TEST(JsonPatch, TenThousandOperationsAreEnough) {
  json operations = json::array();
  for (int i = 0; i < 10'001; ++i) operations.push_back({{"op", "test"}, {"path", ""}, {"value", 1}});
  try {
    patched(PatchKind::kJson, json::object(), operations, Shape());
    FAIL();
  } catch (const Failure& failure) {
    EXPECT_EQ(failure.code(), 413);
    EXPECT_STREQ(failure.what(), "Request entity too large: The allowed maximum operations in a JSON patch is 10000, got 10001");
  }
}

TEST(JsonPatch, DoesWhatRfc6902Says) {
  EXPECT_EQ(patch_of(R"([{"op": "add", "path": "/l/-", "value": 3}, {"op": "add", "path": "/l/0", "value": 0}])")["l"], json::parse("[0,1,2,3]"));
  EXPECT_EQ(patch_of(R"([{"op": "move", "from": "/l/0", "path": "/y"}])"), json::parse(R"({"x": {"a": "b"}, "l": [2], "y": 1})"));
  EXPECT_EQ(patch_of(R"([{"op": "copy", "from": "/x", "path": "/x/c"}])")["x"], json::parse(R"({"a": "b", "c": {"a": "b"}})"));
  EXPECT_EQ(patch_of(R"([{"op": "replace", "path": "", "value": {"n": 1}}])"), json::parse(R"({"n": 1})"));
  EXPECT_EQ(patch_of(R"([{"op": "add", "path": "/a~1b", "value": 1}])")["a/b"], 1);
  EXPECT_EQ(patch_of(R"([{"op": "remove", "path": "/l/1"}, {"op": "test", "path": "/l", "value": [1]}])")["l"], json::parse("[1]"));
  EXPECT_EQ(patch_of(R"([{"op": "move", "from": "/x", "path": "/x"}])")["x"], json::parse(R"({"a": "b"})"));
}

TEST(JsonPatch, HostilePointersAreRefused) {
  for (const char* path : {"/l/-/", "/l/-", "/l/18446744073709551616", "/l/18446744073709551615", "/l/99", "/l/01", "/l/+1", "/l/ 1", "/l/1e0",
                           "/l/-1", "~", "/~", "/~2", "x", "/x/a/b", "/nobody/x", "/l/x"}) {
    for (const char* operation : {"test", "remove", "replace"}) {
      const json one = json::array({{{"op", operation}, {"path", path}, {"value", 1}}});
      EXPECT_EQ(refusal_of(one.dump()), 422) << one;
    }
    for (const char* operation : {"move", "copy"}) {
      const json one = json::array({{{"op", operation}, {"from", path}, {"path", "/y"}}});
      EXPECT_EQ(refusal_of(one.dump()), 422) << one;
    }
  }
  for (const char* text : {"[5]", "[{}]", R"([{"op": "add"}])", R"([{"op": 1, "path": "/x"}])", R"([{"op": "add", "path": "/x"}])",
                           R"([{"op": "explode", "path": "/x"}])", R"([{"op": "move", "from": "/x", "path": "/x/y"}])",
                           R"([{"op": "remove", "path": ""}])", R"([{"op": "copy", "from": 5, "path": "/x"}])"}) {
    EXPECT_EQ(refusal_of(text), 422) << text;
  }
}

TEST(JsonPatch, TheResultIsNoDeeperThanABodyMayBe) {
  json operations = json::array();
  for (int i = 0; i < 120; ++i) operations.push_back({{"op", "copy"}, {"from", "/x"}, {"path", "/x/a"}});
  EXPECT_THROW(patched(PatchKind::kJson, {{"x", {{"a", 1}}}}, operations, Shape()), Failure);
  json object = json::object(), moves = json::array();
  for (int i = 0; i < 500; ++i) object["a" + std::to_string(i)] = json::object();
  for (int i = 0; i < 499; ++i) {
    moves.push_back({{"op", "move"}, {"from", fmt::format("/a{}", i)}, {"path", fmt::format("/a{}/x", i + 1)}});
  }
  EXPECT_THROW(patched(PatchKind::kJson, object, moves, Shape()), Failure);
}

TEST(JsonPatch, ItemsThatMoveAsideAreCounted) {
  json operations = json::array();
  for (int i = 0; i < 10'000; ++i) operations.push_back({{"op", "add"}, {"path", "/l/0"}, {"value", 1}});
  const json object = {{"l", std::vector<int>(40'000, 1)}};
  EXPECT_THROW(patched(PatchKind::kJson, object, operations, Shape()), Failure);
}

TEST(Protobuf, AMillionEmptyMessagesAreRefused) {
  std::string items;
  for (int i = 0; i < 500'000; ++i) items += std::string("\x12\x00", 2);  // secrets of a ServiceAccount
  const std::string type("\x0a\x02v1\x12\x0eServiceAccount", 20);
  std::string size;
  for (size_t rest = items.size(); rest > 0; rest >>= 7) size += static_cast<char>((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
  const std::string body = std::string("k8s\0", 4) + "\x0a" + static_cast<char>(type.size()) + type + "\x12" + size + items;
  EXPECT_THROW(decode_protobuf(body), Failure);
}

}  // namespace
}  // namespace zdt::rehearsal::api
