// Whoever writes, and however: create, replace, patch, apply, status. Without a server.
#include <gtest/gtest.h>

#include <chrono>

#include "rehearsal/api/objects.h"
#include "unit/rehearsal/api/refusal.h"

namespace zdt::rehearsal::api {
namespace {

const char* const kPod = R"({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "labels": {"a": "b"}, "annotations": {"c": "d"},
  "finalizers": ["x.y/z"], "ownerReferences": [{"apiVersion": "v1", "kind": "Node", "name": "n", "uid": "u"}]},
  "spec": {"restartPolicy": "Always", "terminationGracePeriodSeconds": 5, "dnsConfig": {"nameservers": ["1.1.1.1"], "searches": ["a.b"],
  "options": [{"name": "ndots", "value": "2"}]}, "hostAliases": [{"ip": "1.1.1.1", "hostnames": ["a"]}], "tolerations": [{"key": "k",
  "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 3}], "affinity": {"nodeAffinity":
  {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [{"matchExpressions": [{"key": "a", "operator": "In",
  "values": ["b"]}]}]}}}, "topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "z", "whenUnsatisfiable": "DoNotSchedule",
  "labelSelector": {"matchLabels": {"a": "b"}}}], "securityContext": {"runAsUser": 1, "sysctls": [{"name": "net.x", "value": "1"}]},
  "volumes": [{"name": "v", "configMap": {"name": "m", "items": [{"key": "k", "path": "p", "mode": 1}]}}, {"name": "e", "emptyDir":
  {"medium": "Memory", "sizeLimit": "1Mi"}}, {"name": "w", "projected": {"sources": [{"downwardAPI": {"items": [{"path": "q",
  "fieldRef": {"fieldPath": "metadata.name"}}]}}]}}], "containers": [{"name": "c", "image": "i", "command": ["a"], "args": ["b"],
  "env": [{"name": "A", "value": "1"}, {"name": "B", "valueFrom": {"configMapKeyRef": {"name": "m", "key": "k"}}}], "envFrom":
  [{"configMapRef": {"name": "m"}}], "ports": [{"name": "http", "containerPort": 80, "protocol": "TCP"}], "resources": {"requests":
  {"cpu": "1"}, "limits": {"cpu": "1"}}, "volumeMounts": [{"name": "v", "mountPath": "/v", "subPath": "s"}], "livenessProbe":
  {"httpGet": {"path": "/", "port": "http", "httpHeaders": [{"name": "A", "value": "b"}]}, "periodSeconds": 1}, "lifecycle":
  {"preStop": {"exec": {"command": ["x"]}}}, "securityContext": {"capabilities": {"add": ["X"]}}}]}})";
const char* const kService = R"({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s"}, "spec": {"type": "NodePort", "clusterIP":
  "10.96.9.9", "clusterIPs": ["10.96.9.9"], "ipFamilies": ["IPv4"], "externalIPs": ["8.8.8.8"], "selector": {"a": "b"},
  "sessionAffinity": "ClientIP", "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 5}}, "ports": [{"name": "p", "port": 80,
  "targetPort": "http", "nodePort": 30001, "protocol": "TCP"}]}})";
const char* const kDeployment = R"({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}, "spec": {"replicas": 1,
  "selector": {"matchLabels": {"a": "b"}, "matchExpressions": [{"key": "a", "operator": "In", "values": ["b"]}]}, "strategy": {"type":
  "RollingUpdate", "rollingUpdate": {"maxSurge": "25%", "maxUnavailable": 1}}, "template": {"metadata": {"labels": {"a": "b"}}, "spec":
  {"containers": [{"name": "c", "image": "i"}]}}}})";
const char* const kSlice = R"({"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "metadata": {"name": "e"}, "addressType":
  "IPv4", "endpoints": [{"addresses": ["10.0.0.1"], "conditions": {"ready": true}, "hostname": "h", "targetRef": {"kind": "Pod", "name":
  "p"}}], "ports": [{"name": "p", "port": 80, "protocol": "TCP"}]})";
const char* const kAutoscaler = R"({"apiVersion": "autoscaling/v2", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "h"}, "spec":
  {"minReplicas": 1, "maxReplicas": 3, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "d"}, "metrics":
  [{"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}}}], "behavior":
  {"scaleUp": {"policies": [{"type": "Pods", "value": 1, "periodSeconds": 5}]}}}})";
