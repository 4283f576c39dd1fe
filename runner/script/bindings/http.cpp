// zdt.http: single requests, made from inside the cluster's network where the URL leads there.
#include "script/bindings/bindings.h"
#include "script/entrances.h"
#include "script/world.h"

namespace zdt::script {
namespace http_module {

Task<Result<Push>> send(World& world, http::Request request) {
  auto response = co_await world.send(std::move(request));
  if (!response) co_return response.error();
  json headers = json::object();
  for (const auto& [name, value] : response->headers.all()) {
    std::string key = name;
    for (char& c : key) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    headers[key] = value;
  }
  json result{{"status", response->status},
              {"headers", std::move(headers)},
              {"body", std::move(response->body)},
              {"took", static_cast<double>(response->total.count()) / 1000}};
  auto parsed = parse_json(result["body"].get_ref<const std::string&>(), "");
  if (parsed) result["json"] = std::move(*parsed);
  co_return Push([result = std::move(result)](lua_State* state) { return push_json(state, result), 1; });
}

/// A line break would be the end of the header, and the beginning of the script's own.
void add_header(http::Request& request, const std::string& name, const std::string& value) {
  const std::string_view ends("\r\n\0", 3);
  if (name.empty() || (name + value).find_first_of(ends) != std::string::npos) {
    fail_script(fmt::format("headers: \"{}\" has no name, or a line break in it", name));
  }
  request.headers.add(name, value);
}

Outcome request(lua_State* state, World& world) {
  const json options = options_argument(state, 1, "zdt.http.request");
  check_keys(options, {"url", "method", "headers", "body", "timeout"}, "zdt.http.request");
  http::Request request;
  world.current_recorder();  // requests belong into steps
  request.url = text_option(options, "url");
  if (request.url.empty()) fail_script("zdt.http.request: url is missing");
  want_no_nul(request.url, "zdt.http.request: url");
  request.method = text_option(options, "method", "GET");
  want_no_nul(request.method, "zdt.http.request: method");
  for (const auto& [name, value] : object_at(options, {"headers"}).items()) add_header(request, name, plain_text(value));
  const json& body = at(options, {"body"});
  request.body = body.is_structured() ? stage::shown(body) : text_option(options, "body");
  if (body.is_structured() && request.headers.get("Content-Type").empty()) {
    request.headers.add("Content-Type", "application/json");
  }
  request.limit = duration_option(options, "timeout", milliseconds(30'000));
  request.network = network_for(world, request.url);
  return wait(state, world, send(world, std::move(request)));
}

Outcome get(lua_State* state, World& world) {
  http::Request request;
  request.url = name_argument(state, 1, "zdt.http.get: url");
  world.current_recorder();
  const json options = options_argument(state, 2, "zdt.http.get");
  check_keys(options, {"timeout"}, "zdt.http.get");
  request.limit = duration_option(options, "timeout", milliseconds(30'000));
  request.network = network_for(world, request.url);
  return wait(state, world, send(world, std::move(request)));
}

}  // namespace http_module

void open_http(lua_State* state) {
  using namespace http_module;
  add_module(state, "http", {{"request", &guarded<&request>}, {"get", &guarded<&get>}});
}

}  // namespace zdt::script
