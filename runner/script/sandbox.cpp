#include "script/sandbox.h"

#include <charconv>

#include "base/text.h"
#include "host/files.h"
#include "script/library/library.h"
#include "script/lua.h"
#include "script/world.h"

namespace zdt::script {
namespace {

const char kLoadedKey = 0;
constexpr size_t kLargestScript = 4 << 20;

/// bound  replaces what could run long within C.
void open_library(lua_State* state, const char* name, lua_CFunction open, void (*bound)(lua_State*) = nullptr) {
  luaL_requiref(state, name, open, 1);
  if (bound != nullptr) bound(state);
  lua_pop(state, 1);
}

void remove_global(lua_State* state, const char* name) {
  lua_pushnil(state);
  lua_setglobal(state, name);
}

/// os with nothing but reading the time.
void open_clock(lua_State* state) {
  luaL_requiref(state, "os", luaopen_os, 0);
  bound_clock(state);
  lua_newtable(state);
  for (const char* name : {"clock", "date", "time", "difftime"}) {
    lua_getfield(state, -2, name);
    lua_setfield(state, -2, name);
  }
  lua_setglobal(state, "os");
  lua_pop(state, 1);
  lua_getfield(state, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  lua_pushnil(state);
  lua_setfield(state, -2, "os");
  lua_pop(state, 1);
}

Outcome print_to_log(lua_State* state, World& world) {
  std::string line;
  for (int i = 1, count = lua_gettop(state); i <= count; ++i) {
    size_t size = 0;
    const char* text = luaL_tolstring(state, i, &size);
    World::check_time(state);
    line += (i > 1 ? "\t" : "") + std::string(text, size);
    lua_pop(state, 1);
  }
  world.current_recorder().log("info", shortened_text(std::move(line)));
  return {0};
}

bool is_module_name(std::string_view name) {
  const bool plain = std::all_of(name.begin(), name.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-' || c == '.';
  });
  return plain && !name.empty() && name.find("..") == std::string_view::npos && name.front() != '.';
}

/// With the place where the script called require(): the innermost function of a file, as require() itself is Lua too.
[[noreturn]] void fail_require(lua_State* state, const std::string& what) {
  lua_Debug call;
  std::string place;
  for (int level = 1; place.empty() && lua_getstack(state, level, &call) != 0; ++level) {
    lua_getinfo(state, "Sl", &call);
    if (*call.source == '@') place = fmt::format("{}:{}: ", call.short_src, call.currentline);
  }
  fail_script(place + "require: " + what);
}

/// Whether `file`, with its links followed, lies below `folder`.
bool lies_below(const std::filesystem::path& file, const std::filesystem::path& folder) {
  std::error_code none;
  const auto real_file = std::filesystem::canonical(file, none), real_folder = std::filesystem::canonical(folder, none);
  if (none) return false;
  const auto way = real_file.lexically_relative(real_folder);
  return !way.empty() && *way.begin() != "..";
}

std::filesystem::path module_file(lua_State* state, const std::filesystem::path& scripts, std::string name) {
  if (!is_module_name(name)) fail_require(state, fmt::format("\"{}\" is not a module name", name));
  std::replace(name.begin(), name.end(), '.', '/');
  const auto file = scripts / (name + ".lua");
  std::error_code none;
  if (!std::filesystem::is_regular_file(file, none)) fail_require(state, fmt::format("there is no scripts/{}.lua", name));
  if (!lies_below(file, scripts)) fail_require(state, fmt::format("scripts/{}.lua is a link out of scripts/", name));
  return file;
}

/// Finds or loads a module: leaves it, or its chunk, on the stack. Returns whether the chunk must be called. While a chunk
/// runs, its module counts as `false`.
Outcome find_module(lua_State* state, World& world) {
  if (lua_type(state, 1) != LUA_TSTRING) fail_require(state, "want a module's name");
  const std::string name = lua_tostring(state, 1);
  lua_settop(state, 1);
  if (name == "zdt") {
    lua_getglobal(state, "zdt");
    lua_pushboolean(state, 0);
    return {2};
  }
  lua_rawgetp(state, LUA_REGISTRYINDEX, &kLoadedKey);
  lua_getfield(state, 2, name.c_str());
  if (lua_isboolean(state, 3) && lua_toboolean(state, 3) == 0) fail_require(state, fmt::format("\"{}\" requires itself", name));
  if (!lua_isnil(state, 3)) {
    lua_pushboolean(state, 0);
    return {2};
  }
  const auto scripts = world.host().root / "scripts";
  auto loaded = load_file(state, module_file(state, scripts, name), scripts);
  if (!loaded) throw LuaFailure{loaded.error()};
  lua_pushboolean(state, 1);
  return {2};
}

Outcome remember_module(lua_State* state, World&) {
  lua_rawgetp(state, LUA_REGISTRYINDEX, &kLoadedKey);
  lua_pushvalue(state, 2);
  lua_setfield(state, -2, string_argument(state, 1, "require").c_str());
  return {0};
}

// Written in Lua, so that a module's top level runs as an ordinary call (errors with their place, no C boundary). The
// function is not called last in it: a tail call would take it off the stack, and its caller's line with it.
constexpr std::string_view kRequire = R"lua(
local find, remember, pcall, error = ...
return function(name)
  local module, is_chunk = find(name)
  if is_chunk then
    remember(name, false)
    local ran, result = pcall(module)
    if not ran then
      remember(name, nil)
      error(result, 0)
    end
    module = result or true
    remember(name, module)
  end
  return module
end
)lua";

void define(lua_State* state, const char* global, std::string_view source) {
  luaL_loadbufferx(state, source.data(), source.size(), "=(zdt)", "t");
  lua_insert(state, 1);
  lua_call(state, lua_gettop(state) - 1, 1);
  lua_setglobal(state, global);
  lua_settop(state, 0);
}

}  // namespace

