// s.target: the cluster that the script acts on.
#include "script/bindings/bindings.h"
#include "script/entrances.h"
#include "script/world.h"

namespace zdt::script {
namespace {

constexpr const char* kType = "zdt.Target";

/// What the talk calls them.
const std::map<std::string, std::pair<std::string, int>> kWellKnown{{"edge", {"edge-routing-service", 80}},
                                                                    {"edge-admin", {"edge-routing-service", 9901}}};

Outcome name(lua_State* state, World& world) {
  lua_pushstring(state, world.target().name().c_str());
  return {1};
}

Outcome has(lua_State* state, World& world) {
  lua_pushboolean(state, world.target().has(string_argument(state, 2, "target:has")));
  return {1};
}

Task<Result<Push>> bring_up(World& world) {
  auto made = co_await world.target().up();
  if (!made) co_return made.error();
  world.forget_connection();
  co_return Push([made = *made](lua_State* state) { return lua_pushboolean(state, made), 1; });
}

Outcome up(lua_State* state, World& world) { return wait(state, world, bring_up(world)); }

Task<Result<Push>> version_of(World& world) {
  auto version = co_await world.kube().version();
  if (!version) co_return version.error();
  co_return Push([text = string_at(*version, {"gitVersion"})](lua_State* state) {
    return lua_pushlstring(state, text.data(), text.size()), 1;
  });
}

Outcome version(lua_State* state, World& world) {
  world.kube();
  return wait(state, world, version_of(world));
}

Task<Result<Push>> url_task(World& world, std::string service, int port) {
  auto entrance = co_await world.target().entrance(std::move(service), port);
  if (!entrance) co_return entrance.error();
  remember_entrance(world, entrance->url, entrance->network);
  co_return Push([url = entrance->url](lua_State* state) { return lua_pushlstring(state, url.data(), url.size()), 1; });
}

Outcome url(lua_State* state, World& world) {
  std::string service = string_argument(state, 2, "target:url: service");
  int port = 80;
  if (auto known = kWellKnown.find(service); known != kWellKnown.end()) std::tie(service, port) = known->second;
  if (!lua_isnoneornil(state, 3)) port = static_cast<int>(number_argument(state, 3, "target:url: port"));
  world.target();
  return wait(state, world, url_task(world, std::move(service), port));
}

}  // namespace

void open_target(lua_State* state) {
  add_class(state, kType,
            {{"name", &guarded<&name>},
             {"has", &guarded<&has>},
             {"up", &guarded<&up>},
             {"version", &guarded<&version>},
             {"url", &guarded<&url>}});
}

}  // namespace zdt::script
