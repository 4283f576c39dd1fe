#include "rehearsal/api/content.h"

#include <fmt/format.h>

#include <map>

#include "base/json_limits.h"
#include "base/text.h"
#include "base/yaml.h"
#include "rehearsal/api/failure.h"
#include "rehearsal/api/protobuf.h"

namespace zdt::rehearsal::api {
namespace {

/// The parameters of one entry of an Accept header: "application/json;as=Table;v=v1;g=meta.k8s.io".
std::map<std::string, std::string> parameters_of(const std::string& entry) {
  std::map<std::string, std::string> parameters;
  const auto parts = split(entry, ';');
  for (size_t i = 1; i < parts.size(); ++i) {
    const size_t equals = parts[i].find('=');
    if (equals != std::string::npos)
      parameters[trim(parts[i].substr(0, equals))] = trim(parts[i].substr(equals + 1));
  }
  return parameters;
}

bool is_json(const std::string& type) {
  return type == "application/json" || type == "application/*" || type == "*/*";
}

/// Whether we can serve `entry`; then `accepted` says how.
bool serves(const std::string& entry, Accepted& accepted) {
  if (!is_json(media_type(entry))) return false;
  auto parameters = parameters_of(entry);
  const std::string form = parameters["as"], group = parameters["g"], version = parameters["v"];
  accepted.version = version;
  if (form.empty()) return true;
  if (form == "Table" && group == "meta.k8s.io" && version == "v1") {
    accepted.form = Accepted::Form::kTable;
    return true;
  }
  if (form == "APIGroupDiscoveryList" && group == "apidiscovery.k8s.io" && version.starts_with("v2")) {
    accepted.form = Accepted::Form::kAggregatedDiscovery;
    return true;
  }
  return false;
}

/// Adds to `steps` until they are too many.
void add_steps(const json& value, int depth, size_t& steps) {
  if (depth > kMaxDepth) throw Failure(422, "Invalid", fmt::format("the object is nested deeper than {} levels", kMaxDepth));
  steps += static_cast<size_t>(depth);
  if (!value.is_structured() || steps > kMaxSteps) return;
  for (const json& below : value) add_steps(below, depth + 1, steps);
}

Failure too_many_values(size_t limit) {
  return too_large(fmt::format("Request entity too large: more than {} values, each counted with the levels above it", limit));
}

}  // namespace

Accepted negotiate(std::string_view accept_header) {
  if (trim(accept_header).empty()) return {};
  for (const std::string& entry : split(accept_header, ',')) {
    Accepted accepted;
    if (serves(entry, accepted)) return accepted;
  }
  throw not_acceptable();
}

std::string media_type(std::string_view content_type_header) {
  return lower(trim(content_type_header.substr(0, content_type_header.find(';'))));
}

void check_size(const json& object) {
  size_t steps = 0;
  add_steps(object, 0, steps);
  if (steps > kMaxSteps) throw too_many_values(kMaxSteps);
}

void check_object_size(const json& object) {
  size_t steps = 0, of_managers = 0;
  add_steps(object, 0, steps);
  add_steps(at(object, {"metadata", "managedFields"}), 2, of_managers);
  if (steps > kMaxObjectSteps + of_managers) throw too_many_values(kMaxObjectSteps);
}

json decode_json(const std::string& body) {
  if (depth_of_json(body) > kMaxDepth) throw bad_request("error parsing JSON: exceeded max depth");
  if (separators_in_json(body) > kMaxSteps) throw too_many_values(kMaxSteps);
  auto parsed = parse_json(body, "request body");
  if (!parsed) throw bad_request(parsed.error().what);
  check_size(*parsed);
  return std::move(*parsed);
}

json decode_yaml(const std::string& body) {
  auto parsed = parse_yaml(body, "request body", {.depth = kMaxDepth, .values = kMaxSteps, .alias_bytes = 0});
  if (!parsed) throw bad_request("error parsing YAML: " + parsed.error().what);
  check_size(*parsed);
  return std::move(*parsed);
}

Format format_of(std::string_view content_type_header) {
  const std::string type = media_type(content_type_header);
  if (type == "application/yaml") return Format::kYaml;
  if (type == kProtobufType) return Format::kProtobuf;
  // curl -d names a form when it is not told what it sends; kube-apiserver refuses that, too.
  if (!type.empty() && type != "application/json")
    throw unsupported_media_type({"application/json", "application/yaml", kProtobufType});
  return Format::kJson;
}

json decode(Format format, const std::string& body) {
  if (format == Format::kYaml) return decode_yaml(body);
  if (format == Format::kJson) return decode_json(body);
  json object = decode_protobuf(body);
  check_size(object);
  return object;
}

json decode_body(const std::string& body, std::string_view content_type_header) {
  return decode(format_of(content_type_header), body);
}

}  // namespace zdt::rehearsal::api
