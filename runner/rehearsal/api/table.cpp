#include "rehearsal/api/table.h"

#include "rehearsal/api/failure.h"
#include "rehearsal/api/table_cells.h"

namespace zdt::rehearsal::api {
namespace {

json definition_of(const Column& column) {
  return {{"name", column.name},
          {"type", column.type},
          {"format", column.format},
          {"description", ""},
          {"priority", column.priority}};
}

json row_of(const Printer& printer, const json& object, IncludeObject include, WallTime now) {
  json row = {{"cells", printer.cells(object, now)}};
  if (include == IncludeObject::kObject) row["object"] = object;
  if (include == IncludeObject::kMetadata) {
    row["object"] = {{"kind", "PartialObjectMetadata"},
                     {"apiVersion", "meta.k8s.io/v1"},
                     {"metadata", object["metadata"]}};
  }
  return row;
}

}  // namespace

IncludeObject include_object_from(const std::string& word) {
  if (word.empty() || word == "Metadata") return IncludeObject::kMetadata;
  if (word == "None") return IncludeObject::kNone;
  if (word == "Object") return IncludeObject::kObject;
  throw bad_request("unrecognized includeObject value: \"" + word + "\"");
}

json table_of(const Printer& printer, const std::vector<ObjectPtr>& objects, const std::string& revision,
              IncludeObject include, WallTime now, bool columns) {
  json table = {{"kind", "Table"},
                {"apiVersion", "meta.k8s.io/v1"},
                {"metadata", {{"resourceVersion", revision}}},
                {"columnDefinitions", nullptr},
                {"rows", json::array()}};
  if (columns) {
    table["columnDefinitions"] = json::array();
    for (const Column& column : printer.columns) table["columnDefinitions"].push_back(definition_of(column));
  }
  for (const ObjectPtr& object : objects) table["rows"].push_back(row_of(printer, *object, include, now));
  return table;
}

Printer printer_for(const ServedType& served) {
  if (served.is_custom()) return custom_printer(served);
  for (auto family : {pod_printer, workload_printer, network_printer, core_printer, access_printer}) {
    if (auto printer = family(served.type)) return std::move(*printer);
  }
  return {{kNameColumn, kAgeColumn}, [](const json& object, WallTime now) -> json {
            return json::array({name_cell(object), age_cell(object, now)});
          }};
}

}  // namespace zdt::rehearsal::api
