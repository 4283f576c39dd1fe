#include <fmt/format.h>

#include "rehearsal/api/call.h"
#include "rehearsal/api/failure.h"
#include "rehearsal/api/json_path.h"
#include "rehearsal/api/table_cells.h"

namespace zdt::rehearsal::api {
namespace {

/// Where a kind keeps its replicas; custom ones say it in their definition.
struct ScalePaths {
  std::string spec_replicas = ".spec.replicas", status_replicas = ".status.replicas", selector;
};

ScalePaths paths_of(const ServedType& served) {
  ScalePaths paths;
  const json& scale = at(served.definition, {"subresources", "scale"});
  if (!scale.is_object()) return paths;
  paths.spec_replicas = string_at(scale, {"specReplicasPath"}, paths.spec_replicas);
  paths.status_replicas = string_at(scale, {"statusReplicasPath"}, paths.status_replicas);
  paths.selector = string_at(scale, {"labelSelectorPath"});
  return paths;
}

int64_t number_or_zero(const json& value) { return int_at(value, {}); }

/// autoscaling/v1 Scale.
json scale_of(const ServedType& served, const json& object) {
  const ScalePaths paths = paths_of(served);
  json metadata = json::object();
  for (const char* field : {"name", "namespace", "uid", "resourceVersion", "creationTimestamp"}) {
    metadata[field] = at(object, {"metadata", field});
  }
  const json& custom_selector = value_at_path(object, paths.selector);
  const std::string selector = served.is_custom()
                                   ? (custom_selector.is_string() ? custom_selector.get<std::string>() : "")
                                   : selector_text(at(object, {"spec", "selector"}));
  return {
      {"kind", "Scale"},
      {"apiVersion", "autoscaling/v1"},
      {"metadata", metadata},
      {"spec", {{"replicas", number_or_zero(value_at_path(object, paths.spec_replicas))}}},
      {"status",
       {{"replicas", number_or_zero(value_at_path(object, paths.status_replicas))}, {"selector", selector}}}};
}

json desired_scale(const ApiCall& call, const json& current) {
  const std::string type = call.exchange.headers.get("Content-Type");
  if (call.exchange.method == "PUT") return decode_body(call.exchange.body, type);
  ServedType plain = call.served;
  plain.definition = nullptr;  // a Scale is a built-in kind, whoever's it is
  const PatchKind kind = patch_kind_from(type, plain);
  if (kind == PatchKind::kApply)
    throw unsupported_media_type({"application/json-patch+json", "application/merge-patch+json"});
  json patch = decode_json(call.exchange.body);
  json before = current;
  if (patch.is_object() && at(patch, {"metadata", "resourceVersion"}).is_null())
    before["metadata"].erase("resourceVersion");
  return patched(kind, before, patch, Shape());
}

}  // namespace

Reply answer_scale(Objects& objects, const ApiCall& call) {
  const ObjectPtr object = objects.get(call.place());
  const json current = scale_of(call.served, *object);
  if (call.exchange.method == "GET") return {.body = current};
  if (call.exchange.method != "PUT" && call.exchange.method != "PATCH") throw method_not_allowed();
  const json desired = desired_scale(call, current);
  check_body_fields("v1.Scale", desired);
  const json& replicas = at(desired, {"spec", "replicas"});
  const auto written = objects.scale(call.place(), number_or_zero(replicas),
                                     string_at(desired, {"metadata", "resourceVersion"}), call.intent());
  return {.body = scale_of(call.served, *written.object)};
}

}  // namespace zdt::rehearsal::api
