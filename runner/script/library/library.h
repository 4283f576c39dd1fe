// The functions of Lua's standard library that may run long within C, in bounded forms.
//
// A hook reaches Lua code and calls, but nothing within a C function. So every loop here whose length a script decides asks
// World::check_time(): it is ended like any other Lua that does not wait. What they do and say is what the reference manual
// and Lua 5.4 do and say, but for the limits named here.
#pragma once
#include <lua.hpp>

namespace zdt::script {

// Each replaces functions of the library whose table is on top of the stack.

/// find, match, gmatch, gsub, rep.
void bound_strings(lua_State* state);
/// insert, remove, move, concat, sort.
void bound_tables(lua_State* state);
/// date: a format of at most 1 KiB.
void bound_clock(lua_State* state);
/// Of the globals: load (text only), xpcall, and setmetatable, which refuses __gc: a finaliser runs with all hooks off.
void bound_globals(lua_State* state);

/// lua_load() of text, asking for the time while it parses. On failure the error's text is on the stack.
/// name  as lua_load() takes it: "@file", "=name" or the text itself.
int load_text(lua_State* state, std::string_view text, const char* name);

}  // namespace zdt::script
