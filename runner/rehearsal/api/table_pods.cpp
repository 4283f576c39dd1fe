#include <fmt/format.h>

#include "rehearsal/api/pod_summary.h"
#include "rehearsal/api/table_cells.h"

namespace zdt::rehearsal::api {
namespace {

std::string or_none(std::string text) { return text.empty() ? "<none>" : text; }

std::string readiness_gates(const json& pod) {
  const json& gates = array_at(pod, {"spec", "readinessGates"});
  if (gates.empty()) return "<none>";
  int open = 0;
  for (const json& gate : gates) {
    for (const json& condition : array_at(pod, {"status", "conditions"})) {
      const bool same = string_at(condition, {"type"}) == string_at(gate, {"conditionType"});
      if (same && string_at(condition, {"status"}) == "True") ++open;
    }
  }
  return fmt::format("{}/{}", open, gates.size());
}

std::string first_address(const json& pod) {
  const json& addresses = array_at(pod, {"status", "podIPs"});
  if (!addresses.empty()) return string_at(addresses[0], {"ip"});
  return string_at(pod, {"status", "podIP"});
}

json pod_cells(const json& pod, WallTime now) {
  const PodSummary summary = summarise(pod, now);
  return json::array({name_cell(pod), fmt::format("{}/{}", summary.ready, summary.total), summary.status,
                      summary.restarts, age_cell(pod, now), or_none(first_address(pod)),
                      or_none(string_at(pod, {"spec", "nodeName"})),
                      or_none(string_at(pod, {"status", "nominatedNodeName"})), readiness_gates(pod)});
}

}  // namespace

std::optional<Printer> pod_printer(const ResourceType& type) {
  if (type.resource() != "pods") return std::nullopt;
  return Printer{{kNameColumn,
                  {"Ready", "string", "", 0},
                  {"Status", "string", "", 0},
                  {"Restarts", "string", "", 0},
                  kAgeColumn,
                  {"IP", "string", "", 1},
                  {"Node", "string", "", 1},
                  {"Nominated Node", "string", "", 1},
                  {"Readiness Gates", "string", "", 1}},
                 pod_cells};
}

}  // namespace zdt::rehearsal::api
