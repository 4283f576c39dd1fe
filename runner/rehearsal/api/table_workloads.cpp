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
  return std::nullopt;
}

}  // namespace zdt::rehearsal::api
