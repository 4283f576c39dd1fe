#include "rehearsal/controllers/monitors_config.h"

#include <fmt/format.h>

#include <map>

#include "rehearsal/controllers/monitors_relabeling.h"
#include "rehearsal/controllers/objects.h"

namespace zdt::rehearsal {
namespace {

constexpr const char* kApiName = "kubernetes.default.svc.cluster.local";
constexpr const char* kToken = "/var/run/secrets/kubernetes.io/serviceaccount/token";
constexpr const char* kAuthority = "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt";

/// Where the operator writes kubernetes_sd_configs, which Debian's Prometheus is built without: the API
/// server does the same discovery (rehearsal/api/scrape_targets.h).
json discovery(const MonitorSource& source, const json& monitor) {
  std::string url = fmt::format("https://{}/rehearsal.zdt.dev/scrape-targets?role={}", kApiName, source.role);
  const json& selector = object_at(monitor, {"spec", "namespaceSelector"});
  const json& names = array_at(selector, {"matchNames"});
  for (const json& name : names) url += "&namespace=" + name.get<std::string>();
  if (names.empty() && !bool_at(selector, {"any"})) url += "&namespace=" + key_of(monitor).ns;
  return {{"url", url},
          {"refresh_interval", "2s"},
          // Said although it is the default: up to 2.42, http_sd_configs forget it.
          {"authorization", {{"type", "Bearer"}, {"credentials_file", kToken}}},
          {"tls_config", {{"ca_file", kAuthority}}}};
}

json scrape_config(const MonitorSource& source, const json& monitor, const json& endpoint, size_t index) {
  const auto [ns, name] = key_of(monitor);
  json config = {{"job_name", fmt::format("{}/{}/{}/{}", source.job_prefix, ns, name, index)},
                 {"honor_labels", bool_at(endpoint, {"honorLabels"})},
                 {"http_sd_configs", json::array({discovery(source, monitor)})},
                 {"relabel_configs", relabel_rules(source, monitor, endpoint)}};
  static const std::map<std::string, std::string> kTls = {{"caFile", "ca_file"},
                                                          {"certFile", "cert_file"},
                                                          {"keyFile", "key_file"},
                                                          {"serverName", "server_name"},
                                                          {"insecureSkipVerify", "insecure_skip_verify"}};
  static const std::map<std::string, std::string> kPlain = {{"interval", "scrape_interval"},
                                                            {"scrapeTimeout", "scrape_timeout"},
                                                            {"path", "metrics_path"},
                                                            {"scheme", "scheme"},
                                                            {"params", "params"},
                                                            {"honorTimestamps", "honor_timestamps"}};
  for (const auto& [theirs, ours] : kPlain) {
    if (endpoint.contains(theirs)) config[ours] = endpoint[theirs];
  }
  const std::string token = string_at(endpoint, {"bearerTokenFile"});
  if (!token.empty()) config["authorization"] = {{"credentials_file", token}};
  for (const auto& [theirs, ours] : kTls) {
    const json& value = at(endpoint, {"tlsConfig", theirs});
    if (!value.is_null()) config["tls_config"][ours] = value;
  }
  json metrics = relabelings(array_at(endpoint, {"metricRelabelings"}));
  if (!metrics.empty()) config["metric_relabel_configs"] = std::move(metrics);
  return config;
}

json scrape_configs(const MonitorSource& source, const json& monitor, const char* list) {
  json configs = json::array();
  for (const json& endpoint : array_at(monitor, {"spec", list})) {
    configs.push_back(scrape_config(source, monitor, endpoint, configs.size()));
    for (const char* rules : {"relabel_configs", "metric_relabel_configs"}) {
      if (!are_readable(array_at(configs.back(), {rules}))) return json::array();
    }
  }
  return configs;
}

/// metav1.LabelSelector as the operator reads it: none chooses nothing, an empty one everything.
bool chooses(const json& selector, const json& labels) {
  return selector.is_object() && (selector.empty() || selects(selector, labels));
}

bool is_chosen(const Store& store, const json& prometheus, const json& monitor, const std::string& prefix) {
  if (!chooses(at(prometheus, {"spec", prefix + "Selector"}), labels_of(monitor))) return false;
  const std::string ns = key_of(monitor).ns;
  const json& spaces = at(prometheus, {"spec", prefix + "NamespaceSelector"});
  if (!spaces.is_object()) return ns == key_of(prometheus).ns;
  const ObjectPtr space = store.find("namespaces", "", ns);
  return space && chooses(spaces, labels_of(*space));
}

}  // namespace

json scrape_configs_of_service_monitor(const json& monitor) {
  return scrape_configs(kServiceSource, monitor, "endpoints");
}

json scrape_configs_of_pod_monitor(const json& monitor) {
  return scrape_configs(kPodSource, monitor, "podMetricsEndpoints");
}

json prometheus_configuration(const Store& store, const json& prometheus) {
  const std::string interval = string_at(prometheus, {"spec", "scrapeInterval"}, "30s");
  json global = {{"scrape_interval", interval},
                 {"evaluation_interval", string_at(prometheus, {"spec", "evaluationInterval"}, interval)}};
  const json& labels = object_at(prometheus, {"spec", "externalLabels"});
  if (!labels.empty()) global["external_labels"] = labels;
  json configs = json::array();
  for (const ObjectPtr& monitor : store.list(kServiceMonitors)) {
    if (!is_chosen(store, prometheus, *monitor, "serviceMonitor")) continue;
    for (json& config : scrape_configs_of_service_monitor(*monitor)) configs.push_back(std::move(config));
  }
  for (const ObjectPtr& monitor : store.list(kPodMonitors)) {
    if (!is_chosen(store, prometheus, *monitor, "podMonitor")) continue;
    for (json& config : scrape_configs_of_pod_monitor(*monitor)) configs.push_back(std::move(config));
  }
  return {{"global", std::move(global)}, {"scrape_configs", std::move(configs)}};
}

}  // namespace zdt::rehearsal
