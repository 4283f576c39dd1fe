#include "rehearsal/controllers/monitors_relabeling.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <cctype>
#include <map>

#include "base/text.h"
#include "rehearsal/controllers/objects.h"

namespace zdt::rehearsal {
namespace {

constexpr const char* kMeta = "__meta_kubernetes_";

bool is_service(const MonitorSource& source) { return source.object == kServiceSource.object; }

/// As Prometheus makes a label's name of a Kubernetes one.
std::string label_name(std::string name) {
  for (char& c : name) c = std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  return name;
}

std::string label(const MonitorSource& source, const std::string& name, const char* kind = "label") {
  return fmt::format("{}{}_{}_{}", kMeta, source.object, kind, label_name(name));
}

json copy(json sources, const std::string& target) {
  return {{"source_labels", std::move(sources)}, {"target_label", target}};
}

json filter(const char* action, json sources, const std::string& regex) {
  return {{"action", action}, {"source_labels", std::move(sources)}, {"regex", regex}};
}

void add_label_filter(json& rules, const MonitorSource& source, const std::string& name, const char* action,
                      const std::string& values) {
  rules.push_back(
      filter(action, {label(source, name), label(source, name, "labelpresent")}, "(" + values + ");true"));
}

void add_selector(json& rules, const MonitorSource& source, const json& selector) {
  for (const auto& [name, value] : object_at(selector, {"matchLabels"}).items()) {
    if (value.is_string()) add_label_filter(rules, source, name, "keep", value.get<std::string>());
  }
  for (const json& expression : array_at(selector, {"matchExpressions"})) {
    const std::string name = string_at(expression, {"key"}), how = string_at(expression, {"operator"});
    std::vector<std::string> values;
    for (const json& value : array_at(expression, {"values"})) {
      if (value.is_string()) values.push_back(value.get<std::string>());
    }
    const json present = json::array({label(source, name, "labelpresent")});
    if (how == "In") add_label_filter(rules, source, name, "keep", join(values, "|"));
    if (how == "NotIn") add_label_filter(rules, source, name, "drop", join(values, "|"));
    if (how == "Exists") rules.push_back(filter("keep", present, "true"));
    if (how == "DoesNotExist") rules.push_back(filter("drop", present, "true"));
  }
}

std::string port_of(const json& endpoint) {
  const json& target = at(endpoint, {"targetPort"});
  if (target.is_number()) return target.dump();
  return string_at(endpoint, {"port"}, string_at(endpoint, {"targetPort"}));
}

void add_port(json& rules, const MonitorSource& source, const json& endpoint) {
  const bool named = endpoint.contains("port");
  const json& target = at(endpoint, {"targetPort"});
  if (port_of(endpoint).empty()) return;
  std::string meta = target.is_number() && !named ? "pod_container_port_number" : "pod_container_port_name";
  if (named && is_service(source)) meta = "endpointslice_port_name";
  rules.push_back(filter("keep", {kMeta + meta}, port_of(endpoint)));
}

void add_names_of_service(json& rules) {
  const json target = {"__meta_kubernetes_endpointslice_address_target_kind",
                       "__meta_kubernetes_endpointslice_address_target_name"};
  for (const auto& [kind, name] : {std::pair("Node", "node"), {"Pod", "pod"}}) {
    json rule = copy(target, name);
    rule["separator"] = ";";
    rule["regex"] = std::string(kind) + ";(.*)";
    rule["replacement"] = "${1}";
    rules.push_back(std::move(rule));
  }
  rules.push_back(copy({"__meta_kubernetes_namespace"}, "namespace"));
  rules.push_back(copy({"__meta_kubernetes_service_name"}, "service"));
}

void add_job(json& rules, const MonitorSource& source, const json& monitor) {
  const bool of_service = is_service(source);
  if (of_service) rules.push_back(copy({"__meta_kubernetes_service_name"}, "job"));
  const std::string fallback = key_of(monitor).ns + "/" + key_of(monitor).name;
  if (!of_service) rules.push_back({{"target_label", "job"}, {"replacement", fallback}});
  const std::string wanted = string_at(monitor, {"spec", "jobLabel"});
  if (wanted.empty()) return;
  json rule = copy({label(source, wanted)}, "job");
  rule["regex"] = "(.+)";
  rule["replacement"] = "${1}";
  rules.push_back(std::move(rule));
}

void add_target_labels(json& rules, const json& monitor, const char* field, const MonitorSource& source) {
  for (const json& name : array_at(monitor, {"spec", field})) {
    if (!name.is_string()) continue;
    const std::string text = name.get<std::string>();
    json rule = copy({label(source, text)}, label_name(text));
    rule["regex"] = "(.+)";
    rules.push_back(std::move(rule));
  }
}

}  // namespace

json relabelings(const json& given) {
  static const std::map<std::string, std::string> kNames = {{"sourceLabels", "source_labels"},
                                                            {"targetLabel", "target_label"}};
  json rules = json::array();
  for (const json& each : given) {
    json rule = json::object();
    for (const auto& [name, value] : each.items()) {
      const auto known = kNames.find(name);
      const bool action = name == "action" && value.is_string();
      rule[known == kNames.end() ? name : known->second] = action ? json(lower(value.get<std::string>())) : value;
    }
    rules.push_back(std::move(rule));
  }
  return rules;
}

bool are_readable(const json& rules) {
  return std::all_of(rules.begin(), rules.end(), [](const json& rule) {
    const json& regex = at(rule, {"regex"});
    return regex.is_null() || (regex.is_string() && RE2(regex.get<std::string>(), RE2::Quiet).ok());
  });
}

json relabel_rules(const MonitorSource& source, const json& monitor, const json& endpoint) {
  json rules = json::array({copy({"job"}, "__tmp_prometheus_job_name")});
  add_selector(rules, source, object_at(monitor, {"spec", "selector"}));
  add_port(rules, source, endpoint);
  if (is_service(source)) add_names_of_service(rules);
  if (!is_service(source)) rules.push_back(copy({"__meta_kubernetes_namespace"}, "namespace"));
  rules.push_back(copy({"__meta_kubernetes_pod_name"}, "pod"));
  rules.push_back(copy({"__meta_kubernetes_pod_container_name"}, "container"));
  rules.push_back(filter("drop", {"__meta_kubernetes_pod_phase"}, "(Failed|Succeeded)"));
  add_target_labels(rules, monitor, "targetLabels", kServiceSource);
  add_target_labels(rules, monitor, "podTargetLabels", kPodSource);
  add_job(rules, source, monitor);
  if (!port_of(endpoint).empty())
    rules.push_back({{"target_label", "endpoint"}, {"replacement", port_of(endpoint)}});
  for (json& rule : relabelings(array_at(endpoint, {"relabelings"}))) rules.push_back(std::move(rule));
  return rules;
}

}  // namespace zdt::rehearsal
