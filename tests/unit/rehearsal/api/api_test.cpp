#include "rehearsal/api/api.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "unit/rehearsal/api/fake_exchange.h"
#include "unit/rehearsal/api/fake_node.h"

namespace zdt::rehearsal {
namespace {

using testing::FakeExchange;

constexpr const char* kMaps = "/api/v1/namespaces/default/configmaps";
constexpr const char* kDeployment = R"({"metadata": {"name": "web"}, "spec": {"replicas": 2,
  "selector": {"matchLabels": {"app": "web"}},
  "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "a", "image": "b:1"}]}}}})";

class ApiTest : public ::testing::Test {
 protected:
  void SetUp() override { seed(store_); }

  void serve(FakeExchange& exchange) {
    std::exception_ptr failure;
    asio::co_spawn(loop_, api_.handle(exchange), [&](std::exception_ptr e) { failure = e; });
    loop_.restart();
    loop_.run();
    if (failure) std::rethrow_exception(failure);
  }

  /// The answer's body; its code is in status_.
  json call(const std::string& method, const std::string& url, const std::string& body = "",
            const std::string& type = "application/json") {
    FakeExchange exchange(method, url, body, type);
    serve(exchange);
    status_ = exchange.status;
    warning_ = exchange.answer_headers.get("Warning");
    return json::parse(exchange.answer);
  }

  /// The first `count` events; then the peer goes. `meanwhile` is called when the watch waits.
  std::vector<json> watch(const std::string& url, size_t count, std::function<void()> meanwhile = {}) {
    FakeExchange exchange("GET", url + "&timeoutSeconds=5");
    exchange.on_line = [&count] {
      if (--count == 0) throw boost::system::system_error(asio::error::broken_pipe);
    };
    asio::steady_timer later(loop_, milliseconds(5));
    if (meanwhile) later.async_wait([&](auto) { meanwhile(); });
    EXPECT_THROW(serve(exchange), boost::system::system_error) << url;
    status_ = exchange.status;
    std::vector<json> events;
    for (const std::string& line : split(exchange.answer, '\n')) {
      if (!line.empty()) events.push_back(json::parse(line));
    }
    return events;
  }

  static std::string map(const std::string& name, const std::string& label = "x") {
    const json object = {{"metadata", {{"name", name}, {"labels", {{"l", label}}}}}, {"data", {{"k", "v"}}}};
    return object.dump();
  }

