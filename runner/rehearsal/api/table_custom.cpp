#include "base/text.h"
#include "rehearsal/api/human_time.h"
#include "rehearsal/api/json_path.h"
#include "rehearsal/api/table_cells.h"

namespace zdt::rehearsal::api {
namespace {

/// A custom column: its JSONPath and type. Dates are shown as ages (apiextensions-apiserver, tableconvertor).
json custom_cell(const json& object, const json& column, WallTime now) {
  const json& value = value_at_path(object, string_at(column, {"jsonPath"}));
  if (value.is_null()) return nullptr;
  if (string_at(column, {"type"}) == "date")
    return age_since(value.is_string() ? value.get<std::string>() : "", now);
  if (value.is_structured()) return value.dump();
  return string_at(column, {"type"}) == "string" && !value.is_string() ? json(value.dump()) : value;
}

Column column_from(const json& column) {
  return {string_at(column, {"name"}), string_at(column, {"type"}), string_at(column, {"format"}),
          static_cast<int>(int_at(column, {"priority"}))};
}

}  // namespace

Printer custom_printer(const ServedType& served) {
  json columns = array_at(served.definition, {"additionalPrinterColumns"});
  if (columns.empty()) {
    columns.push_back({{"name", "Age"}, {"type", "date"}, {"jsonPath", ".metadata.creationTimestamp"}});
  }
  Printer printer{{kNameColumn}, {}};
  for (const json& column : columns) printer.columns.push_back(column_from(column));
  printer.cells = [columns](const json& object, WallTime now) {
    json cells = json::array({name_cell(object)});
    for (const json& column : columns) cells.push_back(custom_cell(object, column, now));
    return cells;
  };
  return printer;
}

}  // namespace zdt::rehearsal::api
