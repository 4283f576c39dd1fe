// Roles and bindings (kubernetes/pkg/printers/internalversion/printers.go).
#include <map>

#include "base/text.h"
#include "rehearsal/api/table_cells.h"

namespace zdt::rehearsal::api {
namespace {

json role_cells(const json& role, WallTime) {
  return json::array({name_cell(role), string_at(role, {"metadata", "creationTimestamp"})});
}

/// The names of the subjects of `kind`; an account's with its namespace.
std::string subjects_of(const json& binding, const std::string& kind) {
  std::vector<std::string> names;
  for (const json& subject : array_at(binding, {"subjects"})) {
    if (string_at(subject, {"kind"}) != kind) continue;
    const std::string name = string_at(subject, {"name"});
    names.push_back(kind == "ServiceAccount" ? string_at(subject, {"namespace"}) + "/" + name : name);
  }
  return join(names, ", ");
}

json binding_cells(const json& binding, WallTime now) {
  const std::string role = string_at(binding, {"roleRef", "kind"}) + "/" + string_at(binding, {"roleRef", "name"});
  return json::array({name_cell(binding), role, age_cell(binding, now), subjects_of(binding, "User"),
                      subjects_of(binding, "Group"), subjects_of(binding, "ServiceAccount")});
}

}  // namespace

std::optional<Printer> access_printer(const ResourceType& type) {
  if (type.group != "rbac.authorization.k8s.io") return std::nullopt;
  const bool role = type.plural == "roles" || type.plural == "clusterroles";
  if (role) return Printer{{kNameColumn, {"Created At", "date", "", 0}}, role_cells};
  return Printer{{kNameColumn, text_column("Role"), kAgeColumn, text_column("Users", 1), text_column("Groups", 1),
                  text_column("ServiceAccounts", 1)},
                 binding_cells};
}

}  // namespace zdt::rehearsal::api
