#include "rehearsal/controllers/gateway_status.h"

#include <fmt/format.h>

#include <algorithm>

#include "rehearsal/controllers/objects.h"

namespace zdt::rehearsal {
namespace {

int64_t generation_of(const json& object) { return int_at(object, {"metadata", "generation"}); }

json present_conditions(const json& list, const std::function<bool(const json&)>& is_it) {
  for (const json& each : list) {
    if (is_it(each)) return array_at(each, {"conditions"});
  }
  return json::array();
}

json listener_status(const json& gateway, const GatewayListener& listener, bool serves, WallTime now) {
  const int64_t generation = generation_of(gateway);
  json conditions = present_conditions(array_at(gateway, {"status", "listeners"}), [&](const json& each) {
    return string_at(each, {"name"}) == listener.name;
  });
  const bool good = listener.problem.empty();
  put_condition(conditions, "Accepted", good, good ? "Accepted" : listener.problem, listener.message, generation, now);
  put_condition(conditions, "Programmed", good && serves,
                good && serves ? "Programmed"
                : good         ? "Pending"
                               : "Invalid",
                "", generation, now);
  put_condition(conditions, "ResolvedRefs", true, "ResolvedRefs", "", generation, now);
  put_condition(conditions, "Conflicted", false, "NoConflicts", "", generation, now);
  return {{"name", listener.name},
          {"supportedKinds", json::array({{{"group", kGatewayGroup}, {"kind", "HTTPRoute"}}})},
          {"attachedRoutes", listener.routes.size()},
          {"conditions", std::move(conditions)}};
}

/// reason and message of ResolvedRefs.
std::pair<std::string, std::string> resolution(const Store& store, const json& route) {
  for (const Backend& backend : backends_of(store, route)) {
    if (backend.cluster.empty()) return {backend.reason, backend.message};
  }
  return {"ResolvedRefs", ""};
}

bool is_ours(const json& parent, const Key& route, const Key& gateway) {
  return string_at(parent, {"controllerName"}) == kGatewayController &&
         string_at(parent, {"parentRef", "name"}) == gateway.name &&
         string_at(parent, {"parentRef", "namespace"}, route.ns) == gateway.ns;
}

}  // namespace

void put_condition(json& conditions, const std::string& type, bool holds, const std::string& reason,
                   const std::string& message, int64_t generation, WallTime now) {
  const std::string status = holds ? "True" : "False";
  json written = {{"type", type},
                  {"status", status},
                  {"reason", reason},
                  {"message", message},
                  {"observedGeneration", generation},
                  {"lastTransitionTime", format_time(now)}};
  for (json& each : conditions) {
    if (string_at(each, {"type"}) != type) continue;
    if (string_at(each, {"status"}) == status) written["lastTransitionTime"] = at(each, {"lastTransitionTime"});
    each = std::move(written);
    return;
  }
  conditions.push_back(std::move(written));
}

json gateway_status(const json& gateway, const GatewayRoutes& routes, const std::string& address, bool serves,
                    WallTime now) {
  const auto& listeners = routes.listeners;
  const bool all_good =
      std::all_of(listeners.begin(), listeners.end(), [](const auto& each) { return each.problem.empty(); });
  json status = object_at(gateway, {"status"});
  json conditions = array_at(status, {"conditions"});
  const int64_t generation = generation_of(gateway);
  put_condition(conditions, "Accepted", true, all_good ? "Accepted" : "ListenersNotValid", "", generation,
                now);
  const bool programmed = serves && !address.empty();
  put_condition(conditions, "Programmed", programmed, programmed ? "Programmed" : "Pending",
                programmed ? "" : "no Envoy of the Gateway is ready yet", generation, now);
  status["conditions"] = std::move(conditions);
  status["addresses"] = json::array();
  if (!address.empty()) status["addresses"].push_back({{"type", "IPAddress"}, {"value", address}});
  status["listeners"] = json::array();
  for (const GatewayListener& listener : listeners)
    status["listeners"].push_back(listener_status(gateway, listener, programmed, now));
  return status;
}

json route_status(const Store& store, const json& route, const Key& gateway,
                  const std::vector<RouteParent>& parents, WallTime now) {
  json status = object_at(route, {"status"}), kept = json::array();
  const json& before = array_at(status, {"parents"});
  for (const json& parent : before) {
    if (!is_ours(parent, key_of(route), gateway)) kept.push_back(parent);
  }
  const auto [reason, message] = resolution(store, route);
  for (const RouteParent& parent : parents) {
    json conditions = present_conditions(before, [&](const json& each) {
      return at(each, {"parentRef"}) == parent.reference &&
             string_at(each, {"controllerName"}) == kGatewayController;
    });
    const int64_t generation = generation_of(route);
    put_condition(conditions, "Accepted", parent.reason == "Accepted", parent.reason, parent.message,
                  generation, now);
    put_condition(conditions, "ResolvedRefs", reason == "ResolvedRefs", reason, message, generation, now);
    kept.push_back({{"parentRef", parent.reference},
                    {"controllerName", kGatewayController},
                    {"conditions", std::move(conditions)}});
  }
  status["parents"] = std::move(kept);
  return status;
}

}  // namespace zdt::rehearsal
