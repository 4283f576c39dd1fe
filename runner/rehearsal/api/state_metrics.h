// The state of workloads in Prometheus' text format, under the names that others have for them on a real
// cluster: kube-state-metrics (github.com/kubernetes/kube-state-metrics/tree/main/docs/metrics) and Argo
// Rollouts' controller (argo-rollouts.readthedocs.io/en/stable/features/controller-metrics).
#pragma once
#include <string>

#include "rehearsal/store/store.h"

namespace zdt::rehearsal::api {

/// kube_deployment_{spec_replicas, status_replicas, status_replicas_ready|available|updated|unavailable},
/// kube_pod_status_ready, kube_pod_status_phase, kube_pod_container_status_restarts_total, rollout_info and
/// rollout_info_replicas_{desired, available, updated, unavailable}.
std::string state_metrics(const Store& store);

}  // namespace zdt::rehearsal::api
