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

/// How large a body may be in memory and in time: its values, each counted as often as there are levels above it. A pod has
/// some 200 such steps, the largest CustomResourceDefinitions in use below 200,000. kube-apiserver knows no such limit: its
/// time is not one loop's.
constexpr size_t kMaxSteps = 300'000;

/// The same for an object of another kind, which controllers and nodes copy and compare several times in one turn.
constexpr size_t kMaxObjectSteps = 50'000;

/// Throws Failure 413 when `object` takes more than kMaxSteps, 422 when it is nested deeper than kMaxDepth.
void check_size(const json& object);

/// Throws Failure 413 when `object` without its managedFields takes more than kMaxObjectSteps.
void check_object_size(const json& object);

enum class Format { kJson, kYaml, kProtobuf };

/// Of a body with that Content-Type; "" counts as JSON. Throws Failure 415.
Format format_of(std::string_view content_type_header);

/// Throws Failure 400 (malformed, nested too deep, YAML with aliases), 413 (more than kMaxSteps) and 415 (protobuf
/// of a kind that is not known). Any thread.
json decode(Format format, const std::string& body);

/// decode() of what the Content-Type names. For bodies that are short.
json decode_body(const std::string& body, std::string_view content_type_header);
json decode_json(const std::string& body);
json decode_yaml(const std::string& body);

}  // namespace zdt::rehearsal::api
