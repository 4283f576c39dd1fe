// Between Lua values and JSON.
#include "script/lua.h"
#include "script/unknown.h"
#include "script/world.h"

namespace zdt::script {
namespace {

constexpr int kMaxDepth = 100;
/// Tables that share parts are small in Lua and unfold as data; this bounds what they unfold to.
constexpr size_t kMostBytes = 32 << 20, kBytesPerValue = 64;
const char kArrayMark = 0;  // its address marks the metatable of tables that came from JSON arrays

/// 1..n without holes: n; otherwise -1. No metamethod is asked: it may raise.
lua_Integer array_length(lua_State* state, int index) {
  const auto length = static_cast<lua_Integer>(lua_rawlen(state, index));
  lua_Integer count = 0;
  lua_pushnil(state);
  while (lua_next(state, index) != 0) {
    lua_pop(state, 1);
    if (++count % 1'024 == 0) World::check_time(state);
    const lua_Integer key = lua_isinteger(state, -1) != 0 ? lua_tointeger(state, -1) : 0;
    if (key < 1 || key > length) {
      lua_pop(state, 1);
      return -1;
    }
  }
  return count == length ? length : -1;
}

bool is_marked_array(lua_State* state, int index) {
  if (lua_getmetatable(state, index) == 0) return false;
  lua_rawgetp(state, LUA_REGISTRYINDEX, &kArrayMark);
  const bool marked = lua_rawequal(state, -1, -2) != 0;
  lua_pop(state, 2);
  return marked;
}

/// One conversion of a Lua value to data.
class Reader {
 public:
  explicit Reader(lua_State* state) : state_(state) {}
  json value(int index, int depth);

 private:
  json array(int index, lua_Integer length, int depth);
  json table(int index, int depth);
  void take(size_t bytes) {
    used_ += bytes + kBytesPerValue;
    if (used_ > kMostBytes)
      fail_script(fmt::format("a table is too large: more than {} MiB of data", kMostBytes >> 20));
  }
  lua_State* state_;
  size_t used_ = 0;
};

json Reader::array(int index, lua_Integer length, int depth) {
  json list = json::array();
  for (lua_Integer i = 1; i <= length; ++i) {
    lua_rawgeti(state_, index, i);
    list.push_back(value(lua_gettop(state_), depth + 1));
    lua_pop(state_, 1);
  }
  return list;
}

json Reader::table(int index, int depth) {
  if (depth > kMaxDepth) fail_script("a table is nested deeper than 100 levels (or contains itself)");
  const lua_Integer length = array_length(state_, index);
  if (length > 0 || (length == 0 && is_marked_array(state_, index))) return array(index, length, depth);
  json object = json::object();
  lua_pushnil(state_);
  while (lua_next(state_, index) != 0) {
    lua_pushvalue(state_, -2);  // lua_tolstring would change the key in place
    size_t size = 0;
    const char* key = lua_tolstring(state_, -1, &size);
    if (key == nullptr) fail_script("a table's key is neither a string nor a number");
    const std::string name(key, size);
    take(size);
    lua_pop(state_, 1);
    object[name] = value(lua_gettop(state_), depth + 1);
    lua_pop(state_, 1);
  }
  return object;
}

json Reader::value(int index, int depth) {
  World::check_time(state_);
  luaL_checkstack(state_, 8, "converting a table");
  const int type = lua_type(state_, index);
  take(type == LUA_TSTRING ? lua_rawlen(state_, index) : 0);
  switch (type) {
    case LUA_TNIL:
    case LUA_TNONE:
      return nullptr;
    case LUA_TBOOLEAN:
      return lua_toboolean(state_, index) != 0;
    case LUA_TNUMBER:
      if (lua_isinteger(state_, index)) return static_cast<int64_t>(lua_tointeger(state_, index));
      return lua_tonumber(state_, index);
    case LUA_TSTRING:
      return std::string(lua_tostring(state_, index), lua_rawlen(state_, index));
    case LUA_TTABLE:
      return table(index, depth);
    case LUA_TUSERDATA:
      if (is_unknown(state_, index)) return unknown_data();
      [[fallthrough]];
    default:
      fail_script(fmt::format("a {} cannot be data", lua_typename(state_, type)));
  }
}

}  // namespace

json to_json(lua_State* state, int index) {
  index = lua_absindex(state, index);
  const int top = lua_gettop(state);
  try {
    return Reader(state).value(index, 0);
  } catch (const LuaFailure&) {
    lua_settop(state, top);
    throw;
  }
}

void push_json(lua_State* state, const json& value) {
  luaL_checkstack(state, 8, "converting data");
  switch (value.type()) {
    case json::value_t::boolean:
      lua_pushboolean(state, value.get<bool>());
      break;
    case json::value_t::number_integer:
      lua_pushinteger(state, value.get<lua_Integer>());
      break;
    case json::value_t::number_unsigned:
      if (value.get<lua_Unsigned>() <= static_cast<lua_Unsigned>(LUA_MAXINTEGER)) {
        lua_pushinteger(state, value.get<lua_Integer>());
      } else {
        lua_pushnumber(state, value.get<double>());
      }
      break;
    case json::value_t::number_float:
      lua_pushnumber(state, value.get<double>());
      break;
    case json::value_t::string: {
      const auto& text = value.get_ref<const std::string&>();
      lua_pushlstring(state, text.data(), text.size());
      break;
    }
    case json::value_t::array: {
      lua_createtable(state, static_cast<int>(value.size()), 0);
      lua_Integer position = 0;
      for (const json& item : value) {
        push_json(state, item);
        lua_rawseti(state, -2, ++position);
      }
      if (lua_rawgetp(state, LUA_REGISTRYINDEX, &kArrayMark) == LUA_TNIL) {
        lua_pop(state, 1);
        lua_newtable(state);
        lua_pushboolean(state, 0);  // scripts cannot take it
        lua_setfield(state, -2, "__metatable");
        lua_pushvalue(state, -1);
        lua_rawsetp(state, LUA_REGISTRYINDEX, &kArrayMark);
      }
      lua_setmetatable(state, -2);
      break;
    }
    case json::value_t::binary:
      push_unknown(state);
      break;
    case json::value_t::object:
      lua_createtable(state, 0, static_cast<int>(value.size()));
      for (const auto& [key, item] : value.items()) {
        lua_pushlstring(state, key.data(), key.size());
        push_json(state, item);
        lua_rawset(state, -3);
      }
      break;
    default:
      lua_pushnil(state);
  }
}

}  // namespace zdt::script
