// zdt.prometheus: what Prometheus has seen. https://prometheus.io/docs/prometheus/latest/querying/api/
#include <cmath>

#include "base/yaml.h"
#include "base/json_limits.h"
#include "host/files.h"
#include "script/bindings/bindings.h"
#include "script/entrances.h"
#include "script/inside.h"

namespace zdt::script {
namespace prometheus_module {

constexpr const char* kService = "monitoring/prometheus-operated:9090";

struct Asked {
  InsideRequest request;
  std::shared_ptr<host::NetworkNamespace> network;
};

Asked asked(World& world, const json& options) {
  Asked result;
  world.current_recorder();
  result.request.url = text_option(options, "url");
  while (result.request.url.ends_with('/')) result.request.url.pop_back();
  result.request.limit = duration_option(options, "timeout", milliseconds(10'000));
  if (result.request.url.empty()) {
    result.request.proxy = proxy_path(world, "services", text_option(options, "service", kService));
  } else {
    result.network = network_for(world, result.request.url);
  }
  return result;
}

/// The `data` of an answer. Prometheus says what is wrong with a query in its own words.
Task<Result<json>> data_of(World& world, Asked asked) {
  auto response = co_await send_inside(world, asked.request, std::move(asked.network));
  if (!response) co_return with_context("Prometheus", response.error());
  json answer = parse_json_or_null(response->body);
  const std::string problem = string_at(answer, {"error"});
  if (!problem.empty()) co_return Error{Code::kInvalid, "Prometheus: " + problem, ""};
  auto body = body_of(*response, asked.request);
  if (!body) co_return body.error();
  if (!answer.is_object()) co_return Error{Code::kInvalid, "Prometheus: the answer is not JSON", ""};
  co_return at(answer, {"data"});
}

/// [seconds, "value"] as Prometheus writes a sample; "NaN" and "+Inf" are numbers, too.
json sample_of(const json& metric, const json& pair) {
  const std::string text = pair.size() == 2 && pair[1].is_string() ? pair[1].get<std::string>() : "NaN";
  return {{"metric", metric.is_object() ? metric : json::object()},
          {"value", std::strtod(text.c_str(), nullptr)},
          {"time", pair.empty() ? json(0) : pair[0]}};
}

Result<json> samples_of(const json& data) {
  const std::string type = string_at(data, {"resultType"});
  json samples = json::array();
  if (type == "scalar") samples.push_back(sample_of({}, array_at(data, {"result"})));
  if (type == "vector") {
    for (const json& each : array_at(data, {"result"}))
      samples.push_back(sample_of(at(each, {"metric"}), array_at(each, {"value"})));
  }
  if (type == "scalar" || type == "vector") return samples;
  return Error{Code::kInvalid,
               fmt::format("zdt.prometheus.query: the query gives a {}, not one value for each metric", type),
               "put a function around it, such as rate(…[1m])"};
}

Task<Result<Push>> query_result(World& world, Asked asked) {
  auto data = co_await data_of(world, std::move(asked));
  if (!data) co_return data.error();
  auto samples = samples_of(*data);
  if (!samples) co_return samples.error();
  co_return Push([samples = std::move(*samples)](lua_State* state) { return push_json(state, samples), 1; });
}

Task<Result<Push>> target_list(World& world, Asked asked) {
  auto data = co_await data_of(world, std::move(asked));
  if (!data) co_return data.error();
  json list = json::array();
  for (const json& target : array_at(*data, {"activeTargets"})) {
    list.push_back({{"job", string_at(target, {"labels", "job"})},
                    {"instance", string_at(target, {"labels", "instance"})},
                    {"health", string_at(target, {"health"})},
                    {"url", string_at(target, {"scrapeUrl"})},
                    {"error", string_at(target, {"lastError"})},
                    {"labels", object_at(target, {"labels"})}});
  }
  co_return Push([list = std::move(list)](lua_State* state) { return push_json(state, list), 1; });
}

Outcome query(lua_State* state, World& world) {
  const std::string text = string_argument(state, 1, "zdt.prometheus.query: query");
  const json options = options_argument(state, 2, "zdt.prometheus.query");
  check_keys(options, {"url", "service", "timeout"}, "zdt.prometheus.query");
  Asked what = asked(world, options);
  what.request.path = "/api/v1/query?query=" + http::url_encode(text);
  return wait(state, world, query_result(world, std::move(what)));
}

Outcome targets(lua_State* state, World& world) {
  const json options = options_argument(state, 1, "zdt.prometheus.targets");
  check_keys(options, {"url", "service", "timeout"}, "zdt.prometheus.targets");
  Asked what = asked(world, options);
  what.request.path = "/api/v1/targets?state=active";
  return wait(state, world, target_list(world, std::move(what)));
}

Outcome queries(lua_State* state, World& world) {
  const auto file = world.host().root / "observability/queries.yaml";
  auto text = host::read_file(file);
  if (!text) throw LuaFailure{text.error()};
  auto parsed = parse_yaml(*text, file.string());
  if (!parsed) throw LuaFailure{parsed.error()};
  push_json(state, *parsed);
  return {.values = 1};
}

}  // namespace prometheus_module

void open_prometheus(lua_State* state) {
  using namespace prometheus_module;
  add_module(state, "prometheus",
             {{"query", &guarded<&query>}, {"targets", &guarded<&targets>}, {"queries", &guarded<&queries>}});
}

}  // namespace zdt::script
