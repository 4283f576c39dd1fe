#include "rehearsal/api/openapi.h"

namespace zdt::rehearsal::api {
namespace {

std::string name_of(const ResourceType& type) {
  return type.group.empty() ? "api/" + type.version : "apis/" + type.group + "/" + type.version;
}

std::string path_of(const ResourceType& type) {
  return "/" + name_of(type) + (type.namespaced ? "/namespaces/{namespace}/" : "/") + type.plural + "/{name}";
}

json patch_operation(const ResourceType& type) {
  const json parameter = {{"name", "fieldValidation"}, {"in", "query"}, {"schema", {{"type", "string"}}}};
  return {{"parameters", {parameter}},
          {"responses", {{"200", {{"description", "OK"}}}}},
          {"x-kubernetes-action", "patch"},
          {"x-kubernetes-group-version-kind",
           {{"group", type.group}, {"version", type.version}, {"kind", type.kind}}}};
}

}  // namespace

json openapi_index(const std::vector<ServedType>& types) {
  json paths = json::object();
  for (const ServedType& served : types) {
    const std::string name = name_of(served.type);
    paths[name] = {{"serverRelativeURL", "/openapi/v3/" + name}};
  }
  return {{"paths", paths}};
}

json openapi_document(const std::vector<ServedType>& types, const std::string& name) {
  json paths = json::object();
  for (const ServedType& served : types) {
    if (name_of(served.type) == name) paths[path_of(served.type)] = {{"patch", patch_operation(served.type)}};
  }
  if (paths.empty()) return nullptr;
  return {{"openapi", "3.0.0"},
          {"info", {{"title", "zdt-demo rehearsal cluster"}, {"version", "v1.33.0"}}},
          {"paths", paths}};
}

}  // namespace zdt::rehearsal::api
