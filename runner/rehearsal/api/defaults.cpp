#include "rehearsal/api/defaults.h"

#include <map>

#include "base/text.h"

namespace zdt::rehearsal::api {
namespace {

void default_template(json& workload) {
  json& spec = workload["spec"]["template"]["spec"];
  if (spec.is_null()) spec = json::object();
  if (spec.is_object()) default_pod_spec(spec);
}

void default_replica_set(json& object) {
  set_default(object["spec"], "replicas", 1);
  default_template(object);
}

void default_stateful_set(json& object) {
  json& spec = object["spec"];
  set_default(spec, "replicas", 1);
  set_default(spec, "podManagementPolicy", "OrderedReady");
  set_default(spec, "revisionHistoryLimit", 10);
  json& strategy = set_default(spec, "updateStrategy", json::object());
  if (set_default(strategy, "type", "RollingUpdate") == "RollingUpdate") {
    set_default(set_default(strategy, "rollingUpdate", json::object()), "partition", 0);
  }
  default_template(object);
}

void default_daemon_set(json& object) {
  json& spec = object["spec"];
  set_default(spec, "revisionHistoryLimit", 10);
  json& strategy = set_default(spec, "updateStrategy", json::object());
  if (set_default(strategy, "type", "RollingUpdate") == "RollingUpdate") {
    json& rolling = set_default(strategy, "rollingUpdate", json::object());
    set_default(rolling, "maxUnavailable", 1);
    set_default(rolling, "maxSurge", 0);
  }
  default_template(object);
}

void default_job(json& object) {
  json& spec = object["spec"];
  set_default(spec, "completions", 1);
  set_default(spec, "parallelism", 1);
  set_default(spec, "backoffLimit", 6);
  set_default(spec, "completionMode", "NonIndexed");
  set_default(spec, "suspend", false);
  default_template(object);
}

void default_cron_job(json& object) {
  json& spec = object["spec"];
  set_default(spec, "concurrencyPolicy", "Allow");
  set_default(spec, "suspend", false);
  set_default(spec, "successfulJobsHistoryLimit", 3);
  set_default(spec, "failedJobsHistoryLimit", 1);
  if (!at(spec, {"jobTemplate", "spec"}).is_object()) return;
  json& pattern = set_default(spec["jobTemplate"]["spec"], "template", json::object());
  if (pattern.is_object()) default_pod_spec(set_default(pattern, "spec", json::object()));
}

/// stringData is a way to write data, and is never read back.
void default_secret(json& object) {
  set_default(object, "type", "Opaque");
  if (!object.contains("stringData")) return;
  const json texts = object_at(object, {"stringData"});
  for (const auto& [key, text] : texts.items()) {
    if (text.is_string()) object["data"][key] = base64_encode(text.get<std::string>());
  }
  object.erase("stringData");
}

/// The label that namespaceSelectors rest on.
void default_namespace(json& object) {
  set_default(object["metadata"]["labels"], "kubernetes.io/metadata.name",
              string_at(object, {"metadata", "name"}));
}

void default_endpoints(json& object) {
  if (array_at(object, {"subsets"}).empty()) return;
  for (json& subset : object["subsets"]) {
    if (array_at(subset, {"ports"}).empty()) continue;
    for (json& port : subset["ports"]) set_default(port, "protocol", "TCP");
  }
}

void default_endpoint_slice(json& object) {
  if (!array_at(object, {"ports"}).empty()) {
    for (json& port : object["ports"]) {
      set_default(port, "protocol", "TCP");
      set_default(port, "name", "");
    }
  }
}

/// One direction of spec.behavior, when anything of it is given (pkg/apis/autoscaling/v2/defaults.go).
void default_scaling_rules(json& behavior, const char* direction) {
  const bool up = std::string_view(direction) == "scaleUp";
  json& rules = set_default(behavior, direction, json::object());
  if (up) set_default(rules, "stabilizationWindowSeconds", 0);
  set_default(rules, "selectPolicy", "Max");
  json policies = json::array();
  if (up) policies.push_back({{"type", "Pods"}, {"value", 4}, {"periodSeconds", 15}});
  policies.push_back({{"type", "Percent"}, {"value", 100}, {"periodSeconds", 15}});
  set_default(rules, "policies", policies);
}

void default_horizontal_autoscaler(json& object) {
  json& spec = object["spec"];
  set_default(spec, "minReplicas", 1);
  json target = {{"type", "Utilization"}, {"averageUtilization", 80}};
  json resource = {{"name", "cpu"}, {"target", std::move(target)}};
  set_default(spec, "metrics", json::array({{{"type", "Resource"}, {"resource", std::move(resource)}}}));
  if (!at(spec, {"behavior"}).is_object()) return;
  for (const char* direction : {"scaleUp", "scaleDown"}) default_scaling_rules(spec["behavior"], direction);
}

void default_storage_class(json& object) {
  set_default(object, "reclaimPolicy", "Delete");
  set_default(object, "volumeBindingMode", "Immediate");
}

void default_network_policy(json& object) {
  json types = {"Ingress"};
  if (at(object, {"spec", "egress"}).is_array()) types.push_back("Egress");
  set_default(object["spec"], "policyTypes", types);
}

void default_definition(json& object) {
  json& names = object["spec"]["names"];
  if (!names.is_object()) return;
  const std::string kind = string_at(names, {"kind"});
  set_default(names, "singular", lower(kind));
  set_default(names, "listKind", kind + "List");
  set_default(object["spec"], "conversion", {{"strategy", "None"}});
}

/// What goes with an address that a writer chose. One that is not given is the allocator's part.
void default_addresses(json& spec, const std::string& address) {
  const char* family = address.find(':') == std::string::npos ? "IPv4" : "IPv6";
  set_default(spec, "clusterIPs", json::array({address}));
  set_default(spec, "ipFamilies", json::array({family}));
  set_default(spec, "ipFamilyPolicy", "SingleStack");
}

constexpr const char* kAccessApiGroup = "rbac.authorization.k8s.io";

void default_access_group(json& reference) {
  if (string_at(reference, {"apiGroup"}).empty()) reference["apiGroup"] = kAccessApiGroup;
}

/// The group of the role, and of subjects that are users or groups (pkg/apis/rbac/v1/defaults.go).
void default_role_binding(json& object) {
  if (at(object, {"roleRef"}).is_object()) default_access_group(object["roleRef"]);
  if (!at(object, {"subjects"}).is_array()) return;
  for (json& subject : object["subjects"]) {
    const std::string kind = string_at(subject, {"kind"});
    if (kind == "User" || kind == "Group") default_access_group(subject);
  }
}

using Defaults = void (*)(json&);

const std::map<std::string, Defaults> kDefaults = {
    {"pods", default_pod},
    {"services", default_service},
    {"secrets", default_secret},
    {"namespaces", default_namespace},
    {"endpoints", default_endpoints},
    {"endpointslices.discovery.k8s.io", default_endpoint_slice},
    {"deployments.apps", default_deployment},
    {"replicasets.apps", default_replica_set},
    {"statefulsets.apps", default_stateful_set},
    {"daemonsets.apps", default_daemon_set},
    {"jobs.batch", default_job},
    {"cronjobs.batch", default_cron_job},
    {"horizontalpodautoscalers.autoscaling", default_horizontal_autoscaler},
    {"storageclasses.storage.k8s.io", default_storage_class},
    {"networkpolicies.networking.k8s.io", default_network_policy},
    {"customresourcedefinitions.apiextensions.k8s.io", default_definition},
    {"rolebindings.rbac.authorization.k8s.io", default_role_binding},
    {"clusterrolebindings.rbac.authorization.k8s.io", default_role_binding},
};

}  // namespace

void default_service(json& service) {
  json& spec = service["spec"];
  const bool external_name = set_default(spec, "type", "ClusterIP") == "ExternalName";
  if (set_default(spec, "sessionAffinity", "None") == "None") spec.erase("sessionAffinityConfig");
  if (spec["sessionAffinity"] == "ClientIP") {
    constexpr int kThreeHours = 10800;
    json& client = set_default(set_default(spec, "sessionAffinityConfig", json::object()), "clientIP", json::object());
    set_default(client, "timeoutSeconds", kThreeHours);
  }
  const std::string address = string_at(spec, {"clusterIP"});
  if (!address.empty() && !external_name) default_addresses(spec, address);
  if (!external_name) set_default(spec, "internalTrafficPolicy", "Cluster");
  if (spec["type"] == "NodePort" || spec["type"] == "LoadBalancer")
    set_default(spec, "externalTrafficPolicy", "Cluster");
  if (array_at(spec, {"ports"}).empty()) return;
  for (json& port : spec["ports"]) {
    if (!port.is_object()) continue;
    set_default(port, "protocol", "TCP");
    // Go's types write a 0 where nothing is meant.
    const json& target = at(port, {"targetPort"});
    if (target == 0 || target == "") port.erase("targetPort");
    if (port.contains("port")) set_default(port, "targetPort", port["port"]);
  }
}

void default_deployment(json& deployment) {
  json& spec = deployment["spec"];
  set_default(spec, "replicas", 1);
  set_default(spec, "revisionHistoryLimit", 10);
  set_default(spec, "progressDeadlineSeconds", 600);
  json& strategy = set_default(spec, "strategy", json::object());
  if (set_default(strategy, "type", "RollingUpdate") == "RollingUpdate") {
    json& rolling = set_default(strategy, "rollingUpdate", json::object());
    set_default(rolling, "maxSurge", "25%");
    set_default(rolling, "maxUnavailable", "25%");
  }
  default_template(deployment);
}

void apply_schema_defaults(const json& schema, json& value) {
  if (value.is_object()) {
    for (const auto& [name, property] : object_at(schema, {"properties"}).items()) {
      if (!value.contains(name) && property.contains("default")) value[name] = property["default"];
      if (value.contains(name)) apply_schema_defaults(property, value[name]);
    }
    const json& additional = at(schema, {"additionalProperties"});
    if (additional.is_object()) {
      for (auto& entry : value.items()) apply_schema_defaults(additional, entry.value());
    }
  }
  if (value.is_array()) {
    for (json& item : value) apply_schema_defaults(at(schema, {"items"}), item);
  }
}

void apply_defaults(const ResourceType& type, json& object) {
  const auto found = kDefaults.find(type.resource());
  if (found != kDefaults.end()) found->second(object);
}

}  // namespace zdt::rehearsal::api
