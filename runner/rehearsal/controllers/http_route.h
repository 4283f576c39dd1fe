// One HTTPRoute as Envoy routes: pure functions. https://gateway-api.sigs.k8s.io/api-types/httproute/
#pragma once
#include "rehearsal/controllers/controller.h"

namespace zdt::rehearsal {

inline constexpr const char* kGatewayGroup = "gateway.networking.k8s.io";
inline constexpr const char* kHttpRoutes = "httproutes.gateway.networking.k8s.io";
inline constexpr const char* kReferenceGrants = "referencegrants.gateway.networking.k8s.io";

/// One backendRef.   cluster  "NAMESPACE/SERVICE/PORT", or "" when it cannot be used; then `reason` (of
/// ResolvedRefs) and `message` say why.   address  the Service's cluster IP.
struct Backend {
  std::string cluster, address, reason, message;
  int64_t port = 0, weight = 1;
};

/// Services only (InvalidKind); one of another namespace needs a ReferenceGrant there (RefNotPermitted).
Backend backend_of(const Store& store, const json& route, const json& reference);

/// Every backend of every rule, in order.
std::vector<Backend> backends_of(const Store& store, const json& route);

/// What the route asks for and this cluster does not do ("filter RequestMirror"); "" when it does everything.
std::string unsupported_part(const json& route);

/// What in the route is no valid value ("the value of a path match"), so that Envoy would refuse the whole port's routes
/// for it; "" when all is well.
std::string malformed_part(const json& route);

/// A lower-case DNS name, also one that begins with "*.".
bool is_route_hostname(const std::string& name);

/// The config.route.v3.Route list that serves `routes` on one host name, in the order of the Gateway API's
/// precedence: exact before regular expression before prefix, longer before shorter, then method, number of
/// headers, number of query parameters, age, name. A share of requests whose backend cannot be used is
/// answered 500. The timeout is timeouts.request, else Envoy's own 15 s.
json envoy_routes(const Store& store, std::vector<ObjectPtr> routes);

}  // namespace zdt::rehearsal
