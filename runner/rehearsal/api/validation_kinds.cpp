#include <fmt/format.h>

#include <set>

#include "base/text.h"
#include "rehearsal/api/defaults.h"
#include "rehearsal/api/names.h"
#include "rehearsal/api/selector.h"
#include "rehearsal/api/validation.h"

namespace zdt::rehearsal::api {
namespace {

bool is_zero_bound(const json& bound) { return bound == 0 || bound == "0" || bound == "0%"; }

void validate_strategy(const json& spec, Causes& causes) {
  const std::string type = string_at(spec, {"strategy", "type"}, "RollingUpdate");
  if (type != "RollingUpdate" && type != "Recreate") {
    causes.unsupported("spec.strategy.type", type, {"Recreate", "RollingUpdate"});
  }
  const json& rolling = at(spec, {"strategy", "rollingUpdate"});
  if (type == "Recreate" && rolling.is_object()) {
    causes.forbidden("spec.strategy.rollingUpdate",
                     "may not be specified when strategy `type` is 'Recreate'");
  }
  if (type == "RollingUpdate" && is_zero_bound(at(rolling, {"maxSurge"})) &&
      is_zero_bound(at(rolling, {"maxUnavailable"}))) {
    causes.invalid("spec.strategy.rollingUpdate.maxUnavailable", at(rolling, {"maxUnavailable"}),
                   "may not be 0 when `maxSurge` is 0");
  }
}

void validate_selector(const json& spec, Causes& causes) {
  const json& selector = at(spec, {"selector"});
  if (selector.is_null()) return causes.required("spec.selector");
  if (object_at(selector, {"matchLabels"}).empty() && array_at(selector, {"matchExpressions"}).empty()) {
    return causes.invalid("spec.selector", selector, "empty selector is invalid for deployment");
  }
  const json& labels = object_at(spec, {"template", "metadata", "labels"});
  if (!LabelSelector::from_json(selector).matches(labels)) {
    causes.invalid("spec.template.metadata.labels", labels, "`selector` does not match template `labels`");
  }
}

void validate_service_port(const json& port, const std::string& field, bool several, Causes& causes) {
  const int64_t number = int_at(port, {"port"});
  if (number < 1 || number > 65535) {
    causes.invalid(field + ".port", number, "must be between 1 and 65535, inclusive");
  }
  const std::string protocol = string_at(port, {"protocol"}, "TCP");
  if (protocol != "TCP" && protocol != "UDP" && protocol != "SCTP") {
    causes.unsupported(field + ".protocol", protocol, {"SCTP", "TCP", "UDP"});
  }
  const json& target = at(port, {"targetPort"});
  if (target.is_number() && (int_at(port, {"targetPort"}) < 1 || int_at(port, {"targetPort"}) > 65535)) {
    causes.invalid(field + ".targetPort", target, "must be between 1 and 65535, inclusive");
  }
  if (several && string_at(port, {"name"}).empty()) causes.required(field + ".name");
}

}  // namespace

void validate_workload(const ResourceType& type, const json& object, Causes& causes) {
  const json& spec = object_at(object, {"spec"});
  const int64_t replicas = int_at(spec, {"replicas"});
  if (replicas < 0) causes.invalid("spec.replicas", replicas, "must be greater than or equal to 0");
  validate_selector(spec, causes);
  if (type.kind == "Deployment") validate_strategy(spec, causes);
  validate_pod_spec(object_at(spec, {"template", "spec"}), "spec.template.spec", causes);
  const std::string policy = string_at(spec, {"template", "spec", "restartPolicy"}, "Always");
  if (policy != "Always") causes.unsupported("spec.template.spec.restartPolicy", policy, {"Always"});
}

void validate_service(const json& service, Causes& causes) {
  const json& spec = object_at(service, {"spec"});
  const std::string type = string_at(spec, {"type"}, "ClusterIP");
  static const std::vector<std::string> kTypes = {"ClusterIP", "ExternalName", "LoadBalancer", "NodePort"};
  if (std::find(kTypes.begin(), kTypes.end(), type) == kTypes.end())
    causes.unsupported("spec.type", type, kTypes);
  const json& ports = array_at(spec, {"ports"});
  const bool headless = string_at(spec, {"clusterIP"}) == "None";
  if (ports.empty() && !headless && type != "ExternalName") causes.required("spec.ports");
  std::set<std::string> names;
  for (size_t i = 0; i < ports.size(); ++i) {
    const std::string field = fmt::format("spec.ports[{}]", i), name = string_at(ports[i], {"name"});
    validate_service_port(ports[i], field, ports.size() > 1, causes);
    if (!name.empty() && !names.insert(name).second) causes.duplicate(field + ".name", name);
  }
  if (type == "ExternalName" && string_at(spec, {"externalName"}).empty())
    causes.required("spec.externalName");
}

void validate_disruption_budget(const json& budget, Causes& causes) {
  const json& spec = object_at(budget, {"spec"});
  if (spec.contains("minAvailable") && spec.contains("maxUnavailable"))
    causes.invalid("spec", spec, "minAvailable and maxUnavailable cannot be both set");
  for (const char* field : {"minAvailable", "maxUnavailable"}) {
    if (int_at(spec, {field}) < 0)
      causes.invalid(std::string("spec.") + field, spec[field], "must be greater than or equal to 0");
  }
  const std::string policy = string_at(spec, {"unhealthyPodEvictionPolicy"}, "IfHealthyBudget");
  if (policy != "IfHealthyBudget" && policy != "AlwaysAllow")
    causes.unsupported("spec.unhealthyPodEvictionPolicy", policy, {"AlwaysAllow", "IfHealthyBudget"});
}

void validate_autoscaler(const json& autoscaler, Causes& causes) {
  const json& spec = object_at(autoscaler, {"spec"});
  const int64_t least = int_at(spec, {"minReplicas"}, 1), most = int_at(spec, {"maxReplicas"});
  if (least < 1) causes.invalid("spec.minReplicas", least, "must be greater than or equal to 1");
  if (most < 1) causes.invalid("spec.maxReplicas", most, "must be greater than 0");
  if (most < least) causes.invalid("spec.maxReplicas", most, "must be greater than or equal to `minReplicas`");
  for (const char* field : {"kind", "name"}) {
    if (string_at(spec, {"scaleTargetRef", field}).empty())
      causes.required(std::string("spec.scaleTargetRef.") + field);
  }
}

void validate_definition(const json& crd, Causes& causes) {
  const std::string plural = string_at(crd, {"spec", "names", "plural"}),
                    group = string_at(crd, {"spec", "group"});
  if (group.empty()) causes.required("spec.group");
  if (plural.empty()) causes.required("spec.names.plural");
  if (string_at(crd, {"spec", "names", "kind"}).empty()) causes.required("spec.names.kind");
  const std::string scope = string_at(crd, {"spec", "scope"});
  if (scope.empty()) causes.required("spec.scope");
  if (!scope.empty() && scope != "Namespaced" && scope != "Cluster") {
    causes.unsupported("spec.scope", scope, {"Cluster", "Namespaced"});
  }
  const std::string name = string_at(crd, {"metadata", "name"});
  if (name != plural + "." + group)
    causes.invalid("metadata.name", name, "must be spec.names.plural+\".\"+spec.group");
  int stored = 0;
  for (const json& version : array_at(crd, {"spec", "versions"}))
    stored += bool_at(version, {"storage"}) ? 1 : 0;
  if (stored != 1)
    causes.invalid("spec.versions", stored, "must have exactly one version marked as storage version");
}

void validate_change(const ResourceType& type, const json& object, const json& previous, Causes& causes) {
  const std::string resource = type.resource();
  const json& selector = at(object, {"spec", "selector"});
  if (type.group == "apps" && selector != at(previous, {"spec", "selector"})) {
    causes.invalid("spec.selector", selector, "field is immutable");
  }
  const std::string address = string_at(previous, {"spec", "clusterIP"});
  const bool still_internal = string_at(object, {"spec", "type"}) != "ExternalName";
  if (resource == "services" && !address.empty() && still_internal &&
      at(object, {"spec", "clusterIP"}) != address) {
    causes.invalid("spec.clusterIPs[0]", at(object, {"spec", "clusterIP"}), "may not change once set");
  }
  const bool configuration = resource == "configmaps" || resource == "secrets";
  if (configuration && bool_at(previous, {"immutable"}) && at(object, {"data"}) != at(previous, {"data"})) {
    causes.forbidden("data", "field is immutable when `immutable` is set");
  }
  if (resource != "pods") return;
  json known = previous, wanted = object;
  for (json* pod : {&known, &wanted}) apply_defaults(type, *pod);  // controllers store pods without what only the API adds
  json before = at(known, {"spec"}), after = at(wanted, {"spec"});
  for (json* spec : {&before, &after}) {
    if (!spec->is_object()) continue;
    for (const char* field :
         {"nodeName", "tolerations", "activeDeadlineSeconds", "terminationGracePeriodSeconds"}) {
      spec->erase(field);
    }
    for (const char* list : {"containers", "initContainers", "ephemeralContainers"}) {
      if (!spec->contains(list)) continue;
      for (json& container : (*spec)[list]) container.erase("image");
    }
  }
  if (before != after) {
    causes.forbidden(
        "spec",
        "pod updates may not change fields other than `spec.containers[*].image`,"
        "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to "
        "existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was "
        "previously negative)");
  }
}

}  // namespace zdt::rehearsal::api
