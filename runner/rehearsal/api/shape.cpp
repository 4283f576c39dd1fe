#include "rehearsal/api/shape.h"

#include <algorithm>

#include "base/text.h"

namespace zdt::rehearsal::api {
namespace {

using ListKind = ListShape::Kind;

/// path  "parent/field" or "field"; the first entry whose path ends the place's own decides.
/// keys  of server-side apply; the first is the merge key of strategic merge patches.
struct Entry {
  const char* path;
  std::vector<std::string> keys;
};

const std::vector<Entry>& keyed_lists() {
  static const std::vector<Entry> table = {
      {"containers/ports", {"containerPort", "protocol"}},
      {"initContainers/ports", {"containerPort", "protocol"}},
      {"spec/ports", {"port", "protocol"}},
      {"spec/containers", {"name"}},
      {"spec/initContainers", {"name"}},
      {"spec/ephemeralContainers", {"name"}},
      {"containers/env", {"name"}},
      {"initContainers/env", {"name"}},
      {"containers/volumeMounts", {"mountPath"}},
      {"initContainers/volumeMounts", {"mountPath"}},
      {"containers/volumeDevices", {"devicePath"}},
      {"spec/volumes", {"name"}},
      {"spec/hostAliases", {"ip"}},
      {"spec/imagePullSecrets", {"name"}},
      {"spec/topologySpreadConstraints", {"topologyKey", "whenUnsatisfiable"}},
      {"spec/schedulingGates", {"name"}},
      {"spec/resourceClaims", {"name"}},
      {"metadata/ownerReferences", {"uid"}},
      {"status/conditions", {"type"}},
      {"status/addresses", {"type"}},
      {"status/podIPs", {"ip"}},
      {"secrets", {"name"}},
  };
  return table;
}

const std::vector<std::string> kSets = {"metadata/finalizers"};

/// mapType=atomic and structType=atomic.
const std::vector<std::string> kAtomicMaps = {
    "selector", "nodeSelector",     "labelSelector",     "podSelector",    "secretKeyRef",  "configMapKeyRef",
    "fieldRef", "resourceFieldRef", "namespaceSelector", "involvedObject", "scaleTargetRef"};

bool ends_with(const Names& names, std::string_view path) {
  const auto wanted = split(path, '/');
  if (wanted.size() > names.size()) return false;
  return std::equal(wanted.rbegin(), wanted.rend(), names.rbegin());
}

ListShape builtin_list(const Names& names) {
  for (const Entry& entry : keyed_lists()) {
    if (ends_with(names, entry.path)) return {ListKind::kMap, entry.keys};
  }
  const bool set =
      std::any_of(kSets.begin(), kSets.end(), [&](auto& path) { return ends_with(names, path); });
  return {set ? ListKind::kSet : ListKind::kAtomic, {}};
}

/// What every object has, whatever its kind.
bool is_metadata(const Names& names) { return !names.empty() && names.front() == "metadata"; }

/// The schema of the field at `names`; null when the schema does not say.
const json& schema_at(const json* schema, const Names& names) {
  static const json kNone;
  const json* here = schema != nullptr ? schema : &kNone;
  for (const std::string& name : names) {
    if (at(*here, {"items"}).is_object()) here = &at(*here, {"items"});
    const json& property = at(*here, {"properties", name});
    here = property.is_null() ? &at(*here, {"additionalProperties"}) : &property;
  }
  return *here;
}

}  // namespace

Shape Shape::of_schema(const json& schema) {
  Shape shape;
  shape.custom_ = true;
  shape.schema_ = &schema;
  return shape;
}

ListShape Shape::list(const Names& names) const {
  if (!custom_ || is_metadata(names)) return builtin_list(names);
  const json& schema = schema_at(schema_, names);
  const std::string type = string_at(schema, {"x-kubernetes-list-type"});
  if (type == "set") return {ListKind::kSet, {}};
  if (type != "map") return {};
  ListShape shape{ListKind::kMap, {}};
  for (const json& key : array_at(schema, {"x-kubernetes-list-map-keys"}))
    shape.keys.push_back(key.get<std::string>());
  return shape;
}

bool Shape::is_atomic_map(const Names& names) const {
  if (!custom_)
    return std::find(kAtomicMaps.begin(), kAtomicMaps.end(), names.empty() ? "" : names.back()) !=
           kAtomicMaps.end();
  return !is_metadata(names) && string_at(schema_at(schema_, names), {"x-kubernetes-map-type"}) == "atomic";
}

ListShape Shape::patch_list(const Names& names) const {
  ListShape shape = list(names);
  if (shape.keys.size() > 1) shape.keys.resize(1);
  return shape;
}

json key_value(const json& item, const std::string& key) {
  const json& value = at(item, {key});
  if (value.is_null() && key == "protocol") return "TCP";
  return value;
}

}  // namespace zdt::rehearsal::api