const char* const kDefinition = R"({"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name":
  "xs.a.b"}, "spec": {"group": "a.b", "scope": "Namespaced", "names": {"plural": "xs", "kind": "X", "shortNames": ["x"]}, "versions":
  [{"name": "v1", "served": true, "storage": true, "schema": {"openAPIV3Schema": {"type": "object", "properties": {"spec": {"type":
  "object", "default": {}}}}}, "additionalPrinterColumns": [{"name": "A", "type": "string", "jsonPath": ".spec"}]}]}})";

struct Sample {
  const char* resource;
  const char* object;
};
const Sample kSamples[] = {{"pods", kPod},
                           {"services", kService},
                           {"deployments.apps", kDeployment},
                           {"endpointslices.discovery.k8s.io", kSlice},
                           {"horizontalpodautoscalers.autoscaling", kAutoscaler},
                           {"customresourcedefinitions.apiextensions.k8s.io", kDefinition}};

class AdmissionTest : public ::testing::Test {
 protected:
  AdmissionTest() {
    EXPECT_TRUE(store_.create("namespaces", json::parse(R"({"metadata": {"name": "default"}, "status": {"phase": "Active"}})")));
  }

  ServedType served(const std::string& resource) const { return {testing::type_of(resource), nullptr, {}}; }

  /// The code and message that `write` ends with, "" when it is done.
  template <class Write>
  std::string said(Write write) {
    try {
      write();
      return "";
    } catch (const Failure& failure) {
      return std::to_string(failure.code()) + " " + failure.what();
    }
  }

  std::string created(const std::string& resource, const json& object) {
    const ServedType type = served(resource);
    return said([&] { objects_.create({type, "default", "", ""}, object, {}); });
  }

  std::string patched(const std::string& resource, const std::string& name, PatchKind kind, const char* patch,
                      const std::string& subresource = "") {
    const ServedType type = served(resource);
    return said([&] { objects_.patch({type, "default", name, subresource}, kind, json::parse(patch), {}); });
  }

  Store store_;
  Objects objects_{store_};
};

TEST_F(AdmissionTest, EveryWayOfWritingMeetsTheSameRules) {
  ASSERT_EQ(created("deployments.apps", json::parse(kDeployment)), "");
  const char* const bad = R"({"spec": {"template": {"spec": {"volumes": [{"name": "../x", "emptyDir": {}}]}}}})";
  EXPECT_NE(patched("deployments.apps", "d", PatchKind::kMerge, bad).find("422 Deployment.apps \"d\" is invalid: "
                                                                         "spec.template.spec.volumes[0].name"),
            std::string::npos);
  EXPECT_NE(patched("deployments.apps", "d", PatchKind::kStrategic, bad).find("spec.template.spec.volumes[0].name"),
            std::string::npos);
  EXPECT_NE(patched("deployments.apps", "d", PatchKind::kJson,
                    R"([{"op": "add", "path": "/spec/template/spec/volumes", "value": [{"name": "../x"}]}])")
                .find("spec.template.spec.volumes[0].name"),
            std::string::npos);
  const char* const applied = R"({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}, "spec": {"template": {"spec":
    {"volumes": [{"name": "../x", "emptyDir": {}}]}}}})";
  EXPECT_NE(patched("deployments.apps", "d", PatchKind::kApply, applied).find("spec.template.spec.volumes[0].name"),
            std::string::npos);
  json replaced = json::parse(kDeployment);
  replaced.merge_patch(json::parse(bad));
  const ServedType type = served("deployments.apps");
  EXPECT_NE(said([&] { objects_.replace({type, "default", "d", ""}, replaced, {}); }).find("spec.template.spec.volumes"),
            std::string::npos);
}

TEST_F(AdmissionTest, TypesAreAskedOfPatchesAndTheStatus) {
  ASSERT_EQ(created("pods", json::parse(kPod)), "");
  EXPECT_EQ(patched("pods", "p", PatchKind::kMerge, R"({"metadata": {"labels": {"a": 1}}})"),
            "400 Pod in version \"v1\" cannot be handled as a Pod: json: cannot unmarshal number into Go struct field "
            "ObjectMeta.metadata.labels of type string");
  EXPECT_NE(patched("pods", "p", PatchKind::kMerge, R"({"status": {"podIP": 5}})", "status").find("PodStatus.status.podIP"),
            std::string::npos);
  EXPECT_NE(patched("pods", "p", PatchKind::kMerge, R"({"status": {"podIP": "; include"}})", "status").find("422 Pod"),
            std::string::npos);
  EXPECT_EQ(patched("pods", "p", PatchKind::kMerge, R"({"status": {"podIP": "10.1.1.1"}})", "status"), "");
}

