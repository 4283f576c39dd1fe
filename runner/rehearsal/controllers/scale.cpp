#include "rehearsal/controllers/scale.h"

#include <fmt/format.h>

#include "base/text.h"
#include "rehearsal/controllers/objects.h"
#include "rehearsal/store/types.h"

namespace zdt::rehearsal {
namespace {

constexpr const char* kDefinitions = "customresourcedefinitions.apiextensions.k8s.io";

/// Where a kind keeps its replicas: paths such as ".spec.replicas".
struct Scalable {
  std::string resource;
  std::string wanted = ".spec.replicas", current = ".status.replicas", selector;
};

/// The value at a path of plain fields; null when there is none.
const json& value_at(const json& object, const std::string& path) {
  const json* value = &object;
  for (const std::string& field : split(path, '.')) {
    if (!field.empty()) value = &at(*value, {field});
  }
  return *value;
}

int64_t number_at(const json& object, const std::string& path) {
  const json& value = value_at(object, path);
  return int32_of(value);
}

std::optional<Scalable> custom_scalable(const json& definition, const std::string& version) {
  for (const json& each : array_at(definition, {"spec", "versions"})) {
    const json& scale = at(each, {"subresources", "scale"});
    if (string_at(each, {"name"}) != version || !scale.is_object()) continue;
    return Scalable{key_of(definition).name, string_at(scale, {"specReplicasPath"}, ".spec.replicas"),
                    string_at(scale, {"statusReplicasPath"}, ".status.replicas"),
                    string_at(scale, {"labelSelectorPath"})};
  }
  return std::nullopt;
}

std::optional<Scalable> find_scalable(const Store& store, const std::string& api_version,
                                      const std::string& kind) {
  for (const ResourceType& type : builtin_types()) {
    if (type.api_version() == api_version && type.kind == kind && type.scale)
      return Scalable{.resource = type.resource(), .selector = {}};
  }
  const auto parts = split(api_version, '/');
  for (const ObjectPtr& definition : store.list(kDefinitions)) {
    const bool named = string_at(*definition, {"spec", "names", "kind"}) == kind &&
                       string_at(*definition, {"spec", "group"}) == parts[0];
    if (named && parts.size() == 2) return custom_scalable(*definition, parts[1]);
  }
  return std::nullopt;
}

/// "app=web,tier=front" as a LabelSelector; other operators are not written by any kind that we know.
json selector_from(const std::string& text) {
  json selector = json::object();
  for (const std::string& pair : split(text, ',')) {
    const size_t equals = pair.find('=');
    if (equals != std::string::npos)
      selector["matchLabels"][pair.substr(0, equals)] = pair.substr(equals + 1);
  }
  return selector;
}

json selector_of(const json& object, const Scalable& scalable) {
  const json& own = at(object, {"spec", "selector"});
  if (own.is_object()) return own;
  const json& text = scalable.selector.empty() ? own : value_at(object, scalable.selector);
  return text.is_string() ? selector_from(text.get<std::string>()) : json::object();
}

}  // namespace

Result<Scale> read_scale(const Store& store, const std::string& ns, const json& reference) {
  const std::string api_version = string_at(reference, {"apiVersion"}, "apps/v1");
  const std::string kind = string_at(reference, {"kind"}, "Deployment"),
                    name = string_at(reference, {"name"});
  const auto scalable = find_scalable(store, api_version, kind);
  if (!scalable) {
    return Error{Code::kInvalid, fmt::format("no matches for kind \"{}\" in group \"{}\"", kind, api_version),
                 ""};
  }
  const ObjectPtr object = store.find(scalable->resource, ns, name);
  if (!object)
    return Error{Code::kNotFound, fmt::format("{} \"{}\" not found", scalable->resource, name), ""};
  const bool unset = value_at(*object, scalable->wanted).is_null();  // one replica, as workloads default it
  return Scale{scalable->resource,
               api_version,
               kind,
               {ns, name},
               unset ? 1 : number_at(*object, scalable->wanted),
               number_at(*object, scalable->current),
               selector_of(*object, *scalable),
               scalable->wanted};
}

Result<void> write_scale(Store& store, const Scale& scale, int64_t replicas) {
  const auto written = store.modify(scale.resource, scale.key.ns, scale.key.name, [&](json& object) {
    json* value = &object;
    for (const std::string& field : split(scale.replicas_path, '.')) {
      if (!field.empty()) value = &(*value)[field];
    }
    *value = replicas;
  });
  if (!written) return written.error();
  return {};
}

}  // namespace zdt::rehearsal
