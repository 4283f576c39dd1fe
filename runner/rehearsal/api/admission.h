// What stands between a decoded body and the store: identity, defaults, what a writer cannot set, and rules.
#pragma once
#include "rehearsal/api/served_types.h"

namespace zdt::rehearsal::api {

/// The fieldValidation parameter.
enum class FieldValidation { kIgnore, kWarn, kStrict };
/// "" is kWarn. Throws Failure 400.
FieldValidation field_validation_from(const std::string& word);

/// Fills apiVersion, kind, namespace and name in from the request, and drops nulls and empty lists of
/// built-in kinds. Throws Failure 400 when the body says something else than the request. `name` is "" for a
/// creation.
void settle_identity(const ServedType& served, const std::string& ns, const std::string& name, json& object);

/// Warnings about unknown fields; throws Failure 400 with kStrict, or when a field has the wrong JSON type.
std::vector<std::string> check_fields(const ServedType& served, const json& object,
                                      FieldValidation validation);

/// The same for a body that is no stored object: "v1.DeleteOptions". A null one is fine.
void check_body_fields(const std::string& struct_name, const json& body);

/// Drops what Go's types do not write: nulls and empty lists of built-in kinds, and empty metadata of all.
void normalise(const ServedType& served, json& object);

/// Makes a body a new object: no status of the writer's, no metadata that only the server writes; defaults;
/// rules.
void admit_new(const ServedType& served, json& object);

/// Makes a body the next state of `current`. subresource  "": status stays as it is where it has a
/// subresource of its own; "status": everything else stays.
void admit_change(const ServedType& served, const std::string& subresource, const json& current,
                  json& object);

/// status of a CustomResourceDefinition that is accepted: NamesAccepted and Established.
json accepted_definition_status(const json& crd, const std::string& now);

}  // namespace zdt::rehearsal::api
