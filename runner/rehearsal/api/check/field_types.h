// The JSON types of the fields of every kind, and what a decoder of Go's says about a field of another type. One place for
// all kinds: tables of text, the built-in kinds' written by tests/schemas/types from Kubernetes' own Go types.
//
//   v1.Exec: command:[]string        the struct v1.Exec with a field; a field without a type is a string
//     timeout:int32                  a line that begins with blanks goes on with the one before
//   v1.ResourceList = {}Quantity     another name of a type
//
// Types: string, $v1.Protocol (a string of that name), bool, int32, int64, float64, bytes (base64), IntOrString, Quantity,
// Time, MicroTime, any, []T, {}T (a map from strings), SchemaOrArray, SchemaOrBool, or a struct's name. A struct whose name
// two packages have is v1.Event#events in one of them.
#pragma once
#include <string>
#include <vector>

#include "base/json.h"
#include "rehearsal/api/failure.h"
#include "rehearsal/store/types.h"

namespace zdt::rehearsal::api {

/// mistyped  the first field of another type, in the words of Go's decoder; "" for none.
/// unknown   the places of fields that the kind does not have ("spec.containers[0].imagee"), at most 100.
struct FieldFaults {
  std::string mistyped;
  std::vector<std::string> unknown;
};

/// Of an object of a built-in kind.
FieldFaults field_faults(const ResourceType& type, const json& object);
/// Of a value that is no stored kind: "v1.DeleteOptions", "v1.Scale".
FieldFaults field_faults(const std::string& struct_name, const json& value);

/// Of the custom kinds that controllers here read: each field of another type, as a custom resource's schema would say it.
std::vector<Cause> custom_field_faults(const ResourceType& type, const json& object);

/// Quantities that are numbers become the texts that Kubernetes makes of them.
void settle_quantities(const ResourceType& type, json& object);

/// The tables.
extern const char* const kPodFields;
extern const char* const kCoreFields;
extern const char* const kWorkloadFields;
extern const char* const kClusterFields;
extern const char* const kCustomFields;

}  // namespace zdt::rehearsal::api
