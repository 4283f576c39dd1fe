#include "rehearsal/api/content.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <map>
#include <sstream>

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

/// The deepest nesting of brackets outside strings, without building anything.
int depth_of(std::string_view text) {
  int depth = 0, deepest = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      in_string = c != '"';
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      deepest = std::max(deepest, ++depth);
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return deepest;
}

/// Refuses aliases, which could make a small body grow without bounds.
class AliasGuard : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {
    throw bad_request("error parsing YAML: aliases are not accepted in a request body");
  }
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t, const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    enter();
  }
  void OnSequenceEnd() override { --depth_; }
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t, YAML::EmitterStyle::value) override {
    enter();
  }
  void OnMapEnd() override { --depth_; }

 private:
  void enter() {
    if (++depth_ > kMaxDepth) throw bad_request("error parsing YAML: exceeded max depth");
  }
  int depth_ = 0;
};

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

json decode_json(const std::string& body) {
  if (depth_of(body) > kMaxDepth) throw bad_request("error parsing JSON: exceeded max depth");
  auto parsed = parse_json(body, "request body");
  if (!parsed) throw bad_request(parsed.error().what);
  return std::move(*parsed);
}

json decode_yaml(const std::string& body) {
  try {
    std::istringstream stream(body);
    YAML::Parser parser(stream);
    AliasGuard guard;
    while (parser.HandleNextDocument(guard)) continue;
  } catch (const YAML::Exception& failure) {
    throw bad_request(fmt::format("error parsing YAML: {}", failure.what()));
  }
  auto parsed = parse_yaml(body, "request body");
  if (!parsed) throw bad_request("error parsing YAML: " + parsed.error().what);
  return std::move(*parsed);
}

json decode_body(const std::string& body, std::string_view content_type_header) {
  const std::string type = media_type(content_type_header);
  if (type == "application/yaml") return decode_yaml(body);
  if (type == kProtobufType) return decode_protobuf(body);
  // curl -d names a form when it is not told what it sends; kube-apiserver refuses that, too.
  if (!type.empty() && type != "application/json")
    throw unsupported_media_type({"application/json", "application/yaml", kProtobufType});
  return decode_json(body);
}

}  // namespace zdt::rehearsal::api
