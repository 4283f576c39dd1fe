#include "rehearsal/controllers/monitors_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/guard.h"
#include "base/text.h"
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
  const auto names = strings_at(selector, {"matchNames"});
  for (const std::string& name : names) {
    if (is_dns_label(name)) url += "&namespace=" + name;
  }
  // Of names that are none nothing is chosen, as no namespace is called so.
  if (names.empty() ? !bool_at(selector, {"any"}) : url.find("&namespace=") == std::string::npos)
    url += "&namespace=" + (names.empty() ? key_of(monitor).ns : std::string("-"));
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

struct MonitorKind {
  const char* resource;
  std::string prefix;
  MonitorSource source;
  const char* list;
};
const MonitorKind kServiceMonitorKind{kServiceMonitors, "serviceMonitor", kServiceSource, "endpoints"};
const MonitorKind kPodMonitorKind{kPodMonitors, "podMonitor", kPodSource, "podMetricsEndpoints"};

/// Prometheus' durations: numbers with y, w, d, h, m, s, ms (config: "15s", "1h30m").
bool is_interval(const json& value) {
  if (!value.is_string()) return false;
  std::string_view rest = value.get_ref<const std::string&>();
  if (rest.empty() || rest.size() > 20) return false;
  while (!rest.empty()) {
    const size_t digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
    rest.remove_prefix(digits);
    const size_t letters = rest.starts_with("ms") ? 2 : 1;
    if (digits == 0 || rest.empty() || std::string_view("ywdhms").find(rest[0]) == std::string_view::npos) return false;
    rest.remove_prefix(letters);
  }
  return true;
}

std::string interval_or(const json& value, const std::string& fallback) {
  return is_interval(value) ? value.get<std::string>() : fallback;
}

bool is_plain_text(const json& value) {
  return value.is_string() && !has_control_characters(value.get_ref<const std::string&>());
}

/// [a-zA-Z_][a-zA-Z0-9_]*
bool is_label_name(const std::string& name) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  if (name.empty() || !letter(name.front())) return false;
  return std::all_of(name.begin(), name.end(), [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

json external_labels(const json& prometheus) {
  json labels = json::object();
  for (const auto& [name, value] : object_at(prometheus, {"spec", "externalLabels"}).items()) {
    if (is_label_name(name) && is_plain_text(value)) labels[name] = value;
  }
  return labels;
}

std::string relabeling_fault(const json& rule) {
  static const std::set<std::string> kActions = {"replace", "keep", "drop", "hashmod", "labelmap", "labeldrop",
                                                 "labelkeep", "lowercase", "uppercase", "keepequal", "dropequal"};
  if (!rule.is_object()) return "a relabeling that is no object";
  for (const auto& [field, value] : rule.items()) {
    if (field == "sourceLabels") {
      if (!value.is_array() || !std::all_of(value.begin(), value.end(), is_plain_text)) return "sourceLabels";
    } else if (field == "modulus") {
      if (!value.is_number_integer() || int32_of(value) < 0) return "modulus";
    } else if (!is_plain_text(value)) {
      return field;
    }
  }
  return kActions.contains(lower(string_at(rule, {"action"}, "replace"))) ? "" : "the action of a relabeling";
}

/// Types and ranges of what goes into a scrape_config.
std::string endpoint_fault(const json& endpoint) {
  if (!endpoint.is_object()) return "an endpoint that is no object";
  for (const char* field : {"interval", "scrapeTimeout"}) {
    if (endpoint.contains(field) && !is_interval(endpoint[field])) return field;
  }
  for (const char* field : {"path", "scheme", "bearerTokenFile", "port"}) {
    if (endpoint.contains(field) && !is_plain_text(endpoint[field])) return field;
  }
  const std::string scheme = lower(string_at(endpoint, {"scheme"}, "http"));
  if (scheme != "http" && scheme != "https") return "scheme";
  if (endpoint.contains("honorTimestamps") && !endpoint["honorTimestamps"].is_boolean()) return "honorTimestamps";
  for (const auto& [name, values] : object_at(endpoint, {"params"}).items()) {
    if (!values.is_array() || !std::all_of(values.begin(), values.end(), is_plain_text)) return "params";
  }
  if (endpoint.contains("params") && !endpoint["params"].is_object()) return "params";
  for (const auto& [name, value] : object_at(endpoint, {"tlsConfig"}).items()) {
    if (name == "insecureSkipVerify" ? !value.is_boolean() : value.is_string() && !is_plain_text(value)) return "tlsConfig";
  }
  for (const char* field : {"relabelings", "metricRelabelings"}) {
    for (const json& rule : array_at(endpoint, {field})) {
      if (std::string fault = relabeling_fault(rule); !fault.empty()) return fault;
    }
  }
  return "";
}

/// What in a monitor would make Prometheus refuse the configuration of all others (the operator leaves such a monitor
/// out as well: pkg/prometheus/resource_selector.go). "" when all is well.
std::string monitor_fault(const json& monitor, const char* list) {
  for (const json& endpoint : array_at(monitor, {"spec", list})) {
    if (std::string fault = endpoint_fault(endpoint); !fault.empty()) return fault;
  }
  return "";
}

}  // namespace

json scrape_configs_of_service_monitor(const json& monitor) {
  return scrape_configs(kServiceSource, monitor, "endpoints");
}

json scrape_configs_of_pod_monitor(const json& monitor) {
  return scrape_configs(kPodSource, monitor, "podMetricsEndpoints");
}

json prometheus_configuration(const Store& store, const json& prometheus, LeftOutList left_out) {
  const std::string interval = interval_or(at(prometheus, {"spec", "scrapeInterval"}), "30s");
  json global = {{"scrape_interval", interval},
                 {"evaluation_interval", interval_or(at(prometheus, {"spec", "evaluationInterval"}), interval)}};
  json labels = external_labels(prometheus);
  if (!labels.empty()) global["external_labels"] = std::move(labels);
  json configs = json::array();
  for (const MonitorKind& kind : {kServiceMonitorKind, kPodMonitorKind}) {
    for (const ObjectPtr& monitor : store.list(kind.resource)) {
      const std::string thrown = failure_of([&] {
        if (!is_chosen(store, prometheus, *monitor, kind.prefix)) return;
        const std::string fault = monitor_fault(*monitor, kind.list);
        if (!fault.empty()) return leave_out(left_out, kind.resource, *monitor, fault + " is not a valid value");
        for (json& config : scrape_configs(kind.source, *monitor, kind.list)) configs.push_back(std::move(config));
      });
      if (!thrown.empty()) leave_out(left_out, kind.resource, *monitor, "it cannot be read: " + thrown);
    }
  }
  return {{"global", std::move(global)}, {"scrape_configs", std::move(configs)}};
}

}  // namespace zdt::rehearsal
