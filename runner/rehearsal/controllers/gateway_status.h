// What the statuses of Gateways and their HTTPRoutes say. Pure functions.
// https://gateway-api.sigs.k8s.io/reference/spec/
#pragma once
#include "rehearsal/controllers/gateway_listeners.h"

namespace zdt::rehearsal {

/// As cloud-provider-kind calls itself and its class (pkg/gateway/controller.go), so that the same manifests
/// work there.
inline constexpr const char* kGatewayController = "kind.sigs.k8s.io/gateway-controller";
inline constexpr const char* kGatewayClass = "cloud-provider-kind";

/// Puts a metav1.Condition into `conditions`; lastTransitionTime moves with the status alone.
void put_condition(json& conditions, const std::string& type, bool holds, const std::string& reason,
                   const std::string& message, int64_t generation, WallTime now);

/// The Gateway's status.   address  of its Service, or "".   serves  whether an Envoy of it is ready.
json gateway_status(const json& gateway, const GatewayRoutes& routes, const std::string& address, bool serves,
                    WallTime now);

/// The route's status with its parents of `gateway` brought up to date; those of others stay.
json route_status(const Store& store, const json& route, const Key& gateway,
                  const std::vector<RouteParent>& parents, WallTime now);

}  // namespace zdt::rehearsal
