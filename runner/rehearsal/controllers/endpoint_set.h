// Which pods stand behind a Service, and as what: pure functions from a Service and its pods.
#pragma once
#include "rehearsal/controllers/controller.h"

namespace zdt::rehearsal {

/// Endpoints with the same ports.
/// ports      EndpointPorts: name, port, protocol, appProtocol.
/// endpoints  discovery.k8s.io/v1 Endpoints: addresses, conditions (ready, serving, terminating), targetRef,
/// nodeName,
///            hostname.
struct EndpointGroup {
  json ports = json::array();
  json endpoints = json::array();
};

/// The pods that belong to `service`: selected, with an address, not ended.
std::vector<ObjectPtr> pods_behind(const Store& store, const json& service);

/// One group for each set of port numbers (a named targetPort may differ from pod to pod; native sidecars'
/// ports count). ready = serving and not terminating, or publishNotReadyAddresses; serving = the pod's Ready
/// condition; terminating = it has a deletionTimestamp (endpointslice/utils.go, podToEndpoint). Without pods:
/// one group without endpoints.
std::vector<EndpointGroup> endpoint_groups(const json& service, const std::vector<ObjectPtr>& pods);

/// The subsets of the classic core/v1 Endpoints: as above, but without terminating pods
/// (kubernetes/pkg/controller/endpoint).
json endpoint_subsets(const json& service, const std::vector<ObjectPtr>& pods);

}  // namespace zdt::rehearsal