  asio::io_context loop_;
  Store store_;
  testing::FakeNode node_{loop_.get_executor()};
  Api api_{
      store_, node_,
      ApiOptions{
          .token = "secret", .bookmark_interval = milliseconds(50), .acted_on = {"rollouts.argoproj.io"}}};
  int status_ = 0;
  std::string warning_;
};

TEST_F(ApiTest, WithoutATokenOnlyHealthAndVersionAnswer) {
  const auto status_without_token = [this](const char* path) {
    FakeExchange exchange("GET", path);
    exchange.headers = {};
    serve(exchange);
    return exchange.status;
  };
  EXPECT_EQ(status_without_token("/healthz"), 200);
  EXPECT_EQ(status_without_token("/version"), 200);
  for (const char* path : {"/api/v1/pods", "/api", "/apis", "/metrics", "/nowhere"})
    EXPECT_EQ(status_without_token(path), 403) << path;
}

TEST_F(ApiTest, AWrongTokenIsRefusedEverywhere) {
  for (const char* path : {"/healthz", "/api/v1/pods", "/nowhere"}) {
    FakeExchange exchange("GET", path);
    exchange.headers = {};
    exchange.headers.add("Authorization", "Bearer wrong");
    serve(exchange);
    EXPECT_EQ(exchange.status, 401) << path;
    EXPECT_EQ(json::parse(exchange.answer)["reason"], "Unauthorized");
  }
}

TEST_F(ApiTest, CreatesGetsListsAndDeletes) {
  const json made = call("POST", kMaps, map("a"));
  EXPECT_EQ(status_, 201);
  EXPECT_EQ(made["kind"], "ConfigMap");
  EXPECT_EQ(made["metadata"]["namespace"], "default");
  EXPECT_EQ(call("GET", std::string(kMaps) + "/a"), made);
  const json list = call("GET", "/api/v1/configmaps?labelSelector=l%3Dx");
  EXPECT_EQ(list["kind"], "ConfigMapList");
  EXPECT_EQ(list["items"].size(), 1u);
  EXPECT_EQ(list["metadata"]["resourceVersion"], std::to_string(store_.revision()));
  EXPECT_EQ(call("DELETE", std::string(kMaps) + "/a")["status"], "Success");
  EXPECT_EQ(call("GET", std::string(kMaps) + "/a")["message"], "configmaps \"a\" not found");
  EXPECT_EQ(status_, 404);
}

TEST_F(ApiTest, RefusalsAreStatusesWithTheRightCode) {
  call("POST", kMaps, map("a"));
  EXPECT_EQ(call("POST", kMaps, map("a"))["reason"], "AlreadyExists");
  EXPECT_EQ(call("POST", kMaps, "{")["reason"], "BadRequest");
  EXPECT_EQ(call("POST", kMaps, "[]")["reason"], "BadRequest");
  EXPECT_EQ(call("POST", kMaps, R"({"metadata": []})")["reason"], "BadRequest");
  EXPECT_EQ(call("POST", kMaps, map("Upper"))["code"], 422);
  EXPECT_EQ(call("POST", kMaps, map("a"), "text/plain")["code"], 415);
  EXPECT_EQ(call("POST", "/api/v1/namespaces/nowhere/configmaps", map("a"))["message"],
            "namespaces \"nowhere\" not found");
  EXPECT_EQ(call("GET", "/api/v1/widgets")["code"], 404);
  EXPECT_EQ(call("GET", "/api/v1/namespaces/default/configmaps/a/status")["code"], 404);
  EXPECT_EQ(call("PUT", kMaps, map("a"))["code"], 405);
  EXPECT_EQ(call("POST", "/api/v1/configmaps", map("a"))["code"], 400);
  EXPECT_EQ(call("GET", "/api/v1/pods?labelSelector=a%20b(")["code"], 400);
}

TEST_F(ApiTest, MalformedBodiesOfEveryShapeAreRefusedRatherThanCrash) {
  for (const char* body :
       {R"({"metadata": {"name": 5}})", R"({"metadata": {"name": "a", "labels": []}})",
        R"({"metadata": {"name": "a"}, "data": [1]})", R"({"metadata": {"name": "a"}, "data": {"k": 1}})"}) {
    call("POST", kMaps, body);
    EXPECT_EQ(status_ / 100, 4) << body;
  }
  for (const char* spec : {"5", "[]", R"({"template": 5})", R"({"template": {"spec": {"containers": {}}}})",
                           R"({"template": {"spec": {"containers": [5]}}})", R"({"selector": "app=web"})"}) {
    call("POST", "/apis/apps/v1/namespaces/default/deployments",
         R"({"metadata": {"name": "a"}, "spec": )" + std::string(spec) + "}");
    EXPECT_EQ(status_ / 100, 4) << spec;
  }
  call("POST", kMaps, std::string(5000, '[') + std::string(5000, ']'));
  EXPECT_EQ(status_, 400);
}

TEST_F(ApiTest, ANamespaceThatTerminatesTakesNothingNew) {
  call("POST", "/api/v1/namespaces", R"({"metadata": {"name": "shop"}})");
  EXPECT_EQ(status_, 201);
  EXPECT_EQ(call("DELETE", "/api/v1/namespaces/shop")["status"]["phase"], "Terminating");
  const json refused = call("POST", "/api/v1/namespaces/shop/configmaps", map("a"));
  EXPECT_EQ(status_, 403);
  EXPECT_NE(refused["message"].get<std::string>().find("because it is being terminated"), std::string::npos);
  EXPECT_EQ(call("DELETE", "/api/v1/namespaces/default")["code"], 403);
  call("PUT", "/api/v1/namespaces/shop/finalize", R"({"spec": {"finalizers": []}})");
  EXPECT_FALSE(store_.find("namespaces", "", "shop"));
}

TEST_F(ApiTest, PutRefusesAnOldResourceVersion) {
  json object = call("POST", kMaps, map("a"));
  json stale = object;
  object["data"]["k"] = "w";
  call("PUT", std::string(kMaps) + "/a", object.dump());
  EXPECT_EQ(status_, 200);
  stale["data"]["k"] = "x";
  EXPECT_EQ(call("PUT", std::string(kMaps) + "/a", stale.dump())["reason"], "Conflict");
  EXPECT_EQ(call("PUT", std::string(kMaps) + "/b", stale.dump())["code"], 400);
}

TEST_F(ApiTest, StatusAndSpecificationAreWrittenApart) {
  const std::string deployments = "/apis/apps/v1/namespaces/default/deployments";
  json object = call("POST", deployments, kDeployment);
  EXPECT_EQ(status_, 201);
  object["status"] = {{"replicas", 2}, {"readyReplicas", 2}};
  object["spec"]["replicas"] = 9;
  const json after_status = call("PUT", deployments + "/web/status", object.dump());
  EXPECT_EQ(after_status["status"]["readyReplicas"], 2);
  EXPECT_EQ(after_status["spec"]["replicas"], 2);
  const json patched =
      call("PATCH", deployments + "/web", R"({"spec": {"replicas": 4}, "status": {"readyReplicas": 7}})",
           "application/merge-patch+json");
  EXPECT_EQ(patched["spec"]["replicas"], 4);
  EXPECT_EQ(patched["status"]["readyReplicas"], 2);
  EXPECT_EQ(patched["metadata"]["generation"], 2);
}

TEST_F(ApiTest, ScaleReadsAndWritesReplicas) {
  const std::string web = "/apis/apps/v1/namespaces/default/deployments/web";
  call("POST", "/apis/apps/v1/namespaces/default/deployments", kDeployment);
  json scale = call("GET", web + "/scale");
  EXPECT_EQ(scale["spec"]["replicas"], 2);
  EXPECT_EQ(scale["status"]["selector"], "app=web");
  scale["spec"]["replicas"] = 6;
  EXPECT_EQ(call("PUT", web + "/scale", scale.dump())["spec"]["replicas"], 6);
  EXPECT_EQ(call("PUT", web + "/scale", scale.dump())["reason"], "Conflict");
  EXPECT_EQ(call("PATCH", web + "/scale", R"({"spec": {"replicas": 1}})",
                 "application/merge-patch+json")["spec"]["replicas"],
            1);
  EXPECT_EQ(
      call("PATCH", web + "/scale", R"({"spec": {"replicas": -1}})", "application/merge-patch+json")["code"],
      422);
}

TEST_F(ApiTest, ATrialChangesNothing) {
  const uint64_t before = store_.revision();
  EXPECT_EQ(call("POST", std::string(kMaps) + "?dryRun=All", map("a"))["metadata"]["name"], "a");
  EXPECT_EQ(status_, 201);
  call("POST", std::string(kMaps) + "?dryRun=Some", map("a"));
  EXPECT_EQ(status_, 400);
  EXPECT_EQ(store_.revision(), before);
  call("POST", kMaps, map("a"));
  EXPECT_EQ(call("PATCH", std::string(kMaps) + "/a?dryRun=All", R"({"data": {"k": "z"}})",
                 "application/merge-patch+json")["data"]["k"],
            "z");
  EXPECT_EQ(call("DELETE", std::string(kMaps) + "/a?dryRun=All")["status"], "Success");
  EXPECT_EQ(call("GET", std::string(kMaps) + "/a")["data"]["k"], "v");
}

TEST_F(ApiTest, DeletesACollectionBySelector) {
  call("POST", kMaps, map("a", "x"));
  call("POST", kMaps, map("b", "y"));
  EXPECT_EQ(call("DELETE", std::string(kMaps) + "?labelSelector=l%3Dx")["items"].size(), 1u);
  EXPECT_FALSE(store_.find("configmaps", "default", "a"));
  EXPECT_TRUE(store_.find("configmaps", "default", "b"));
}

TEST_F(ApiTest, PropagationLeavesItsFinalizerToTheGarbageCollector) {
  call("POST", kMaps, map("a"));
  const json orphaning = call("DELETE", std::string(kMaps) + "/a?propagationPolicy=Orphan");
  EXPECT_EQ(orphaning["metadata"]["finalizers"], json::array({"orphan"}));
  EXPECT_TRUE(orphaning["metadata"].contains("deletionTimestamp"));
  call("POST", kMaps, map("b"));
  const json waiting = call("DELETE", std::string(kMaps) + "/b", R"({"propagationPolicy": "Foreground"})");
  EXPECT_EQ(waiting["metadata"]["finalizers"], json::array({"foregroundDeletion"}));
  EXPECT_EQ(call("DELETE", std::string(kMaps) + "/b?propagationPolicy=Sideways")["code"], 400);
  EXPECT_EQ(call("DELETE", std::string(kMaps) + "/b", R"({"preconditions": {"uid": "other"}})")["code"], 409);
}

TEST_F(ApiTest, OnlyStoredKindsSaySo) {
  call("POST", "/apis/batch/v1/namespaces/default/jobs", R"({"metadata": {"name": "j"}, "spec": {"template": {"spec":
    {"restartPolicy": "Never", "containers": [{"name": "c", "image": "i"}]}}}})");
  EXPECT_EQ(warning_, "299 - \"zdt-demo: no controller acts on Job in the rehearsal cluster\"");
  call("POST", kMaps, map("a"));
  EXPECT_EQ(warning_, "");
}

