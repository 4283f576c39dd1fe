#include <gtest/gtest.h>

#include "rehearsal/api/check/field_types.h"
#include "rehearsal/api/names.h"
#include "unit/rehearsal/api/refusal.h"

namespace zdt::rehearsal::api {
namespace {

using testing::refusal;
using testing::type_of;

json pod(const std::string& spec) { return {{"metadata", {{"name", "p"}}}, {"spec", json::parse(spec)}}; }

json deployment() {
  return json::parse(
      R"({"metadata": {"name": "web"}, "spec": {"replicas": 1, "selector": {"matchLabels": {"a": "b"}},
    "template": {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}}})");
}

TEST(Validation, AGoodPodPasses) {
  EXPECT_EQ(
      refusal(
          "pods",
          pod(R"({"containers": [{"name": "a", "image": "i", "volumeMounts": [{"name": "v", "mountPath": "/v"}],
    "readinessProbe": {"httpGet": {"port": 80}}}], "initContainers": [{"name": "s", "image": "i", "restartPolicy": "Always",
    "startupProbe": {"exec": {"command": ["x"]}}}], "volumes": [{"name": "v"}]})")),
      "");
}

TEST(Validation, PodsSayWhatIsWrong) {
  const std::string begin = "Pod \"p\" is invalid: ";
  EXPECT_EQ(refusal("pods", pod("{}")), begin + "spec.containers: Required value");
  EXPECT_EQ(refusal("pods", pod(R"({"containers": [{"image": "i"}]})")),
            begin + "spec.containers[0].name: Required value");
  EXPECT_EQ(refusal("pods", pod(R"({"containers": [{"name": "a"}]})")),
            begin + "spec.containers[0].image: Required value");
  EXPECT_EQ(
      refusal("pods", pod(R"({"containers": [{"name": "a", "image": "i"}, {"name": "a", "image": "i"}]})")),
      begin + "spec.containers[1].name: Duplicate value: \"a\"");
  EXPECT_EQ(
      refusal(
          "pods",
          pod(R"({"containers": [{"name": "a", "image": "i", "volumeMounts": [{"name": "x", "mountPath": "/"}]}]})")),
      begin + "spec.containers[0].volumeMounts[0].name: Not found: \"x\"");
  EXPECT_EQ(
      refusal("pods",
              pod(R"({"containers": [{"name": "a", "image": "i", "livenessProbe": {"periodSeconds": 3}}]})")),
      begin + "spec.containers[0].livenessProbe: Required value: must specify a handler type");
  EXPECT_EQ(
      refusal("pods",
              pod(R"({"containers": [{"name": "a", "image": "i", "ports": [{"containerPort": 70000}]}]})")),
      begin +
          "spec.containers[0].ports[0].containerPort: Invalid value: 70000: must be between 1 and 65535, "
          "inclusive");
  EXPECT_EQ(
      refusal("pods", pod(R"({"restartPolicy": "Maybe", "containers": [{"name": "a", "image": "i"}]})")),
      begin +
          "spec.restartPolicy: Unsupported value: \"Maybe\": supported values: \"Always\", \"OnFailure\", "
          "\"Never\"");
  EXPECT_NE(
      refusal(
          "pods",
          pod(R"({"containers": [{"name": "a", "image": "i"}], "initContainers": [{"name": "b", "image": "i",
    "readinessProbe": {"httpGet": {"port": 1}}}]})"))
          .find("without restartPolicy=Always"),
      std::string::npos);
}

TEST(Validation, ASelectorMatchesItsTemplate) {
  EXPECT_EQ(refusal("deployments.apps", deployment()), "");
  json other = deployment();
  other["spec"]["template"]["metadata"]["labels"] = {{"a", "c"}};
  EXPECT_NE(refusal("deployments.apps", other).find("`selector` does not match template `labels`"),
            std::string::npos);
  other["spec"].erase("selector");
  EXPECT_EQ(refusal("deployments.apps", other),
            "Deployment.apps \"web\" is invalid: spec.selector: Required value");
}

TEST(Validation, ARolloutMustBeAbleToMove) {
  json still = deployment();
  still["spec"]["strategy"] =
      json::parse(R"({"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 0, "maxUnavailable": "0%"}})");
  EXPECT_NE(refusal("deployments.apps", still).find("may not be 0 when `maxSurge` is 0"), std::string::npos);
  still["spec"]["strategy"]["type"] = "Sideways";
  EXPECT_NE(refusal("deployments.apps", still).find("Unsupported value: \"Sideways\""), std::string::npos);
}

TEST(Validation, SelectorsAndAddressesDoNotChange) {
  json changed = deployment();
  changed["spec"]["selector"]["matchLabels"] = {{"a", "b"}, {"c", "d"}};
  changed["spec"]["template"]["metadata"]["labels"] = {{"a", "b"}, {"c", "d"}};
  EXPECT_NE(refusal("deployments.apps", changed, deployment()).find("field is immutable"), std::string::npos);
  const json before =
      json::parse(R"({"metadata": {"name": "s"}, "spec": {"clusterIP": "1.1.1.1", "ports": [{"port": 1}]}})");
  json after = before;
  after["spec"]["clusterIP"] = "1.1.1.2";
  EXPECT_NE(refusal("services", after, before).find("may not change once set"), std::string::npos);
}

