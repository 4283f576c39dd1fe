#pragma once

#include <nlohmann/json_fwd.hpp>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace monolith {

/// The methods that routes and metrics tell apart. kOther keeps the number of metric series bounded.
enum class Method { kGet, kHead, kPost, kPut, kPatch, kDelete, kOptions, kOther };
inline constexpr int kMethodCount = 8;

std::string_view method_name(Method method);

/// One parsed request. Plain data, free of the HTTP library, so that handlers are tested without a socket.
struct Request {
  Method method = Method::kGet;
  std::string target = "/";       // as received, with the query
  std::string body;               // at most kBodyLimit bytes
  std::vector<std::string> args;  // what the route's {…} matched, in order; set by the router
};

/// One answer. X-Pod, X-Version, Content-Length and Connection are added where it is written.
struct Response {
  int status = 200;
  std::string body;
  std::string content_type = "text/plain; charset=utf-8";
  std::vector<std::pair<std::string, std::string>> headers;
};

/// A request that cannot be served: thrown by handlers, answered with `status` and a JSON body holding
/// what().
class RequestError : public std::runtime_error {
 public:
  RequestError(int status, const std::string& what) : std::runtime_error(what), status_(status) {}
  int status() const { return status_; }

 private:
  int status_;
};

Response text_response(int status, std::string body);
Response json_response(int status, const nlohmann::json& body);

/// {"error": what, "status": status}
Response error_response(int status, std::string_view what);

/// "/companies/3?x=1" → {"companies", "3"}. Empty segments are left out, so a trailing slash makes no
/// difference.
std::vector<std::string> path_segments(std::string_view target);

/// The value of `name` in the query of `target`; `fallback` when it is not there. No percent-decoding.
std::string query_value(std::string_view target, std::string_view name, std::string_view fallback);

}  // namespace monolith
