#include "rehearsal/api/objects.h"

#include <fmt/format.h>

#include "base/text.h"
#include "base/units.h"
#include "rehearsal/api/allocations.h"
#include "rehearsal/api/json_path.h"

namespace zdt::rehearsal::api {
namespace {

std::string now_text() { return format_time(std::chrono::system_clock::now()); }

Manager manager_of(const Place& place, const Intent& intent) {
  return {intent.manager, place.subresource, place.served.type.api_version(), now_text()};
}

std::string name_of(const json& object) { return string_at(object, {"metadata", "name"}); }

/// What the store would have added, for an answer to a trial.
json as_if_created(json object) {
  json& metadata = object["metadata"];
  const std::string prefix = string_at(metadata, {"generateName"});
  if (name_of(object).empty()) metadata["name"] = prefix + random_suffix(5);
  metadata["uid"] = random_uuid();
  metadata["creationTimestamp"] = now_text();
  metadata["generation"] = 1;
  return object;
}

/// A definition's schema is large, and copied by nobody.
void check_amount(const Place& place, const json& object) {
  if (place.served.type.kind != "CustomResourceDefinition") check_object_size(object);
}

}  // namespace

ObjectPtr as_version(const ResourceType& type, ObjectPtr object) {
  if (string_at(*object, {"apiVersion"}) == type.api_version()) return object;
  json copy = *object;
  copy["apiVersion"] = type.api_version();
  copy["kind"] = type.kind;
  return std::make_shared<const json>(std::move(copy));
}

Shape shape_of(const ServedType& served) {
  return served.is_custom() ? Shape::of_schema(served.schema()) : Shape();
}

ObjectPtr Objects::get(const Place& place) const {
  const ResourceType& type = place.served.type;
  const ObjectPtr found = store_.find(type.resource(), type.namespaced ? place.ns : "", place.name);
  if (!found) throw not_found(type, place.name);
  return as_version(type, found);
}

std::vector<ObjectPtr> Objects::list(const ServedType& served, const std::string& ns,
                                     const Selection& selection) const {
  std::vector<ObjectPtr> chosen;
  for (const ObjectPtr& object : store_.list(served.type.resource(), ns)) {
    if (selection.matches(*object)) chosen.push_back(as_version(served.type, object));
  }
  return chosen;
}

void Objects::check_namespace(const Place& place, const std::string& name) const {
  if (!place.served.type.namespaced) return;
  const ObjectPtr space = store_.find("namespaces", "", place.ns);
  static const ResourceType kNamespace{.group = "",
                                       .version = "v1",
                                       .kind = "Namespace",
                                       .plural = "namespaces",
                                       .singular = "namespace",
                                       .short_names = {}};
  if (!space) throw not_found(kNamespace, place.ns);
  if (string_at(*space, {"status", "phase"}) != "Terminating") return;
  throw forbidden(
      place.served.type, name,
      fmt::format("unable to create new content in namespace {} because it is being terminated", place.ns));
}

void Objects::check_guard(const Place& place, const Intent& intent, const json& current, const json& next) const {
  if (intent.guard) intent.guard(place, current, next);
}

std::vector<std::string> Objects::take_in(const Place& place, const std::string& name, json& object, const Intent& intent) const {
  check_amount(place, object);
  settle_identity(place.served, place.ns, name, object);
  auto warnings = check_fields(place.served, object, intent.validation);
  normalise(place.served, object);
  return warnings;
}

Written Objects::create(const Place& place, json object, const Intent& intent) {
  auto warnings = take_in(place, "", object, intent);
  check_namespace(place, name_of(object));
  check_guard(place, intent, nullptr, object);
  admit_new(place.served, object);
  object = with_ownership(nullptr, std::move(object), manager_of(place, intent), shape_of(place.served));
  Written written = write_new(place, std::move(object), intent);
  written.warnings = std::move(warnings);
  return written;
}

Written Objects::write_new(const Place& place, json object, const Intent& intent) {
  const ResourceType& type = place.served.type;
  const std::string name = name_of(object);
  if (name.empty() && string_at(object, {"metadata", "generateName"}).empty()) {
    throw invalid(
        type, "",
        {{"FieldValueRequired", "metadata.name", "Required value: name or generateName is required"}});
  }
  if (!name.empty() && store_.find(type.resource(), place.ns, name)) throw already_exists(type, name);
  if (type.resource() == "services") check_allocations(store_, type, object, nullptr);
  if (intent.dry_run) return {std::make_shared<const json>(as_if_created(std::move(object))), true, {}};
  auto created = store_.create(type.resource(), std::move(object));
  if (!created && created.error().code == Code::kConflict) throw already_exists(type, name);
  if (!created) throw no_room(type, name, created.error());
  return {*created, true, {}};
}

Written Objects::replace(const Place& place, json object, const Intent& intent) {
  auto warnings = take_in(place, place.name, object, intent);
  const ObjectPtr current = get(place);
  if (place.served.is_custom() && string_at(object, {"metadata", "resourceVersion"}).empty()) {
    throw invalid(place.served.type, place.name,
                  {{"FieldValueInvalid", "metadata.resourceVersion",
                    "Invalid value: 0x0: must be specified for an update"}});
  }
  Written written = write_change(place, *current, std::move(object), intent, false);
  written.warnings = std::move(warnings);
  return written;
}

Written Objects::write_change(const Place& place, const json& current, json object, const Intent& intent,
                              bool applied) {
  const ResourceType& type = place.served.type;
  check_guard(place, intent, current, object);
  admit_change(place.served, place.subresource, current, object);
  if (type.resource() == "services") check_allocations(store_, type, object, current);
  if (!applied)
    object = with_ownership(current, std::move(object), manager_of(place, intent), shape_of(place.served));
  if (intent.dry_run) {
    const std::string expected = string_at(object, {"metadata", "resourceVersion"});
    const std::string actual = string_at(current, {"metadata", "resourceVersion"});
    if (!expected.empty() && expected != actual)
      throw conflict(type, place.name, "the object has been modified");
    return {std::make_shared<const json>(std::move(object)), false, {}};
  }
  auto updated = store_.update(type.resource(), std::move(object));
  if (updated) return {as_version(type, *updated), false, {}};
  if (updated.error().code == Code::kNotFound) throw not_found(type, place.name);
  if (updated.error().code != Code::kConflict) throw no_room(type, place.name, updated.error());
  throw conflict(
      type, place.name,
      "the object has been modified; please apply your changes to the latest version and try again");
}

Written Objects::patch(const Place& place, PatchKind kind, const json& patch, const Intent& intent) {
  if (kind == PatchKind::kApply) return apply(place, patch, intent);
  const ObjectPtr current = get(place);
  json object = patched(kind, *current, patch, shape_of(place.served));
  // The managers are those of the store, unless the patch itself names others.
  const json& managers = at(object, {"metadata", "managedFields"});
  const bool untouched = managers == at(*current, {"metadata", "managedFields"});
  if (untouched && object["metadata"].is_object()) object["metadata"].erase("managedFields");
  auto warnings = take_in(place, place.name, object, intent);
  Written written = write_change(place, *current, std::move(object), intent, false);
  written.warnings = std::move(warnings);
  return written;
}

Written Objects::apply(const Place& place, json config, const Intent& intent) {
  if (config.is_object() && (!config.contains("apiVersion") || !config.contains("kind"))) {
    throw bad_request("invalid object type: apiVersion and kind must be set in an applied configuration");
  }
  auto warnings = take_in(place, place.name, config, intent);
  if (!at(config, {"metadata", "managedFields"}).is_null())
    throw bad_request("metadata.managedFields must be nil");
  const ResourceType& type = place.served.type;
  const ObjectPtr live = store_.find(type.resource(), type.namespaced ? place.ns : "", place.name);
  if (!live && !place.subresource.empty()) throw not_found(type, place.name);
  if (place.served.type.status) config.erase(place.subresource == "status" ? "spec" : "status");
  const Manager manager = manager_of(place, intent);
  json merged = apply_configuration(live ? *live : json(nullptr), config, manager, intent.force,
                                    shape_of(place.served));
  check_amount(place, merged);
  Written written;
  if (live) {
    written = write_change(place, *live, std::move(merged), intent, true);
  } else {
    check_namespace(place, place.name);
    check_guard(place, intent, nullptr, merged);
    admit_new(place.served, merged);
    written = write_new(place, std::move(merged), intent);
  }
  written.warnings = std::move(warnings);
  return written;
}

Written Objects::scale(const Place& place, int64_t replicas, const std::string& resource_version,
                       const Intent& intent) {
  if (replicas < 0) {
    throw invalid(place.served.type, place.name,
                  {{"FieldValueInvalid", "spec.replicas",
                    fmt::format("Invalid value: {}: must be greater than or equal to 0", replicas)}});
  }
  const ObjectPtr current = get(place);
  json object = *current;
  object["metadata"].erase("managedFields");
  const std::string path =
      string_at(place.served.definition, {"subresources", "scale", "specReplicasPath"}, ".spec.replicas");
  if (!set_at_path(object, path, replicas))
    throw bad_request("the scale subresource has no usable specReplicasPath");
  object["metadata"]["resourceVersion"] =
      resource_version.empty() ? string_at(*current, {"metadata", "resourceVersion"}) : resource_version;
  return write_change(place, *current, std::move(object), intent, false);
}

}  // namespace zdt::rehearsal::api