TEST_F(ApiTest, UnknownFieldsAreRefusedOrWarnedOf) {
  const std::string body = R"({"metadata": {"name": "s"}, "spec": {"ports": [{"port": 80, "prot": "TCP"}]}})";
  const std::string services = "/api/v1/namespaces/default/services";
  EXPECT_EQ(call("POST", services + "?fieldValidation=Strict", body)["message"],
            "Service in version \"v1\" cannot be handled as a Service: strict decoding error: unknown field "
            "\"spec.ports[0].prot\"");
  call("POST", services + "?fieldValidation=Warn", body);
  EXPECT_EQ(status_, 201);
  EXPECT_EQ(warning_, "299 - \"unknown field \\\"spec.ports[0].prot\\\"\"");
}

TEST_F(ApiTest, AWatchWithoutARevisionBeginsWithWhatThereIs) {
  call("POST", kMaps, map("a"));
  const auto events = watch(std::string(kMaps) + "?watch=true", 2,
                            [this] { (void)store_.remove("configmaps", "default", "a"); });
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0]["type"], "ADDED");
  EXPECT_EQ(events[1]["type"], "DELETED");
  EXPECT_EQ(events[1]["object"]["metadata"]["resourceVersion"], std::to_string(store_.revision()));
}

TEST_F(ApiTest, AWatchFromARevisionGoesOnFromThere) {
  call("POST", kMaps, map("a"));
  const std::string from = std::to_string(store_.revision());
  call("POST", kMaps, map("b"));
  const auto events = watch(std::string(kMaps) + "?watch=1&resourceVersion=" + from, 1);
  ASSERT_EQ(events.size(), 1u);
  EXPECT_EQ(events[0]["object"]["metadata"]["name"], "b");
  call("GET", std::string(kMaps) + "?watch=1&resourceVersion=999999");
  EXPECT_EQ(status_, 504);
}

