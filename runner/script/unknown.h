// What a plan gives to a script where only a cluster, or a program, could answer.
//
// The value `unknown` is true. Indexing it, calling it and computing with it give `unknown` again; as text it
// is "…"; it iterates as empty; it compares as smaller and as greater (< and > are true), but equals nothing,
// itself excepted (Lua asks nobody there). As data it is a JSON value of the type `binary`, which nothing
// else makes.
#pragma once
#include <lua.hpp>
#include <string_view>

#include "base/json.h"

namespace zdt::script {

inline constexpr std::string_view kUnknownText = "…";

/// Makes the value, and the functions of the standard library tolerant of it. Once for a state; only for
/// plans.
void open_unknown(lua_State* state);
/// nil when open_unknown() was not called.
void push_unknown(lua_State* state);
bool is_unknown(lua_State* state, int index);
/// Whether one of the arguments of the running function, or a value in a table among them, is unknown.
bool has_unknown_argument(lua_State* state);

inline json unknown_data() { return json::binary({}); }
inline bool is_unknown(const json& value) { return value.is_binary(); }
/// The same with "…" for every unknown value in it, for people and for files.
json readable(json value);

}  // namespace zdt::script
