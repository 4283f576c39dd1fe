// A field of another JSON type than the kind's, in the words of Go's decoder.
#include "rehearsal/api/check/field_types.h"

#include <gtest/gtest.h>

#include "unit/rehearsal/api/refusal.h"

namespace zdt::rehearsal::api {
namespace {

std::string mistyped(const std::string& resource, const char* object) {
  return field_faults(testing::type_of(resource), json::parse(object)).mistyped;
}

std::string in_container(const std::string& part) {
  return mistyped("pods", (R"({"spec": {"containers": [)" + part + "]}}").c_str());
}

TEST(FieldTypes, EveryBuiltinKindHasATable) {
  for (const ResourceType& type : builtin_types()) {
    if (type.measured) continue;
    EXPECT_EQ(field_faults(type, json::parse(R"({"metadata": {"labels": {"a": 1}}})")).mistyped,
              "json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string")
        << type.kind;
    EXPECT_EQ(field_faults(type, json::parse(R"({"nothing": 1})")).unknown, std::vector<std::string>{"nothing"})
        << type.kind;
  }
}

TEST(FieldTypes, TextsAreNoNumbers) {
  EXPECT_EQ(in_container(R"({"command": [1]})"),
            "json: cannot unmarshal number into Go struct field Container.spec.containers.command of type string");
  EXPECT_EQ(in_container(R"({"args": "x"})"),
            "json: cannot unmarshal string into Go struct field Container.spec.containers.args of type []string");
  EXPECT_EQ(in_container(R"({"env": [{"name": "A", "value": true}]})"),
            "json: cannot unmarshal bool into Go struct field EnvVar.spec.containers.env.value of type string");
  EXPECT_EQ(in_container(R"({"imagePullPolicy": 1})"),
            "json: cannot unmarshal number into Go struct field Container.spec.containers.imagePullPolicy of type "
            "v1.PullPolicy");
}

TEST(FieldTypes, NumbersAreWholeAndFit) {
  EXPECT_EQ(in_container(R"({"ports": [{"containerPort": "80"}]})"),
            "json: cannot unmarshal string into Go struct field ContainerPort.spec.containers.ports.containerPort of "
            "type int32");
  EXPECT_EQ(in_container(R"({"ports": [{"containerPort": 1.5}]})"),
            "json: cannot unmarshal number 1.5 into Go struct field "
            "ContainerPort.spec.containers.ports.containerPort of type int32");
  EXPECT_EQ(mistyped("deployments.apps", R"({"spec": {"replicas": 2147483648}})"),
            "json: cannot unmarshal number 2147483648 into Go struct field DeploymentSpec.spec.replicas of type int32");
  EXPECT_EQ(mistyped("pods", R"({"spec": {"terminationGracePeriodSeconds": 18446744073709551615}})"),
            "json: cannot unmarshal number 18446744073709551615 into Go struct field "
            "PodSpec.spec.terminationGracePeriodSeconds of type int64");
  EXPECT_EQ(mistyped("deployments.apps", R"({"spec": {"replicas": 2147483647}})"), "");
}

TEST(FieldTypes, ListsObjectsAndTruthsAreThat) {
  EXPECT_EQ(mistyped("pods", R"({"spec": {"containers": {"name": "c"}}})"),
            "json: cannot unmarshal object into Go struct field PodSpec.spec.containers of type []v1.Container");
  EXPECT_EQ(mistyped("pods", R"({"spec": ["c"]})"),
            "json: cannot unmarshal array into Go struct field Pod.spec of type v1.PodSpec");
  EXPECT_EQ(mistyped("pods", R"({"spec": {"hostNetwork": "yes"}})"),
            "json: cannot unmarshal string into Go struct field PodSpec.spec.hostNetwork of type bool");
  EXPECT_EQ(mistyped("pods", R"({"spec": {"nodeSelector": ["a"]}})"),
            "json: cannot unmarshal array into Go struct field PodSpec.spec.nodeSelector of type map[string]string");
  EXPECT_EQ(in_container(R"({"command": [null]})"),
            "json: cannot unmarshal null into Go struct field Container.spec.containers.command of type string");
  EXPECT_EQ(mistyped("pods", R"({"spec": {"containers": [null]}})"),
            "json: cannot unmarshal null into Go struct field PodSpec.spec.containers of type v1.Container");
  EXPECT_EQ(mistyped("pods", R"({"spec": null, "metadata": {"labels": null}})"), "");
}

TEST(FieldTypes, WhatDecodesItselfSaysSo) {
  EXPECT_EQ(mistyped("services", R"({"spec": {"ports": [{"port": 1, "targetPort": true}]}})"),
            "json: cannot unmarshal bool into Go value of type int32");
  EXPECT_EQ(in_container(R"({"resources": {"limits": {"cpu": "much"}}})"),
            "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
  EXPECT_EQ(in_container(R"({"resources": {"limits": {"cpu": "1.2.3"}}})"), "unable to parse numeric part of quantity");
  EXPECT_EQ(in_container(R"({"resources": {"limits": {"cpu": "1KK"}}})"), "unable to parse quantity's suffix");
  EXPECT_EQ(in_container(R"({"resources": {"limits": {"cpu": 2, "memory": "1e3", "x/y": "1Ki"}}})"), "");
  EXPECT_EQ(mistyped("events", R"({"lastTimestamp": "yesterday"})"),
            "parsing time \"yesterday\" as \"2006-01-02T15:04:05Z07:00\": cannot parse \"yesterday\" as \"2006\"");
  EXPECT_EQ(mistyped("events", R"({"lastTimestamp": "2024-02-29T23:59:59.5+01:30", "eventTime": null})"), "");
  EXPECT_EQ(mistyped("secrets", R"({"data": {"a": "no base64"}})"), "illegal base64 data at input byte 2");
  EXPECT_EQ(mistyped("secrets", R"({"data": {"a": "YQ=="}})"), "");
}

TEST(FieldTypes, ATimeOfAnyLengthIsReadInNoTime) {
  const json event = {{"lastTimestamp", std::string(300'000, '1')}};
  EXPECT_LT(field_faults(testing::type_of("events"), event).mistyped.size(), 500U);
}

TEST(FieldTypes, CustomKindsAreHeldToWhatIsReadOfThem) {
  ResourceType rollout;
  rollout.group = "argoproj.io", rollout.version = "v1alpha1", rollout.kind = "Rollout", rollout.plural = "rollouts";
  const auto first = [&](const char* object) {
    const auto causes = custom_field_faults(rollout, json::parse(object));
    return causes.empty() ? "" : causes[0].field + ": " + causes[0].message;
  };
  EXPECT_EQ(first(R"({"spec": {"replicas": "x"}})"),
            "spec.replicas: Invalid value: \"string\": spec.replicas in body must be of type integer: \"string\"");
  EXPECT_EQ(first(R"({"spec": {"strategy": {"canary": {"steps": [{"setWeight": 1.5}]}}}})"),
            "spec.strategy.canary.steps[0].setWeight: Invalid value: \"number\": spec.strategy.canary.steps[0].setWeight "
            "in body must be of type integer: \"number\"");
  EXPECT_NE(first(R"({"spec": {"template": {"spec": {"containers": [{"command": [1]}]}}}})").find("must be of type string"),
            std::string::npos);
  EXPECT_EQ(first(R"({"spec": {"anything": 1, "strategy": {"canary": {"maxSurge": "25%"}}}})"), "");
}

TEST(FieldTypes, ASchemaMayNestButNotForEver) {
  json schema = json::object();
  for (int depth = 0; depth < 2'000; ++depth) schema = {{"properties", {{"a", std::move(schema)}}}};
  const json crd = {{"spec", {{"versions", json::array({{{"schema", {{"openAPIV3Schema", std::move(schema)}}}}})}}}};
  EXPECT_EQ(field_faults(testing::type_of("customresourcedefinitions.apiextensions.k8s.io"), crd).mistyped,
            "exceeded max depth");
}

}  // namespace
}  // namespace zdt::rehearsal::api
