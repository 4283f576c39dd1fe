// The relabelings that the Prometheus operator makes of a monitor. Pure functions.
// https://github.com/prometheus-operator/prometheus-operator/blob/v0.79.0/pkg/prometheus/promcfg.go
#pragma once
#include "rehearsal/controllers/controller.h"

namespace zdt::rehearsal {

/// What differs between the two kinds.   object  whose labels are selected on: "service" or "pod".
struct MonitorSource {
  std::string_view role, job_prefix, object;
};
inline constexpr MonitorSource kServiceSource{"endpointslice", "serviceMonitor", "service"};
inline constexpr MonitorSource kPodSource{"pod", "podMonitor", "pod"};

/// relabel_configs of one endpoint of a monitor.
json relabel_rules(const MonitorSource& source, const json& monitor, const json& endpoint);

/// Whether Prometheus can read all regular expressions of these relabelings. It takes nothing of a configuration
/// with one that it cannot read, so the operator rejects the monitor (validateRelabelConfigs, pkg/prometheus).
bool are_readable(const json& rules);

/// The operator's RelabelConfigs, Prometheus' own with camelCase names, in Prometheus' form.
json relabelings(const json& given);

}  // namespace zdt::rehearsal
