#include <fmt/format.h>

#include <map>

#include "base/text.h"
#include "rehearsal/api/human_time.h"
#include "rehearsal/api/table_cells.h"

namespace zdt::rehearsal::api {
namespace {

std::string node_status(const json& node) {
  std::string status = "Unknown";
  for (const json& condition : array_at(node, {"status", "conditions"})) {
    if (string_at(condition, {"type"}) != "Ready") continue;
    status = string_at(condition, {"status"}) == "True" ? "Ready" : "NotReady";
  }
  return bool_at(node, {"spec", "unschedulable"}) ? status + ",SchedulingDisabled" : status;
}

std::string node_roles(const json& node) {
  constexpr std::string_view kRolePrefix = "node-role.kubernetes.io/";
  std::vector<std::string> roles;
  for (const auto& [key, value] : object_at(node, {"metadata", "labels"}).items()) {
    if (key.starts_with(kRolePrefix)) roles.push_back(key.substr(kRolePrefix.size()));
  }
  return joined(roles, "<none>");
}

std::string node_address(const json& node, std::string_view type) {
  for (const json& address : array_at(node, {"status", "addresses"})) {
    if (string_at(address, {"type"}) == type) return string_at(address, {"address"});
  }
  return "<none>";
}

json node_cells(const json& node, WallTime now) {
  auto info = [&](std::string_view field) {
    return string_at(node, {"status", "nodeInfo", field}, "<unknown>");
  };
  return json::array({name_cell(node), node_status(node), node_roles(node), age_cell(node, now),
                      info("kubeletVersion"), node_address(node, "InternalIP"),
                      node_address(node, "ExternalIP"), info("osImage"), info("kernelVersion"),
                      info("containerRuntimeVersion")});
}

json config_map_cells(const json& object, WallTime now) {
  const size_t entries = object_at(object, {"data"}).size() + object_at(object, {"binaryData"}).size();
  return json::array({name_cell(object), entries, age_cell(object, now)});
}

json secret_cells(const json& object, WallTime now) {
  return json::array({name_cell(object), string_at(object, {"type"}), object_at(object, {"data"}).size(),
                      age_cell(object, now)});
}

json namespace_cells(const json& object, WallTime now) {
  return json::array({name_cell(object), string_at(object, {"status", "phase"}), age_cell(object, now)});
}

json service_account_cells(const json& object, WallTime now) {
  return json::array({name_cell(object), array_at(object, {"secrets"}).size(), age_cell(object, now)});
}

json lease_cells(const json& object, WallTime now) {
  return json::array(
      {name_cell(object), string_at(object, {"spec", "holderIdentity"}), age_cell(object, now)});
}

json definition_cells(const json& object, WallTime) {
  return json::array({name_cell(object), string_at(object, {"metadata", "creationTimestamp"})});
}

/// Events that were repeated in a series carry their times and count there (events.k8s.io's form).
std::string last_seen(const json& event) {
  const std::string series = string_at(event, {"series", "lastObservedTime"});
  if (!series.empty()) return series;
  return string_at(event, {"lastTimestamp"}, string_at(event, {"eventTime"}));
}

std::string event_source(const json& event) {
  const std::string component =
      string_at(event, {"source", "component"}, string_at(event, {"reportingComponent"}));
  const std::string host = string_at(event, {"source", "host"}, string_at(event, {"reportingInstance"}));
  return host.empty() ? component : component + ", " + host;
}

json event_cells(const json& event, WallTime now) {
  const json& subject = at(event, {"involvedObject"});
  const std::string first = string_at(event, {"firstTimestamp"}, string_at(event, {"eventTime"}));
  const int64_t count = int_at(event, {"series", "count"}, int_at(event, {"count"}, 1));
  return json::array({age_since(last_seen(event), now), string_at(event, {"type"}),
                      string_at(event, {"reason"}),
                      lower(string_at(subject, {"kind"})) + "/" + string_at(subject, {"name"}),
                      string_at(subject, {"fieldPath"}), event_source(event),
                      trim(string_at(event, {"message"})), age_since(first, now), count, name_cell(event)});
}

std::map<std::string, Printer> printers() {
  return {
      {"nodes",
       {{kNameColumn, text_column("Status"), text_column("Roles"), kAgeColumn, text_column("Version"), text_column("Internal-IP", 1),
         text_column("External-IP", 1), text_column("OS-Image", 1), text_column("Kernel-Version", 1),
         text_column("Container-Runtime", 1)},
        node_cells}},
      {"configmaps", {{kNameColumn, text_column("Data"), kAgeColumn}, config_map_cells}},
      {"secrets", {{kNameColumn, text_column("Type"), text_column("Data"), kAgeColumn}, secret_cells}},
      {"namespaces", {{kNameColumn, text_column("Status"), kAgeColumn}, namespace_cells}},
      {"serviceaccounts", {{kNameColumn, text_column("Secrets"), kAgeColumn}, service_account_cells}},
      {"leases.coordination.k8s.io", {{kNameColumn, text_column("Holder"), kAgeColumn}, lease_cells}},
      {kDefinitions, {{kNameColumn, {"Created At", "date", "", 0}}, definition_cells}},
      {"events",
       {{text_column("Last Seen"),
         text_column("Type"),
         text_column("Reason"),
         text_column("Object"),
         text_column("Subobject", 1),
         text_column("Source", 1),
         text_column("Message"),
         text_column("First Seen", 1),
         text_column("Count", 1),
         {"Name", "string", "name", 1}},
        event_cells}},
  };
}

}  // namespace

std::optional<Printer> core_printer(const ResourceType& type) {
  static const std::map<std::string, Printer> all = printers();
  const auto found = all.find(type.resource());
  if (found == all.end()) return std::nullopt;
  return found->second;
}

}  // namespace zdt::rehearsal::api
