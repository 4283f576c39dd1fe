#include "rehearsal/api/check/privileged.h"
#include "rehearsal/api/admission.h"

#include <fmt/format.h>

#include "base/text.h"
#include "base/units.h"
#include "rehearsal/api/check/causes.h"
#include "rehearsal/api/check/field_types.h"
#include "rehearsal/api/content.h"
#include "rehearsal/api/defaults.h"
#include "rehearsal/api/failure.h"
#include "rehearsal/api/validation.h"

namespace zdt::rehearsal::api {
namespace {

/// As Go's types do on their way through the server: a null or an empty list is a field that is not there.
void drop_empty(json& value) {
  if (value.is_array()) {
    for (json& item : value) drop_empty(item);
  }
  if (!value.is_object()) return;
  for (auto entry = value.begin(); entry != value.end();) {
    if (entry->is_null() || (entry->is_array() && entry->empty() && entry.key() != "managedFields")) {
      entry = value.erase(entry);
    } else {
      drop_empty(*entry++);
    }
  }
}

/// Patches add to the depth of what they change; all that follows here goes down once for each level.
void check_depth(const json& object) {
  constexpr size_t kDeepest = 2 * kMaxDepth;
  std::vector<std::pair<const json*, size_t>> waiting = {{&object, 1}};
  while (!waiting.empty()) {
    const auto [value, depth] = waiting.back();
    waiting.pop_back();
    if (!value->is_structured()) continue;
    if (depth > kDeepest) throw bad_request("the object exceeds the max depth");
    for (const json& item : *value) {
      if (item.is_structured()) waiting.emplace_back(&item, depth + 1);
    }
  }
}

/// Takes the default for a missing field, refuses another value than the request's.
void settle(json& place, const std::string& wanted, const std::string& refusal) {
  if (place.is_null() || place == "") {
    place = wanted;
  } else if (place != wanted) {
    throw bad_request(refusal);
  }
}

std::string today() { return format_time(std::chrono::system_clock::now()); }

void reset_status(const ServedType& served, json& object) {
  const std::string resource = served.type.resource();
  if (resource == "nodes") return;  // a kubelet registers with its status
  if (served.type.status) object.erase("status");
  if (resource == "pods") {
    object["status"] = {{"phase", "Pending"}, {"qosClass", quality_of_service(object_at(object, {"spec"}))}};
  } else if (resource == "namespaces") {
    object["spec"]["finalizers"] = {"kubernetes"};
    object["status"] = {{"phase", "Active"}};
  } else if (resource == "services") {
    object["status"] = {{"loadBalancer", json::object()}};
  } else if (resource == kDefinitions) {
    object["status"] = accepted_definition_status(object, today());
  }
}

void fill_defaults(const ServedType& served, json& object) {
  if (served.is_custom()) {
    apply_schema_defaults(served.schema(), object);
  } else {
    apply_defaults(served.type, object);
  }
}

bool takes_node_ports(const json& service) {
  const std::string type = string_at(service, {"spec", "type"});
  return type == "NodePort" || type == "LoadBalancer";
}

std::string port_key(const json& port) {
  return fmt::format("{}/{}", string_at(port, {"protocol"}, "TCP"), int_at(port, {"port"}));
}

/// Each becomes a header of the answer: at most 4 KiB in all, and 256 bytes each
/// (apiserver/pkg/endpoints/filters/warning.go).
std::vector<std::string> bounded(std::vector<std::string> warnings) {
  constexpr size_t kMostOfAll = 4 << 10, kMostOfOne = 256;
  size_t bytes = 0;
  for (size_t i = 0; i < warnings.size(); ++i) {
    warnings[i] = cut_text(warnings[i], kMostOfOne);
    bytes += warnings[i].size();
    if (bytes > kMostOfAll) warnings.resize(i);
  }
  return warnings;
}

/// Fields that the server allocated, and that a writer who leaves them out does not mean to give up
/// (pkg/registry/core/service/storage/alloc.go, patchAllocatedValues).
void keep_allocations(const json& current, json& service) {
  if (string_at(service, {"spec", "type"}) == "ExternalName") return;
  for (const char* field : {"clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"}) {
    const json& old = at(current, {"spec", field});
    if (!old.is_null() && !service["spec"].contains(field)) service["spec"][field] = old;
  }
  if (!takes_node_ports(service) || array_at(service, {"spec", "ports"}).empty()) return;
  std::map<std::string, json> known;
  for (const json& old : array_at(current, {"spec", "ports"})) {
    if (old.contains("nodePort")) known.emplace(port_key(old), old["nodePort"]);
  }
  for (json& port : service["spec"]["ports"]) {
    const auto old = known.find(port_key(port));
    if (old != known.end() && port.is_object() && !port.contains("nodePort")) port["nodePort"] = old->second;
  }
}

/// Erases `fields` of the spec that are as they were: a client that sends back what it read does not ask for them.
void drop_unchanged(const json& current, json& service, std::initializer_list<const char*> fields) {
  for (const char* field : fields) {
    if (at(service, {"spec", field}) == at(current, {"spec", field})) service["spec"].erase(field);
  }
}

/// What the new type of a Service does not have (pkg/registry/core/service/strategy.go, dropTypeDependentFields).
void drop_what_the_type_lacks(const json& current, json& service) {
  const std::string now = string_at(service, {"spec", "type"}, "ClusterIP"),
                    then = string_at(current, {"spec", "type"}, "ClusterIP");
  if (!service["spec"].is_object()) return;
  if (now == "ExternalName" && then != "ExternalName")
    drop_unchanged(current, service, {"clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"});
  if (takes_node_ports(current) && !takes_node_ports(service)) {
    drop_unchanged(current, service, {"externalTrafficPolicy", "healthCheckNodePort"});
    if (at(service, {"spec", "ports"}).is_array()) {
      for (json& port : service["spec"]["ports"]) {
        if (port.is_object()) port.erase("nodePort");
      }
    }
  }
  if (then == "LoadBalancer" && now != "LoadBalancer")
    drop_unchanged(current, service, {"allocateLoadBalancerNodePorts", "loadBalancerClass", "healthCheckNodePort"});
}

void keep_server_metadata(const json& current, json& object) {
  json& metadata = object["metadata"];
  for (const char* field :
       {"uid", "creationTimestamp", "generation", "deletionTimestamp", "deletionGracePeriodSeconds"}) {
    metadata.erase(field);
    const json& value = at(current, {"metadata", field});
    if (!value.is_null()) metadata[field] = value;
  }
}

void refuse_privileged(const ServedType& served, const json& object) {
  if (served.privileged) return;
  Causes causes;
  check_unprivileged(served.type, object, causes);
  if (!causes.all().empty()) throw invalid(served.type, string_at(object, {"metadata", "name"}), causes.all());
}

}  // namespace

FieldValidation field_validation_from(const std::string& word) {
  if (word.empty() || word == "Warn") return FieldValidation::kWarn;
  if (word == "Strict") return FieldValidation::kStrict;
  if (word == "Ignore") return FieldValidation::kIgnore;
  throw bad_request("fieldValidation: Unsupported value: \"" + word +
                    "\": supported values: \"Ignore\", \"Strict\", \"Warn\"");
}

void settle_identity(const ServedType& served, const std::string& ns, const std::string& name, json& object) {
  const ResourceType& type = served.type;
  if (!object.is_object()) throw bad_request("the body of the request is not an object");
  settle(object["apiVersion"], type.api_version(),
         fmt::format("the API version in the data ({}) does not match the expected API version ({})",
                     string_at(object, {"apiVersion"}), type.api_version()));
  settle(object["kind"], type.kind,
         fmt::format("{} in version \"{}\" cannot be handled as a {}: no kind \"{}\" is registered here",
                     string_at(object, {"kind"}), type.version, type.kind, string_at(object, {"kind"})));
  check_depth(object);
  json& metadata = object["metadata"];
  if (metadata.is_null()) metadata = json::object();
  if (!metadata.is_object()) {
    throw bad_request(fmt::format("{} in version \"{}\" cannot be handled as a {}: json: cannot unmarshal {} into Go "
                                  "struct field {}.metadata of type v1.ObjectMeta",
                                  type.kind, type.version, type.kind, metadata.type_name(), type.kind));
  }
  if (type.namespaced) {
    settle(metadata["namespace"], ns,
           "the namespace of the provided object does not match the namespace sent on the request");
  } else {
    metadata.erase("namespace");
  }
  if (name.empty()) return;
  settle(metadata["name"], name,
         fmt::format("the name of the object ({}) does not match the name on the URL ({})",
                     string_at(metadata, {"name"}), name));
}

std::vector<std::string> check_fields(const ServedType& served, const json& object,
                                      FieldValidation validation) {
  if (served.is_custom()) {
    const auto causes = custom_field_faults(served.type, object);
    if (!causes.empty()) throw invalid(served.type, string_at(object, {"metadata", "name"}), causes);
    return {};
  }
  const std::string cannot = fmt::format("{} in version \"{}\" cannot be handled as a {}: ", served.type.kind,
                                         served.type.version, served.type.kind);
  const FieldFaults faults = field_faults(served.type, object);
  if (!faults.mistyped.empty()) throw bad_request(cannot + faults.mistyped);
  if (validation == FieldValidation::kIgnore) return {};
  std::vector<std::string> warnings;
  for (const std::string& path : faults.unknown) warnings.push_back(fmt::format("unknown field \"{}\"", path));
  if (validation == FieldValidation::kStrict && !warnings.empty()) {
    throw bad_request(cannot + "strict decoding error: " + join(warnings, ", "));
  }
  return bounded(std::move(warnings));
}

void check_body_fields(const std::string& struct_name, const json& body) {
  const FieldFaults faults = field_faults(struct_name, body);
  if (faults.mistyped.empty()) return;
  const size_t dot = struct_name.find('.');
  throw bad_request(fmt::format("{1} in version \"{0}\" cannot be handled as a {1}: {2}", struct_name.substr(0, dot),
                                struct_name.substr(dot + 1), faults.mistyped));
}

void normalise(const ServedType& served, json& object) {
  if (!served.is_custom()) drop_empty(object);
  if (!served.is_custom()) settle_quantities(served.type, object);
  for (const char* field : {"labels", "annotations", "finalizers", "ownerReferences"}) {
    json& metadata = object["metadata"];
    if (metadata.contains(field) && metadata[field].empty()) metadata.erase(field);
  }
}

void admit_new(const ServedType& served, json& object) {
  json& metadata = object["metadata"];
  if (!string_at(metadata, {"resourceVersion"}).empty()) {
    throw bad_request("resourceVersion should not be set on objects to be created");
  }
  for (const char* field : {"uid", "creationTimestamp", "generation", "deletionTimestamp",
                            "deletionGracePeriodSeconds", "selfLink", "resourceVersion"}) {
    metadata.erase(field);
  }
  fill_defaults(served, object);
  reset_status(served, object);
  validate(served.type, object, nullptr);
  refuse_privileged(served, object);
}

void admit_change(const ServedType& served, const std::string& subresource, const json& current,
                  json& object) {
  const std::string uid = string_at(object, {"metadata", "uid"}),
                    current_uid = string_at(current, {"metadata", "uid"});
  if (!uid.empty() && uid != current_uid) {
    throw conflict(served.type, string_at(current, {"metadata", "name"}),
                   fmt::format("Precondition failed: UID in precondition: {}, UID in object meta: {}", uid,
                               current_uid));
  }
  if (subresource == "status") {
    json next = current;
    next["status"] = at(object, {"status"});
    next["metadata"]["resourceVersion"] = at(object, {"metadata", "resourceVersion"});
    object = std::move(next);
    validate_status(served.type, object);
    return;
  }
  keep_server_metadata(current, object);
  if (served.type.status) {
    object.erase("status");
    if (current.contains("status")) object["status"] = current["status"];
  }
  if (served.type.resource() == "services") {
    keep_allocations(current, object);
    drop_what_the_type_lacks(current, object);
  }
  if (served.type.resource() == "namespaces") object["spec"] = at(current, {"spec"});
  fill_defaults(served, object);
  if (served.type.resource() == kDefinitions) object["status"] = accepted_definition_status(object, today());
  validate(served.type, object, current);
  refuse_privileged(served, object);
}

json accepted_definition_status(const json& crd, const std::string& now) {
  json status = {{"acceptedNames", object_at(crd, {"spec", "names"})},
                 {"conditions", json::array()},
                 {"storedVersions", json::array()}};
  auto add = [&](const char* type, const char* reason, const char* message) {
    std::string since = now;
    for (const json& old : array_at(crd, {"status", "conditions"})) {
      if (string_at(old, {"type"}) == type) since = string_at(old, {"lastTransitionTime"}, now);
    }
    status["conditions"].push_back({{"type", type},
                                    {"status", "True"},
                                    {"reason", reason},
                                    {"message", message},
                                    {"lastTransitionTime", since}});
  };
  add("NamesAccepted", "NoConflicts", "no conflicts found");
  add("Established", "InitialNamesAccepted", "the initial names have been accepted");
  for (const json& version : array_at(crd, {"spec", "versions"})) {
    if (bool_at(version, {"storage"})) status["storedVersions"].push_back(string_at(version, {"name"}));
  }
  return status;
}

}  // namespace zdt::rehearsal::api
