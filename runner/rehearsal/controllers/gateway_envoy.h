// A Gateway as Envoy's configuration in files: pure functions, so that it can be read in a test.
// https://www.envoyproxy.io/docs/envoy/latest/start/quick-start/configuration-dynamic-filesystem
#pragma once
#include <set>

#include "rehearsal/controllers/gateway_listeners.h"

namespace zdt::rehearsal {

/// File name -> content, as the ConfigMap has it: envoy.json (what Envoy is started with), lds.json, cds.json
/// and one rds-PORT.json for each port. Envoy takes each up when the folder's content moves; a new route
/// needs no new listener.
using EnvoyFiles = std::map<std::string, json>;

inline constexpr const char* kEnvoyFolder = "/etc/envoy";
inline constexpr int64_t kEnvoyAdminPort = 9901;

/// Where Envoy listens for a listener's port: there, too, but that the admin port is taken already.
int64_t envoy_port(int64_t listener_port);

/// Listeners with a problem are left out.
EnvoyFiles envoy_files(const Store& store, const std::vector<GatewayListener>& listeners);

/// The names of the clusters in a cds.json.
std::set<std::string> cluster_names(const json& clusters_file);

/// `wanted` with those clusters of `present` besides whose Service is still there: so that a cluster exists
/// before the first route to it, and after the last one.
json merged_clusters(const Store& store, const json& wanted, const json& present);

}  // namespace zdt::rehearsal
