// What environment variables and files take from the pod itself: fieldRef and resourceFieldRef.
#include "rehearsal/api/check/pod.h"

#include "base/text.h"

namespace zdt::rehearsal::api {
namespace {

const Causes::Words kEnvFields = {"metadata.name",           "metadata.namespace", "metadata.uid",
                                      "spec.nodeName",           "spec.serviceAccountName",
                                      "status.hostIP",           "status.hostIPs",     "status.podIP",
                                      "status.podIPs"};
const Causes::Words kVolumeFields = {"metadata.annotations", "metadata.labels", "metadata.name",
                                         "metadata.namespace", "metadata.uid"};
const Causes::Words kResources = {"limits.cpu",   "limits.ephemeral-storage",   "limits.memory",
                                      "requests.cpu", "requests.ephemeral-storage", "requests.memory"};
const Causes::Words kSizes = {"1",   "1k",  "1M",  "1G",  "1T",  "1P", "1E",
                              "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"};

bool holds(Causes::Words words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// Paths that Kubernetes has at all; others cannot be converted (pkg/apis/core/pods/helpers.go).
bool is_field(const std::string& path) {
  return holds(kEnvFields, path) || holds(kVolumeFields, path) || path == "spec.restartPolicy" || path == "status.phase";
}

/// metadata.labels['key'], split.
bool split_subscript(const std::string& path, std::string& field, std::string& key) {
  const size_t open = path.find("['");
  if (open == std::string::npos || !path.ends_with("']") || path.size() < open + 4) return false;
  field = path.substr(0, open);
  key = path.substr(open + 2, path.size() - open - 4);
  return true;
}

void check_subscript(const std::string& field, const std::string& key, const Where& where, Causes& causes) {
  if (field != "metadata.annotations" && field != "metadata.labels")
    return causes.invalid(where, field, "does not support subscript");
  check_text(field == "metadata.annotations" ? lower(key) : key, broken_label_key_rule, where, causes);
}

void check_divisor(const json& reference, const Where& where, Causes& causes) {
  const std::string& divisor = text_of(reference, "divisor");
  const std::string& resource = text_of(reference, "resource");
  if (divisor.empty() || divisor == "0") return;
  const bool cpu = resource == "limits.cpu" || resource == "requests.cpu";
  if (cpu ? divisor == "1" || divisor == "1m" : holds(kSizes, divisor)) return;
  causes.invalid(where / "divisor", resource,
                 cpu ? "only divisor's values 1m and 1 are supported with the cpu resource"
                     : "only divisor's values 1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei are supported "
                       "with the " + resource.substr(resource.find('.') + 1) + " resource");
}

}  // namespace

void check_field_reference(const json& reference, const Where& where, bool volume, Causes& causes) {
  if (is_set(reference, "apiVersion") && text_of(reference, "apiVersion") != "v1") {
    return causes.invalid(where / "fieldPath", text_of(reference, "fieldPath"),
                          "error converting fieldPath: unsupported pod version: " + text_of(reference, "apiVersion"));
  }
  if (!check_required(reference, "fieldPath", where, causes)) return;
  const std::string& path = text_of(reference, "fieldPath");
  std::string field, key;
  if (split_subscript(path, field, key)) return check_subscript(field, key, where, causes);
  if (!is_field(path))
    return causes.invalid(where / "fieldPath", path, "error converting fieldPath: field label not supported: " + path);
  const Causes::Words allowed = volume ? kVolumeFields : kEnvFields;
  if (!holds(allowed, path)) causes.unsupported(where / "fieldPath", path, allowed);
}

void check_resource_reference(const json& reference, const Where& where, bool volume, Causes& causes) {
  const std::string& resource = text_of(reference, "resource");
  if (volume && text_of(reference, "containerName").empty()) {
    causes.required(where / "containerName");
  } else if (resource.empty()) {
    causes.required(where / "resource");
  } else if (!holds(kResources, resource) && !resource.starts_with("limits.hugepages-") &&
             !resource.starts_with("requests.hugepages-")) {
    causes.unsupported(where / "resource", resource, kResources);
  }
  check_divisor(reference, where, causes);
}

}  // namespace zdt::rehearsal::api
