#include "rehearsal/controllers/gateway_listeners.h"

#include <algorithm>

#include "rehearsal/controllers/objects.h"

namespace zdt::rehearsal {
namespace {

bool is_gateway(const json& parent) {
  return string_at(parent, {"kind"}, "Gateway") == "Gateway" &&
         string_at(parent, {"group"}, kGatewayGroup) == kGatewayGroup;
}

Key gateway_key(const json& parent, const json& route) {
  return {string_at(parent, {"namespace"}, key_of(route).ns), string_at(parent, {"name"})};
}

/// "*.example.com" covers every name that ends in ".example.com", another wildcard too.
bool covers(const std::string& pattern, const std::string& name) {
  return pattern.starts_with("*.") && name.size() > pattern.size() - 1 && name.ends_with(pattern.substr(1));
}

bool allows_namespace(const Store& store, const json& gateway, const json& listener, const std::string& ns) {
  const json& namespaces = object_at(listener, {"allowedRoutes", "namespaces"});
  const std::string from = string_at(namespaces, {"from"}, "Same");
  if (from == "All") return true;
  if (from == "Same") return ns == key_of(gateway).ns;
  const ObjectPtr space = store.find("namespaces", "", ns);
  return from == "Selector" && space && selects(object_at(namespaces, {"selector"}), labels_of(*space));
}

bool allows_kind(const json& listener) {
  const json& kinds = array_at(listener, {"allowedRoutes", "kinds"});
  return kinds.empty() || std::any_of(kinds.begin(), kinds.end(), [](const json& kind) {
           return string_at(kind, {"kind"}) == "HTTPRoute";
         });
}

bool is_meant(const json& parent, const json& listener) {
  const bool section =
      string_at(parent, {"sectionName"}, string_at(listener, {"name"})) == string_at(listener, {"name"});
  return section && int32_at(parent, {"port"}, int32_at(listener, {"port"})) == int32_at(listener, {"port"});
}

GatewayListener listener_of(const json& listener) {
  GatewayListener made;
  made.name = string_at(listener, {"name"});
  made.protocol = string_at(listener, {"protocol"});
  made.hostname = string_at(listener, {"hostname"});
  made.port = port_at(listener, {"port"}).value_or(0);
  if (made.protocol != "HTTP") {
    made.problem = "UnsupportedProtocol";
    made.message = "protocol " + made.protocol + " is not supported";
  } else if (made.port == 0) {
    made.problem = "PortUnavailable";
    made.message = "the port is none from 1 to 65535";
  } else if (!made.hostname.empty() && !is_route_hostname(made.hostname)) {
    made.problem = "Invalid";
    made.message = "the hostname is no DNS name";
  } else if (!is_dns_subdomain(made.name)) {
    made.problem = "Invalid";
    made.message = "the name is no DNS name";
  }
  return made;
}

/// Hangs `route` on the listeners that `parent` means. The further a refusal comes, the more it says.
RouteParent attach(const Store& store, const json& gateway, const ObjectPtr& route, const json& parent,
                   std::vector<GatewayListener>& listeners) {
  RouteParent result{key_of(*route), parent, "NoMatchingParent", "no listener of the Gateway is named so"};
  bool allowed = false, attached = false;
  const json& specified = array_at(gateway, {"spec", "listeners"});
  for (size_t i = 0; i < specified.size(); ++i) {
    if (!is_meant(parent, specified[i])) continue;
    if (!allowed)
      result.reason = "NotAllowedByListeners", result.message = "allowedRoutes of the listener says no";
    if (!allows_kind(specified[i]) || !allows_namespace(store, gateway, specified[i], key_of(*route).ns))
      continue;
    allowed = true;
    if (!attached)
      result.reason = "NoMatchingListenerHostname", result.message = "no host name is the listener's, too";
    auto names = common_hostnames(listeners[i].hostname, *route);
    if (names.empty()) continue;
    attached = true;
    listeners[i].routes.push_back({route, std::move(names)});
  }
  if (attached) result.reason = "Accepted", result.message = "Route is accepted";
  return result;
}

}  // namespace

std::vector<Key> parents_of(const json& route) {
  std::vector<Key> keys;
  for (const json& parent : array_at(route, {"spec", "parentRefs"})) {
    if (is_gateway(parent)) keys.push_back(gateway_key(parent, route));
  }
  return keys;
}

std::vector<std::string> common_hostnames(const std::string& listener, const json& route) {
  if (array_at(route, {"spec", "hostnames"}).empty()) return {listener.empty() ? "*" : listener};
  std::vector<std::string> common;
  for (const std::string& name : strings_at(route, {"spec", "hostnames"})) {
    if (listener.empty() || name == listener || covers(listener, name)) {
      common.push_back(name);
    } else if (covers(name, listener)) {
      common.push_back(listener);
    }
  }
  return common;
}

GatewayRoutes attach_routes(const Store& store, const json& gateway) {
  GatewayRoutes result;
  for (const json& listener : array_at(gateway, {"spec", "listeners"}))
    result.listeners.push_back(listener_of(listener));
  for (const ObjectPtr& route : store.list(kHttpRoutes)) {
    for (const json& parent : array_at(*route, {"spec", "parentRefs"})) {
      if (!is_gateway(parent) || gateway_key(parent, *route) != key_of(gateway)) continue;
      const std::string unsupported = unsupported_part(*route), malformed = malformed_part(*route);
      if (!malformed.empty()) {
        result.parents.push_back({key_of(*route), parent, "UnsupportedValue", malformed + " is not a valid value"});
      } else if (!unsupported.empty()) {
        result.parents.push_back(
            {key_of(*route), parent, "UnsupportedValue", unsupported + " is not supported"});
      } else {
        result.parents.push_back(attach(store, gateway, route, parent, result.listeners));
      }
    }
  }
  return result;
}

}  // namespace zdt::rehearsal
