// s.target: the cluster that the script acts on.
#include "script/bindings/bindings.h"
#include "script/entrances.h"
#include "script/world.h"

namespace zdt::script {
namespace target_module {

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

/// Makes the cluster or removes it, and logs what the target says meanwhile.
Task<Result<Push>> changed(World& world, stage::Recorder* recorder, bool up) {
  cluster::Target& target = world.target();
  target.tell([recorder](const std::string& sentence) {
    if (recorder != nullptr) recorder->log("info", sentence);
  });
  auto work = up ? target.up() : target.down();
  auto done = co_await std::move(work);
  target.tell({});
  if (!done) co_return done.error();
  world.forget_connection();
  co_return Push([done = *done](lua_State* state) { return lua_pushboolean(state, done), 1; });
}

Outcome up(lua_State* state, World& world) { return wait(state, world, changed(world, world.recorder, true)); }
Outcome down(lua_State* state, World& world) { return wait(state, world, changed(world, world.recorder, false)); }

Task<Result<Push>> identity_task(World& world) {
  auto uid = co_await world.target().identity();
  if (!uid) co_return uid.error();
  co_return Push([uid = *uid](lua_State* state) { return lua_pushlstring(state, uid.data(), uid.size()), 1; });
}

Outcome identity(lua_State* state, World& world) {
  world.target();
  return wait(state, world, identity_task(world));
}

Task<Result<Push>> version_of(World& world) {
  auto version = co_await world.kube().version();
  if (!version) co_return version.error();
  co_return Push([text = string_at(*version, {"gitVersion"})](lua_State* state) {
    return lua_pushlstring(state, text.data(), text.size()), 1;
  });
}

Outcome node_count(lua_State* state, World& world) {
  const int count = world.target().node_count();
  if (count == 0) return {0};
  lua_pushinteger(state, count);
  return {1};
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
  if (!lua_isnoneornil(state, 3)) {
    port = static_cast<int>(count_argument(state, 3, "target:url: port", 1, 65'535));
  }
  world.target();
  return wait(state, world, url_task(world, std::move(service), port));
}

}  // namespace target_module

void open_target(lua_State* state) {
  using namespace target_module;
  add_class(state, kType,
            {{"name", &guarded<&name>},
             {"has", &guarded<&has>},
             {"up", &guarded<&up>},
             {"down", &guarded<&down>},
             {"identity", &guarded<&identity>},
             {"version", &guarded<&version>},
             {"node_count", &guarded<&node_count>},
             {"url", &guarded<&url>}});
}

}  // namespace zdt::script
