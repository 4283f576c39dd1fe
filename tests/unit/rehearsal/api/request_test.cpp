// Paths, media types and bodies.
#include <gtest/gtest.h>

#include "rehearsal/api/content.h"
#include "rehearsal/api/failure.h"
#include "rehearsal/api/patch.h"
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

}  // namespace
}  // namespace zdt::rehearsal::api
