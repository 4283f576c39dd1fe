// Reading the fields of a declaration's tables. No metamethod is asked. A field of another type, or of a name
// that means nothing, throws LuaFailure kScript ("timeout: want …"): a declaration never means less than it
// says.
#pragma once
#include <lua.hpp>
#include <optional>

#include "base/json.h"
#include "base/units.h"

namespace zdt::script {

/// "" when absent.
std::string text_field(lua_State* state, int table, const char* field);
/// "1m30s", or seconds as a number; zero when absent.
milliseconds duration_field(lua_State* state, int table, const char* field);
/// A list of texts; empty when absent.
std::vector<std::string> names_field(lua_State* state, int table, const char* field);
/// A list of texts, or one text; nothing when absent.
std::optional<std::vector<std::string>> optional_names_field(lua_State* state, int table, const char* field);
/// A table of names (not a list); empty when absent.
json object_field(lua_State* state, int table, const char* field);
/// A reference in the registry, or LUA_NOREF when absent.
int function_field(lua_State* state, int table, const char* field);

/// Throws for a text key that is not in `known`, with the nearest one.
void check_fields(lua_State* state, int table, std::initializer_list<std::string_view> known);

/// Takes the value off the stack and puts it under `field` into the table that is then on top.
void set_field(lua_State* state, const char* field);

}  // namespace zdt::script
