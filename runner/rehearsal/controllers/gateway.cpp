#include "rehearsal/controllers/gateway.h"

#include <algorithm>
#include <set>

#include "base/json_limits.h"
#include "rehearsal/controllers/gateway_status.h"
#include "rehearsal/controllers/objects.h"

namespace zdt::rehearsal {
namespace {

constexpr const char* kClasses = "gatewayclasses.gateway.networking.k8s.io";

bool includes_new_names(const std::set<std::string>& wanted, const std::set<std::string>& present) {
  return !std::includes(present.begin(), present.end(), wanted.begin(), wanted.end());
}

/// The file of a ConfigMap; null when it is not there.
json file_in(const json& map, const std::string& name) {
  return parse_json_or_null(string_at(map, {"data", name}, "null"));
}

}  // namespace

GatewayController::GatewayController(Store& store, Defaults defaults, Clock now)
    : store_(store), defaults_(std::move(defaults)), now_(std::move(now)) {}

std::vector<Key> GatewayController::concerned(const Event& event) {
  const json& object = *event.object;
  if (event.resource == kGateways) return {key_of(object)};
  if (event.resource == "deployments.apps") {
    const std::string owner = controller_name(object, "Gateway");
    return owner.empty() ? std::vector<Key>{} : std::vector<Key>{{key_of(object).ns, owner}};
  }
  std::vector<Key> keys;
  if (event.resource == kHttpRoutes) {
    keys = parents_of(object);
    if (event.previous) std::ranges::copy(parents_of(*event.previous), std::back_inserter(keys));
  }
  const bool general = event.resource == kClasses || event.resource == kReferenceGrants ||
                       event.resource == "services" || event.resource == "namespaces";
  if (event.resource == kClasses) keys.push_back({"", key_of(object).name});
  if (!general) return keys;
  for (const ObjectPtr& gateway : store_.list(kGateways)) keys.push_back(key_of(*gateway));
  return keys;
}

bool GatewayController::is_ours(const json& gateway) const {
  const ObjectPtr kind = store_.find(kClasses, "", string_at(gateway, {"spec", "gatewayClassName"}));
  return kind && string_at(*kind, {"spec", "controllerName"}) == kGatewayController;
}

std::string GatewayController::resource_of(const Key& key) const { return key.ns.empty() ? kClasses : kGateways; }

Result<Outcome> GatewayController::reconcile(const Key& key) {
  if (key.ns.empty()) return reconcile_class(key.name);
  const ObjectPtr gateway = store_.find(kGateways, key.ns, key.name);
  if (!gateway || is_deleting(*gateway)) {
    clusters_added_.erase(key);
    const auto written = write_route_statuses(key, {});
    if (!written) return written.error();
    return Outcome{};
  }
  if (!is_ours(*gateway)) return Outcome{};
  const GatewayRoutes routes = attach_routes(store_, *gateway);
  const auto outcome = write_files(*gateway, envoy_files(store_, routes.listeners));
  if (!outcome) return outcome.error();
  auto written = write_deployment(*gateway);
  if (written) written = write_service(*gateway, routes.listeners);
  if (written) written = write_statuses(*gateway, routes);
  if (!written) return written.error();
  return outcome;
}

Result<Outcome> GatewayController::reconcile_class(const std::string& name) {
  const ObjectPtr kind = store_.find(kClasses, "", name);
  if (!kind || string_at(*kind, {"spec", "controllerName"}) != kGatewayController) return Outcome{};
  const auto written = store_.modify(kClasses, "", name, [this](json& changed) {
    json conditions = array_at(changed, {"status", "conditions"});
    const int64_t generation = int_at(changed, {"metadata", "generation"});
    put_condition(conditions, "Accepted", true, "Accepted", "GatewayClass is accepted", generation, now_());
    changed["status"]["conditions"] = std::move(conditions);
  });
  if (!written) return written.error();
  return Outcome{};
}

/// Two writes when a cluster is new: first the clusters alone, then, when Envoy has had time for them, the
/// routes.
Result<Outcome> GatewayController::write_files(const json& gateway, EnvoyFiles wanted) {
  const Key key = key_of(gateway);
  const ObjectPtr map = store_.find("configmaps", key.ns, gateway_object_name(gateway));
  if (!map) {
    const auto created = put("configmaps", gateway_config_map(gateway, wanted));
    if (!created) return created.error();
    return Outcome{};
  }
  const json clusters = file_in(*map, "cds.json");
  const bool adds = includes_new_names(cluster_names(wanted["cds.json"]), cluster_names(clusters));
  wanted["cds.json"] = merged_clusters(store_, wanted["cds.json"], clusters);
  if (adds) clusters_added_[key] = now_();
  const auto added = clusters_added_.find(key);
  const WallTime due = added == clusters_added_.end() ? now_() : added->second + kClusterLead;
  const auto left = std::chrono::ceil<milliseconds>(due - now_());
  EnvoyFiles files = wanted;
  if (left.count() > 0) {
    for (auto& [name, content] : files) {
      const json present = name == "cds.json" ? json() : file_in(*map, name);
      if (present.is_object()) content = present;
    }
  }
  const auto written = put("configmaps", gateway_config_map(gateway, files));
  if (!written) return written.error();
  Outcome outcome;
  if (left.count() > 0) outcome.requeue_after = left;
  return outcome;
}

/// Someone may have scaled it: the number of replicas is theirs.
Result<void> GatewayController::write_deployment(const json& gateway) {
  json wanted = gateway_deployment(gateway);
  defaults_("deployments.apps", wanted);
  const ObjectPtr current = store_.find("deployments.apps", key_of(gateway).ns, gateway_object_name(gateway));
  if (current) wanted["spec"]["replicas"] = int32_at(*current, {"spec", "replicas"}, 1);
  return put("deployments.apps", std::move(wanted));
}

/// Cluster IP and node ports are others' to choose.
Result<void> GatewayController::write_service(const json& gateway,
                                              const std::vector<GatewayListener>& listeners) {
  json wanted = gateway_service(gateway, listeners);
  defaults_("services", wanted);
  const ObjectPtr current = store_.find("services", key_of(gateway).ns, gateway_object_name(gateway));
  if (!current) return put("services", std::move(wanted));
  for (json& port : wanted["spec"]["ports"]) {
    for (const json& known : array_at(*current, {"spec", "ports"})) {
      if (int32_at(known, {"port"}) == int32_at(port, {"port"}) && known.contains("nodePort"))
        port["nodePort"] = known["nodePort"];
    }
  }
  json spec = object_at(*current, {"spec"});
  spec.update(wanted["spec"]);
  wanted["spec"] = std::move(spec);
  return put("services", std::move(wanted));
}

Result<void> GatewayController::write_statuses(const json& gateway, const GatewayRoutes& routes) {
  const auto [ns, name] = key_of(gateway);
  const ObjectPtr service = store_.find("services", ns, gateway_object_name(gateway));
  const ObjectPtr deployment = store_.find("deployments.apps", ns, gateway_object_name(gateway));
  const std::string address = service ? string_at(*service, {"spec", "clusterIP"}) : "";
  const bool serves = deployment && int32_at(*deployment, {"status", "availableReplicas"}) > 0;
  const auto written = store_.modify(kGateways, ns, name, [&](json& changed) {
    changed["status"] = gateway_status(changed, routes, address, serves, now_());
  });
  if (!written) return written.error();
  return write_route_statuses({ns, name}, routes.parents);
}

/// Of every route that names the Gateway, and of those that did before.
Result<void> GatewayController::write_route_statuses(const Key& gateway,
                                                     const std::vector<RouteParent>& parents) {
  for (const ObjectPtr& route : store_.list(kHttpRoutes)) {
    const Key key = key_of(*route);
    std::vector<RouteParent> own;
    std::ranges::copy_if(parents, std::back_inserter(own),
                         [&](const auto& parent) { return parent.route == key; });
    json status = route_status(store_, *route, gateway, own, now_());
    if (status == object_at(*route, {"status"})) continue;
    if (own.empty() && array_at(status, {"parents"}) == array_at(*route, {"status", "parents"})) continue;
    const auto written = store_.modify(kHttpRoutes, key.ns, key.name,
                                       [&](json& changed) { changed["status"] = std::move(status); });
    if (!written) return written.error();
  }
  return {};
}

/// Creates it, or brings what is ours of it up to date.
Result<void> GatewayController::put(const std::string& resource, json object) {
  const auto [ns, name] = key_of(object);
  if (!store_.find(resource, ns, name)) {
    const auto created = store_.create(resource, std::move(object));
    if (!created) return created.error();
    return {};
  }
  const auto written = store_.modify(resource, ns, name, [&](json& changed) {
    if (!at(changed, {"metadata", "labels"}).is_object()) changed["metadata"]["labels"] = json::object();
    for (const auto& [label, value] : object["metadata"]["labels"].items())
      changed["metadata"]["labels"][label] = value;
    for (const char* part : {"spec", "data"}) {
      if (object.contains(part)) changed[part] = object[part];
    }
  });
  if (!written) return written.error();
  return {};
}

}  // namespace zdt::rehearsal
