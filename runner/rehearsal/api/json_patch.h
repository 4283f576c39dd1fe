// JSON Patch (RFC 6902), within the limits that kube-apiserver gives it.
#pragma once
#include "base/json.h"

namespace zdt::rehearsal::api {

/// `object` after all operations of `patch`. Throws Failure 400 (no list of operations), 413 (too many), 422 (one does
/// not apply, copies are too large, or the result is nested too deep), in the words of apiserver's
/// pkg/endpoints/handlers/patch.go and evanphx/json-patch.
json json_patched(json object, const json& patch);

}  // namespace zdt::rehearsal::api
