#include "audit/envoy.h"

#include <algorithm>

#include "base/yaml.h"

namespace zdt::audit {
namespace {

constexpr const char* kHttpOptions = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";

milliseconds envoy_time(const json& object, Path path, milliseconds fallback) {
  return time_in(string_at(object, path)).value_or(fallback);
}

void read_target(const json& action, EnvoyRoute& route) {
  if (at(action, {"cluster"}).is_string()) route.clusters.push_back(string_at(action, {"cluster"}));
  for (const json& part : array_at(action, {"weighted_clusters", "clusters"})) {
    route.clusters.push_back(string_at(part, {"name"}));
  }
}

EnvoyRoute read_route(const json& host, const json& route, size_t index) {
  EnvoyRoute read;
  read.path = fmt::format("{}/{}", string_at(host, {"name"}), index);
  const json& action = at(route, {"route"});
  read_target(action, read);
  read.limit = envoy_time(action, {"timeout"}, read.limit);
  const json& policy =
      action.contains("retry_policy") ? action.at("retry_policy") : at(host, {"retry_policy"});
  if (policy.is_object()) read.retries = int_at(policy, {"num_retries"}, 1);
  return read;
}

void read_filter(const json& filter, EnvoyListener& listener) {
  const json& manager = at(filter, {"typed_config"});
  if (string_at(manager, {"@type"}).find("HttpConnectionManager") == std::string::npos) return;
  listener.idle = envoy_time(manager, {"common_http_protocol_options", "idle_timeout"}, listener.idle);
  for (const json& host : array_at(manager, {"route_config", "virtual_hosts"})) {
    const json& routes = array_at(host, {"routes"});
    for (size_t i = 0; i < routes.size(); ++i) {
      if (at(routes[i], {"route"}).is_object()) listener.routes.push_back(read_route(host, routes[i], i));
    }
  }
}

EnvoyListener read_listener(const json& listener) {
  EnvoyListener read;
  read.name = string_at(listener, {"name"});
  read.port = int_at(listener, {"address", "socket_address", "port_value"});
  for (const json& chain : array_at(listener, {"filter_chains"})) {
    for (const json& filter : array_at(chain, {"filters"})) read_filter(filter, read);
  }
  return read;
}

EnvoyCluster read_cluster(const json& cluster) {
  EnvoyCluster read;
  read.name = string_at(cluster, {"name"});
  const json& old_place = at(cluster, {"common_http_protocol_options"});
  const json& options =
      at(cluster, {"typed_extension_protocol_options", kHttpOptions, "common_http_protocol_options"});
  read.idle = envoy_time(options.is_object() ? options : old_place, {"idle_timeout"}, read.idle);
  for (const json& locality : array_at(cluster, {"load_assignment", "endpoints"})) {
    for (const json& endpoint : array_at(locality, {"lb_endpoints"})) {
      const json& address = at(endpoint, {"endpoint", "address", "socket_address"});
      read.endpoints.push_back({string_at(address, {"address"}), int_at(address, {"port_value"})});
    }
  }
  return read;
}

void add_proxies(const Workload& workload, const json& map, std::vector<EnvoyProxy>& proxies) {
  for (const auto& [key, text] : object_at(map, {"data"}).items()) {
    if (!text.is_string()) continue;
    auto config = read_envoy(text.get<std::string>());
    if (config) proxies.push_back({&workload, &map, key, std::move(*config)});
  }
}

}  // namespace

const EnvoyListener* EnvoyConfig::listener_on(int64_t port) const {
  const auto found = std::find_if(listeners.begin(), listeners.end(),
                                  [&](const EnvoyListener& one) { return one.port == port; });
  return found == listeners.end() ? nullptr : &*found;
}

std::optional<EnvoyConfig> read_envoy(std::string_view text) {
  if (text.find("static_resources") == std::string_view::npos) return std::nullopt;
  auto parsed = parse_yaml(text, "Envoy's configuration");
  if (!parsed || !at(*parsed, {"static_resources"}).is_object()) return std::nullopt;
  EnvoyConfig config;
  for (const json& listener : array_at(*parsed, {"static_resources", "listeners"})) {
    config.listeners.push_back(read_listener(listener));
  }
  for (const json& cluster : array_at(*parsed, {"static_resources", "clusters"})) {
    config.clusters.push_back(read_cluster(cluster));
  }
  return config;
}

std::vector<EnvoyProxy> envoys_of(const ObjectSet& set) {
  std::vector<EnvoyProxy> proxies;
  for (const Workload& workload : set.workloads()) {
    for (const json& volume : array_at(*workload.pod, {"volumes"})) {
      const std::string name = string_at(volume, {"configMap", "name"});
      const json* map = name.empty() ? nullptr : set.find("ConfigMap", namespace_of(*workload.object), name);
      if (map != nullptr) add_proxies(workload, *map, proxies);
    }
  }
  return proxies;
}

}  // namespace zdt::audit
