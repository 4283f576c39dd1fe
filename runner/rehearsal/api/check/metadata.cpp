// metadata of every kind (apimachinery/pkg/api/validation/objectmeta.go).
#include <map>
#include <set>

#include "base/text.h"
#include "rehearsal/api/check/kinds.h"

namespace zdt::rehearsal::api {
namespace {

constexpr size_t kMostManager = 128, kMostSubresource = 256;

Rule name_rule(const ResourceType& type) {
  // "system:node" is a name in these groups.
  if (type.group == "rbac.authorization.k8s.io" || type.group == "apiregistration.k8s.io") return broken_path_segment_rule;
  if (type.resource() == "namespaces" || type.resource() == "statefulsets.apps") return broken_label_rule;
  return type.resource() == "services" ? broken_service_rule : broken_subdomain_rule;
}

void check_name(const ResourceType& type, const json& metadata, const Where& where, Causes& causes) {
  const Rule rule = name_rule(type);
  check_field(metadata, "name", rule, where, causes);
  const std::string& prefix = text_of(metadata, "generateName");
  if (prefix.empty()) return;
  // A dash at the end is fine before a suffix.
  const bool dash = prefix.size() > 1 && prefix.ends_with('-');
  const std::string broken = rule(dash ? prefix.substr(0, prefix.size() - 2) + "a" : prefix);
  if (!broken.empty()) causes.invalid(where / "generateName", prefix, broken);
}

void check_owner(const json& owner, const Where& where, Causes& causes) {
  const std::string& version = text_of(owner, "apiVersion");
  const size_t slashes = static_cast<size_t>(std::count(version.begin(), version.end(), '/'));
  if (version.empty() || slashes > 1 || version.ends_with('/'))
    causes.invalid(where / "apiVersion", version, "version must not be empty");
  for (const char* field : {"kind", "name", "uid"}) {
    if (text_of(owner, field).empty())
      causes.invalid(where / field, "", std::string(field) + " must not be empty");
  }
  if (version == "v1" && text_of(owner, "kind") == "Event")
    causes.invalid(where, owner, "/v1, Kind=Event is disallowed from being an owner");
}

void check_owners(const json& metadata, const Where& where, Causes& causes) {
  std::string controller;
  for (const json& owner : array_at(metadata, {"ownerReferences"})) {
    if (causes.full()) return;
    check_owner(owner, where / "ownerReferences", causes);
    if (!bool_at(owner, {"controller"})) continue;
    const std::string name = text_of(owner, "kind") + "/" + text_of(owner, "name");
    if (!controller.empty()) {
      causes.invalid(where / "ownerReferences", metadata["ownerReferences"],
                     "Only one reference can have Controller set to true. Found \"true\" in references for " +
                         controller + " and " + name);
    }
    controller = name;
  }
}

void check_managers(const json& metadata, const Where& where, Causes& causes) {
  const json& entries = array_at(metadata, {"managedFields"});
  for (size_t i = 0; i < entries.size() && !causes.full(); ++i) {
    const Where here = where.item("managedFields", i);
    const std::string &operation = text_of(entries[i], "operation"), &type = text_of(entries[i], "fieldsType");
    if (operation != "Apply" && operation != "Update")
      causes.invalid(here / "operation", operation, "must be `Apply` or `Update`");
    if (!type.empty() && type != "FieldsV1") causes.invalid(here / "fieldsType", type, "must be `FieldsV1`");
    if (text_of(entries[i], "manager").size() > kMostManager) causes.too_long(here / "manager", kMostManager);
    if (text_of(entries[i], "subresource").size() > kMostSubresource)
      causes.too_long(here / "subresource", kMostSubresource);
  }
}

}  // namespace

void check_finalizers(const json& finalizers, const Where& where, bool kubernetes, Causes& causes) {
  if (!finalizers.is_array()) return;
  static const std::set<std::string> kStandard = {"kubernetes", "orphan", "foregroundDeletion"};
  bool orphan = false, foreground = false;
  for (const json& finalizer : finalizers) {
    if (causes.full()) return;
    check_text(finalizer, broken_label_key_rule, where, causes);
    orphan = orphan || finalizer == "orphan";
    foreground = foreground || finalizer == "foregroundDeletion";
    const std::string& name = text(finalizer);
    if (kubernetes && name.find('/') == std::string::npos && !kStandard.contains(name))
      causes.invalid(where, name, "name is neither a standard finalizer name nor is it fully qualified");
  }
  if (orphan && foreground)
    causes.invalid(where, finalizers, "finalizer orphan and foregroundDeletion cannot be both set");
}

void check_metadata(const ResourceType& type, const json& object, Causes& causes) {
  const json& metadata = object_at(object, {"metadata"});
  const Where where("metadata");
  check_name(type, metadata, where, causes);
  check_labels(at(metadata, {"labels"}), where / "labels", causes);
  check_annotations(at(metadata, {"annotations"}), where / "annotations", causes);
  check_owners(metadata, where, causes);
  check_finalizers(at(metadata, {"finalizers"}), where / "finalizers", false, causes);
  check_managers(metadata, where, causes);
}

void check_metadata_change(const json& object, const json& previous, Causes& causes) {
  if (at(previous, {"metadata", "deletionTimestamp"}).is_null()) return;
  std::set<std::string> known;
  for (const json& finalizer : array_at(previous, {"metadata", "finalizers"})) known.insert(text(finalizer));
  std::vector<std::string> added;
  for (const json& finalizer : array_at(object, {"metadata", "finalizers"})) {
    if (!known.contains(text(finalizer)) && added.size() < 10) added.push_back('"' + text(finalizer) + '"');
  }
  if (added.empty()) return;
  const Where where("metadata");
  causes.forbidden(where / "finalizers",
                   "no new finalizers can be added if the object is being deleted, found new finalizers []string{" +
                       join(added, ", ") + "}");
}

}  // namespace zdt::rehearsal::api
