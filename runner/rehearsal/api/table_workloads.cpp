#include <fmt/format.h>

#include "base/text.h"
#include "rehearsal/api/table_cells.h"

namespace zdt::rehearsal::api {
namespace {

const std::vector<Column> kTemplateColumns = {
    {"Containers", "string", "", 1}, {"Images", "string", "", 1}, {"Selector", "string", "", 1}};

/// The columns of a workload, with those of its template (-o wide) behind.
std::vector<Column> with_template(std::vector<Column> columns, bool selector = true) {
  columns.insert(columns.end(), kTemplateColumns.begin(), kTemplateColumns.end() - (selector ? 0 : 1));
  return columns;
}

void add_template_cells(json& cells, const json& object, bool selector = true) {
  const json& containers = array_at(object, {"spec", "template", "spec", "containers"});
  cells.push_back(join(each(containers, "name"), ","));
  cells.push_back(join(each(containers, "image"), ","));
  if (selector) cells.push_back(selector_text(at(object, {"spec", "selector"})));
}

std::string ready_of(const json& object) {
  return fmt::format("{}/{}", int_at(object, {"status", "readyReplicas"}),
                     int_at(object, {"spec", "replicas"}));
}

json deployment_cells(const json& object, WallTime now) {
  json cells = {name_cell(object), ready_of(object), int_at(object, {"status", "updatedReplicas"}),
                int_at(object, {"status", "availableReplicas"}), age_cell(object, now)};
  add_template_cells(cells, object);
  return cells;
}

json replica_set_cells(const json& object, WallTime now) {
  json cells = {name_cell(object), int_at(object, {"spec", "replicas"}),
                int_at(object, {"status", "replicas"}), int_at(object, {"status", "readyReplicas"}),
                age_cell(object, now)};
  add_template_cells(cells, object);
  return cells;
}

json stateful_set_cells(const json& object, WallTime now) {
  json cells = {name_cell(object), ready_of(object), age_cell(object, now)};
  add_template_cells(cells, object, false);
  return cells;
}

std::string bound_of(const json& object, std::string_view field) {
  const json& value = at(object, {"spec", field});
  if (value.is_null()) return "N/A";
  return value.is_string() ? value.get<std::string>() : value.dump();
}

json disruption_budget_cells(const json& object, WallTime now) {
  return json::array({name_cell(object), bound_of(object, "minAvailable"), bound_of(object, "maxUnavailable"),
                      int_at(object, {"status", "disruptionsAllowed"}), age_cell(object, now)});
}

/// "<unknown>" until there is a value.
std::string known_value(const json& value, const char* unit = "") {
  if (value.is_null()) return "<unknown>";
  return (value.is_string() ? value.get<std::string>() : value.dump()) + unit;
}

/// One metric, as formatHPAMetrics of kubernetes/pkg/printers/internalversion shows it: "cpu: 12%/50%", "3/10 (avg)".
std::string metric_text(const json& metric, const json& current_metrics, size_t index) {
  const bool external = string_at(metric, {"type"}) == "External";
  const char* field = external ? "external" : metric.contains("resource") ? "resource" : "containerResource";
  const json& target = at(metric, {field, "target"});
  const json& now = current_metrics.is_array() && index < current_metrics.size()
                        ? at(current_metrics[index], {field, "current"})
                        : at(metric, {"none"});
  const std::string prefix = external ? "" : string_at(metric, {field, "name"}) + ": ";
  if (target.contains("averageUtilization"))
    return prefix + known_value(at(now, {"averageUtilization"}), "%") + "/" + known_value(target["averageUtilization"], "%");
  if (target.contains("averageValue"))
    return prefix + known_value(at(now, {"averageValue"})) + "/" + known_value(target["averageValue"]) + (external ? " (avg)" : "");
  return prefix + known_value(at(now, {"value"})) + "/" + known_value(at(target, {"value"}));
}

std::string metrics_text(const json& autoscaler) {
  const json& metrics = array_at(autoscaler, {"spec", "metrics"});
  const json& current = at(autoscaler, {"status", "currentMetrics"});
  std::vector<std::string> texts;
  for (size_t i = 0; i < metrics.size() && i < 2; ++i) texts.push_back(metric_text(metrics[i], current, i));
  if (texts.empty()) return "<none>";
  return join(texts, ", ") + (metrics.size() > 2 ? fmt::format(" + {} more...", metrics.size() - 2) : "");
}

json autoscaler_cells(const json& object, WallTime now) {
  const json& target = at(object, {"spec", "scaleTargetRef"});
  const json& least = at(object, {"spec", "minReplicas"});
  return json::array({name_cell(object), string_at(target, {"kind"}) + "/" + string_at(target, {"name"}),
                      metrics_text(object), least.is_null() ? "<unset>" : least.dump(),
                      int_at(object, {"spec", "maxReplicas"}), int_at(object, {"status", "currentReplicas"}),
                      age_cell(object, now)});
}

Column number(const char* name) { return {name, "integer", "", 0}; }

}  // namespace

std::optional<Printer> workload_printer(const ResourceType& type) {
  const std::string resource = type.resource();
  const Column ready{"Ready", "string", "", 0};
  if (resource == "deployments.apps") {
    return Printer{with_template({kNameColumn, ready, number("Up-to-date"), number("Available"), kAgeColumn}),
                   deployment_cells};
  }
  if (resource == "replicasets.apps") {
    return Printer{
        with_template({kNameColumn, number("Desired"), number("Current"), number("Ready"), kAgeColumn}),
        replica_set_cells};
  }
  if (resource == "statefulsets.apps") {
    return Printer{with_template({kNameColumn, ready, kAgeColumn}, false), stateful_set_cells};
  }
  if (resource == "poddisruptionbudgets.policy") {
    return Printer{{kNameColumn,
                    {"Min Available", "string", "", 0},
                    {"Max Unavailable", "string", "", 0},
                    number("Allowed Disruptions"),
                    kAgeColumn},
                   disruption_budget_cells};
  }
  if (resource == "horizontalpodautoscalers.autoscaling") {
    auto text = [](const char* name) { return Column{name, "string", "", 0}; };
    return Printer{{kNameColumn, text("Reference"), text("Targets"), text("MinPods"), text("MaxPods"),
                    number("Replicas"), kAgeColumn},
                   autoscaler_cells};
  }
  return std::nullopt;
}

}  // namespace zdt::rehearsal::api
