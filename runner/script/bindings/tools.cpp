// zdt.tools: what this machine has of what setup.lua asks for.
#include "script/bindings/bindings.h"
#include "script/tool_check.h"

namespace zdt::script {
namespace tools_module {

Task<Result<Push>> check_task(World& world, std::string target) {
  auto checked = co_await check_tools(world, std::move(target), false);
  if (!checked) co_return checked.error();
  json rows = json::array();
  for (const Finding& finding : checked->findings) rows.push_back(to_json(finding));
  co_return Push([rows = std::move(rows)](lua_State* state) { return push_json(state, rows), 1; });
}

/// check() is for the run's own target.
Outcome check(lua_State* state, World& world) {
  world.current_recorder();  // it starts programs: that belongs into steps
  const std::string target = lua_isnoneornil(state, 1) ? world.target().name()
                                                       : string_argument(state, 1, "zdt.tools.check: target");
  return wait(state, world, check_task(world, target));
}

}  // namespace tools_module

void open_tools(lua_State* state) {
  using namespace tools_module;
  add_module(state, "tools", {{"check", &guarded<&check>}});
}

}  // namespace zdt::script
