#include "router.h"

#include <utility>

namespace monolith {
namespace {

bool is_placeholder(const std::string& segment) { return segment.starts_with('{'); }

bool takes_the_rest(const std::vector<std::string>& pattern) {
  return !pattern.empty() && is_placeholder(pattern.back()) && pattern.back().ends_with("...}");
}

std::string joined(const std::vector<std::string>& path, std::size_t first) {
  std::string out = path[first];
  for (std::size_t i = first + 1; i < path.size(); ++i) out += "/" + path[i];
  return out;
}

/// Whether `path` fits `pattern`; `args` gets what the placeholders matched.
bool matches(const std::vector<std::string>& pattern, const std::vector<std::string>& path,
             std::vector<std::string>& args) {
  args.clear();
  const bool open = takes_the_rest(pattern);
  if (open ? path.size() < pattern.size() : path.size() != pattern.size()) return false;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (open && i + 1 == pattern.size()) {
      args.push_back(joined(path, i));
    } else if (is_placeholder(pattern[i])) {
      args.push_back(path[i]);
    } else if (pattern[i] != path[i]) {
      return false;
    }
  }
  return true;
}

void allow_method(std::string& allow, Method method) {
  if (!allow.empty()) allow += ", ";
  allow += method_name(method);
  if (method == Method::kGet) allow += ", HEAD";
}

boost::asio::awaitable<Response> answer_at_once(const PlainHandler& handler, const Request& request) {
  co_return handler(request);
}

}  // namespace

void Router::add(Method method, std::string_view pattern, Handler handler) {
  routes_.push_back({method, path_segments(pattern), std::move(handler)});
}

void Router::add(Method method, std::string_view pattern, PlainHandler handler) {
  add(method, pattern, Handler([plain = std::move(handler)](const Request& request) {
        return answer_at_once(plain, request);
      }));
}

const Handler& Router::find(Request& request) const {
  const Method wanted = request.method == Method::kHead ? Method::kGet : request.method;
  const auto path = path_segments(request.target);
  std::string allow;
  for (const Route& route : routes_) {
    if (!matches(route.pattern, path, request.args)) continue;
    if (route.method == wanted) return route.handler;
    allow_method(allow, route.method);
  }
  if (!allow.empty()) throw NotAllowed(allow);
  throw RequestError(404, "nothing at " + request.target.substr(0, request.target.find('?')));
}

}  // namespace monolith
