// zdt.envoy: the admin port of one Envoy. https://www.envoyproxy.io/docs/envoy/latest/operations/admin
#include "script/envoy_admin.h"

#include "script/bindings/bindings.h"

namespace zdt::script {
namespace envoy_module {

using Admin = EnvoyAdmin;

Admin admin_of(lua_State* state, World& world, const std::string& what) {
  world.current_recorder();
  return envoy_admin(world, string_argument(state, 1, what + ": target"), what);
}

using Convert = std::function<Result<json>(const http::Response&, const InsideRequest&)>;

Task<Result<Push>> ask(World& world, Admin admin, Convert convert) {
  auto response = co_await send_inside(world, admin.request, std::move(admin.network));
  if (!response) co_return with_context("Envoy", response.error());
  auto value = convert(*response, admin.request);
  if (!value) co_return with_context("Envoy", value.error());
  co_return Push([value = std::move(*value)](lua_State* state) { return push_json(state, value), 1; });
}

Result<json> parsed_body(const http::Response& response, const InsideRequest& request) {
  auto body = body_of(response, request);
  if (!body) return body.error();
  return parse_json(*body, request.path);
}

json host_from(const json& host) {
  json stats = json::object();
  for (const json& each : array_at(host, {"stats"})) {
    stats[string_at(each, {"name"})] =
        each.contains("value") ? json(std::strtod(string_at(each, {"value"}).c_str(), nullptr)) : json(0);
  }
  const json& address = object_at(host, {"address", "socket_address"});
  const json& health = object_at(host, {"health_status"});
  const bool failed =
      bool_at(health, {"failed_active_health_check"}) || bool_at(health, {"failed_outlier_check"});
  return {{"address", fmt::format("{}:{}", string_at(address, {"address"}), int_at(address, {"port_value"}))},
          {"healthy", !failed && string_at(health, {"eds_health_status"}, "HEALTHY") == "HEALTHY"},
          {"stats", std::move(stats)}};
}

Result<json> clusters_from(const http::Response& response, const InsideRequest& request) {
  auto body = parsed_body(response, request);
  if (!body) return body.error();
  json clusters = json::object();
  for (const json& cluster : array_at(*body, {"cluster_statuses"})) {
    json hosts = json::array();
    for (const json& host : array_at(cluster, {"host_statuses"})) hosts.push_back(host_from(host));
    clusters[string_at(cluster, {"name"})] = std::move(hosts);
  }
  return clusters;
}

Outcome clusters(lua_State* state, World& world) {
  Admin admin = admin_of(state, world, "zdt.envoy.clusters");
  admin.request.path = "/clusters?format=json";
  return wait(state, world, ask(world, std::move(admin), clusters_from));
}

Outcome stats(lua_State* state, World& world) {
  const json options = options_argument(state, 2, "zdt.envoy.stats");
  check_keys(options, {"filter"}, "zdt.envoy.stats");
  Admin admin = admin_of(state, world, "zdt.envoy.stats");
  const std::string filter = text_option(options, "filter");
  admin.request.path = envoy_stats_path(filter);
  return wait(state, world, ask(world, std::move(admin), envoy_stats_from));
}

Outcome ready(lua_State* state, World& world) {
  Admin admin = admin_of(state, world, "zdt.envoy.ready");
  admin.request.path = "/ready";
  const auto is_ready = [](const http::Response& response, const InsideRequest&) {
    return Result<json>(json(response.status == 200));
  };
  return wait(state, world, ask(world, std::move(admin), is_ready));
}

Outcome set_healthcheck(lua_State* state, World& world, const std::string& word) {
  Admin admin = admin_of(state, world, "zdt.envoy." + word + "_healthcheck");
  admin.request.method = "POST";
  admin.request.path = "/healthcheck/" + word;
  const auto done = [](const http::Response& response, const InsideRequest& request) -> Result<json> {
    auto body = body_of(response, request);
    if (!body) return body.error();
    return json(true);
  };
  return wait(state, world, ask(world, std::move(admin), done));
}

Outcome fail_healthcheck(lua_State* state, World& world) { return set_healthcheck(state, world, "fail"); }
Outcome ok_healthcheck(lua_State* state, World& world) { return set_healthcheck(state, world, "ok"); }

}  // namespace envoy_module

void open_envoy(lua_State* state) {
  using namespace envoy_module;
  add_module(state, "envoy",
             {{"clusters", &guarded<&clusters>},
              {"stats", &guarded<&stats>},
              {"ready", &guarded<&ready>},
              {"fail_healthcheck", &guarded<&fail_healthcheck>},
              {"ok_healthcheck", &guarded<&ok_healthcheck>}});
}

}  // namespace zdt::script
