#include "script/lua.h"

#include "base/text.h"
#include "base/units.h"
#include "script/world.h"

namespace zdt::script {

void fail_script(std::string what, std::string hint) {
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

int run_guarded(lua_State* state, Binding binding) {
  try {
    const Outcome outcome = binding(state, World::of(state));
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

constexpr int kMaxDepth = 100;
const char kArrayMark = 0;  // its address marks the metatable of tables that came from JSON arrays

/// 1..n without holes: n; otherwise -1.
lua_Integer array_length(lua_State* state, int index) {
  const lua_Integer length = luaL_len(state, index);
  lua_Integer count = 0;
  lua_pushnil(state);
  while (lua_next(state, index) != 0) {
    lua_pop(state, 1);
    ++count;
    if (lua_isinteger(state, -1) == 0 || count > length) {
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

json value_from(lua_State* state, int index, int depth);

json array_from(lua_State* state, int index, lua_Integer length, int depth) {
  json list = json::array();
  for (lua_Integer i = 1; i <= length; ++i) {
    lua_rawgeti(state, index, i);
    list.push_back(value_from(state, lua_gettop(state), depth + 1));
    lua_pop(state, 1);
  }
  return list;
}

json table_from(lua_State* state, int index, int depth) {
  if (depth > kMaxDepth) fail_script("a table is nested deeper than 100 levels (or contains itself)");
  const lua_Integer length = array_length(state, index);
  if (length > 0 || (length == 0 && is_marked_array(state, index))) return array_from(state, index, length, depth);
  json object = json::object();
  lua_pushnil(state);
  while (lua_next(state, index) != 0) {
    lua_pushvalue(state, -2);  // lua_tolstring would change the key in place
    const char* key = lua_tostring(state, -1);
    if (key == nullptr) fail_script("a table's key is neither a string nor a number");
    const std::string name(key);
    lua_pop(state, 1);
    object[name] = value_from(state, lua_gettop(state), depth + 1);
    lua_pop(state, 1);
  }
  return object;
}

json value_from(lua_State* state, int index, int depth) {
  luaL_checkstack(state, 8, "converting a table");
  switch (lua_type(state, index)) {
    case LUA_TNIL:
    case LUA_TNONE: return nullptr;
    case LUA_TBOOLEAN: return lua_toboolean(state, index) != 0;
    case LUA_TNUMBER:
      if (lua_isinteger(state, index)) return static_cast<int64_t>(lua_tointeger(state, index));
      return lua_tonumber(state, index);
    case LUA_TSTRING: {
      size_t size = 0;
      const char* text = lua_tolstring(state, index, &size);
      return std::string(text, size);
    }
    case LUA_TTABLE: return table_from(state, index, depth);
    default: fail_script(fmt::format("a {} cannot be data", lua_typename(state, lua_type(state, index))));
  }
}

}  // namespace

json to_json(lua_State* state, int index) { return value_from(state, lua_absindex(state, index), 0); }

void push_json(lua_State* state, const json& value) {
  luaL_checkstack(state, 8, "converting data");
  switch (value.type()) {
    case json::value_t::boolean: lua_pushboolean(state, value.get<bool>()); break;
    case json::value_t::number_integer:
    case json::value_t::number_unsigned: lua_pushinteger(state, value.get<lua_Integer>()); break;
    case json::value_t::number_float: lua_pushnumber(state, value.get<double>()); break;
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
        lua_pushvalue(state, -1);
        lua_rawsetp(state, LUA_REGISTRYINDEX, &kArrayMark);
      }
      lua_setmetatable(state, -2);
      break;
    }
    case json::value_t::object:
      lua_createtable(state, 0, static_cast<int>(value.size()));
      for (const auto& [key, item] : value.items()) {
        lua_pushlstring(state, key.data(), key.size());
        push_json(state, item);
        lua_rawset(state, -3);
      }
      break;
    default: lua_pushnil(state);
  }
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
  }
  lua_setmetatable(state, -2);
}

Error error_from(lua_State* state, int index) {
  if (lua_istable(state, index)) {
    const json fields = to_json(state, index);
    if (fields.contains("what")) {
      return {code_from(string_at(fields, {"code"})), string_at(fields, {"what"}), string_at(fields, {"hint"})};
    }
    return {Code::kScript, fields.dump(), ""};
  }
  const char* text = lua_tostring(state, index);
  return {Code::kScript, text == nullptr ? "an error without a message" : text, ""};
}

std::string string_argument(lua_State* state, int index, std::string_view what) {
  if (lua_type(state, index) != LUA_TSTRING) {
    fail_script(fmt::format("{}: want a string, got {}", what, luaL_typename(state, index)));
  }
  size_t size = 0;
  const char* text = lua_tolstring(state, index, &size);
  return {text, size};
}

double number_argument(lua_State* state, int index, std::string_view what) {
  if (lua_type(state, index) != LUA_TNUMBER) {
    fail_script(fmt::format("{}: want a number, got {}", what, luaL_typename(state, index)));
  }
  return lua_tonumber(state, index);
}

namespace {

milliseconds duration_from(const json& value, std::string_view what) {
  if (value.is_number() && value.get<double>() >= 0) return milliseconds(static_cast<int64_t>(value.get<double>() * 1000));
  if (!value.is_string()) fail_script(fmt::format("{}: want a duration such as \"2s\"", what));
  auto parsed = parse_duration(value.get<std::string>());
  if (!parsed) fail_script(fmt::format("{}: {}", what, parsed.error().what), parsed.error().hint);
  return *parsed;
}

}  // namespace

milliseconds duration_argument(lua_State* state, int index, std::string_view what) {
  return duration_from(to_json(state, index), what);
}

json options_argument(lua_State* state, int index, std::string_view what) {
  if (lua_isnoneornil(state, index)) return json::object();
  if (!lua_istable(state, index)) fail_script(fmt::format("{}: want a table, got {}", what, luaL_typename(state, index)));
  json options = json::object();
  lua_pushnil(state);
  while (lua_next(state, index) != 0) {
    if (lua_type(state, -2) == LUA_TSTRING && !lua_isfunction(state, -1)) {
      options[lua_tostring(state, -2)] = to_json(state, -1);
    } else if (lua_type(state, -2) == LUA_TNUMBER) {
      options[std::to_string(lua_tointeger(state, -2))] = lua_isfunction(state, -1) ? json() : to_json(state, -1);
    }
    lua_pop(state, 1);
  }
  return options;
}

void check_keys(const json& options, std::initializer_list<std::string_view> known, std::string_view what) {
  for (const auto& [key, value] : options.items()) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    const std::string near = nearest(key, {known.begin(), known.end()});
    fail_script(fmt::format("{}: no option \"{}\"", what, key), near.empty() ? "" : "did you mean " + near + "?");
  }
}

milliseconds duration_option(const json& options, std::string_view key, milliseconds fallback) {
  const json& value = at(options, {key});
  return value.is_null() ? fallback : duration_from(value, key);
}

}  // namespace zdt::script