TEST_F(AdmissionTest, NamesAndPrefixesAreNames) {
  for (const char* name : {"../x", "a/b", "A", ".", "a%b"}) {
    EXPECT_NE(created("configmaps", {{"metadata", {{"name", name}}}}).find("422 ConfigMap"), std::string::npos) << name;
    const std::string prefix = std::string(name) == "." ? "../" : name;
    EXPECT_NE(created("pods", {{"metadata", {{"generateName", prefix}}}}).find("metadata.generateName: Invalid value"),
              std::string::npos)
        << name;
  }
  EXPECT_EQ(created("configmaps", {{"metadata", {{"generateName", "a-"}}}}), "");
  for (const char* name : {"..", ".", "a/b", "a%2fb"})
    EXPECT_NE(created("clusterroles.rbac.authorization.k8s.io", {{"metadata", {{"name", name}}}}).find("metadata.name"),
              std::string::npos)
        << name;
  EXPECT_EQ(created("clusterroles.rbac.authorization.k8s.io", {{"metadata", {{"name", "system:node"}}}}), "");
}

TEST_F(AdmissionTest, KeysAreFileNames) {
  for (const char* key : {"../x", "a/b", "..", "..data", ""}) {
    const json map = {{"metadata", {{"name", "m"}}}, {"data", {{key, "v"}}}};
    EXPECT_NE(created("configmaps", map).find("422 ConfigMap \"m\" is invalid: data["), std::string::npos) << key;
    const json secret = {{"metadata", {{"name", "s"}}}, {"stringData", {{key, "v"}}}};
    EXPECT_NE(created("secrets", secret).find("422 Secret \"s\" is invalid: data["), std::string::npos) << key;
  }
  const json big = {{"metadata", {{"name", "m"}}}, {"data", {{"k", std::string((1 << 20) + 1, 'x')}}}};
  EXPECT_NE(created("configmaps", big).find("Too long: may not be more than 1048576 bytes"), std::string::npos);
}

TEST_F(AdmissionTest, OwnersAreNamedInFull) {
  const json map = json::parse(R"({"metadata": {"name": "m", "ownerReferences": [{"kind": "Pod", "name": "p"}]}})");
  EXPECT_NE(created("configmaps", map).find("metadata.ownerReferences.uid: Invalid value: \"\": uid must not be empty"),
            std::string::npos);
  const json odd = json::parse(R"({"metadata": {"name": "m", "finalizers": ["not a name"]}})");
  EXPECT_NE(created("configmaps", odd).find("metadata.finalizers: Invalid value: \"not a name\""), std::string::npos);
}

TEST_F(AdmissionTest, AServiceLosesWhatItsNewTypeDoesNotHave) {
  json object = json::parse(kService);
  object["spec"].erase("externalIPs");
  ASSERT_EQ(created("services", object), "");
  EXPECT_EQ(patched("services", "s", PatchKind::kMerge, R"({"spec": {"type": "ClusterIP"}})"), "");
  EXPECT_FALSE((*store_.find("services", "default", "s"))["spec"]["ports"][0].contains("nodePort"));
  EXPECT_EQ(patched("services", "s", PatchKind::kMerge, R"({"spec": {"type": "ExternalName", "externalName": "a.b"}})"), "");
  EXPECT_FALSE((*store_.find("services", "default", "s"))["spec"].contains("clusterIP"));
}

/// Puts each of `values` at every place of `object` in turn, and hands it to `use`.
template <class Use>
void at_every_place(const json& object, const std::vector<json>& values, Use use) {
  const json flat = object.flatten();
  for (const auto& [pointer, leaf] : flat.items()) {
    for (json::json_pointer place(pointer); !place.empty(); place = place.parent_pointer()) {
      for (const json& value : values) {
        json changed = object;
        changed[place] = value;
        use(std::move(changed));
      }
    }
  }
}

