// What Envoy's static configuration in a ConfigMap says about connections, time limits and retries.
#pragma once
#include "audit/object_set.h"

namespace zdt::audit {

/// retries  tries after the first; 0 without a retry policy.   limit  of all tries together; zero: none.
/// path     of the route within the configuration, for people: "web/0".
struct EnvoyRoute {
  std::string path;
  std::vector<std::string> clusters;
  milliseconds limit{15'000};
  int64_t retries = 0;
};

/// idle  after which it closes an idle connection; zero: never.
struct EnvoyListener {
  std::string name;
  int64_t port = 0;
  milliseconds idle{3'600'000};
  std::vector<EnvoyRoute> routes;
};

struct EnvoyEndpoint {
  std::string host;
  int64_t port = 0;
};

struct EnvoyCluster {
  std::string name;
  milliseconds idle{3'600'000};
  std::vector<EnvoyEndpoint> endpoints;
};

/// Defaults: idle 1 h on both sides, a route's limit 15 s, one retry where a policy names no number.
/// https://www.envoyproxy.io/docs/envoy/latest/faq/configuration/timeouts
/// https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/route/v3/route_components.proto
struct EnvoyConfig {
  std::vector<EnvoyListener> listeners;
  std::vector<EnvoyCluster> clusters;
  const EnvoyListener* listener_on(int64_t port) const;
};

/// Nothing when `text` is no Envoy configuration with static resources.
std::optional<EnvoyConfig> read_envoy(std::string_view text);

/// A configuration that a workload mounts. map, key  where it stands.
struct EnvoyProxy {
  const Workload* workload = nullptr;
  const json* map = nullptr;
  std::string key;
  EnvoyConfig config;
};
std::vector<EnvoyProxy> envoys_of(const ObjectSet& set);

}  // namespace zdt::audit
