// The modules of `zdt`, one file each, listed once in bindings.cpp.
#pragma once
#include <lua.hpp>
#include <map>
#include <string>
#include <vector>

namespace zdt::script {

/// Makes the global module `zdt` (also `require "zdt"`).
void open_bindings(lua_State* state);

/// Every function of the API as scripts write it ("zdt.k8s.apply", "Load:stop"), sorted. zdt.d.lua is held against it.
std::vector<std::string> api_names(lua_State* state);
/// Which function has which of these names.
std::map<lua_CFunction, std::string> api_functions(lua_State* state);

// Each leaves nothing on the stack and adds to the table on top of it.
void open_bundle(lua_State* state);
void open_core(lua_State* state);
void open_docker(lua_State* state);
void open_envoy(lua_State* state);
void open_expect(lua_State* state);
void open_parallel(lua_State* state);
void open_forward(lua_State* state);
void open_helm(lua_State* state);
void open_http(lua_State* state);
void open_k8s(lua_State* state);
/// Adds to zdt.k8s.
void open_k8s_streams(lua_State* state);
void open_kind(lua_State* state);
void open_load(lua_State* state);
void open_prometheus(lua_State* state);
void open_rollout(lua_State* state);
void open_program(lua_State* state);
void open_shell(lua_State* state);
void open_target(lua_State* state);
void open_tools(lua_State* state);

/// One function of a module.
struct Function {
  const char* name;
  lua_CFunction function;
};
/// Puts them into the table on top of the stack.
void add_functions(lua_State* state, std::initializer_list<Function> functions);
/// A new table `name` with the functions, in the table on top of the stack.
void add_module(lua_State* state, const char* name, std::initializer_list<Function> functions);
/// The metatable `type` ("zdt.Load") with methods; its __index is itself.
void add_class(lua_State* state, const char* type, std::initializer_list<Function> methods);

}  // namespace zdt::script
