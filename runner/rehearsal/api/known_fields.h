// The fields that Kubernetes knows, for the kinds that people type most: what `--validate=strict` refuses.
// https://kubernetes.io/docs/reference/using-api/api-concepts/#validation-for-unrecognized-or-duplicate-fields
#pragma once
#include <map>
#include <string>
#include <vector>

#include "base/json.h"
#include "rehearsal/store/types.h"

namespace zdt::rehearsal::api {

/// The paths of fields that the kind does not have ("spec.template.spec.containers[0].imagee"), in order.
/// Kinds and parts that are not in the table are taken as they are.
std::vector<std::string> unknown_fields(const ResourceType& type, const json& object);

/// The first place where a field has another JSON type than Kubernetes' (spec.replicas: "three"), in the
/// words of its decoder; "" when there is none.
std::string mistyped_field(const ResourceType& type, const json& object);

/// What a part of an object may contain: field names, each with the name of the part below it ("" when
/// unknown).
using KnownPart = std::map<std::string, std::string>;
const std::map<std::string, KnownPart>& known_parts();

}  // namespace zdt::rehearsal::api
