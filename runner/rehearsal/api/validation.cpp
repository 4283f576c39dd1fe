#include "rehearsal/api/validation.h"

#include <map>

#include "rehearsal/api/check/kinds.h"
#include "rehearsal/api/check/pod.h"
#include "rehearsal/api/content.h"
#include "rehearsal/api/defaults.h"

namespace zdt::rehearsal::api {
namespace {

using Check = void (*)(const json&, Causes&);
using CheckChange = void (*)(const json&, const json&, Causes&);

/// What is asked of a kind, beside its metadata; each may be missing.
struct KindChecks {
  Check object = nullptr;
  CheckChange change = nullptr;
  Check status = nullptr;
};

void check_selector_stays(const json& object, const json& previous, Causes& causes) {
  const json& selector = at(object, {"spec", "selector"});
  if (selector != at(previous, {"spec", "selector"}))
    causes.invalid(Where("spec.selector"), selector, "field is immutable");
}

/// Controllers store pods without what only the API adds; those are the same pods with it.
void check_pod_change_with_defaults(const json& pod, const json& previous, Causes& causes) {
  json before = previous, after = pod;
  for (json* each : {&before, &after}) default_pod(*each);
  check_pod_change(after, before, causes);
}

const std::map<std::string, KindChecks>& kind_checks() {
  static const std::map<std::string, KindChecks> table = {
      {"pods", {check_pod, check_pod_change_with_defaults, check_pod_status}},
      {"services", {check_service, check_service_change, check_load_balancer_status}},
      {"endpoints", {check_endpoints}},
      {"endpointslices.discovery.k8s.io", {check_endpoint_slice, check_endpoint_slice_change}},
      {"ingresses.networking.k8s.io", {check_ingress, nullptr, check_load_balancer_status}},
      {"networkpolicies.networking.k8s.io", {check_network_policy}},
      {"configmaps", {check_configuration, check_configuration_change}},
      {"secrets", {check_configuration, check_configuration_change}},
      {"namespaces", {check_namespace}},
      {"nodes", {check_node, nullptr, check_node}},
      {"deployments.apps", {check_deployment, check_selector_stays, check_workload_status}},
      {"replicasets.apps", {check_replica_set, check_selector_stays, check_workload_status}},
      {"statefulsets.apps", {check_stateful_set, check_selector_stays, check_workload_status}},
      {"daemonsets.apps", {check_daemon_set, check_selector_stays, check_workload_status}},
      {"jobs.batch", {check_job}},
      {"cronjobs.batch", {check_cron_job}},
      {"horizontalpodautoscalers.autoscaling", {check_autoscaler, nullptr, check_workload_status}},
      {"poddisruptionbudgets.policy", {check_disruption_budget}},
      {"persistentvolumeclaims", {check_claim}},
      {"persistentvolumes", {check_volume}},
      {"storageclasses.storage.k8s.io", {check_storage_class}},
      {"resourcequotas", {check_quota}},
      {"limitranges", {check_limit_range}},
      {"priorityclasses.scheduling.k8s.io", {check_priority_class}},
      {"leases.coordination.k8s.io", {check_lease}},
      {"roles.rbac.authorization.k8s.io", {check_role}},
      {"clusterroles.rbac.authorization.k8s.io", {check_role}},
      {"rolebindings.rbac.authorization.k8s.io", {check_role_binding, check_role_binding_change}},
      {"clusterrolebindings.rbac.authorization.k8s.io", {check_role_binding, check_role_binding_change}},
      {"customresourcedefinitions.apiextensions.k8s.io", {check_definition}},
      {"rollouts.argoproj.io", {check_rollout}},
      {"gateways.gateway.networking.k8s.io", {check_gateway}},
      {"httproutes.gateway.networking.k8s.io", {check_http_route}},
      {"scaledobjects.keda.sh", {check_scaled_object}},
  };
  return table;
}

KindChecks checks_of(const ResourceType& type) {
  const auto found = kind_checks().find(type.resource());
  return found != kind_checks().end() ? found->second : KindChecks{};
}

void check_stored_size(const json& object) {
  size_t bytes = 0;
  try {
    bytes = object.dump().size();
  } catch (const json::exception& failure) {
    throw bad_request(std::string("a text of the object is not UTF-8: ") + failure.what());
  }
  if (bytes > kMaxObjectBytes) throw too_large("etcdserver: request is too large");
}

void refuse(const ResourceType& type, const json& object, const Causes& causes) {
  if (!causes.all().empty()) throw invalid(type, string_at(object, {"metadata", "name"}), causes.all());
}

}  // namespace

void validate(const ResourceType& type, const json& object, const json& previous) {
  const KindChecks checks = checks_of(type);
  Causes causes;
  check_metadata(type, object, causes);
  if (checks.object != nullptr) checks.object(object, causes);
  if (!previous.is_null()) {
    check_metadata_change(object, previous, causes);
    if (checks.change != nullptr) checks.change(object, previous, causes);
  }
  refuse(type, object, causes);
  check_stored_size(object);
}

void validate_status(const ResourceType& type, const json& object) {
  const KindChecks checks = checks_of(type);
  Causes causes;
  if (checks.status != nullptr) checks.status(object, causes);
  refuse(type, object, causes);
  check_stored_size(object);
}

}  // namespace zdt::rehearsal::api