TEST_F(ApiTest, ObjectsEnterAndLeaveASelection) {
  call("POST", kMaps, map("a", "out"));
  const auto relabel = [this](const char* label) {
    (void)store_.modify("configmaps", "default", "a",
                        [&](json& object) { object["metadata"]["labels"]["l"] = label; });
  };
  const auto events = watch(std::string(kMaps) + "?watch=1&labelSelector=l%3Din", 2, [&] {
    for (const char* label : {"in", "out", "elsewhere"}) relabel(label);
  });
  ASSERT_EQ(events.size(), 2u);
  EXPECT_EQ(events[0]["type"], "ADDED");
  EXPECT_EQ(events[1]["type"], "DELETED");
  EXPECT_EQ(events[1]["object"]["metadata"]["labels"]["l"], "in");
}

TEST_F(ApiTest, AnOldRevisionEndsAWatchWith410) {
  Store small(2);
  seed(small);
  Api api(small, node_, ApiOptions{.token = "secret", .acted_on = {}});
  ASSERT_TRUE(small.modify("namespaces", "", "default", [](json& o) { o["metadata"]["labels"]["a"] = "b"; }));
  FakeExchange exchange("GET", "/api/v1/namespaces?watch=1&resourceVersion=1");
  asio::co_spawn(loop_, api.handle(exchange), asio::detached);
  loop_.run();
  EXPECT_EQ(exchange.status, 200);
  const json event = json::parse(exchange.answer);
  EXPECT_EQ(event["type"], "ERROR");
  EXPECT_EQ(event["object"]["code"], 410);
  EXPECT_EQ(event["object"]["reason"], "Expired");
}