TEST_F(AdmissionTest, WhateverStandsAnywhereIsTakenOrRefusedInWords) {
  const std::vector<json> values = {nullptr,         true,           -1,   1.5, 1e300, 70000, INT64_MIN, UINT64_MAX, "", "../../x",
                                    "a\nb",          json::array(),  json::object(), json::array({nullptr}),
                                    json::array({json::array()}), {{"a", nullptr}}, std::string(300, 'a'), "1Ki", "-1"};
  size_t taken = 0, refused = 0;
  for (const Sample& sample : kSamples) {
    const ServedType type = served(sample.resource);
    at_every_place(json::parse(sample.object), values, [&](json changed) {
      const std::string text = changed.dump();
      try {
        Intent trial;
        trial.dry_run = true;
        objects_.create({type, "default", "", ""}, std::move(changed), trial);
        ++taken;
      } catch (const Failure& failure) {
        ++refused;
        EXPECT_TRUE(failure.code() == 400 || failure.code() == 422 || failure.code() == 404) << text << failure.what();
      } catch (const std::exception& other) {
        ADD_FAILURE() << text << "\n" << other.what();
      }
    });
  }
  EXPECT_GT(taken, 100U);
  EXPECT_GT(refused, 1000U);
}

TEST_F(AdmissionTest, OptionsHaveTypesAndAGraceThatAClockCanCount) {
  EXPECT_EQ(said([] { check_body_fields("v1.DeleteOptions", {{"gracePeriodSeconds", "5"}}); }),
            "400 DeleteOptions in version \"v1\" cannot be handled as a DeleteOptions: json: cannot unmarshal string into Go "
            "struct field DeleteOptions.gracePeriodSeconds of type int64");
  EXPECT_EQ(said([] { check_body_fields("v1.Scale", {{"spec", {{"replicas", 3000000000}}}}); }),
            "400 Scale in version \"v1\" cannot be handled as a Scale: json: cannot unmarshal number 3000000000 into Go "
            "struct field ScaleSpec.spec.replicas of type int32");
  const auto none = [](std::string_view) { return std::string(); };
  EXPECT_NE(said([&] { deletion_from({{"gracePeriodSeconds", INT64_MAX}}, none); }).find("400 gracePeriodSeconds"),
            std::string::npos);
  json pod = json::parse(kPod);
  pod["spec"]["terminationGracePeriodSeconds"] = INT64_MAX;
  EXPECT_NE(created("pods", pod).find("spec.terminationGracePeriodSeconds: Invalid value"), std::string::npos);
}

TEST_F(AdmissionTest, WarningsAreWholeCharactersAndFew) {
  json map = json::parse(R"({"metadata": {"name": "m"}})");
  for (int i = 0; i < 200; ++i) map[std::string(99, 'a') + std::to_string(i) + std::string(100, 'x') + "\u00e9\u00e9\u00e9\u00e9"] = 1;
  std::string wide;
  for (int i = 0; i < 300; ++i) wide += "\u00e9";
  map[wide] = 1;
  const ServedType type = served("configmaps");
  const Written written = objects_.create({type, "default", "", ""}, map, {});
  size_t bytes = 0;
  for (const std::string& warning : written.warnings) bytes += json(warning).dump().size();
  EXPECT_GT(bytes, 1'000U);
  EXPECT_LT(bytes, 5'000U);
}

TEST_F(AdmissionTest, ADefinitionsVersionWithoutANameIsOnlyRefused) {  // it was read behind the end of its object
  json crd = json::parse(kDefinition);
  crd["spec"]["versions"][0].erase("name");
  EXPECT_NE(created("customresourcedefinitions.apiextensions.k8s.io", crd).find("spec.versions[0].name"), std::string::npos);
}

TEST_F(AdmissionTest, LongListsTakeTimeInProportion) {
  json pod = json::parse(kPod);
  json& container = pod["spec"]["containers"][0];
  for (int i = 0; i < 20'000; ++i) {
    container["env"].push_back({{"name", "V" + std::to_string(i)}, {"value", "x"}});
    container["ports"].push_back({{"containerPort", i + 1}, {"hostPort", i + 1}});
    pod["spec"]["tolerations"].push_back({{"key", "k" + std::to_string(i)}, {"operator", "Exists"}});
    pod["metadata"]["ownerReferences"].push_back(pod["metadata"]["ownerReferences"][0]);
  }
  const auto begin = std::chrono::steady_clock::now();
  created("pods", pod);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(5));  // 0.4 s on an idle machine
}

}  // namespace
}  // namespace zdt::rehearsal::api
