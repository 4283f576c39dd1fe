#include "audit/live.h"

#include <algorithm>

namespace zdt::audit {
namespace {

constexpr const char* kLastApplied = "kubectl.kubernetes.io/last-applied-configuration";
constexpr const char* kGracePeriod = "terminationGracePeriodSeconds";

/// Whether a field set (fieldsV1) has the grace period of a pod template.
bool manages_grace(const json& entry) {
  return at(entry, {"fieldsV1", "f:spec", "f:template", "f:spec"}).contains(std::string("f:") + kGracePeriod);
}

/// True only where there is a record of what was written, and the grace period is not in it.
bool nobody_set_grace(const json& object) {
  const std::string applied = string_at(object, {"metadata", "annotations", kLastApplied});
  if (!applied.empty()) {
    auto written = parse_json(applied, kLastApplied);
    return written && at(*written, {"spec", "template", "spec", kGracePeriod}).is_null();
  }
  const json& entries = array_at(object, {"metadata", "managedFields"});
  const bool recorded = std::any_of(entries.begin(), entries.end(), [](const json& entry) {
    return string_at(entry, {"operation"}) == "Apply" &&
           at(entry, {"fieldsV1", "f:spec", "f:template", "f:spec"}).is_object();
  });
  return recorded && std::none_of(entries.begin(), entries.end(), manages_grace);
}

}  // namespace

bool is_written(const json& object) {
  if (!array_at(object, {"metadata", "ownerReferences"}).empty()) return false;
  return string_at(object, {"kind"}) != "ConfigMap" ||
         string_at(object, {"metadata", "name"}) != "kube-root-ca.crt";
}

json written_form(json object) {
  if (!at(object, {"metadata"}).is_object()) return object;
  const bool defaulted = at(object, {"spec", "template", "spec"}).is_object() && nobody_set_grace(object);
  if (defaulted) object["spec"]["template"]["spec"].erase(kGracePeriod);
  object.erase("status");
  json& metadata = object["metadata"];
  for (const char* field :
       {"uid", "resourceVersion", "generation", "creationTimestamp", "managedFields", "selfLink"})
    metadata.erase(field);
  if (!at(metadata, {"annotations"}).is_object()) return object;
  for (const char* name : {kLastApplied, "deployment.kubernetes.io/revision"})
    metadata["annotations"].erase(name);
  if (metadata["annotations"].empty()) metadata.erase("annotations");
  return object;
}

}  // namespace zdt::audit