TEST_F(ApiTest, BookmarksComeRegularlyAndEndTheInitialEvents) {
  call("POST", kMaps, map("a"));
  const auto events = watch(std::string(kMaps) +
                                "?watch=1&allowWatchBookmarks=true&sendInitialEvents=true&"
                                "resourceVersionMatch=NotOlderThan",
                            3);
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[0]["type"], "ADDED");
  EXPECT_EQ(events[1]["type"], "BOOKMARK");
  EXPECT_EQ(events[1]["object"]["metadata"]["annotations"]["k8s.io/initial-events-end"], "true");
  EXPECT_EQ(events[2]["type"], "BOOKMARK");
  EXPECT_FALSE(events[2]["object"]["metadata"].contains("annotations"));
  EXPECT_EQ(events[2]["object"]["metadata"]["resourceVersion"], std::to_string(store_.revision()));
}

TEST_F(ApiTest, TablesAreServedWhenAskedFor) {
  call("POST", kMaps, map("a"));
  FakeExchange exchange("GET", kMaps);
  exchange.headers.add("Accept", "application/json;as=Table;v=v1;g=meta.k8s.io,application/json");
  serve(exchange);
  const json table = json::parse(exchange.answer);
  EXPECT_EQ(table["kind"], "Table");
  EXPECT_EQ(table["rows"][0]["cells"][1], 1);
  EXPECT_EQ(table["rows"][0]["object"]["kind"], "PartialObjectMetadata");
  FakeExchange protobuf("GET", kMaps);
  protobuf.headers.add("Accept", "application/vnd.kubernetes.protobuf");
  serve(protobuf);
  EXPECT_EQ(protobuf.status, 406);
}

TEST_F(ApiTest, OnlyTheFirstTableOfAWatchHasColumns) {
  call("POST", kMaps, map("a"));
  call("POST", kMaps, map("b"));
  FakeExchange exchange("GET", std::string(kMaps) + "?watch=1&timeoutSeconds=1");
  exchange.headers.add("Accept", "application/json;as=Table;v=v1;g=meta.k8s.io");
  serve(exchange);
  const auto lines = split(exchange.answer, '\n');
  EXPECT_TRUE(json::parse(lines[0])["object"]["columnDefinitions"].is_array());
  EXPECT_TRUE(json::parse(lines[1])["object"]["columnDefinitions"].is_null());
  EXPECT_TRUE(exchange.ended);
}

TEST_F(ApiTest, ReviewsAllowTheAdministratorEverything) {
  const json access = call("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
                           R"({"spec": {"resourceAttributes": {"verb": "delete", "resource": "nodes"}}})");
  EXPECT_EQ(status_, 201);
  EXPECT_EQ(access["status"]["allowed"], true);
  const json self = call("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", "{}");
  EXPECT_EQ(self["status"]["userInfo"]["username"], "kubernetes-admin");
}

TEST_F(ApiTest, EvictionDeletesWithItsOptions) {
  json pod = {{"metadata", {{"name", "p"}, {"namespace", "default"}}}, {"spec", {{"nodeName", "worker"}}}};
  ASSERT_TRUE(store_.create("pods", pod));
  call("POST", "/api/v1/namespaces/default/pods/p/eviction",
       R"({"metadata": {"name": "p"}, "deleteOptions": {"gracePeriodSeconds": 7}})");
  EXPECT_EQ(status_, 201);
  EXPECT_EQ(int_at(*store_.find("pods", "default", "p"), {"metadata", "deletionGracePeriodSeconds"}), 7);
}

