#include "rehearsal/api/defaults.h"

#include <gtest/gtest.h>

namespace zdt::rehearsal::api {
namespace {

json defaulted_pod(const char* container) {
  json pod = {{"spec", {{"containers", json::array({json::parse(container)})}}}};
  default_pod(pod);
  return pod["spec"];
}

TEST(Defaults, PodsGetWhatTheKubeletRestsOn) {
  const json spec = defaulted_pod(R"({"name": "a", "image": "web:1", "ports": [{"containerPort": 80}]})");
  EXPECT_EQ(spec["restartPolicy"], "Always");
  EXPECT_EQ(spec["dnsPolicy"], "ClusterFirst");
  EXPECT_EQ(spec["terminationGracePeriodSeconds"], 30);
  EXPECT_EQ(spec["containers"][0]["ports"][0]["protocol"], "TCP");
  EXPECT_EQ(spec["containers"][0]["imagePullPolicy"], "IfNotPresent");
}

TEST(Defaults, GivenFieldsStay) {
  json pod = json::parse(
      R"({"spec": {"restartPolicy": "Never", "terminationGracePeriodSeconds": 0, "containers": []}})");
  default_pod(pod);
  EXPECT_EQ(pod["spec"]["restartPolicy"], "Never");
  EXPECT_EQ(pod["spec"]["terminationGracePeriodSeconds"], 0);
}

TEST(Defaults, ImagesWithoutAFixedTagAreAlwaysPulled) {
  for (const auto& [image, policy] : {std::pair{"web", "Always"},
                                      {"web:latest", "Always"},
                                      {"host:5000/web", "Always"},
                                      {"host:5000/web:2", "IfNotPresent"},
                                      {"web@sha256:ab", "IfNotPresent"}}) {
    const json spec = defaulted_pod((R"({"name": "a", "image": ")" + std::string(image) + "\"}").c_str());
    EXPECT_EQ(spec["containers"][0]["imagePullPolicy"], policy) << image;
  }
}

TEST(Defaults, ProbesAndHooksAreFilledIn) {
  const json spec =
      defaulted_pod(R"({"name": "a", "image": "web:1", "readinessProbe": {"httpGet": {"port": 80}},
    "lifecycle": {"preStop": {"httpGet": {"port": 1}}}})");
  const json& probe = spec["containers"][0]["readinessProbe"];
  EXPECT_EQ(probe["timeoutSeconds"], 1);
  EXPECT_EQ(probe["periodSeconds"], 10);
  EXPECT_EQ(probe["successThreshold"], 1);
  EXPECT_EQ(probe["failureThreshold"], 3);
  EXPECT_EQ(probe["httpGet"]["path"], "/");
  EXPECT_EQ(spec["containers"][0]["lifecycle"]["preStop"]["httpGet"]["scheme"], "HTTP");
}

TEST(Defaults, ADeploymentRollsAQuarterAtATime) {
  json deployment = json::object();
  default_deployment(deployment);
  const json& spec = deployment["spec"];
  EXPECT_EQ(spec["replicas"], 1);
  EXPECT_EQ(
      spec["strategy"],
      json::parse(
          R"({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}})"));
  EXPECT_EQ(spec["revisionHistoryLimit"], 10);
  EXPECT_EQ(spec["progressDeadlineSeconds"], 600);
  json recreate = json::parse(R"({"spec": {"strategy": {"type": "Recreate"}}})");
  default_deployment(recreate);
  EXPECT_FALSE(recreate["spec"]["strategy"].contains("rollingUpdate"));
}

TEST(Defaults, AServicePortIsItsTarget) {
  json service = json::parse(R"({"spec": {"ports": [{"port": 80}, {"port": 81, "targetPort": "http"}]}})");
  default_service(service);
  EXPECT_EQ(service["spec"]["type"], "ClusterIP");
  EXPECT_EQ(service["spec"]["sessionAffinity"], "None");
  EXPECT_EQ(service["spec"]["ports"][0]["targetPort"], 80);
  EXPECT_EQ(service["spec"]["ports"][1]["targetPort"], "http");
}

TEST(Defaults, EveryBuiltinKindTakesAnEmptyObject) {
  for (const ResourceType& type : builtin_types()) {
    json object = {{"metadata", {{"name", "n"}}}};
    EXPECT_NO_THROW(apply_defaults(type, object)) << type.resource();
  }
}

TEST(Defaults, SecretsEncodeTheirTexts) {
  json secret = json::parse(R"({"metadata": {}, "stringData": {"a": "hello"}})");
  for (const ResourceType& type : builtin_types()) {
    if (type.resource() == "secrets") apply_defaults(type, secret);
  }
  EXPECT_EQ(secret["data"]["a"], "aGVsbG8=");
  EXPECT_FALSE(secret.contains("stringData"));
  EXPECT_EQ(secret["type"], "Opaque");
}

TEST(Defaults, QualityOfServiceFollowsRequestsAndLimits) {
  EXPECT_EQ(quality_of_service(json::parse(R"({"containers": [{}]})")), "BestEffort");
  EXPECT_EQ(quality_of_service(json::parse(R"({"containers": [{"resources": {"requests": {"cpu": "1"}}}]})")),
            "Burstable");
  EXPECT_EQ(quality_of_service(
                json::parse(R"({"containers": [{"resources": {"requests": {"cpu": "1", "memory": "1Gi"},
    "limits": {"cpu": "1", "memory": "1Gi"}}}]})")),
            "Guaranteed");
  const json spec = defaulted_pod(R"({"name": "a", "image": "i:1", "resources": {"limits": {"cpu": "1"}}})");
  EXPECT_EQ(spec["containers"][0]["resources"]["requests"]["cpu"], "1");
}

TEST(Defaults, SchemasFillCustomResourcesDeeply) {
  const json schema =
      json::parse(R"({"properties": {"spec": {"default": {}, "properties": {"n": {"default": 3}}},
    "list": {"items": {"properties": {"x": {"default": "y"}}}}}})");
  json object = json::parse(R"({"list": [{}, {"x": "z"}]})");
  apply_schema_defaults(schema, object);
  EXPECT_EQ(object, json::parse(R"({"spec": {"n": 3}, "list": [{"x": "y"}, {"x": "z"}]})"));
}

}  // namespace
}  // namespace zdt::rehearsal::api
