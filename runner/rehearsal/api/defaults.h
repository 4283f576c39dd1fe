// What Kubernetes fills in, so that kubectl and the controllers find it (pkg/apis/*/v1/defaults.go). Pure
// functions on JSON: a field that is given stays as it is.
#pragma once
#include "base/json.h"
#include "rehearsal/store/types.h"

namespace zdt::rehearsal::api {

/// All defaults of an object of the built-in `type`; nothing for kinds without any.
void apply_defaults(const ResourceType& type, json& object);

/// The parts, by kind.
void default_pod_spec(json& spec);
void default_pod(json& pod);
void default_service(json& service);
void default_deployment(json& deployment);

/// "Guaranteed", "Burstable" or "BestEffort".
/// https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/
std::string quality_of_service(const json& pod_spec);

/// Sets object[field] when it is missing or null; returns the field.
json& set_default(json& object, const char* field, json value);

/// Defaults from a custom resource's schema (openAPIV3Schema `default:`), deeply.
void apply_schema_defaults(const json& schema, json& value);

}  // namespace zdt::rehearsal::api
