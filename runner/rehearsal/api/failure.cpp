#include "rehearsal/api/failure.h"

#include <fmt/format.h>

#include "base/text.h"

namespace zdt::rehearsal::api {
namespace {

json details_of(const ResourceType& type, const std::string& name, const std::string& kind) {
  json details = {{"kind", kind}};
  if (!name.empty()) details["name"] = name;
  if (!type.group.empty()) details["group"] = type.group;
  return details;
}

std::string kind_with_group(const ResourceType& type) {
  return type.group.empty() ? type.kind : type.kind + "." + type.group;
}

}  // namespace

Failure::Failure(int code, std::string reason, const std::string& message, json details)
    : std::runtime_error(message), code_(code) {
  status_ = {{"kind", "Status"},    {"apiVersion", "v1"}, {"metadata", json::object()},
             {"status", "Failure"}, {"message", message}, {"reason", std::move(reason)},
             {"code", code}};
  if (!details.empty()) status_["details"] = std::move(details);
}

Failure not_found(const ResourceType& type, const std::string& name) {
  return {404, "NotFound", fmt::format("{} \"{}\" not found", type.resource(), name),
          details_of(type, name, type.plural)};
}

Failure already_exists(const ResourceType& type, const std::string& name) {
  return {409, "AlreadyExists", fmt::format("{} \"{}\" already exists", type.resource(), name),
          details_of(type, name, type.plural)};
}

Failure conflict(const ResourceType& type, const std::string& name, const std::string& message) {
  return {409, "Conflict",
          fmt::format("Operation cannot be fulfilled on {} \"{}\": {}", type.resource(), name, message),
          details_of(type, name, type.plural)};
}

Failure forbidden(const ResourceType& type, const std::string& name, const std::string& message) {
  const std::string what = name.empty() ? type.resource() : fmt::format("{} \"{}\"", type.resource(), name);
  return {403, "Forbidden", fmt::format("{} is forbidden: {}", what, message),
          details_of(type, name, type.plural)};
}

Failure invalid(const ResourceType& type, const std::string& name, const std::vector<Cause>& causes) {
  json details = details_of(type, name, type.kind);
  details["causes"] = json::array();
  std::vector<std::string> sentences;
  for (const Cause& cause : causes) {
    details["causes"].push_back(
        {{"reason", cause.reason}, {"message", cause.message}, {"field", cause.field}});
    sentences.push_back(fmt::format("{}: {}", cause.field, cause.message));
  }
  const std::string all = join(sentences, ", ");
  return {422, "Invalid",
          fmt::format("{} \"{}\" is invalid: {}", kind_with_group(type), name,
                      causes.size() == 1 ? all : "[" + all + "]"),
          details};
}

Failure bad_request(const std::string& message) { return {400, "BadRequest", message}; }
Failure unauthorized() { return {401, "Unauthorized", "Unauthorized"}; }
Failure expired(const std::string& message) { return {410, "Expired", message}; }
Failure service_unavailable(const std::string& message) { return {503, "ServiceUnavailable", message}; }

Failure unknown_path() { return {404, "NotFound", "the server could not find the requested resource"}; }

Failure method_not_allowed() {
  return {405, "MethodNotAllowed", "the server does not allow this method on the requested resource"};
}

Failure not_acceptable() {
  return {406, "NotAcceptable", "only the following media types are accepted: application/json"};
}

Failure unsupported_media_type(const std::vector<std::string>& accepted) {
  return {415, "UnsupportedMediaType",
          "the body of the request was in an unknown format - accepted media types include: " +
              join(accepted, ", ")};
}

Failure disruption_refused(const std::string& why, int64_t retry_after_seconds) {
  json details = {{"causes", json::array({{{"reason", "DisruptionBudget"}, {"message", why}}})}};
  if (retry_after_seconds > 0) details["retryAfterSeconds"] = retry_after_seconds;
  return {429, "TooManyRequests", "Cannot evict pod as it would violate the pod's disruption budget.", details};
}

Failure internal_error(const std::string& message) { return {500, "InternalError", message}; }

Failure no_room(const ResourceType& type, const std::string& name, const Error& error) {
  return error.code == Code::kUsage ? too_large(error.what) : forbidden(type, name, error.what);
}

Failure too_large(const std::string& message) { return {413, "RequestEntityTooLarge", message}; }

Failure body_refused(int status, const std::string& why) {
  if (status == 413) return too_large("Request entity too large: " + why);
  if (status == 429) return {429, "TooManyRequests", why, {{"retryAfterSeconds", 1}}};
  return bad_request(why);
}

json success_status(const ResourceType& type, const std::string& name, const std::string& uid) {
  json details = details_of(type, name, type.plural);
  if (!uid.empty()) details["uid"] = uid;
  return {{"kind", "Status"},
          {"apiVersion", "v1"},
          {"metadata", json::object()},
          {"status", "Success"},
          {"details", details}};
}

}  // namespace zdt::rehearsal::api