TEST_F(ApiTest, LogsPassTheirOptionsOn) {
  ASSERT_TRUE(store_.create("pods", {{"metadata", {{"name", "p"}, {"namespace", "default"}}},
                                     {"spec", {{"containers", {{{"name", "a"}}, {{"name", "b"}}}}}}}));
  const std::string log = "/api/v1/namespaces/default/pods/p/log";
  EXPECT_EQ(call("GET", log)["message"],
            "a container name must be specified for pod p, choose one of: [a b]");
  FakeExchange exchange(
      "GET",
      log + "?container=b&follow=true&timestamps=true&previous=true&tailLines=2&sinceSeconds=5&limitBytes=9");
  serve(exchange);
  EXPECT_EQ(exchange.answer, "two\nthree\n");
  EXPECT_TRUE(node_.last_log.follow && node_.last_log.timestamps && node_.last_log.previous);
  EXPECT_EQ(node_.last_log.since_seconds, 5);
  EXPECT_EQ(node_.last_log.limit_bytes, 9);
  node_.log_failure = {Code::kInvalid, "container \"a\" in pod \"p\" is waiting to start: ContainerCreating",
                       ""};
  EXPECT_EQ(call("GET", log + "?container=a")["message"], node_.log_failure.what);
  EXPECT_EQ(call("GET", log + "?container=a&tailLines=x")["code"], 400);
}

TEST_F(ApiTest, ExecWithoutAWebSocketSaysWhatIsNeeded) {
  ASSERT_TRUE(store_.create("pods", {{"metadata", {{"name", "p"}, {"namespace", "default"}}}}));
  const json refused = call("POST", "/api/v1/namespaces/default/pods/p/exec?command=ls");
  EXPECT_EQ(status_, 400);
  EXPECT_NE(refused["message"].get<std::string>().find("kubectl 1.31 or newer"), std::string::npos);
}

TEST_F(ApiTest, ADefinitionMakesItsKindsServableUntilItGoes) {
  const std::string crd =
      R"({"metadata": {"name": "rollouts.argoproj.io"}, "spec": {"group": "argoproj.io", "scope": "Namespaced",
    "names": {"plural": "rollouts", "kind": "Rollout"}, "versions": [
      {"name": "v1", "served": true, "storage": true, "subresources": {"status": {}},
       "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": {"properties": {"size": {"default": 3}}}}}}},
      {"name": "v2", "served": true, "storage": false}]}})";
  const std::string definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  const json made = call("POST", definitions, crd);
  EXPECT_EQ(made["status"]["conditions"][1]["type"], "Established");
  const std::string rollouts = "/apis/argoproj.io/v1/namespaces/default/rollouts";
  const json rollout =
      call("POST", rollouts, R"({"metadata": {"name": "r"}, "spec": {}, "status": {"x": 1}})");
  EXPECT_EQ(warning_, "");
  EXPECT_EQ(rollout["apiVersion"], "argoproj.io/v1");
  EXPECT_EQ(rollout["spec"]["size"], 3);
  EXPECT_FALSE(rollout.contains("status"));
  EXPECT_EQ(call("GET", "/apis/argoproj.io/v2/namespaces/default/rollouts/r")["apiVersion"],
            "argoproj.io/v2");
  EXPECT_EQ(call("PATCH", rollouts + "/r", "{}", "application/strategic-merge-patch+json")["code"], 415);
  call("DELETE", definitions + "/rollouts.argoproj.io");
  EXPECT_TRUE(store_.list("rollouts.argoproj.io").empty());
  EXPECT_EQ(call("GET", rollouts)["code"], 404);
}

TEST_F(ApiTest, ServicesKeepTheirAddressOverAReplacement) {
  const std::string services = "/api/v1/namespaces/default/services";
  call("POST", services, R"({"metadata": {"name": "s"}, "spec": {"ports": [{"port": 80}]}})");
  ASSERT_TRUE(
      store_.modify("services", "default", "s", [](json& o) { o["spec"]["clusterIP"] = "10.96.0.7"; }));
  const json replaced =
      call("PUT", services + "/s", R"({"metadata": {"name": "s"}, "spec": {"ports": [{"port": 81}]}})");
  EXPECT_EQ(replaced["spec"]["clusterIP"], "10.96.0.7");
  EXPECT_EQ(replaced["spec"]["ports"][0]["targetPort"], 81);
  const json moved =
      call("PUT", services + "/s",
           R"({"metadata": {"name": "s"}, "spec": {"clusterIP": "10.96.0.8", "ports": [{"port": 81}]}})");
  EXPECT_EQ(moved["code"], 422);
}

