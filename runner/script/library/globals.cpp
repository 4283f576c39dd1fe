// load, xpcall, setmetatable; os.date; and the parser, asked for the time.
#include "script/library/library.h"
#include "script/world.h"

namespace zdt::script {
namespace globals_library {

/// The parser takes time with the square of some texts ("a or a or a …"), so it is given them in small pieces.
constexpr size_t kPieceForParser = 256;
constexpr size_t kLongestDateFormat = 1'024;

/// What lua_load() reads.   from_function  the text comes from the function at 1, which gives pieces of it; the one that is
/// read is kept at kPieceSlot.
struct Text {
  std::string_view rest;
  bool from_function = false;
};
constexpr int kPieceSlot = 5;

void ask_for_piece(lua_State* state, Text& text) {
  luaL_checkstack(state, 2, "too many nested functions");
  lua_pushvalue(state, 1);
  lua_call(state, 0, 1);
  if (lua_isnil(state, -1)) return lua_pop(state, 1);  // the end
  if (lua_isstring(state, -1) == 0) luaL_error(state, "reader function must return a string");
  lua_replace(state, kPieceSlot);
  size_t size = 0;
  const char* piece = lua_tolstring(state, kPieceSlot, &size);
  text.rest = {piece, size};
}

const char* next_piece(lua_State* state, void* given, size_t* size) {
  World::check_time(state);
  auto& text = *static_cast<Text*>(given);
  if (text.rest.empty() && text.from_function) ask_for_piece(state, text);
  const std::string_view piece = text.rest.substr(0, kPieceForParser);
  text.rest.remove_prefix(piece.size());
  *size = piece.size();
  return piece.data();
}

int load_from(lua_State* state, Text text, const char* name) { return lua_load(state, &next_piece, &text, name, "t"); }

/// load(chunk, name, mode, env): text only, whatever the mode says.
int load(lua_State* state) {
  const bool is_text = lua_isstring(state, 1) != 0, has_environment = !lua_isnone(state, 4);
  if (!is_text) luaL_checktype(state, 1, LUA_TFUNCTION);
  lua_settop(state, kPieceSlot);
  size_t size = 0;
  const char* text = is_text ? lua_tolstring(state, 1, &size) : "";
  const char* name = luaL_optstring(state, 2, is_text ? text : "=(load)");
  if (load_from(state, {{text, size}, !is_text}, name) != LUA_OK) {
    lua_pushnil(state);
    lua_insert(state, -2);
    return 2;
  }
  if (has_environment) {
    lua_pushvalue(state, 4);
    if (lua_setupvalue(state, -2, 1) == nullptr) lua_pop(state, 1);
  }
  return 1;
}

/// What a script gave xpcall handles mistakes, not the end of its time: it would run within the hook, where nothing ends it.
/// Upvalue: the script's handler.
int handle_error(lua_State* state) {
  if (late() != Late::kNo) return 1;
  lua_pushvalue(state, lua_upvalueindex(1));
  lua_insert(state, 1);
  lua_call(state, lua_gettop(state) - 1, LUA_MULTRET);
  return lua_gettop(state);
}

/// Below the results stand the function's answer `true` and the handler, as pushed by xpcall.
int end_xpcall(lua_State* state, int status, lua_KContext extra) {
  if (status == LUA_OK || status == LUA_YIELD) return lua_gettop(state) - static_cast<int>(extra);
  lua_pushboolean(state, 0);
  lua_pushvalue(state, -2);
  return 2;
}

/// xpcall(f, handler, …)
int xpcall(lua_State* state) {
  const int top = lua_gettop(state);
  luaL_checktype(state, 2, LUA_TFUNCTION);
  lua_pushvalue(state, 2);
  lua_pushcclosure(state, &handle_error, 1);
  lua_replace(state, 2);
  lua_pushboolean(state, 1);
  lua_pushvalue(state, 1);
  lua_rotate(state, 3, 2);
  return end_xpcall(state, lua_pcallk(state, top - 2, LUA_MULTRET, 2, 2, &end_xpcall), 2);
}

/// Upvalue: Lua's.
int setmetatable(lua_State* state) {
  if (lua_istable(state, 2)) {
    lua_pushliteral(state, "__gc");
    lua_rawget(state, 2);
    if (!lua_isnil(state, -1)) return luaL_error(state, "a script's metatable has no __gc: nothing could end a finaliser");
    lua_settop(state, 2);
  }
  return lua_tocfunction(state, lua_upvalueindex(1))(state);
}

/// Upvalue: Lua's.
int date(lua_State* state) {
  size_t size = 0;
  luaL_optlstring(state, 1, "", &size);
  luaL_argcheck(state, size <= kLongestDateFormat, 1, "the format is longer than 1 KiB");
  return lua_tocfunction(state, lua_upvalueindex(1))(state);
}

/// Puts `function` over Lua's in the table on top of the stack, with Lua's as its upvalue.
void wrap(lua_State* state, const char* name, lua_CFunction function) {
  lua_getfield(state, -1, name);
  lua_pushcclosure(state, function, 1);
  lua_setfield(state, -2, name);
}

}  // namespace globals_library

int load_text(lua_State* state, std::string_view text, const char* name) {
  return globals_library::load_from(state, {text, false}, name);
}

void bound_globals(lua_State* state) {
  using namespace globals_library;
  const luaL_Reg functions[] = {{"load", &load}, {"xpcall", &xpcall}, {nullptr, nullptr}};
  luaL_setfuncs(state, functions, 0);
  wrap(state, "setmetatable", &setmetatable);
}

void bound_clock(lua_State* state) { globals_library::wrap(state, "date", &globals_library::date); }

}  // namespace zdt::script
