// string.find, match, gmatch, gsub and rep.
#include <cstring>

#include "script/library/library.h"
#include "script/library/pattern.h"
#include "script/world.h"

namespace zdt::script {
namespace strings_library {

std::string_view text_at(lua_State* state, int index) {
  size_t size = 0;
  const char* text = luaL_checklstring(state, index, &size);
  return {text, size};
}

/// The optional start at `index`, counted from 0; one that lies before the text is its begin.
size_t start_at(lua_State* state, int index, size_t size) {
  const lua_Integer wanted = luaL_optinteger(state, index, 1);
  if (wanted > 0) return static_cast<size_t>(wanted) - 1;
  if (wanted == 0 || wanted < -static_cast<lua_Integer>(size)) return 0;
  return size - static_cast<size_t>(-wanted);
}

std::function<void()> asking_for_the_time(lua_State* state) {
  return [state] { World::check_time(state); };
}

/// What Matcher finds wrong with a pattern is told with the place of the call, as everywhere.
template <class Work>
auto in_lua_words(lua_State* state, Work work) {
  std::string what;
  try {
    return work();
  } catch (const LuaFailure& failure) {
    what = failure.error.what;
  }
  luaL_where(state, 1);
  lua_pushlstring(state, what.data(), what.size());
  lua_concat(state, 2);
  lua_error(state);
  std::abort();  // lua_error() does not return
}

/// One match, with the text that it is of.
struct Match {
  std::string_view text;
  const Matcher& matcher;
  size_t start, end;
};

/// index  of the capture; without any, the whole match is the first.
void push_capture(lua_State* state, const Match& match, size_t index) {
  if (index >= match.matcher.capture_count()) {
    if (index > 0) fail_script(fmt::format("invalid capture index %{}", index + 1));
    lua_pushlstring(state, match.text.data() + match.start, match.end - match.start);
    return;
  }
  const Capture capture = match.matcher.capture(index);
  if (capture.position) {
    lua_pushinteger(state, static_cast<lua_Integer>(capture.start) + 1);
  } else {
    lua_pushlstring(state, match.text.data() + capture.start, capture.length);
  }
}

int push_captures(lua_State* state, const Match& match, bool whole_if_none) {
  const size_t count = match.matcher.capture_count() == 0 && whole_if_none ? 1 : match.matcher.capture_count();
  luaL_checkstack(state, static_cast<int>(count), "too many captures");
  for (size_t i = 0; i < count; ++i) push_capture(state, match, i);
  return static_cast<int>(count);
}

bool is_plain(std::string_view pattern) { return pattern.find_first_of("^$*+?.([%-") == std::string_view::npos; }

/// In linear time.
int find_plain(lua_State* state, std::string_view text, std::string_view wanted, size_t from) {
  const void* found = memmem(text.data() + from, text.size() - from, wanted.data(), wanted.size());
  if (found == nullptr) return lua_pushnil(state), 1;
  const auto start = static_cast<lua_Integer>(static_cast<const char*>(found) - text.data());
  lua_pushinteger(state, start + 1);
  lua_pushinteger(state, start + static_cast<lua_Integer>(wanted.size()));
  return 2;
}

int search(lua_State* state, std::string_view text, std::string_view pattern, size_t from, bool find) {
  const bool anchored = pattern.starts_with('^');
  Matcher matcher(text, pattern.substr(anchored ? 1 : 0), asking_for_the_time(state));
  for (size_t start = from; start <= text.size(); ++start) {
    if (start % 1'024 == 0) World::check_time(state);
    const size_t end = matcher.match(start);
    if (end != Matcher::kNoMatch) {
      const Match match{text, matcher, start, end};
      if (!find) return push_captures(state, match, true);
      lua_pushinteger(state, static_cast<lua_Integer>(start) + 1);
      lua_pushinteger(state, static_cast<lua_Integer>(end));
      return push_captures(state, match, false) + 2;
    }
    if (anchored) break;
  }
  return lua_pushnil(state), 1;
}

int find_or_match(lua_State* state, bool find) {
  const std::string_view text = text_at(state, 1), pattern = text_at(state, 2);
  const size_t from = start_at(state, 3, text.size());
  if (from > text.size()) return lua_pushnil(state), 1;
  if (find && (lua_toboolean(state, 4) != 0 || is_plain(pattern))) return find_plain(state, text, pattern, from);
  return in_lua_words(state, [&] { return search(state, text, pattern, from, find); });
}

int find(lua_State* state) { return find_or_match(state, true); }
int match(lua_State* state) { return find_or_match(state, false); }

// The iterator of gmatch: upvalues text, pattern, where to search next, and where the last match ended (-1: there is none).
int next_match(lua_State* state) {
  const std::string_view text = text_at(state, lua_upvalueindex(1)), pattern = text_at(state, lua_upvalueindex(2));
  const lua_Integer last = lua_tointeger(state, lua_upvalueindex(4));
  return in_lua_words(state, [&] {
    Matcher matcher(text, pattern, asking_for_the_time(state));
    for (auto start = static_cast<size_t>(lua_tointeger(state, lua_upvalueindex(3))); start <= text.size(); ++start) {
      if (start % 1'024 == 0) World::check_time(state);
      const size_t end = matcher.match(start);
      if (end == Matcher::kNoMatch || static_cast<lua_Integer>(end) == last) continue;
      for (const int upvalue : {3, 4}) {
        lua_pushinteger(state, static_cast<lua_Integer>(end));
        lua_replace(state, lua_upvalueindex(upvalue));
      }
      return push_captures(state, {text, matcher, start, end}, true);
    }
    return 0;
  });
}

int gmatch(lua_State* state) {
  const std::string_view text = text_at(state, 1);
  text_at(state, 2);
  const size_t from = std::min(start_at(state, 3, text.size()), text.size() + 1);
  lua_settop(state, 2);
  lua_pushinteger(state, static_cast<lua_Integer>(from));
  lua_pushinteger(state, -1);
  lua_pushcclosure(state, &next_match, 4);
  return 1;
}

void add_replacement_text(lua_State* state, luaL_Buffer& result, const Match& match) {
  const std::string_view pattern = text_at(state, 3);
  for (size_t i = 0; i < pattern.size(); ++i) {
    const size_t percent = std::min(pattern.find('%', i), pattern.size());
    luaL_addlstring(&result, pattern.data() + i, percent - i);
    if (percent == pattern.size()) return;
    i = percent + 1;
    const char c = i < pattern.size() ? pattern[i] : '\0';
    if (c == '%') {
      luaL_addlstring(&result, "%", 1);
    } else if (c == '0') {
      luaL_addlstring(&result, match.text.data() + match.start, match.end - match.start);
    } else if (c >= '1' && c <= '9') {
      push_capture(state, match, static_cast<size_t>(c - '1'));
      luaL_tolstring(state, -1, nullptr);
      lua_remove(state, -2);
      luaL_addvalue(&result);
    } else {
      fail_script("invalid use of '%' in replacement string");
    }
  }
}

/// Puts what replaces the match, by the table or function at 3, on the stack.
void push_replacement(lua_State* state, const Match& match) {
  if (lua_istable(state, 3)) {
    push_capture(state, match, 0);
    lua_gettable(state, 3);
  } else {
    lua_pushvalue(state, 3);
    const int captures = push_captures(state, match, true);
    lua_call(state, captures, 1);
  }
}

/// Whether something was replaced.
bool add_replacement(lua_State* state, luaL_Buffer& result, const Match& match) {
  const int type = lua_type(state, 3);
  if (type == LUA_TSTRING || type == LUA_TNUMBER) return add_replacement_text(state, result, match), true;
  push_replacement(state, match);
  if (lua_toboolean(state, -1) == 0) {
    lua_pop(state, 1);
    luaL_addlstring(&result, match.text.data() + match.start, match.end - match.start);
    return false;
  }
  if (lua_isstring(state, -1) == 0) fail_script(fmt::format("invalid replacement value (a {})", luaL_typename(state, -1)));
  luaL_addvalue(&result);
  return true;
}

/// limit  the most matches that are replaced. The result and the number of matches are then on the stack.
int replace_all(lua_State* state, std::string_view text, std::string_view pattern, lua_Integer limit) {
  const bool anchored = pattern.starts_with('^');
  Matcher matcher(text, pattern.substr(anchored ? 1 : 0), asking_for_the_time(state));
  luaL_Buffer result;
  luaL_buffinit(state, &result);
  size_t at = 0, last = Matcher::kNoMatch;
  lua_Integer count = 0;
  bool changed = false;
  while (count < limit) {
    if (at % 1'024 == 0) World::check_time(state);
    const size_t end = matcher.match(at);
    if (end != Matcher::kNoMatch && end != last) {
      ++count;
      changed = add_replacement(state, result, {text, matcher, at, end}) || changed;
      at = last = end;
    } else if (at < text.size()) {
      luaL_addlstring(&result, text.data() + at++, 1);
    } else {
      break;
    }
    if (anchored) break;
  }
  luaL_addlstring(&result, text.data() + at, text.size() - at);
  luaL_pushresult(&result);
  if (!changed) lua_pushvalue(state, 1);
  lua_pushinteger(state, count);
  return 2;
}

int gsub(lua_State* state) {
  const std::string_view text = text_at(state, 1), pattern = text_at(state, 2);
  const int type = lua_type(state, 3);
  const bool usable = type == LUA_TNUMBER || type == LUA_TSTRING || type == LUA_TTABLE || type == LUA_TFUNCTION;
  if (!usable) return luaL_typeerror(state, 3, "string/function/table");
  const lua_Integer limit = luaL_optinteger(state, 4, static_cast<lua_Integer>(text.size()) + 1);
  return in_lua_words(state, [&] { return replace_all(state, text, pattern, limit); });
}

/// Lua's own, but nothing repeated 2^62 times is nothing at once. Upvalue: Lua's.
int rep(lua_State* state) {
  const size_t separator = lua_isnoneornil(state, 3) ? 0 : text_at(state, 3).size();
  if (text_at(state, 1).empty() && separator == 0 && lua_isinteger(state, 2) != 0) return lua_pushliteral(state, ""), 1;
  return lua_tocfunction(state, lua_upvalueindex(1))(state);
}

}  // namespace strings_library

void bound_strings(lua_State* state) {
  using namespace strings_library;
  const luaL_Reg functions[] = {{"find", &find}, {"match", &match}, {"gmatch", &gmatch}, {"gsub", &gsub}, {nullptr, nullptr}};
  luaL_setfuncs(state, functions, 0);
  lua_getfield(state, -1, "rep");
  lua_pushcclosure(state, &rep, 1);
  lua_setfield(state, -2, "rep");
}

}  // namespace zdt::script