TEST_F(ApiTest, PodsChangeOnlyWhatTheyMay) {
  const std::string pods = "/api/v1/namespaces/default/pods";
  call("POST", pods,
       R"({"metadata": {"name": "p"}, "spec": {"containers": [{"name": "a", "image": "i:1"}]}})");
  EXPECT_EQ(call("PATCH", pods + "/p", R"({"spec": {"containers": [{"name": "a", "image": "i:2"}]}})",
                 "application/strategic-merge-patch+json")["spec"]["containers"][0]["image"],
            "i:2");
  EXPECT_EQ(call("PATCH", pods + "/p", R"({"spec": {"containers": [{"name": "a", "command": ["x"]}]}})",
                 "application/strategic-merge-patch+json")["code"],
            422);
  EXPECT_EQ(call("GET", pods + "?fieldSelector=status.phase%3DPending,spec.nodeName%3D")["items"].size(), 1u);
}

TEST_F(ApiTest, ServerSideApplyCreatesUpdatesAndConflicts) {
  const std::string a = std::string(kMaps) + "/a";
  const auto apply = [&](const std::string& manager, const std::string& data, const std::string& more = "") {
    return call("PATCH", a + "?fieldManager=" + manager + more,
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: " + data,
                "application/apply-patch+yaml");
  };
  apply("one", "{k: v, m: \"n\"}");
  EXPECT_EQ(status_, 201);
  const std::string version =
      string_at(*store_.find("configmaps", "default", "a"), {"metadata", "resourceVersion"});
  EXPECT_EQ(apply("one", "{k: v, m: \"n\"}")["metadata"]["resourceVersion"], version);
  EXPECT_EQ(apply("one", "{k: v}")["data"], json({{"k", "v"}}));
  const json refused = apply("two", "{k: w}");
  EXPECT_EQ(status_, 409);
  EXPECT_EQ(refused["message"], "Apply failed with 1 conflict: conflict with \"one\": .data.k");
  EXPECT_EQ(apply("two", "{k: w}", "&force=true")["data"]["k"], "w");
  call("PATCH", a, "{}", "application/apply-patch+yaml");
  EXPECT_EQ(status_, 400);
}

TEST_F(ApiTest, YamlBodiesAreReadWithoutAliases) {
  EXPECT_EQ(call("POST", kMaps, "metadata: {name: a}\ndata: {k: v}\n", "application/yaml")["data"]["k"], "v");
  const std::string bomb = "metadata: {name: b}\nx: &x [1, 1]\ny: [*x, *x]\n";
  EXPECT_EQ(call("POST", kMaps, bomb, "application/yaml")["code"], 400);
}

TEST_F(ApiTest, ABodyIsReadWhenTheTokenIsKnownAndNotBefore) {
  FakeExchange stranger("POST", kMaps, map("a")), friendly("POST", kMaps, map("a"));
  stranger.headers = {};
  serve(stranger);
  serve(friendly);
  EXPECT_EQ(stranger.status, 403) << "system:anonymous may make no ConfigMap";
  EXPECT_FALSE(stranger.body_was_read);
  EXPECT_TRUE(friendly.body_was_read);
}

TEST_F(ApiTest, ReviewsScalesAndOptionsAreShort) {
  const std::string long_text(64 << 10, ' ');
  EXPECT_EQ(call("POST", "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", "{}" + long_text)["code"], 413);
  EXPECT_EQ(status_, 413);
  EXPECT_EQ(call("DELETE", std::string(kMaps) + "/a", "{}" + long_text)["message"], "Request entity too large: limit is 65536");
}

