// One number from a Prometheus, as KEDA's scaler asks for it.
// https://prometheus.io/docs/prometheus/latest/querying/api/#instant-queries
#pragma once
#include "http/client.h"
#include "rehearsal/store/store.h"

namespace zdt::rehearsal {

/// address      "http://prometheus.monitoring.svc.cluster.local:9090", a Service's name or an IP address.
/// ignore_null  whether an empty answer counts as 0; else it is a failure (ignoreNullValues of the trigger).
/// network      the namespace to ask from; null: this one.
struct PrometheusQuery {
  std::string address, query;
  bool ignore_null = true;
  std::shared_ptr<host::NetworkNamespace> network;
};

/// `address` with the cluster IP (of a headless Service: a ready endpoint) in the place of
/// NAME.NAMESPACE[.svc[.…]], so that nobody has to ask the cluster's DNS. Fails kNotFound, in the words of a
/// resolver.
Result<std::string> resolve_service(const Store& store, const std::string& address);

/// Fails kEnvironment, kTimeout (3 s), kInvalid: no answer of one element, in KEDA's words
/// (pkg/scalers/prometheus_scaler.go, ExecutePromQuery).
Task<Result<double>> ask_prometheus(http::Client& client, const Store& store, PrometheusQuery query);

}  // namespace zdt::rehearsal
