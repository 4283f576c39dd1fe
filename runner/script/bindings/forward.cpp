// zdt.forward: a port of this machine that leads to a Service, for people. It ends with the run.
#include "kube/port_forward.h"

#include "script/bindings/bindings.h"
#include "script/world.h"

namespace zdt::script {
namespace forward_module {

constexpr const char* kForwardType = "zdt.Forward";
constexpr const char* kForwardHandle = "zdt handle of a forward";
constexpr const char* kHandleField = "_handle";

using ForwardPtr = std::shared_ptr<kube::PortForward>;

/// The handle stands in the table that scripts see.
ForwardPtr forward_of(lua_State* state) {
  void* found = nullptr;
  if (lua_istable(state, 1)) {
    lua_pushstring(state, kHandleField);
    lua_rawget(state, 1);
    found = luaL_testudata(state, -1, kForwardHandle);
    lua_pop(state, 1);
  }
  if (found == nullptr) fail_script("call it with a colon on what zdt.forward returned");
  return *static_cast<ForwardPtr*>(found);
}

/// {url, local_port} with the methods of the class.
int push_forward(lua_State* state, const ForwardPtr& forward) {
  lua_createtable(state, 0, 3);
  lua_pushstring(state, forward->url().c_str());
  lua_setfield(state, -2, "url");
  lua_pushinteger(state, forward->local_port());
  lua_setfield(state, -2, "local_port");
  new (lua_newuserdatauv(state, sizeof(ForwardPtr), 0)) ForwardPtr(forward);
  luaL_setmetatable(state, kForwardHandle);
  lua_setfield(state, -2, kHandleField);
  luaL_setmetatable(state, kForwardType);
  return 1;
}

Task<Result<Push>> forward_task(World& world, kube::Connection connection, kube::Forward forward) {
  auto opened = co_await kube::PortForward::open(world.host().loop.get_executor(), std::move(connection),
                                                 std::move(forward));
  if (!opened) co_return opened.error();
  const ForwardPtr shared = std::move(*opened);
  world.at_end([shared]() -> Task<void> {
    shared->close();
    co_return;
  });
  co_return Push([shared](lua_State* state) { return push_forward(state, shared); });
}

uint16_t local_port_from(const json& options) {
  const int64_t port = count_option(options, "local_port", 0);
  if (port < 0 || port > 65'535) fail_script(fmt::format("local_port: {} is no port", port));
  return static_cast<uint16_t>(port);
}

/// forward { service = "grafana", ns = "monitoring", port = 80, local_port = 3000 }
Outcome forward(lua_State* state, World& world) {
  const json options = options_argument(state, 1, "zdt.forward");
  check_keys(options, {"service", "ns", "port", "local_port", "exact"}, "zdt.forward");
  world.current_recorder();
  kube::Forward wanted;
  wanted.service = text_option(options, "service");
  wanted.ns = text_option(options, "ns");
  wanted.port = plain_text(at(options, {"port"}).is_null() ? json("") : at(options, {"port"}));
  wanted.local_port = local_port_from(options);
  wanted.only_that_port = flag_option(options, "exact", false);
  if (wanted.service.empty()) fail_script("zdt.forward: service is missing");
  auto connection = world.target().connection();
  if (!connection) throw LuaFailure{connection.error()};
  return wait(state, world, forward_task(world, std::move(*connection), std::move(wanted)));
}

Outcome pod(lua_State* state, World&) {
  lua_pushstring(state, forward_of(state)->pod().c_str());
  return {1};
}

Outcome close(lua_State* state, World&) {
  forward_of(state)->close();
  return {0};
}

int collect_forward(lua_State* state) {
  static_cast<ForwardPtr*>(lua_touserdata(state, 1))->~ForwardPtr();
  return 0;
}

}  // namespace forward_module

void open_forward(lua_State* state) {
  using namespace forward_module;
  add_functions(state, {{"forward", &guarded<&forward>}});
  add_class(state, kForwardType, {{"pod", &guarded<&pod>}, {"close", &guarded<&close>}});
  luaL_newmetatable(state, kForwardHandle);  // no class: scripts cannot reach its finaliser
  lua_pushcfunction(state, &collect_forward);
  lua_setfield(state, -2, "__gc");
  lua_pushboolean(state, 0);
  lua_setfield(state, -2, "__metatable");
  lua_pop(state, 1);
}

}  // namespace zdt::script
