#include "rehearsal/api/validation.h"

#include <fmt/format.h>

#include "base/text.h"
#include "rehearsal/api/content.h"
#include "rehearsal/api/names.h"

namespace zdt::rehearsal::api {
namespace {

constexpr size_t kMaxAnnotationBytes = 256 << 10;
constexpr size_t kMaxConfigBytes = 1 << 20;

using Rule = std::string (*)(std::string_view);

Rule name_rule(const ResourceType& type) {
  if (type.resource() == "namespaces") return broken_label_rule;
  if (type.resource() == "services") return broken_service_rule;
  const bool any_name = type.group == "rbac.authorization.k8s.io";  // "system:node" is a name there
  return any_name ? Rule([](std::string_view) { return std::string(); }) : broken_subdomain_rule;
}

void validate_labels(const json& labels, const std::string& field, Causes& causes) {
  for (const auto& [key, value] : labels.items()) {
    const std::string key_rule = broken_label_key_rule(key);
    if (!key_rule.empty()) causes.invalid(field, key, key_rule);
    const std::string value_rule = value.is_string() ? broken_label_value_rule(value.get<std::string>()) : "";
    if (!value_rule.empty()) causes.invalid(field, value, value_rule);
  }
}

size_t bytes_in(const json& texts) {
  size_t bytes = 0;
  for (const auto& [key, value] : texts.items())
    bytes += key.size() + (value.is_string() ? value.get_ref<const std::string&>().size() : 0);
  return bytes;
}

void validate_size(const ResourceType& type, const json& object, Causes& causes) {
  const bool configuration = type.resource() == "configmaps" || type.resource() == "secrets";
  if (configuration && bytes_in(object_at(object, {"data"})) > kMaxConfigBytes) {
    causes.invalid("data", "", fmt::format("Too long: may not be more than {} bytes", kMaxConfigBytes));
  }
  if (object.dump().size() > kMaxObjectBytes) throw too_large("etcdserver: request is too large");
}

}  // namespace

void Causes::required(std::string field, std::string why) {
  causes_.push_back(
      {"FieldValueRequired", std::move(field), why.empty() ? "Required value" : "Required value: " + why});
}

void Causes::invalid(std::string field, const json& value, const std::string& why) {
  causes_.push_back(
      {"FieldValueInvalid", std::move(field), fmt::format("Invalid value: {}: {}", value.dump(), why)});
}

void Causes::duplicate(std::string field, const json& value) {
  causes_.push_back({"FieldValueDuplicate", std::move(field), "Duplicate value: " + value.dump()});
}

void Causes::forbidden(std::string field, const std::string& why) {
  causes_.push_back({"FieldValueForbidden", std::move(field), "Forbidden: " + why});
}

void Causes::unsupported(std::string field, const json& value, const std::vector<std::string>& supported) {
  std::vector<std::string> quoted;
  for (const std::string& word : supported) quoted.push_back('"' + word + '"');
  causes_.push_back(
      {"FieldValueNotSupported", std::move(field),
       fmt::format("Unsupported value: {}: supported values: {}", value.dump(), join(quoted, ", "))});
}

void Causes::missing_reference(std::string field, const json& value) {
  causes_.push_back({"FieldValueNotFound", std::move(field), "Not found: " + value.dump()});
}

void validate_metadata(const ResourceType& type, const json& object, Causes& causes) {
  const std::string name = string_at(object, {"metadata", "name"});
  const std::string rule = name.empty() ? "" : name_rule(type)(name);
  if (!rule.empty()) causes.invalid("metadata.name", name, rule);
  validate_labels(object_at(object, {"metadata", "labels"}), "metadata.labels", causes);
  const json& annotations = object_at(object, {"metadata", "annotations"});
  for (const auto& [key, value] : annotations.items()) {
    const std::string key_rule = broken_label_key_rule(lower(key));
    if (!key_rule.empty()) causes.invalid("metadata.annotations", key, key_rule);
  }
  if (bytes_in(annotations) > kMaxAnnotationBytes) {
    causes.invalid("metadata.annotations", "",
                   fmt::format("Too long: may not be more than {} bytes", kMaxAnnotationBytes));
  }
}

void validate(const ResourceType& type, const json& object, const json& previous) {
  const std::string resource = type.resource();
  Causes causes;
  validate_metadata(type, object, causes);
  if (resource == "pods") {
    validate_pod_spec(object_at(object, {"spec"}), "spec", causes);
  } else if (resource == "services") {
    validate_service(object, causes);
  } else if (resource == "customresourcedefinitions.apiextensions.k8s.io") {
    validate_definition(object, causes);
  } else if (resource == "poddisruptionbudgets.policy") {
    validate_disruption_budget(object, causes);
  } else if (resource == "horizontalpodautoscalers.autoscaling") {
    validate_autoscaler(object, causes);
  } else if (type.group == "apps") {
    validate_workload(type, object, causes);
  }
  validate_size(type, object, causes);
  if (!previous.is_null()) validate_change(type, object, previous, causes);
  if (!causes.all().empty()) throw invalid(type, string_at(object, {"metadata", "name"}), causes.all());
}

}  // namespace zdt::rehearsal::api
