#include "script/lua.h"

#include "script/plan_mode.h"
#include "script/unknown.h"
#include "script/world.h"

namespace zdt::script {
namespace {

constexpr size_t kLongestText = 64 << 10;

}  // namespace

std::string shortened_text(std::string text) {
  if (text.size() <= kLongestText) return text;
  size_t end = kLongestText;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return fmt::format("{} [{} bytes are left out here]", text.substr(0, end), text.size() - end);
}

void fail_script(std::string what, std::string hint) {
  what = shortened_text(std::move(what));
  throw LuaFailure{{Code::kScript, std::move(what), std::move(hint)}};
}

namespace {

/// A mistake in the script is told with the place of the call.
Error located(lua_State* state, Error error) {
  if (error.code != Code::kScript || error.what.find(".lua:") != std::string::npos) return error;
  luaL_where(state, 1);
  error.what = lua_tostring(state, -1) + error.what;
  lua_pop(state, 1);
  return error;
}

}  // namespace

namespace detail {

namespace {

/// In a plan, a binding that refuses an argument because nobody knows it yet is only named.
int run_planned(lua_State* state, World& world, Binding binding) {
  world.plan->enter(state);
  const bool excused = has_unknown_argument(state);
  try {
    const Outcome outcome = binding(state, world);
    return outcome.waits ? kWaits : outcome.values;
  } catch (const LuaFailure& failure) {
    if (!excused || failure.error.code != Code::kScript) throw;
  }
  world.plan->record_call();
  push_unknown(state);
  return 1;
}

}  // namespace

int run_guarded(lua_State* state, Binding binding) {
  const CppOnStack no_jump;
  try {
    World& world = World::of(state);
    if (world.plan != nullptr) return run_planned(state, world, binding);
    const Outcome outcome = binding(state, world);
    return outcome.waits ? kWaits : outcome.values;
  } catch (const LuaFailure& failure) {
    push_error(state, located(state, failure.error));
  } catch (const std::exception& failure) {
    push_error(state, located(state, {Code::kScript, failure.what(), ""}));
  }
  return kRaises;
}

/// Where a fiber goes on: its driver has left `true, values…` or `false, error` on the stack.
int resume_point(lua_State* state, int, lua_KContext) {
  Fiber* fiber = World::fiber_of(state);
  const int values = fiber->take_resumed();
  if (fiber->resumed_with_error()) return lua_error(state);
  return values;
}

}  // namespace detail

Outcome wait(lua_State* state, World& world, Task<Result<Push>> work) {
  Fiber* fiber = World::fiber_of(state);
  if (fiber == nullptr || !lua_isyieldable(state)) {
    fail_script("this call waits, and cannot be made here (in a module's top level, a metamethod or a sort function)");
  }
  (void)world;
  fiber->set_pending(std::move(work));
  return {0, true};
}

namespace {

int error_to_string(lua_State* state) {
  lua_getfield(state, 1, "what");
  return 1;
}

Code code_from(std::string_view name) {
  for (int value = 0; value <= static_cast<int>(Code::kExpired); ++value) {
    if (name_of(static_cast<Code>(value)) == name) return static_cast<Code>(value);
  }
  return Code::kScript;
}

}  // namespace

void push_error(lua_State* state, const Error& error) {
  push_json(state, json{{"code", name_of(error.code)}, {"what", error.what}, {"hint", error.hint}});
  if (luaL_newmetatable(state, "zdt.error") != 0) {
    lua_pushcfunction(state, error_to_string);
    lua_setfield(state, -2, "__tostring");
    lua_pushstring(state, "zdt.error");
    lua_setfield(state, -2, "__name");
    lua_pushboolean(state, 0);  // scripts cannot take it, and give all errors a __gc
    lua_setfield(state, -2, "__metatable");
  }
  lua_setmetatable(state, -2);
}

namespace {

std::string text_under(lua_State* state, int table, const char* field) {
  lua_pushstring(state, field);
  lua_rawget(state, table);
  std::string text = lua_type(state, -1) == LUA_TSTRING ? lua_tostring(state, -1) : "";
  lua_pop(state, 1);
  return shortened_text(std::move(text));
}

}  // namespace

/// Asks no metamethod: they may raise, and here nobody would catch it.
Error error_from(lua_State* state, int index) {
  index = lua_absindex(state, index);
  if (lua_istable(state, index)) {
    const std::string what = text_under(state, index, "what");
    if (!what.empty()) return {code_from(text_under(state, index, "code")), what, text_under(state, index, "hint")};
    return {Code::kScript, "the script raised a table without a text `what`", ""};
  }
  if (lua_type(state, index) != LUA_TSTRING && lua_type(state, index) != LUA_TNUMBER) {
    return {Code::kScript, fmt::format("the script raised a {} instead of a text", luaL_typename(state, index)), ""};
  }
  return {Code::kScript, shortened_text(lua_tostring(state, index)), ""};
}

}  // namespace zdt::script
