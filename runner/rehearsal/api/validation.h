// Rules that an object must keep, in kube-apiserver's words (pkg/apis/*/validation). Pure: nothing is looked up, nothing but
// a Failure is thrown. The rules of each kind are in check/.
#pragma once
#include "rehearsal/api/failure.h"

namespace zdt::rehearsal::api {

/// Throws Failure 422 with the broken rules, 413 when the object is too large to be stored. `previous` null: a new object.
/// Both have their defaults.
void validate(const ResourceType& type, const json& object, const json& previous);

/// The same for a write of the status alone.
void validate_status(const ResourceType& type, const json& object);

}  // namespace zdt::rehearsal::api
