// The part of JSONPath that CustomResourceDefinitions use: ".spec.replicas", ".status.conditions[0].type",
// ".status.conditions[?(@.type=='Ready')].status", ".metadata.annotations.zdt\.dev/run".
#pragma once
#include "base/json.h"

namespace zdt::rehearsal::api {

/// The first value at `path`, or a null when there is none (or the path is not understood).
const json& value_at_path(const json& object, std::string_view path);

/// Writes `value` at a path of plain fields, at most 50, making objects on the way. False when the path has anything
/// else.
bool set_at_path(json& object, std::string_view path, json value);

}  // namespace zdt::rehearsal::api
