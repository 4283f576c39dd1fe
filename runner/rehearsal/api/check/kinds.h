// The rules of each kind. Pure: nothing is looked up. Objects have their defaults and the JSON types of their fields.
#pragma once
#include "rehearsal/api/check/rules.h"

namespace zdt::rehearsal::api {

void check_metadata(const ResourceType& type, const json& object, Causes& causes);
/// What may not come to metadata any more when an object is being deleted.
void check_metadata_change(const json& object, const json& previous, Causes& causes);
/// kubernetes  finalizers of namespaces: standard ones, or with a domain.
void check_finalizers(const json& finalizers, const Where& where, bool kubernetes, Causes& causes);

/// apps and batch (pkg/apis/apps/validation, pkg/apis/batch/validation).
void check_deployment(const json& deployment, Causes& causes);
void check_replica_set(const json& set, Causes& causes);
void check_stateful_set(const json& set, Causes& causes);
void check_daemon_set(const json& set, Causes& causes);
void check_job(const json& job, Causes& causes);
void check_cron_job(const json& job, Causes& causes);
/// Counts in the status of any workload.
void check_workload_status(const json& workload, Causes& causes);

/// networking (pkg/apis/core, pkg/apis/discovery and pkg/apis/networking).
void check_service(const json& service, Causes& causes);
void check_service_change(const json& service, const json& previous, Causes& causes);
void check_load_balancer_status(const json& object, Causes& causes);
void check_endpoints(const json& endpoints, Causes& causes);
void check_endpoint_slice(const json& slice, Causes& causes);
void check_endpoint_slice_change(const json& slice, const json& previous, Causes& causes);
void check_ingress(const json& ingress, Causes& causes);
void check_network_policy(const json& policy, Causes& causes);

/// The rest.
void check_configuration(const json& object, Causes& causes);  ///< ConfigMap and Secret
void check_configuration_change(const json& object, const json& previous, Causes& causes);
void check_namespace(const json& space, Causes& causes);
void check_node(const json& node, Causes& causes);
void check_disruption_budget(const json& budget, Causes& causes);
void check_autoscaler(const json& autoscaler, Causes& causes);
void check_claim(const json& claim, Causes& causes);
void check_volume(const json& volume, Causes& causes);
void check_storage_class(const json& storage_class, Causes& causes);
void check_quota(const json& quota, Causes& causes);
void check_limit_range(const json& range, Causes& causes);
void check_priority_class(const json& priority_class, Causes& causes);
void check_lease(const json& lease, Causes& causes);
void check_role(const json& role, Causes& causes);
void check_role_binding(const json& binding, Causes& causes);
void check_role_binding_change(const json& binding, const json& previous, Causes& causes);
void check_definition(const json& crd, Causes& causes);
/// A Rollout's template, as Argo's controller looks at it.
void check_rollout(const json& rollout, Causes& causes);
void check_gateway(const json& gateway, Causes& causes);
void check_http_route(const json& route, Causes& causes);
void check_scaled_object(const json& scaled, Causes& causes);

}  // namespace zdt::rehearsal::api
