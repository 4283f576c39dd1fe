// CustomResourceDefinitions. Their names become paths of the API and names of tables.
#include <set>

#include "base/text.h"
#include "rehearsal/api/check/kinds.h"

namespace zdt::rehearsal::api {
namespace {

void check_names(const json& names, const Where& where, Causes& causes) {
  for (const char* field : {"plural", "singular"}) check_field(names, field, broken_service_rule, where, causes);
  for (const char* field : {"kind", "listKind"}) {
    const std::string& kind = text_of(names, field);
    const std::string broken = kind.empty() ? "" : broken_service_rule(lower(kind));
    if (!broken.empty()) causes.invalid(where / field, kind, "may have mixed case, but should otherwise match: " + broken);
  }
  for (const char* list : {"shortNames", "categories"}) {
    const json& words = array_at(names, {list});
    for (size_t i = 0; i < words.size() && !causes.full(); ++i)
      check_text(words[i], broken_service_rule, where.item(list, i), causes);
  }
  for (const char* field : {"plural", "kind"}) check_required(names, field, where, causes);
}

/// Where a kind keeps its replicas: a place in the object that is written to.
void check_scale_paths(const json& scale, const Where& where, Causes& causes) {
  const auto below = [&](const char* field, std::string_view part) {
    const std::string& path = text_of(scale, field);
    if (path.empty()) return causes.required(where / field);
    if (!path.starts_with(part)) causes.invalid(where / field, path, "should be a json path under " + std::string(part));
  };
  below("specReplicasPath", ".spec.");
  below("statusReplicasPath", ".status.");
}

void check_versions(const json& spec, const Where& where, Causes& causes) {
  std::set<std::string> seen;
  size_t stored = 0;
  const json& versions = array_at(spec, {"versions"});
  for (size_t i = 0; i < versions.size() && !causes.full(); ++i) {
    const Where here = where.item("versions", i);
    const std::string& name = text_of(versions[i], "name");
    check_text(name, broken_service_rule, here / "name", causes);
    if (!seen.insert(name).second) causes.invalid(where / "versions", name, "must contain unique version names");
    const Where scale = here / "subresources.scale";
    const json& paths = at(versions[i], {"subresources", "scale"});
    if (paths.is_object()) check_scale_paths(paths, scale, causes);
    stored += bool_at(versions[i], {"storage"}) ? 1 : 0;
  }
  if (stored != 1)
    causes.invalid(where / "versions", stored, "must have exactly one version marked as storage version");
}

}  // namespace

void check_definition(const json& crd, Causes& causes) {
  const json& spec = object_at(crd, {"spec"});
  const Where where("spec"), metadata("metadata");
  const std::string group = text_of(spec, "group"), plural = string_at(spec, {"names", "plural"});
  if (group.empty()) {
    causes.required(where / "group");
  } else {
    check_field(spec, "group", broken_subdomain_rule, where, causes);
    if (group.find('.') == std::string::npos)
      causes.invalid(where / "group", group, "should be a domain with at least one dot");
  }
  if (check_required(spec, "scope", where, causes)) check_choice(spec, "scope", {"Cluster", "Namespaced"}, where, causes);
  check_names(at(spec, {"names"}), where / "names", causes);
  const std::string name = string_at(crd, {"metadata", "name"});
  if (name != plural + "." + group)
    causes.invalid(metadata / "name", name, "must be spec.names.plural+\".\"+spec.group");
  check_versions(spec, where, causes);
}

}  // namespace zdt::rehearsal::api
