// ServiceMonitors and PodMonitors as Prometheus' scrape configuration, as the Prometheus operator makes it:
// pure functions.
#pragma once
#include "rehearsal/controllers/left_out.h"

namespace zdt::rehearsal {

/// One scrape_config for each entry of spec.endpoints, in order. Of an endpoint: port, targetPort, path,
/// scheme, params, interval, scrapeTimeout, honorLabels, honorTimestamps, bearerTokenFile, tlsConfig (of
/// files), relabelings, metricRelabelings; of the spec: selector, namespaceSelector, jobLabel, targetLabels,
/// podTargetLabels.
json scrape_configs_of_service_monitor(const json& monitor);
/// The same for spec.podMetricsEndpoints.
json scrape_configs_of_pod_monitor(const json& monitor);

/// The whole prometheus.yml of a Prometheus object (monitoring.coreos.com/v1): scrapeInterval (30s),
/// evaluationInterval, externalLabels, and the monitors that its selectors choose. A missing selector chooses
/// none and an empty one all; a missing namespace selector means its own namespace.
/// A monitor with a value that Prometheus would refuse is left out: Prometheus takes its configuration whole or not at
/// all.
json prometheus_configuration(const Store& store, const json& prometheus, LeftOutList left_out = nullptr);

inline constexpr const char* kPrometheuses = "prometheuses.monitoring.coreos.com";
inline constexpr const char* kServiceMonitors = "servicemonitors.monitoring.coreos.com";
inline constexpr const char* kPodMonitors = "podmonitors.monitoring.coreos.com";

}  // namespace zdt::rehearsal
