// table.insert, remove, move, concat and sort. A length may come from __len, and count to 2^63.
#include "script/library/library.h"
#include "script/world.h"

namespace zdt::script {
namespace tables_library {

constexpr lua_Integer kStepsPerLook = 1'024;

void look(lua_State* state, lua_Integer step) {
  if (step % kStepsPerLook == 0) World::check_time(state);
}

/// The table at `index`, or what has these metamethods.
void want_table(lua_State* state, int index, std::initializer_list<const char*> metamethods) {
  if (lua_istable(state, index)) return;
  bool has_all = lua_getmetatable(state, index) != 0;
  if (has_all) {
    for (const char* name : metamethods) {
      lua_pushstring(state, name);
      has_all = lua_rawget(state, -2) != LUA_TNIL && has_all;
      lua_pop(state, 1);
    }
    lua_pop(state, 1);
  }
  if (!has_all) luaL_checktype(state, index, LUA_TTABLE);
}

/// a and b as Lua's integers wrap around.
lua_Integer wrapped_sum(lua_Integer a, lua_Integer b) {
  return static_cast<lua_Integer>(static_cast<lua_Unsigned>(a) + static_cast<lua_Unsigned>(b));
}

int insert(lua_State* state) {
  want_table(state, 1, {"__index", "__newindex", "__len"});
  const lua_Integer behind = wrapped_sum(luaL_len(state, 1), 1);
  lua_Integer position = behind;
  if (lua_gettop(state) == 3) {
    position = luaL_checkinteger(state, 2);
    const bool inside = static_cast<lua_Unsigned>(position) - 1U < static_cast<lua_Unsigned>(behind);
    luaL_argcheck(state, inside, 2, "position out of bounds");
    for (lua_Integer i = behind; i > position; --i) {
      look(state, i);
      lua_geti(state, 1, i - 1);
      lua_seti(state, 1, i);
    }
  } else if (lua_gettop(state) != 2) {
    return luaL_error(state, "wrong number of arguments to 'insert'");
  }
  lua_seti(state, 1, position);
  return 0;
}

int remove(lua_State* state) {
  want_table(state, 1, {"__index", "__newindex", "__len"});
  const lua_Integer size = luaL_len(state, 1);
  lua_Integer position = luaL_optinteger(state, 2, size);
  if (position != size) {
    const bool inside = static_cast<lua_Unsigned>(position) - 1U <= static_cast<lua_Unsigned>(size);
    luaL_argcheck(state, inside, 1, "position out of bounds");  // Lua says 1, not 2
  }
  lua_geti(state, 1, position);
  for (; position < size; ++position) {
    look(state, position);
    lua_geti(state, 1, position + 1);
    lua_seti(state, 1, position);
  }
  lua_pushnil(state);
  lua_seti(state, 1, position);
  return 1;
}

void copy_one(lua_State* state, lua_Integer from, int to_table, lua_Integer to) {
  look(state, from);
  lua_geti(state, 1, from);
  lua_seti(state, to_table, to);
}

int move(lua_State* state) {
  const lua_Integer first = luaL_checkinteger(state, 2), last = luaL_checkinteger(state, 3), to = luaL_checkinteger(state, 4);
  const int target = lua_isnoneornil(state, 5) ? 1 : 5;
  want_table(state, 1, {"__index"});
  want_table(state, target, {"__newindex"});
  if (last >= first) {
    luaL_argcheck(state, first > 0 || last < LUA_MAXINTEGER + first, 3, "too many elements to move");
    const lua_Integer count = last - first + 1;
    luaL_argcheck(state, to <= LUA_MAXINTEGER - count + 1, 4, "destination wrap around");
    const bool apart = to > last || to <= first || (target != 1 && lua_compare(state, 1, target, LUA_OPEQ) == 0);
    for (lua_Integer i = 0; apart && i < count; ++i) copy_one(state, first + i, target, to + i);
    for (lua_Integer i = count; !apart && i-- > 0;) copy_one(state, first + i, target, to + i);
  }
  lua_pushvalue(state, target);
  return 1;
}

int concat(lua_State* state) {
  want_table(state, 1, {"__index", "__len"});
  const lua_Integer size = luaL_len(state, 1);
  size_t separator_size = 0;
  const char* separator = luaL_optlstring(state, 2, "", &separator_size);
  const lua_Integer first = luaL_optinteger(state, 3, 1), last = luaL_optinteger(state, 4, size);
  luaL_Buffer result;
  luaL_buffinit(state, &result);
  for (lua_Integer i = first; i <= last; ++i) {
    look(state, i);
    lua_geti(state, 1, i);
    if (lua_isstring(state, -1) == 0) {
      return luaL_error(state, "invalid value (%s) at index %I in table for 'concat'", luaL_typename(state, -1),
                        static_cast<LUAI_UACINT>(i));
    }
    luaL_addvalue(&result);
    if (i == last) break;  // it may be the last of all integers
    luaL_addlstring(&result, separator, separator_size);
  }
  luaL_pushresult(&result);
  return 1;
}

int is_less(lua_State* state) {
  lua_pushboolean(state, lua_compare(state, 1, 2, LUA_OPLT));
  return 1;
}

/// Lua's own, which then calls something for each comparison: calls can be stopped. Upvalue: Lua's.
int sort(lua_State* state) {
  if (lua_isnoneornil(state, 2)) {
    lua_settop(state, 1);
    lua_pushcfunction(state, &is_less);
  }
  return lua_tocfunction(state, lua_upvalueindex(1))(state);
}

}  // namespace tables_library

void bound_tables(lua_State* state) {
  using namespace tables_library;
  const luaL_Reg functions[] = {
      {"insert", &insert}, {"remove", &remove}, {"move", &move}, {"concat", &concat}, {nullptr, nullptr}};
  luaL_setfuncs(state, functions, 0);
  lua_getfield(state, -1, "sort");
  lua_pushcclosure(state, &sort, 1);
  lua_setfield(state, -2, "sort");
}

}  // namespace zdt::script
