// Objects as the server-side tables that kubectl prints.
// https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables
#pragma once
#include <functional>

#include "base/units.h"
#include "rehearsal/api/served_types.h"

namespace zdt::rehearsal::api {

/// priority  0: always shown, 1: with -o wide.
struct Column {
  std::string name, type = "string", format;
  int priority = 0;
};

/// How a kind is printed: its columns, and their cells for one object.
struct Printer {
  std::vector<Column> columns;
  std::function<json(const json& object, WallTime now)> cells;
};

/// kubectl's own columns for the kinds we know, additionalPrinterColumns of a custom kind, NAME and AGE for
/// the rest.
Printer printer_for(const ServedType& served);

/// What goes into a row beside its cells: nothing, the metadata (PartialObjectMetadata), or the object.
enum class IncludeObject { kNone, kMetadata, kObject };
/// From the query's includeObject; kMetadata by default. Throws Failure 400.
IncludeObject include_object_from(const std::string& word);

/// columns: without them (the second and later events of a watch) columnDefinitions is null.
json table_of(const Printer& printer, const std::vector<ObjectPtr>& objects, const std::string& revision,
              IncludeObject include, WallTime now, bool columns = true);

/// The printers, one file per family of kinds; nothing when the kind is not of the family.
std::optional<Printer> pod_printer(const ResourceType& type);
std::optional<Printer> workload_printer(const ResourceType& type);
std::optional<Printer> network_printer(const ResourceType& type);
std::optional<Printer> core_printer(const ResourceType& type);
std::optional<Printer> access_printer(const ResourceType& type);
Printer custom_printer(const ServedType& served);

}  // namespace zdt::rehearsal::api
