#include "app.h"

namespace monolith {
namespace {

/// What follows /upstream in the target, with its query.
std::string rest_of(const Request& request) {
  const std::string path = request.args.empty() ? "" : request.args.front();
  const auto query = request.target.find('?');
  return "/" + path + (query == std::string::npos ? "" : request.target.substr(query));
}

boost::asio::awaitable<Response> forward(App& app, const Request& request) {
  if (!app.upstream.configured()) throw RequestError(404, "no upstream here: set UPSTREAM_URL");
  co_return co_await app.upstream.ask(request, rest_of(request));
}

}  // namespace

void add_upstream_routes(Router& router, App& app) {
  for (const char* pattern : {"/upstream", "/upstream/{path...}"}) {
    for (const Method method : {Method::kGet, Method::kPost}) {
      router.add(method, pattern, Handler([&app](const Request& request) { return forward(app, request); }));
    }
  }
}

}  // namespace monolith
