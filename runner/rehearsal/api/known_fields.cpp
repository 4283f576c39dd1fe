#include "rehearsal/api/known_fields.h"

#include <fmt/format.h>

#include <set>

namespace zdt::rehearsal::api {
namespace {

/// The part that the fields of a built-in kind are looked up in; custom kinds may have the same name.
std::string root_of(const ResourceType& type) {
  static const std::set<std::string> kGroups = {"", "apps", "policy"};
  return kGroups.contains(type.group) ? type.kind : "";
}

/// Calls visit(path, field, value, part) for every field of every known part, depth first.
template <class Visit>
void walk(const std::string& name, const json& value, const std::string& path, const Visit& visit) {
  const auto known = known_parts().find(name);
  if (known == known_parts().end()) return;
  if (value.is_array()) {
    for (size_t i = 0; i < value.size(); ++i) walk(name, value[i], fmt::format("{}[{}]", path, i), visit);
    return;
  }
  if (!value.is_object()) return;
  for (const auto& [field, content] : value.items()) {
    const std::string here = path.empty() ? field : path + "." + field;
    visit(here, field, content, name, known->second);
    const auto below = known->second.find(field);
    if (below != known->second.end() && !below->second.empty()) walk(below->second, content, here, visit);
  }
}

const std::set<std::string> kIntegers = {"replicas",
                                         "minReadySeconds",
                                         "revisionHistoryLimit",
                                         "progressDeadlineSeconds",
                                         "terminationGracePeriodSeconds",
                                         "containerPort",
                                         "hostPort",
                                         "nodePort",
                                         "initialDelaySeconds",
                                         "timeoutSeconds",
                                         "periodSeconds",
                                         "successThreshold",
                                         "failureThreshold",
                                         "seconds",
                                         "activeDeadlineSeconds"};
const std::set<std::string> kLists = {"containers", "initContainers", "volumes",      "ports",      "env",
                                      "command",    "args",           "volumeMounts", "tolerations"};
const std::set<std::string> kObjects = {"metadata",    "spec",      "template",      "labels",
                                        "annotations", "selector",  "strategy",      "matchLabels",
                                        "data",        "lifecycle", "livenessProbe", "readinessProbe"};
const std::set<std::string> kTexts = {"image", "name", "namespace", "restartPolicy", "value", "clusterIP"};

std::string go_name(const json& value) { return value.is_boolean() ? "bool" : value.type_name(); }

/// The Go type that `field` wants when `value` is not of it, else "".
std::string wanted_type(const std::string& field, const json& value) {
  if (value.is_null()) return "";
  if (kIntegers.contains(field) && !value.is_number_integer()) return "int32";
  if (kLists.contains(field) && !value.is_array()) return "slice";
  if (kObjects.contains(field) && !value.is_object()) return "object";
  if (kTexts.contains(field) && !value.is_string()) return "string";
  return "";
}

/// Maps of texts: a number that YAML made of an unquoted value is the common mistake.
std::string mistyped_text(const std::string& path, const std::string& field, const json& value) {
  if (field != "labels" && field != "annotations" && field != "data" && field != "matchLabels") return "";
  for (const auto& [key, text] : value.items()) {
    if (!text.is_string() && !text.is_null()) {
      return fmt::format("json: cannot unmarshal {} into Go struct field {} of type string", go_name(text),
                         path);
    }
  }
  return "";
}

}  // namespace

std::vector<std::string> unknown_fields(const ResourceType& type, const json& object) {
  std::vector<std::string> unknown;
  walk(root_of(type), object, "",
       [&](const std::string& path, const std::string& field, const json&, const std::string&,
           const KnownPart& known) {
         if (!known.contains(field)) unknown.push_back(path);
       });
  return unknown;
}

std::string mistyped_field(const ResourceType& type, const json& object) {
  std::string first;
  walk(root_of(type), object, "",
       [&](const std::string& path, const std::string& field, const json& value, const std::string& name,
           const KnownPart&) {
         const std::string wanted = first.empty() ? wanted_type(field, value) : "";
         if (!wanted.empty()) {
           first = fmt::format("json: cannot unmarshal {} into Go struct field {}.{} of type {}",
                               go_name(value), name, path, wanted);
         } else if (first.empty() && value.is_object()) {
           first = mistyped_text(path, field, value);
         }
       });
  return first;
}

}  // namespace zdt::rehearsal::api