TEST_F(ApiTest, LargeBodiesAreParsedBesideTheLoop) {
  json large = json::parse(map("large"));
  for (int i = 0; i < 20'000; ++i) large["data"]["key" + std::to_string(i)] = "value";
  FakeExchange exchange("POST", kMaps, large.dump(), "application/yaml");
  bool ended = false;
  asio::co_spawn(loop_, api_.handle(exchange), [&](std::exception_ptr) { ended = true; });
  int turns = 0;
  while (!ended && turns < 1'000'000) {
    loop_.restart();
    turns += loop_.run_for(std::chrono::microseconds(100)) == 0 ? 1 : 0;
  }
  EXPECT_EQ(exchange.status, 201);
  EXPECT_GT(turns, 10) << "the loop was free meanwhile";
}

TEST_F(ApiTest, AnObjectWithTooManyValuesIsRefusedWhateverItIsWrittenIn) {
  std::string list = "[";
  for (size_t i = 0; i < api::kMaxSteps; ++i) list += "0,";
  const std::string body = R"({"metadata": {"name": "a"}, "data": {"k": )" + list + "0]}}";
  for (const char* type : {"application/json", "application/yaml"}) {
    call("POST", kMaps, body, type);
    EXPECT_TRUE(status_ == 413 || status_ == 400) << status_;
  }
}

TEST_F(ApiTest, AnObjectThatControllersCopyHasFewerValuesThanADefinition) {
  json large = json::parse(map("a"));
  for (size_t i = 0; i < api::kMaxObjectSteps / 2; ++i) large["data"]["key" + std::to_string(i)] = "v";
  const json refused = call("POST", kMaps, large.dump());
  EXPECT_EQ(status_, 413);
  EXPECT_EQ(string_at(refused, {"message"}),
            "Request entity too large: more than 50000 values, each counted with the levels above it");

  // What two managers apply counts together; who owns it does not.
  json half = {{"apiVersion", "v1"}, {"kind", "ConfigMap"}, {"metadata", {{"name", "a"}}}}, other = half;
  for (size_t i = 0; i < api::kMaxObjectSteps / 4; ++i) half["data"]["key" + std::to_string(i)] = "v";
  for (size_t i = 0; i < api::kMaxObjectSteps / 4; ++i) other["data"]["other" + std::to_string(i)] = "v";
  const std::string path = std::string(kMaps) + "/a?fieldManager=";
  call("PATCH", path + "one", half.dump(), "application/apply-patch+yaml");
  EXPECT_EQ(status_, 201);
  call("PATCH", path + "one", half.dump(), "application/apply-patch+yaml");
  EXPECT_EQ(status_, 200);
  call("PATCH", path + "two", other.dump(), "application/apply-patch+yaml");
  EXPECT_EQ(status_, 413);
}

TEST_F(ApiTest, AWatchThatFellBehindEndsWith410AndNotWithAGap) {
  Store small(100);
  seed(small);
  Api api(small, node_, ApiOptions{.token = "secret", .acted_on = {}});
  json first = json::parse(map("a"));
  first["metadata"]["namespace"] = "default";
  ASSERT_TRUE(small.create("configmaps", first));
  FakeExchange exchange("GET", "/api/v1/configmaps?watch=1&resourceVersion=" + std::to_string(small.revision()));
  bool stalled = false, reads_on = false;
  exchange.on_write = [&]() -> Task<void> {
    stalled = true;
    while (!reads_on) co_await sleep_for(milliseconds(1));
  };
  bool ended = false;
  asio::co_spawn(loop_, api.handle(exchange), [&](std::exception_ptr) { ended = true; });
  const auto change = [&](int number) {
    (void)small.modify("configmaps", "default", "a", [&](json& object) { object["data"]["k"] = std::to_string(number); });
  };
  loop_.run_for(std::chrono::milliseconds(20));
  change(-1);
  while (!stalled) loop_.run_one();
  for (int i = 0; i < 1000; ++i) change(i);
  reads_on = true;
  while (!ended) loop_.run_one();
  const auto lines = split(exchange.answer, '\n');
  ASSERT_EQ(lines.size(), 3u) << exchange.answer;
  EXPECT_EQ(json::parse(lines[0])["object"]["data"]["k"], "-1");
  EXPECT_EQ(json::parse(lines[1])["type"], "ERROR");
  EXPECT_EQ(json::parse(lines[1])["object"]["code"], 410);
  EXPECT_TRUE(exchange.ended);
}

TEST_F(ApiTest, ManagedFieldsThatNobodyWritesAreLeftOut) {
  const std::string odd = R"({"metadata": {"name": "a", "managedFields": [{"manager": "m", "operation": "Apply",
    "fieldsV1": {"": {}, "x": {}, "k": {"": {}}, "f:metadata": {"k:{": {}, "v:": {}, "k:[]": {"f:x": {}}}}}]}})";
  call("POST", kMaps, odd);
  EXPECT_EQ(status_, 201);
  call("PATCH", std::string(kMaps) + "/a?fieldManager=m", R"({"apiVersion": "v1", "kind": "ConfigMap"})", "application/apply-patch+yaml");
  EXPECT_EQ(status_, 200);
}

}  // namespace
}  // namespace zdt::rehearsal
