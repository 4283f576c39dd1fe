#include "rehearsal/controllers/gateway_envoy.h"

#include <fmt/format.h>

#include <map>

#include "base/text.h"

namespace zdt::rehearsal {
namespace {

std::string type_url(std::string_view type) { return "type.googleapis.com/envoy." + std::string(type); }

/// https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/core/v3/config_source.proto: a ConfigMap's files
/// change by a rename in their folder, not of the files.
json file_source(const std::string& name) {
  return {{"resource_api_version", "V3"},
          {"path_config_source",
           {{"path", fmt::format("{}/{}", kEnvoyFolder, name)},
            {"watched_directory", {{"path", kEnvoyFolder}}}}}};
}

json socket_address(const std::string& address, int64_t port) {
  return {{"socket_address", {{"address", address}, {"port_value", port}}}};
}

json bootstrap() {
  return {{"node", {{"id", "gateway"}, {"cluster", "gateway"}}},
          {"admin", {{"address", socket_address("0.0.0.0", kEnvoyAdminPort)}}},
          {"dynamic_resources",
           {{"lds_config", file_source("lds.json")}, {"cds_config", file_source("cds.json")}}}};
}

/// The idle limit of callers is that of our edge (manifests/routing-service): longer than any load balancer's
/// in front.
json connection_manager(int64_t port) {
  return {
      {"@type", type_url("extensions.filters.network.http_connection_manager.v3.HttpConnectionManager")},
      {"stat_prefix", fmt::format("port-{}", port)},
      {"use_remote_address", true},
      {"common_http_protocol_options", {{"idle_timeout", "620s"}}},
      {"rds",
       {{"route_config_name", fmt::format("port-{}", port)},
        {"config_source", file_source(fmt::format("rds-{}.json", port))}}},
      {"http_filters",
       json::array({{{"name", "envoy.filters.http.router"},
                     {"typed_config", {{"@type", type_url("extensions.filters.http.router.v3.Router")}}}}})}};
}

json listener_resource(int64_t port) {
  json filter = {{"name", "envoy.filters.network.http_connection_manager"},
                 {"typed_config", connection_manager(port)}};
  json chain = {{"filters", json::array({std::move(filter)})}};
  return {{"@type", type_url("config.listener.v3.Listener")},
          {"name", fmt::format("port-{}", port)},
          {"address", socket_address("0.0.0.0", envoy_port(port))},
          {"filter_chains", json::array({std::move(chain)})}};
}

/// kube-proxy chooses the pod, connection by connection; idle ones are given up before the pods' own limit of
/// 60 s.
json cluster_resource(const Backend& backend) {
  json endpoint = {{"endpoint", {{"address", socket_address(backend.address, backend.port)}}}};
  json group = {{"lb_endpoints", json::array({std::move(endpoint)})}};
  json limits = {{"max_connections", 8192},
                 {"max_pending_requests", 8192},
                 {"max_requests", 8192},
                 {"max_retries", 1024}};
  const char* const options = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
  json protocol = {{"@type", type_url("extensions.upstreams.http.v3.HttpProtocolOptions")},
                   {"common_http_protocol_options", {{"idle_timeout", "4s"}}},
                   {"explicit_http_config", {{"http_protocol_options", json::object()}}}};
  return {{"@type", type_url("config.cluster.v3.Cluster")},
          {"name", backend.cluster},
          {"type", "STATIC"},
          {"connect_timeout", "1s"},
          {"circuit_breakers", {{"thresholds", json::array({std::move(limits)})}}},
          {"typed_extension_protocol_options", {{options, std::move(protocol)}}},
          {"load_assignment",
           {{"cluster_name", backend.cluster}, {"endpoints", json::array({std::move(group)})}}}};
}

/// One virtual host for each host name of the port's listeners.
json route_configuration(const Store& store, const std::vector<GatewayListener>& listeners, int64_t port) {
  std::map<std::string, std::vector<ObjectPtr>> by_hostname;
  for (const GatewayListener& listener : listeners) {
    if (listener.port != port || !listener.problem.empty()) continue;
    for (const AttachedRoute& attached : listener.routes) {
      for (const std::string& name : attached.hostnames) by_hostname[name].push_back(attached.route);
    }
  }
  json hosts = json::array();
  for (const auto& [name, routes] : by_hostname) {
    hosts.push_back(
        {{"name", name}, {"domains", json::array({name})}, {"routes", envoy_routes(store, routes)}});
  }
  return {{"@type", type_url("config.route.v3.RouteConfiguration")},
          {"name", fmt::format("port-{}", port)},
          {"ignore_port_in_host_matching", true},
          {"virtual_hosts", std::move(hosts)}};
}

json resources(json list) { return {{"resources", std::move(list)}}; }

}  // namespace

int64_t envoy_port(int64_t listener_port) {
  return listener_port == kEnvoyAdminPort ? listener_port + 10'000 : listener_port;
}

EnvoyFiles envoy_files(const Store& store, const std::vector<GatewayListener>& listeners) {
  std::set<int64_t> ports;
  std::map<std::string, Backend> backends;
  for (const GatewayListener& listener : listeners) {
    if (listener.problem.empty()) ports.insert(listener.port);
    for (const AttachedRoute& attached : listener.routes) {
      for (const Backend& backend : backends_of(store, *attached.route)) {
        if (!backend.cluster.empty()) backends[backend.cluster] = backend;
      }
    }
  }
  json listening = json::array(), clusters = json::array();
  EnvoyFiles files;
  for (const int64_t port : ports) {
    listening.push_back(listener_resource(port));
    files[fmt::format("rds-{}.json", port)] =
        resources(json::array({route_configuration(store, listeners, port)}));
  }
  for (const auto& [name, backend] : backends) clusters.push_back(cluster_resource(backend));
  files["envoy.json"] = bootstrap();
  files["lds.json"] = resources(std::move(listening));
  files["cds.json"] = resources(std::move(clusters));
  return files;
}

std::set<std::string> cluster_names(const json& clusters_file) {
  std::set<std::string> names;
  for (const json& cluster : array_at(clusters_file, {"resources"}))
    names.insert(string_at(cluster, {"name"}));
  return names;
}

json merged_clusters(const Store& store, const json& wanted, const json& present) {
  json merged = wanted;
  const auto known = cluster_names(wanted);
  for (const json& cluster : array_at(present, {"resources"})) {
    const std::string name = string_at(cluster, {"name"});
    const auto parts = split(name, '/');
    const bool there = parts.size() == 3 && store.find("services", parts[0], parts[1]);
    if (!known.contains(name) && there) merged["resources"].push_back(cluster);
  }
  return merged;
}

}  // namespace zdt::rehearsal
