#include "rehearsal/api/protobuf.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "rehearsal/api/failure.h"

namespace zdt::rehearsal::api {
namespace {

std::string field(int number, const std::string& bytes) {
  return std::string{static_cast<char>(number << 3 | 2), static_cast<char>(bytes.size())} + bytes;
}

std::string number_field(int number, int value) {
  return {static_cast<char>(number << 3), static_cast<char>(value)};
}

std::string body(const std::string& version, const std::string& kind, const std::string& raw) {
  return std::string("k8s\0", 4) + field(1, field(1, version) + field(2, kind)) + field(2, raw);
}

TEST(Protobuf, ReadsAConfigMapAsKubectlSendsIt) {
  // What `kubectl create configmap x --from-literal=a=b` of version 1.32 sent.
  const std::string sent(
      "k8s\0\n\x0f\n\x02v1\x12\tConfigMap\x12\x1b\n\x11\n\x01x\x12\0\x1a\0\"\0*\0002\0008\0B\0\x12\x06\n\x01"
      "a\x12\x01"
      "b\x1a\0\"\0",
      54);
  EXPECT_EQ(
      decode_protobuf(sent),
      json::parse(
          R"({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}, "data": {"a": "b"}})"));
}

TEST(Protobuf, ZeroesOfPointersCountAndOthersDoNot) {
  const std::string raw = field(1, field(1, "d")) + field(2, number_field(1, 0) + number_field(5, 0));
  const json deployment = decode_protobuf(body("apps/v1", "Deployment", raw));
  EXPECT_EQ(deployment["spec"], json::parse(R"({"replicas": 0})"));
}

TEST(Protobuf, ReadsListsQuantitiesAndPorts) {
  const std::string limits = field(1, field(1, "cpu") + field(2, field(1, "500m")));
  const std::string container = field(1, "c") + field(3, "run") + field(3, "") + field(8, limits);
  const json pod = decode_protobuf(body("v1", "Pod", field(2, field(2, container))));
  EXPECT_EQ(
      pod["spec"]["containers"][0],
      json::parse(R"({"name": "c", "command": ["run", ""], "resources": {"limits": {"cpu": "500m"}}})"));
  const std::string port = number_field(3, 80) + field(4, number_field(1, 1) + field(3, "http"));
  const json service = decode_protobuf(body("v1", "Service", field(2, field(1, port))));
  EXPECT_EQ(service["spec"]["ports"][0], json::parse(R"({"port": 80, "targetPort": "http"})"));
}

TEST(Protobuf, WhatIsNotInTheTableIsRefused) {
  EXPECT_THROW(decode_protobuf(body("v1", "Widget", "")), Failure);
  EXPECT_THROW(decode_protobuf(body("v1", "ConfigMap", field(9, "x"))), Failure);
  EXPECT_NO_THROW(decode_protobuf(body("v1", "ConfigMap", field(9, ""))));
}

TEST(Protobuf, BrokenBodiesAreRefusedWhereverTheyBreak) {
  const std::string whole = body("v1", "Pod", field(1, field(1, "p")) + field(2, field(2, field(1, "c"))));
  for (size_t length = 0; length < whole.size(); ++length) {
    try {
      decode_protobuf(whole.substr(0, length));
    } catch (const Failure&) {
    }
    std::string changed = whole;
    for (char c : {'\xff', '\x7f', '\0', '\x0b'}) {
      changed[length] = c;
      try {
        decode_protobuf(changed);
      } catch (const Failure&) {
      } catch (const json::exception&) {
      }
    }
  }
}

TEST(Protobuf, EveryMessageOfTheTableIsComplete) {
  static const std::set<std::string> kPlain = {"text", "bytes",    "bool",        "int",
                                               "Time", "Quantity", "IntOrString", "ignored"};
  std::vector<std::string> open = {"Pod",
                                   "Deployment",
                                   "Service",
                                   "ConfigMap",
                                   "Secret",
                                   "Namespace",
                                   "ServiceAccount",
                                   "Job",
                                   "CronJob",
                                   "Role",
                                   "RoleBinding",
                                   "ClusterRole",
                                   "ClusterRoleBinding",
                                   "Ingress",
                                   "Event",
                                   "PodDisruptionBudget",
                                   "Eviction",
                                   "PriorityClass",
                                   "ResourceQuota",
                                   "DeleteOptions",
                                   "HorizontalPodAutoscaler",
                                   "SelfSubjectAccessReview",
                                   "SelfSubjectReview",
                                   "SelfSubjectRulesReview",
                                   "TokenRequest"};
  std::set<std::string> seen;
  while (!open.empty()) {
    const std::string message = open.back();
    open.pop_back();
    if (!seen.insert(message).second) continue;
    ASSERT_NE(protobuf_fields(message), nullptr) << message;
    for (const std::string& word : split(protobuf_fields(message), ' ')) {
      std::string type = word.substr(word.find(':') + 1);
      if (type.back() == '!') type.pop_back();
      if (type[0] == '[' || type[0] == '{') type = type.substr(1);
      if (!kPlain.contains(type)) open.push_back(type);
    }
  }
  EXPECT_GT(seen.size(), 60u);
}

}  // namespace
}  // namespace zdt::rehearsal::api
