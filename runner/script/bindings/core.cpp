// zdt.script, step, sleep, log, warn, fail, observe, result, table, now.
#include "base/units.h"
#include "script/bindings/bindings.h"
#include "script/plan_mode.h"
#include "script/world.h"

namespace zdt::script {
namespace core_module {

/// Marks the table and hands it back: what the loader and the script's author both see.
Outcome marked(lua_State* state, const char* mark, std::string_view what) {
  if (!lua_istable(state, 1)) fail_script(fmt::format("{}: want a table", what));
  lua_settop(state, 1);
  lua_pushboolean(state, 1);
  lua_setfield(state, 1, mark);
  return {1};
}

Outcome script(lua_State* state, World&) { return marked(state, "__script", "zdt.script"); }

/// Its mark is the place of the call, for what can only be judged when all steps are known.
Outcome step(lua_State* state, World&) {
  const Outcome outcome = marked(state, "__step", "zdt.step");
  luaL_where(state, 1);
  lua_setfield(state, 1, "__step");
  return outcome;
}

Task<Result<Push>> sleep_task(milliseconds duration) {
  co_await sleep_for(duration);
  co_return Push([](lua_State*) { return 0; });
}

Outcome sleep(lua_State* state, World& world) {
  return wait(state, world, sleep_task(duration_argument(state, 1, "zdt.sleep")));
}

Outcome log_at(lua_State* state, World& world, std::string_view level) {
  size_t size = 0;
  const char* text = luaL_tolstring(state, 1, &size);
  world.current_recorder().log(level, shortened_text(std::string(text, size)));
  return {0};
}
Outcome log(lua_State* state, World& world) { return log_at(state, world, "info"); }
Outcome warn(lua_State* state, World& world) { return log_at(state, world, "warn"); }

/// fail(what, hint, class): class "environment" gives exit code 3.
Outcome fail(lua_State* state, World& world) {
  const std::string hint = lua_isnoneornil(state, 2) ? "" : string_argument(state, 2, "zdt.fail: hint");
  const std::string kind = lua_isnoneornil(state, 3) ? "failed" : string_argument(state, 3, "zdt.fail: class");
  if (kind != "failed" && kind != "environment") fail_script("zdt.fail: the class is \"failed\" or \"environment\"");
  if (world.plan != nullptr) {  // whether it comes to that, a plan cannot know
    world.plan->record({{"type", "note"}, {"text", "fails with: " + string_argument(state, 1, "zdt.fail")}});
    return {0};
  }
  const Code code = kind == "environment" ? Code::kEnvironment : Code::kFailed;
  throw LuaFailure{{code, string_argument(state, 1, "zdt.fail"), hint}};
}

Outcome observe(lua_State* state, World& world) {
  const std::string name = string_argument(state, 1, "zdt.observe: name");
  world.current_recorder().observation(name, to_json(state, 2));
  return {0};
}

Outcome result(lua_State* state, World& world) {
  size_t size = 0;
  const char* text = luaL_tolstring(state, 1, &size);
  world.current_recorder().emit("result", {{"text", shortened_text(std::string(text, size))}});
  return {0};
}

Outcome table(lua_State* state, World& world) {
  json options = options_argument(state, 1, "zdt.table");
  check_keys(options, {"title", "columns", "rows"}, "zdt.table");
  world.current_recorder().emit("table", std::move(options));
  return {0};
}

Outcome now(lua_State* state, World& world) {
  const auto since = world.host().now().time_since_epoch();
  lua_pushnumber(state, std::chrono::duration<double>(since).count());
  return {1};
}

}  // namespace core_module

void open_core(lua_State* state) {
  using namespace core_module;
  add_functions(state, {{"script", &guarded<&script>},
                        {"step", &guarded<&step>},
                        {"sleep", &guarded<&sleep>},
                        {"log", &guarded<&log>},
                        {"warn", &guarded<&warn>},
                        {"fail", &guarded<&fail>},
                        {"observe", &guarded<&observe>},
                        {"result", &guarded<&result>},
                        {"table", &guarded<&table>},
                        {"now", &guarded<&now>}});
}

}  // namespace zdt::script
