#include "script/bindings/bindings.h"


namespace zdt::script {

void add_functions(lua_State* state, std::initializer_list<Function> functions) {
  for (const Function& entry : functions) {
    lua_pushcfunction(state, entry.function);
    lua_setfield(state, -2, entry.name);
  }
}

void add_module(lua_State* state, const char* name, std::initializer_list<Function> functions) {
  lua_newtable(state);
  add_functions(state, functions);
  lua_setfield(state, -2, name);
}

namespace {

const char kClassesKey = 0;

/// The table of all classes (name -> methods), made at its first use.
void push_classes(lua_State* state) {
  if (lua_rawgetp(state, LUA_REGISTRYINDEX, &kClassesKey) == LUA_TTABLE) return;
  lua_pop(state, 1);
  lua_newtable(state);
  lua_pushvalue(state, -1);
  lua_rawsetp(state, LUA_REGISTRYINDEX, &kClassesKey);
}

}  // namespace

void add_class(lua_State* state, const char* type, std::initializer_list<Function> methods) {
  luaL_newmetatable(state, type);
  lua_newtable(state);  // of its own: what a script reaches as object.__index is not the metatable
  for (const Function& method : methods) {
    const bool is_metamethod = std::string_view(method.name).starts_with("__");
    lua_pushcfunction(state, method.function);
    lua_setfield(state, is_metamethod ? -3 : -2, method.name);
  }
  push_classes(state);
  lua_pushvalue(state, -2);
  lua_setfield(state, -2, type);
  lua_pop(state, 1);
  lua_setfield(state, -2, "__index");
  lua_pushboolean(state, 0);  // scripts cannot take the metatable
  lua_setfield(state, -2, "__metatable");
  lua_pop(state, 1);
}

void open_bindings(lua_State* state) {
  lua_newtable(state);
  open_bundle(state);
  open_core(state);
  open_docker(state);
  open_envoy(state);
  open_expect(state);
  open_parallel(state);
  open_forward(state);
  open_helm(state);
  open_http(state);
  open_k8s(state);
  open_kind(state);
  open_load(state);
  open_prometheus(state);
  open_rollout(state);
  open_program(state);
  open_shell(state);
  open_target(state);
  open_tools(state);
  lua_setglobal(state, "zdt");
}

namespace {

using Named = std::map<std::string, lua_CFunction>;

void collect(lua_State* state, const std::string& prefix, const char* separator, Named& names) {
  const int table = lua_gettop(state);
  lua_pushnil(state);
  while (lua_next(state, table) != 0) {
    const std::string name = lua_tostring(state, -2);
    if (lua_isfunction(state, -1) && !name.starts_with("__")) names[prefix + separator + name] = lua_tocfunction(state, -1);
    if (lua_istable(state, -1) && !name.starts_with("__")) collect(state, prefix + separator + name, separator, names);
    lua_pop(state, 1);
  }
}

Named named_functions(lua_State* state) {
  Named names;
  lua_getglobal(state, "zdt");
  collect(state, "zdt", ".", names);
  lua_pop(state, 1);
  push_classes(state);
  const int classes = lua_gettop(state);
  lua_pushnil(state);
  while (lua_next(state, classes) != 0) {
    collect(state, std::string(lua_tostring(state, -2)).substr(4), ":", names);  // without "zdt."
    lua_pop(state, 1);
  }
  lua_pop(state, 1);
  return names;
}

}  // namespace

std::vector<std::string> api_names(lua_State* state) {
  std::vector<std::string> names;
  for (const auto& [name, function] : named_functions(state)) names.push_back(name);
  return names;
}

std::map<lua_CFunction, std::string> api_functions(lua_State* state) {
  std::map<lua_CFunction, std::string> functions;
  for (const auto& [name, function] : named_functions(state)) functions[function] = name;
  return functions;
}

}  // namespace zdt::script
