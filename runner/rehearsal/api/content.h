// Bodies and media types: what a client sends, and what it can read.
#pragma once
#include <string>
#include <string_view>

#include "base/json.h"

namespace zdt::rehearsal::api {

/// What the Accept header asks for, the first that we can serve (kubectl lists its wishes in order).
/// table        an object or list as a meta.k8s.io/v1 Table.
/// aggregated   discovery as apidiscovery.k8s.io APIGroupDiscoveryList; version "v2" or "v2beta1".
struct Accepted {
  enum class Form { kPlain, kTable, kAggregatedDiscovery } form = Form::kPlain;
  std::string version;
};

/// An empty header accepts everything. Throws Failure 406.
Accepted negotiate(std::string_view accept_header);

/// "application/json" from "application/json; charset=utf-8", in lower case.
std::string media_type(std::string_view content_type_header);

/// The deepest nesting of a body that is read, and the largest object that is stored (etcd's default limit).
constexpr int kMaxDepth = 100;
constexpr size_t kMaxObjectBytes = 1'572'864;

/// JSON, or YAML or protobuf when the media type says so; "" counts as JSON. Throws Failure 400 (malformed,
/// nested too deep, YAML with aliases) and 415 (another media type).
json decode_body(const std::string& body, std::string_view content_type_header);
json decode_json(const std::string& body);
json decode_yaml(const std::string& body);

}  // namespace zdt::rehearsal::api
