// What stands for a Gateway in the cluster: the objects that its controller makes. Pure functions.
// Names and labels: https://gateway-api.sigs.k8s.io/geps/gep-1762/
#pragma once
#include "rehearsal/controllers/gateway_envoy.h"

namespace zdt::rehearsal {

inline constexpr const char* kGateways = "gateways.gateway.networking.k8s.io";
inline constexpr const char* kGatewayNameLabel = "gateway.networking.k8s.io/gateway-name";

/// NAME-CLASS, of the Deployment, the Service and the ConfigMap.
std::string gateway_object_name(const json& gateway);

json gateway_config_map(const json& gateway, const EnvoyFiles& files);
/// One Envoy. Its template does not depend on listeners and routes: they change without a new pod.
json gateway_deployment(const json& gateway);
/// Type LoadBalancer, one port for each port of the listeners, named after the first of them.
json gateway_service(const json& gateway, const std::vector<GatewayListener>& listeners);

}  // namespace zdt::rehearsal
