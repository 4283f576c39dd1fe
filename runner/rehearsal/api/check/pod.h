// What a Pod, and the template of one, may say (kubernetes/pkg/apis/core/validation/validation.go). What has a default is
// taken to have it: defaults come before rules.
#pragma once
#include <set>

#include "rehearsal/api/check/rules.h"

namespace zdt::rehearsal::api {

void check_pod(const json& pod, Causes& causes);
/// metadata and spec of a template.
void check_pod_template(const json& pod_template, const Where& where, Causes& causes);
void check_pod_spec(const json& spec, const Where& where, Causes& causes);
/// What an update of a Pod may change; both with their defaults.
void check_pod_change(const json& pod, const json& previous, Causes& causes);
void check_pod_status(const json& pod, Causes& causes);

/// The parts.

/// Names of the volumes, and the kind of source of each.
std::map<std::string, std::string> check_volumes(const json& spec, const Where& where, Causes& causes);

/// What a container may refer to.
struct ContainerContext {
  const std::map<std::string, std::string>& volumes;
  int64_t grace_seconds;
  std::string_view restart_policy;
};
/// All lists of containers; names are unique over the lists.
void check_containers(const json& spec, const Where& where, const ContainerContext& context, Causes& causes);
void check_mounts(const json& container, const Where& where, const ContainerContext& context, Causes& causes);
void check_environment(const json& container, const Where& where, Causes& causes);
/// Probes, or that there are none (`allowed` false: an init container that ends).
void check_probes(const json& container, const Where& where, int64_t grace_seconds, bool allowed, Causes& causes);
void check_lifecycle(const json& lifecycle, const Where& where, int64_t grace_seconds, Causes& causes);
/// fieldRef of environment variables (`volume` false) and volumes.
void check_field_reference(const json& reference, const Where& where, bool volume, Causes& causes);
void check_resource_reference(const json& reference, const Where& where, bool volume, Causes& causes);

void check_resources(const json& resources, const Where& where, Causes& causes);
/// A map of quantities, none below 0.
void check_quantities(const json& amounts, const Where& where, Causes& causes);
void check_quantity(const json& amount, const Where& where, Causes& causes);

/// securityContext of the pod and of a container.
void check_pod_security(const json& spec, const Where& where, Causes& causes);
void check_container_security(const json& context, const Where& where, Causes& causes);

/// nodeSelector, affinity, tolerations, topologySpreadConstraints, schedulingGates.
void check_scheduling(const json& spec, const Where& where, Causes& causes);
/// A NodeSelector, as PersistentVolumes have it, too.
void check_node_selector(const json& selector, const Where& where, Causes& causes);
/// hostname, dnsPolicy, dnsConfig, hostAliases, host ports of hostNetwork.
void check_pod_network(const json& spec, const Where& where, Causes& causes);

}  // namespace zdt::rehearsal::api
