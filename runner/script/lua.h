// The Lua C API with its dangers fenced in.
//
// A binding is a C++ function that throws; the one guard below turns what it throws into a Lua error. Lua is linked as C++
// (lua5.4-c++): what Lua itself raises in a call that a binding makes, memory that gave out among it, unwinds the binding's
// objects as an exception. It is no std::exception, and nothing may catch it with `...`.
#pragma once
#include <lua.hpp>
#include <string>

#include "base/json.h"
#include "host/task.h"

namespace zdt::script {

class World;

/// What a waiting binding leaves on the Lua stack when its task is done; returns how many values.
using Push = std::function<int(lua_State*)>;

/// An Error on its way through C++ to Lua (and back, as zdt.error).
struct LuaFailure : std::exception {
  explicit LuaFailure(Error e) : error(std::move(e)) {}
  const char* what() const noexcept override { return error.what.c_str(); }
  Error error;
};

/// Raised outside of every protected call (memory gave out there): the Lua thread it came from is of no more use.
struct LuaPanic : LuaFailure {
  using LuaFailure::LuaFailure;
};

/// Throws LuaFailure kScript. Of a sentence beyond 64 KiB the rest is left out: it may have a script's data in it.
[[noreturn]] void fail_script(std::string what, std::string hint = "");

/// At most 64 KiB of it, and a notice.
std::string shortened_text(std::string text);

/// What a binding returns: a number of values on the stack, or wait().
struct Outcome {
  int values = 0;
  bool waits = false;
};

using Binding = Outcome (*)(lua_State*, World&);

/// Makes the fiber wait for `work`; the binding returns this. Only valid as the last act of a binding.
Outcome wait(lua_State* state, World& world, Task<Result<Push>> work);

/// The lua_CFunction around `binding`.
template <Binding binding>
int guarded(lua_State* state);

namespace detail {
int run_guarded(lua_State* state, Binding binding);
int resume_point(lua_State* state, int status, lua_KContext context);
inline constexpr int kWaits = -1, kRaises = -2;
}  // namespace detail

template <Binding binding>
int guarded(lua_State* state) {
  const int values = detail::run_guarded(state, binding);  // no C++ object is alive after it
  if (values == detail::kWaits) return lua_yieldk(state, 0, 0, &detail::resume_point);
  if (values == detail::kRaises) return lua_error(state);
  return values;
}

// Conversions. Lua tables with a consecutive 1..n become arrays; empty ones objects, unless they came from a JSON array.

/// Asks no metamethods. Fails (throws) on functions, userdata, cycles, tables deeper than 100, and more than 32 MiB.
json to_json(lua_State* state, int index);
void push_json(lua_State* state, const json& value);
/// The Error as a table {code, what, hint} whose tostring() is its sentence.
void push_error(lua_State* state, const Error& error);
/// The reverse, for any error value; what does not come from push_error() is kScript.
Error error_from(lua_State* state, int index);

// Reading a binding's arguments: `what` names it in the error ("zdt.sleep: duration").

std::string string_argument(lua_State* state, int index, std::string_view what);
/// A string without a byte 0, where C would end it.
std::string name_argument(lua_State* state, int index, std::string_view what);
void want_no_nul(std::string_view text, std::string_view what);
double number_argument(lua_State* state, int index, std::string_view what);
/// A whole number from `least` to `most`.
int64_t count_argument(lua_State* state, int index, std::string_view what, int64_t least, int64_t most);
/// A number means seconds (at most 1e9), a string what parse_duration takes.
milliseconds duration_argument(lua_State* state, int index, std::string_view what);
/// A list of texts (numbers are written out): a program and its arguments, at least the program.
std::vector<std::string> argv_argument(lua_State* state, int index, std::string_view what);
/// A text as it is, anything else as JSON (stage::shown() is for people: it shows quotes for an empty text).
std::string plain_text(const json& value);
/// An options table as JSON; an empty object when the argument is absent. Functions in it are left out.
json options_argument(lua_State* state, int index, std::string_view what);
/// Throws for a key of `options` that is not in `known`, with the nearest one.
void check_keys(const json& options, std::initializer_list<std::string_view> known, std::string_view what);
/// The duration under `key` of an options object, or `fallback`.
milliseconds duration_option(const json& options, std::string_view key, milliseconds fallback);
// The text, whole number (2.0 counts: Lua's / makes floats) or boolean under `key`, or `fallback` when it is absent. A value
// of another type is refused, never ignored.
std::string text_option(const json& options, std::string_view key, std::string_view fallback = "");
int64_t count_option(const json& options, std::string_view key, int64_t fallback, int64_t most = 1'000'000'000'000'000);
bool flag_option(const json& options, std::string_view key, bool fallback);

}  // namespace zdt::script