TEST(Validation, APodWithoutDefaultsAsAControllerStoresItMayBeAnnotated) {
  const json stored = pod(R"({"containers": [{"name": "c", "image": "i"}], "nodeName": "n"})");
  json annotated = stored;
  apply_defaults(type_of("pods"), annotated);
  annotated["metadata"]["annotations"]["a"] = "b";
  EXPECT_EQ(refusal("pods", annotated, stored), "");
  annotated["spec"]["containers"][0]["command"] = {"other"};
  EXPECT_NE(refusal("pods", annotated, stored).find("pod updates may not change fields"), std::string::npos);
}

TEST(Validation, ServicesNeedPortsWithNames) {
  const auto service = [](const char* spec) {
    return json{{"metadata", {{"name", "s"}}}, {"spec", json::parse(spec)}};
  };
  EXPECT_EQ(refusal("services", service("{}")), "Service \"s\" is invalid: spec.ports: Required value");
  EXPECT_EQ(refusal("services", service(R"({"clusterIP": "None"})")), "");
  EXPECT_NE(refusal("services", service(R"({"ports": [{"port": 1}, {"port": 2}]})"))
                .find("spec.ports[0].name: Required value"),
            std::string::npos);
}

TEST(Validation, BudgetsAndAutoscalersHaveBoundsThatFit) {
  const auto budget = [](const char* spec) {
    return refusal("poddisruptionbudgets.policy", {{"metadata", {{"name", "b"}}}, {"spec", json::parse(spec)}});
  };
  EXPECT_EQ(budget(R"({"minAvailable": "50%"})"), "");
  EXPECT_NE(budget(R"({"minAvailable": 1, "maxUnavailable": 1})").find("cannot be both set"), std::string::npos);
  EXPECT_NE(budget(R"({"maxUnavailable": -1})").find("spec.maxUnavailable: Invalid value: -1"), std::string::npos);
  const auto autoscaler = [](const char* bounds) {
    json spec = json::parse(bounds);
    spec["scaleTargetRef"] = {{"kind", "Deployment"}, {"name", "web"}};
    return refusal("horizontalpodautoscalers.autoscaling", {{"metadata", {{"name", "h"}}}, {"spec", std::move(spec)}});
  };
  EXPECT_EQ(autoscaler(R"({"minReplicas": 1, "maxReplicas": 3})"), "");
  EXPECT_NE(autoscaler(R"({"minReplicas": 4, "maxReplicas": 3})").find("greater than or equal to `minReplicas`"),
            std::string::npos);
  EXPECT_NE(autoscaler(R"({"minReplicas": 0, "maxReplicas": 3})").find("spec.minReplicas: Invalid value: 0"),
            std::string::npos);
}

TEST(Names, FollowTheirRules) {
  EXPECT_EQ(broken_subdomain_rule("a.b-1.c"), "");
  EXPECT_EQ(broken_label_rule("1a"), "");
  EXPECT_NE(broken_service_rule("1a"), "");
  for (const char* bad : {"", "A", "-a", "a-", "a..b", "a_b"})
    EXPECT_NE(broken_subdomain_rule(bad), "") << bad;
  EXPECT_NE(broken_label_rule("a.b"), "");
  EXPECT_NE(broken_label_rule(std::string(64, 'a')), "");
  EXPECT_EQ(broken_label_key_rule("app.kubernetes.io/Name_1"), "");
  EXPECT_NE(broken_label_key_rule("Bad_/x"), "");
  EXPECT_EQ(broken_label_value_rule(""), "");
  EXPECT_NE(broken_label_value_rule("a b"), "");
}

TEST(FieldTypes, NameTheUnknownOnesWithTheirPlace) {
  json object = deployment();
  object["spec"]["template"]["spec"]["containers"][0]["imagee"] = "x";
  object["spec"]["replica"] = 3;
  EXPECT_EQ(field_faults(type_of("deployments.apps"), object).unknown,
            (std::vector<std::string>{"spec.replica", "spec.template.spec.containers[0].imagee"}));
  EXPECT_TRUE(field_faults(type_of("deployments.apps"), deployment()).unknown.empty());
}

TEST(FieldTypes, NameTheFirstOfAnotherTypeAsGoDoes) {
  json object = deployment();
  object["spec"]["replicas"] = "three";
  EXPECT_EQ(field_faults(type_of("deployments.apps"), object).mistyped,
            "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32");
  const json map = json::parse(R"({"data": {"port": 80}})");
  EXPECT_EQ(field_faults(type_of("configmaps"), map).mistyped,
            "json: cannot unmarshal number into Go struct field ConfigMap.data of type string");
}

}  // namespace
}  // namespace zdt::rehearsal::api