void open_sandbox(lua_State* state, const std::filesystem::path&) {
  open_library(state, LUA_GNAME, luaopen_base, &bound_globals);
  open_library(state, LUA_STRLIBNAME, luaopen_string, &bound_strings);
  open_library(state, LUA_TABLIBNAME, luaopen_table, &bound_tables);
  open_library(state, LUA_MATHLIBNAME, luaopen_math);
  open_library(state, LUA_UTF8LIBNAME, luaopen_utf8);
  open_clock(state);
  for (const char* name : {"dofile", "loadfile", "collectgarbage"}) remove_global(state, name);
  lua_getglobal(state, "string");
  lua_pushnil(state);
  lua_setfield(state, -2, "dump");
  lua_settop(state, 0);
  lua_newtable(state);
  lua_rawsetp(state, LUA_REGISTRYINDEX, &kLoadedKey);
  lua_register(state, "print", &guarded<&print_to_log>);
  lua_pushcfunction(state, &guarded<&find_module>);
  lua_pushcfunction(state, &guarded<&remember_module>);
  lua_getglobal(state, "pcall");
  lua_getglobal(state, "error");
  define(state, "require", kRequire);
}

namespace {

/// What the parser is given, and what came of it: nothing here is destroyed when it has to be left.
struct Parsing {
  lua_State* state;
  std::string_view text;
  const char* name;
};

int parse(void* argument) {
  const auto& parsing = *static_cast<Parsing*>(argument);
  return load_text(parsing.state, parsing.text, parsing.name);
}

}  // namespace

Result<void> load_file(lua_State* state, const std::filesystem::path& file, const std::filesystem::path& scripts) {
  auto text = host::read_file(file, kLargestScript);
  if (!text) return Error{Code::kUsage, text.error().what, "zdt-demo list"};
  World& world = World::of(state);
  const std::string name = "@" + file.lexically_relative(scripts).string();
  Parsing parsing{state, *text, name.c_str()};
  const Watched ended = world.watched(state, nullptr, &parse, &parsing);
  if (ended.result == LUA_OK) return {};
  Error error = world.late_error(ended, nullptr);
  if (ended.result) {
    if (ended.late == Late::kNo) error = *ended.result == LUA_ERRMEM ? world.out_of_memory() : error_from(state, -1);
    lua_pop(state, 1);
  }
  return with_offending_line(std::move(error), scripts);
}

Error with_offending_line(Error error, const std::filesystem::path& scripts) {
  const auto parts = split(error.what, ':');
  int line = 0;
  if (error.code != Code::kScript || parts.size() < 3 || !parts[0].ends_with(".lua") ||
      error.what.find('\n') != std::string::npos ||
      std::from_chars(parts[1].data(), parts[1].data() + parts[1].size(), line).ec != std::errc()) {
    return error;
  }
  // The error's text may come from the script itself: it names no file to look into elsewhere.
  if (!lies_below(scripts / parts[0], scripts)) return error;
  auto text = host::read_file(scripts / parts[0], kLargestScript);
  if (!text) return error;
  const auto lines = split(*text, '\n');
  if (line < 1 || static_cast<size_t>(line) > lines.size()) return error;
  error.what += fmt::format("\n  {} | {}", line, lines[static_cast<size_t>(line) - 1]);
  return error;
}

}  // namespace zdt::script
