// Sets of fields, as managedFields records who owns what (FieldsV1).
// https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.33/#fieldsv1-v1-meta
#pragma once
#include <map>

#include "rehearsal/api/field_path.h"
#include "rehearsal/api/shape.h"

namespace zdt::rehearsal::api {

/// Every leaf of an object with its value, which lives as long as the object: scalars, atomic lists and maps, empty maps; the
/// items of keyed lists appear themselves with a null value, so that their presence can be owned.
using Leaves = std::map<FieldPath, const json*>;
Leaves leaves_of(const json& object, const Shape& shape);

/// `fields` without what nobody owns: apiVersion, kind, and the metadata that the server writes.
FieldSet owned_fields(const FieldSet& fields);

/// {"f:spec": {"f:replicas": {}}} and back. What is no element (f:, k:, v:, i:) is left out.
json to_fields_v1(const FieldSet& fields);
FieldSet from_fields_v1(const json& fields);

/// ".spec.template.spec.containers[name=\"app\"].image", as conflicts name a field.
std::string dotted(const FieldPath& path);

/// Removes the fields and list items at `paths`, and the maps above them that are empty then.
void remove_fields(json& object, const FieldSet& paths);

}  // namespace zdt::rehearsal::api
