#include "script/fields.h"

#include "base/text.h"
#include "script/lua.h"

namespace zdt::script {
namespace {

/// The field on top of the stack while it lives; the stack is the old one after it, also when something
/// threw.
class Field {
 public:
  Field(lua_State* state, int table, const char* name) : state_(state), top_(lua_gettop(state)), name_(name) {
    lua_pushstring(state, name);
    lua_rawget(state, table);
  }
  ~Field() { lua_settop(state_, top_); }
  Field(const Field&) = delete;
  Field& operator=(const Field&) = delete;

  bool absent() const { return lua_isnil(state_, -1); }
  bool is(int type) const { return lua_type(state_, -1) == type; }
  [[noreturn]] void refuse(std::string_view wanted) const {
    fail_script(fmt::format("{}: want {}, got a {}", name_, wanted, luaL_typename(state_, -1)));
  }
  json data() const {
    try {
      return to_json(state_, -1);
    } catch (const LuaFailure& failure) {
      throw LuaFailure(with_context(name_, failure.error));
    }
  }

 private:
  lua_State* state_;
  int top_;
  const char* name_;
};

}  // namespace

std::string text_field(lua_State* state, int table, const char* name) {
  const Field field(state, table, name);
  if (field.absent()) return "";
  if (!field.is(LUA_TSTRING)) field.refuse("a text");
  size_t size = 0;
  const char* text = lua_tolstring(state, -1, &size);
  want_no_nul({text, size}, name);
  return {text, size};
}

milliseconds duration_field(lua_State* state, int table, const char* name) {
  const Field field(state, table, name);
  return field.absent() ? milliseconds(0) : duration_argument(state, -1, name);
}

std::vector<std::string> names_field(lua_State* state, int table, const char* name) {
  const Field field(state, table, name);
  const json names = field.data();
  std::vector<std::string> list;
  if (!field.absent() && !field.is(LUA_TTABLE)) field.refuse("a list of names");
  for (const json& entry : names) {
    if (!entry.is_string() || !names.is_array()) fail_script(fmt::format("{}: want a list of names", name));
    list.push_back(entry.get<std::string>());
  }
  return list;
}

std::optional<std::vector<std::string>> optional_names_field(lua_State* state, int table, const char* name) {
  {
    const Field field(state, table, name);
    if (field.absent()) return std::nullopt;
    if (field.is(LUA_TSTRING)) return std::vector<std::string>{lua_tostring(state, -1)};
  }
  return names_field(state, table, name);
}

json object_field(lua_State* state, int table, const char* name) {
  const Field field(state, table, name);
  if (field.absent()) return json::object();
  if (!field.is(LUA_TTABLE)) field.refuse("a table");
  json value = field.data();
  if (value.is_array() && value.empty()) return json::object();
  if (!value.is_object()) fail_script(fmt::format("{}: want a table of names and values, got a list", name));
  return value;
}

int function_field(lua_State* state, int table, const char* name) {
  const Field field(state, table, name);
  if (field.absent()) return LUA_NOREF;
  if (!field.is(LUA_TFUNCTION)) field.refuse("a function");
  lua_pushvalue(state, -1);
  return luaL_ref(state, LUA_REGISTRYINDEX);
}

void check_fields(lua_State* state, int table, std::initializer_list<std::string_view> known) {
  json names = json::object();
  lua_pushnil(state);
  while (lua_next(state, table) != 0) {
    lua_pop(state, 1);
    if (lua_type(state, -1) == LUA_TSTRING) names[lua_tostring(state, -1)] = true;
  }
  for (const auto& [name, value] : names.items()) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const std::string near = nearest(name, {known.begin(), known.end()});
    fail_script(fmt::format("no field \"{}\"", name), near.empty() ? "" : "did you mean " + near + "?");
  }
}

void set_field(lua_State* state, const char* field) {
  lua_pushstring(state, field);
  lua_insert(state, -2);
  lua_rawset(state, -3);
}

}  // namespace zdt::script
