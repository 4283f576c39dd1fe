// Kubernetes' protobuf, as far as kubectl sends it: `kubectl create …`, `auth can-i` and evictions encode
// their bodies so, whatever the server says it prefers. Answers are always JSON.
// https://kubernetes.io/docs/reference/using-api/api-concepts/#protobuf-encoding
#pragma once
#include <string>
#include <string_view>

#include "base/json.h"

namespace zdt::rehearsal::api {

inline const char* const kProtobufType = "application/vnd.kubernetes.protobuf";

/// The object in `body` as JSON. Throws Failure 400 (malformed) and 415 for kinds and fields that are not in
/// the table (protobuf_messages.cpp): nothing is dropped silently.
json decode_protobuf(std::string_view body);

/// The fields of `message`: "NUMBER=NAME:TYPE …"; null when the message is not in the table. NAME is empty
/// for a message whose fields stand in its parent. TYPE is text, bytes, bool, int (with "!" when a zero is
/// meant), Time, Quantity, IntOrString, ignored, or a message; "[TYPE" is a list and "{TYPE" a map of texts
/// to TYPE.
const char* protobuf_fields(const std::string& message);

}  // namespace zdt::rehearsal::api
