// Which HTTPRoutes hang on which listener of a Gateway: pure functions.
// https://gateway-api.sigs.k8s.io/api-types/httproute/#attaching-to-gateways
#pragma once
#include <map>

#include "rehearsal/controllers/http_route.h"

namespace zdt::rehearsal {

/// A route with the host names under which the listener serves it; "*" is every one.
struct AttachedRoute {
  ObjectPtr route;
  std::vector<std::string> hostnames;
};

/// problem  the reason why it serves nothing (UnsupportedProtocol, PortUnavailable, Invalid), or "".   message  the
/// same in a sentence.
struct GatewayListener {
  std::string name, protocol, hostname, problem, message;
  int64_t port = 0;
  std::vector<AttachedRoute> routes;
};

/// What one parentRef of a route came to.   reason  of the condition Accepted: Accepted, NoMatchingParent,
/// NotAllowedByListeners, NoMatchingListenerHostname or UnsupportedValue.
struct RouteParent {
  Key route;
  json reference;
  std::string reason, message;
};

struct GatewayRoutes {
  std::vector<GatewayListener> listeners;
  std::vector<RouteParent> parents;
};

/// The Gateways that a route's parentRefs name.
std::vector<Key> parents_of(const json& route);

/// The host names that both allow; nothing when there is none. "" of a listener, and no host names of a
/// route, allow all. https://gateway-api.sigs.k8s.io/reference/spec/#httproutespec
std::vector<std::string> common_hostnames(const std::string& listener, const json& route);

GatewayRoutes attach_routes(const Store& store, const json& gateway);

}  // namespace zdt::rehearsal
