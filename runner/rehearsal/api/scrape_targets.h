// Prometheus' service discovery, done for it: Debian's Prometheus is built without kubernetes_sd_configs, so
// it asks here through http_sd_configs (prometheus.io/docs/prometheus/latest/http_sd) and gets the same
// targets with the same meta labels
// (prometheus.io/docs/prometheus/latest/configuration/configuration/#kubernetes_sd_config).
#pragma once
#include <string>
#include <vector>

#include "rehearsal/store/store.h"

namespace zdt::rehearsal::api {

/// role  "endpointslice" (one target for each address and port of each slice) or "pod" (one for each port of
/// each container, the init containers' too).   namespaces  empty: all.
/// [{"targets": ["10.244.0.7:8000"], "labels": {"__meta_kubernetes_namespace": "default", …}}, …]
json scrape_targets(const Store& store, const std::string& role, const std::vector<std::string>& namespaces);

}  // namespace zdt::rehearsal::api
