#include "rehearsal/api/served_types.h"

#include <algorithm>

namespace zdt::rehearsal::api {
namespace {

std::vector<std::string> strings_at(const json& object, Path path) {
  std::vector<std::string> words;
  for (const json& word : array_at(object, path)) {
    if (word.is_string()) words.push_back(word.get<std::string>());
  }
  return words;
}

ServedType custom_type(const json& crd, const json& version, const std::set<std::string>& acted_on) {
  ServedType served;
  ResourceType& type = served.type;
  type.group = string_at(crd, {"spec", "group"});
  type.version = string_at(version, {"name"});
  type.kind = string_at(crd, {"spec", "names", "kind"});
  type.plural = string_at(crd, {"spec", "names", "plural"});
  type.singular = string_at(crd, {"spec", "names", "singular"});
  type.namespaced = string_at(crd, {"spec", "scope"}) != "Cluster";
  type.status = at(version, {"subresources", "status"}).is_object();
  type.scale = at(version, {"subresources", "scale"}).is_object();
  type.short_names = strings_at(crd, {"spec", "names", "shortNames"});
  type.acted_on = acted_on.contains(type.resource());
  served.definition = version;
  served.categories = strings_at(crd, {"spec", "names", "categories"});
  return served;
}

/// What `kubectl get all` means (kubernetes/pkg/registry, Categories()).
std::vector<std::string> builtin_categories(const ResourceType& type) {
  static const std::set<std::string> kAll = {"pods",        "services",    "daemonsets",
                                             "deployments", "replicasets", "statefulsets",
                                             "cronjobs",    "jobs",        "horizontalpodautoscalers"};
  if (type.measured) return {};
  if (type.resource() == kDefinitions) return {"api-extensions"};
  return kAll.contains(type.plural) ? std::vector<std::string>{"all"} : std::vector<std::string>{};
}

}  // namespace

bool names_builtin(const std::string& resource) {
  static const std::set<std::string> kBuiltin = [] {
    std::set<std::string> all;
    for (const ResourceType& type : builtin_types()) all.insert(type.resource());
    return all;
  }();
  return kBuiltin.contains(resource);
}

std::vector<ServedType> ServedTypes::all() const {
  std::vector<ServedType> types;
  for (const ResourceType& type : builtin_types()) types.push_back({type, nullptr, builtin_categories(type), false});
  for (const ObjectPtr& crd : store_.list(kDefinitions)) {
    if (names_builtin(custom_type(*crd, nullptr, acted_on_).type.resource())) continue;
    for (const json& version : array_at(*crd, {"spec", "versions"})) {
      if (bool_at(version, {"served"})) types.push_back(custom_type(*crd, version, acted_on_));
    }
  }
  return types;
}

std::optional<ServedType> ServedTypes::find(const std::string& group, const std::string& version,
                                            const std::string& plural) const {
  auto found = look_up(group, version, plural);
  if (found) found->privileged = privileged_;
  return found;
}

std::optional<ServedType> ServedTypes::look_up(const std::string& group, const std::string& version,
                                               const std::string& plural) const {
  for (const ResourceType& type : builtin_types()) {
    if (type.group == group && type.version == version && type.plural == plural) {
      return ServedType{type, nullptr, builtin_categories(type), false};
    }
  }
  if (names_builtin(group.empty() ? plural : plural + "." + group)) return std::nullopt;
  const ObjectPtr crd = store_.find(kDefinitions, "", plural + "." + group);
  // "a.b" of group "c" and "a" of group "b.c" have the same name.
  const bool meant = crd && string_at(*crd, {"spec", "group"}) == group && string_at(*crd, {"spec", "names", "plural"}) == plural;
  if (!meant) return std::nullopt;
  for (const json& entry : array_at(*crd, {"spec", "versions"})) {
    if (bool_at(entry, {"served"}) && string_at(entry, {"name"}) == version)
      return custom_type(*crd, entry, acted_on_);
  }
  return std::nullopt;
}

}  // namespace zdt::rehearsal::api
