// The kinds of PATCH bodies.
// https://kubernetes.io/docs/reference/using-api/api-concepts/#patch-and-apply
#pragma once
#include "rehearsal/api/served_types.h"
#include "rehearsal/api/shape.h"

namespace zdt::rehearsal::api {

enum class PatchKind { kJson, kMerge, kStrategic, kApply };

/// By content type. Custom kinds have no strategic merge. Throws Failure 415.
PatchKind patch_kind_from(std::string_view content_type, const ServedType& served);

/// `object` after a patch that is not kApply. Throws Failure 400 (malformed), 413 (too many operations, or a result
/// that is too large), 422 (a JSON Patch that does not fit).
json patched(PatchKind kind, const json& object, const json& patch, const Shape& shape);

}  // namespace zdt::rehearsal::api
