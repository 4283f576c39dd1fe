#include "message.h"

#include <array>
#include <nlohmann/json.hpp>

namespace monolith {
namespace {

std::string_view path_of(std::string_view target) { return target.substr(0, target.find('?')); }

std::string_view query_of(std::string_view target) {
  const auto mark = target.find('?');
  return mark == std::string_view::npos ? std::string_view{} : target.substr(mark + 1);
}

/// The text of `rest` up to `separator`, which is cut off from it together with the separator.
std::string_view take_until(std::string_view& rest, char separator) {
  const auto end = rest.find(separator);
  const auto part = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return part;
}

}  // namespace

std::string_view method_name(Method method) {
  static constexpr std::array<std::string_view, kMethodCount> kNames = {
      "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "other"};
  return kNames.at(static_cast<std::size_t>(method));
}

Response text_response(int status, std::string body) {
  Response response;
  response.status = status;
  response.body = std::move(body);
  return response;
}

Response json_response(int status, const nlohmann::json& body) {
  Response response;
  response.status = status;
  response.body = body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  response.content_type = "application/json";
  return response;
}

Response error_response(int status, std::string_view what) {
  return json_response(status, {{"error", what}, {"status", status}});
}

std::vector<std::string> path_segments(std::string_view target) {
  std::vector<std::string> segments;
  std::string_view rest = path_of(target);
  while (!rest.empty()) {
    const auto segment = take_until(rest, '/');
    if (!segment.empty()) segments.emplace_back(segment);
  }
  return segments;
}

std::string query_value(std::string_view target, std::string_view name, std::string_view fallback) {
  std::string_view rest = query_of(target);
  while (!rest.empty()) {
    std::string_view pair = take_until(rest, '&');
    if (take_until(pair, '=') == name) return std::string(pair);
  }
  return std::string(fallback);
}

}  // namespace monolith
