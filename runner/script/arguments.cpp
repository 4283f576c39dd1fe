// Reading the arguments of bindings.
#include <cmath>

#include "base/text.h"
#include "base/units.h"
#include "script/lua.h"
#include "script/unknown.h"
#include "stage/event.h"

namespace zdt::script {

std::string string_argument(lua_State* state, int index, std::string_view what) {
  if (is_unknown(state, index)) return std::string(kUnknownText);
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

int64_t count_argument(lua_State* state, int index, std::string_view what, int64_t least, int64_t most) {
  const double number = number_argument(state, index, what);
  if (!(number >= static_cast<double>(least) && number <= static_cast<double>(most)) || number != std::floor(number)) {
    fail_script(fmt::format("{}: want a whole number from {} to {}, got {}", what, least, most, number));
  }
  return static_cast<int64_t>(number);
}

std::string name_argument(lua_State* state, int index, std::string_view what) {
  std::string text = string_argument(state, index, what);
  want_no_nul(text, what);
  return text;
}

void want_no_nul(std::string_view text, std::string_view what) {
  if (text.find('\0') != std::string_view::npos) fail_script(fmt::format("{}: it has a byte 0 in it", what));
}

namespace {

constexpr double kLongestSeconds = 1e9;  // as parse_duration()

milliseconds duration_from(const json& value, std::string_view what) {
  const double seconds = value.is_number() ? value.get<double>() : -1;
  if (seconds >= 0 && seconds <= kLongestSeconds) return milliseconds(static_cast<int64_t>(seconds * 1000));
  if (!value.is_string()) fail_script(fmt::format("{}: want a duration such as \"2s\"", what));
  auto parsed = parse_duration(value.get<std::string>());
  if (!parsed) fail_script(fmt::format("{}: {}", what, parsed.error().what), parsed.error().hint);
  return *parsed;
}

}  // namespace

milliseconds duration_argument(lua_State* state, int index, std::string_view what) {
  return duration_from(to_json(state, index), what);
}

std::string plain_text(const json& value) {
  return value.is_string() ? value.get<std::string>() : stage::shown(value);
}

std::vector<std::string> argv_argument(lua_State* state, int index, std::string_view what) {
  const json words = to_json(state, index);
  if (!words.is_array() || words.empty())
    fail_script(fmt::format("{}: want a list: the program and its arguments", what));
  std::vector<std::string> argv;
  for (const json& word : words) {
    if (!word.is_string() && !word.is_number() && !is_unknown(word)) {
      fail_script(fmt::format("{}: argument {}: want a text or a number, got {}", what, argv.size() + 1,
                              stage::shown(word)));
    }
    argv.push_back(plain_text(word));
    want_no_nul(argv.back(), fmt::format("{}: argument {}", what, argv.size()));
  }
  return argv;
}

json options_argument(lua_State* state, int index, std::string_view what) {
  if (lua_isnoneornil(state, index)) return json::object();
  if (!lua_istable(state, index))
    fail_script(fmt::format("{}: want a table, got {}", what, luaL_typename(state, index)));
  json options = json::object();
  lua_pushnil(state);
  while (lua_next(state, index) != 0) {
    if (lua_type(state, -2) == LUA_TSTRING && !lua_isfunction(state, -1)) {
      size_t size = 0;
      const char* key = lua_tolstring(state, -2, &size);
      options[std::string(key, size)] = to_json(state, -1);
    } else if (lua_type(state, -2) == LUA_TNUMBER) {
      options[std::to_string(lua_tointeger(state, -2))] =
          lua_isfunction(state, -1) ? json() : to_json(state, -1);
    }
    lua_pop(state, 1);
  }
  return options;
}

void check_keys(const json& options, std::initializer_list<std::string_view> known, std::string_view what) {
  for (const auto& [key, value] : options.items()) {
    if (std::find(known.begin(), known.end(), key) != known.end()) continue;
    const std::string near = nearest(key, {known.begin(), known.end()});
    fail_script(fmt::format("{}: no option \"{}\"", what, key),
                near.empty() ? "" : "did you mean " + near + "?");
  }
}

milliseconds duration_option(const json& options, std::string_view key, milliseconds fallback) {
  const json& value = at(options, {key});
  return value.is_null() || is_unknown(value) ? fallback : duration_from(value, key);
}

namespace {

[[noreturn]] void refuse_option(std::string_view key, const std::string& wanted, const json& value) {
  fail_script(fmt::format("{}: want {}, got {}", key, wanted, stage::shown(value)));
}

}  // namespace

std::string text_option(const json& options, std::string_view key, std::string_view fallback) {
  const json& value = at(options, {key});
  if (value.is_null()) return std::string(fallback);
  if (is_unknown(value)) return std::string(kUnknownText);
  if (!value.is_string()) refuse_option(key, "a text", value);
  return value.get<std::string>();
}

int64_t count_option(const json& options, std::string_view key, int64_t fallback, int64_t most) {
  const json& value = at(options, {key});
  if (value.is_null() || is_unknown(value)) return fallback;
  const double number = value.is_number() ? value.get<double>() : -1;
  if (!(number >= 0) || number != std::floor(number)) refuse_option(key, "a whole number of 0 or more", value);
  if (number > static_cast<double>(most)) refuse_option(key, fmt::format("at most {}", most), value);
  return static_cast<int64_t>(number);
}

bool flag_option(const json& options, std::string_view key, bool fallback) {
  const json& value = at(options, {key});
  if (value.is_null() || is_unknown(value)) return fallback;
  if (!value.is_boolean()) refuse_option(key, "true or false", value);
  return value.get<bool>();
}

}  // namespace zdt::script
