#include "script/unknown.h"

namespace zdt::script {
namespace {

constexpr const char* kUnknownType = "zdt.Unknown";
const char kUnknownKey = 0;

// A generic `for` over the value itself calls it with two nils: that ends the loop. gmatch gives an iterator.
constexpr std::string_view kMetamethods = R"lua(
local unknown, meta = ...
local function itself() return unknown end
local function nothing() end
for _, name in ipairs { "add", "sub", "mul", "div", "mod", "pow", "unm", "idiv", "band", "bor", "bxor", "bnot", "shl", "shr", "len" } do
  meta["__" .. name] = itself
end
meta.__index = function(_, key)
  if key == "gmatch" then return function() return nothing end end
  return unknown
end
meta.__call = function(_, ...)
  if select("#", ...) == 2 and (...) == nil then return nil end
  return unknown
end
meta.__newindex = nothing
meta.__lt = function() return true end
meta.__le = meta.__lt
meta.__concat = function(a, b) return tostring(a) .. tostring(b) end
meta.__tostring = function() return "…" end
meta.__pairs = function() return nothing end
meta.__name = "unknown"
meta.__metatable = false
)lua";

constexpr std::string_view kTolerance = R"lua(
local unknown = ...
local rawequal, select, type, pairs = rawequal, select, type, pairs
local function any(...)
  for i = 1, select("#", ...) do
    if rawequal((select(i, ...)), unknown) then return true end
  end
  return false
end
local function tolerant(call, result)
  return function(...)
    if any(...) then return result end
    return call(...)
  end
end
local function nothing() end

local format, gsub, find = string.format, string.gsub, string.find
for name, call in pairs(string) do string[name] = tolerant(call, unknown) end
string.gmatch = tolerant(string.gmatch, nothing)
string.format = function(pattern, ...)
  if not any(...) then return format(pattern, ...) end
  local values, position = { ... }, 0
  pattern = gsub(pattern, "%%[-+ #0]*%d*%.?%d*[%a%%]", function(directive)
    if directive == "%%" then return nil end
    position = position + 1
    if not rawequal(values[position], unknown) then return nil end
    values[position] = "…"
    return "%s"
  end)
  return format(pattern, table.unpack(values, 1, select("#", ...)))
end
for _, library in ipairs { math, utf8, os } do
  for name, call in pairs(library) do
    if type(call) == "function" then library[name] = tolerant(call, unknown) end
  end
end

local concat, sort, unpack = table.concat, table.sort, table.unpack
table.concat = function(list, ...)
  if any(list, ...) then return "…" end
  local texts = {}
  for i = 1, #list do texts[i] = rawequal(list[i], unknown) and "…" or list[i] end
  return concat(texts, ...)
end
table.sort = function(list, less)
  if any(list, table.unpack(list)) then return end
  sort(list, less and function(a, b)
    local answer = less(a, b)
    return not rawequal(answer, unknown) and answer
  end)
end
table.unpack = function(list, ...)
  if any(list) then return end
  return unpack(list, ...)
end
for _, name in ipairs { "insert", "remove", "move" } do
  local call = table[name]
  table[name] = function(list, ...)
    if any(list) then return unknown end
    return call(list, ...)
  end
end

local plain_ipairs, plain_tonumber, plain_next = ipairs, tonumber, next
function ipairs(list)
  if any(list) then return nothing end
  return plain_ipairs(list)
end
function next(list, key)
  if any(list) then return nil end
  return plain_next(list, key)
end
function tonumber(value, ...)
  if any(value) or type(value) == "string" and find(value, "…", 1, true) then return unknown end
  return plain_tonumber(value, ...)
end
)lua";

/// Runs `source` with the values on top of the stack, which it takes.
void run_source(lua_State* state, std::string_view source, int arguments) {
  if (luaL_loadbufferx(state, source.data(), source.size(), "=(zdt)", "t") != LUA_OK) lua_error(state);
  lua_insert(state, -arguments - 1);
  lua_call(state, arguments, 0);
}

bool table_has_unknown(lua_State* state, int index) {
  bool found = false;
  lua_pushnil(state);
  while (lua_next(state, index) != 0) {
    found = found || is_unknown(state, -1);
    lua_pop(state, 1);
  }
  return found;
}

}  // namespace

void open_unknown(lua_State* state) {
  lua_newuserdatauv(state, 0, 0);
  luaL_newmetatable(state, kUnknownType);
  lua_pushvalue(state, -1);
  lua_setmetatable(state, -3);
  lua_pushvalue(state, -2);
  lua_insert(state, -2);
  run_source(state, kMetamethods, 2);
  lua_pushvalue(state, -1);
  lua_rawsetp(state, LUA_REGISTRYINDEX, &kUnknownKey);
  run_source(state, kTolerance, 1);
}

void push_unknown(lua_State* state) { lua_rawgetp(state, LUA_REGISTRYINDEX, &kUnknownKey); }

bool is_unknown(lua_State* state, int index) { return luaL_testudata(state, index, kUnknownType) != nullptr; }

json readable(json value) {
  if (is_unknown(value)) return kUnknownText;
  if (!value.is_structured()) return value;
  for (json& item : value) item = readable(std::move(item));
  return value;
}

bool has_unknown_argument(lua_State* state) {
  for (int index = 1; index <= lua_gettop(state); ++index) {
    if (is_unknown(state, index)) return true;
    if (lua_istable(state, index) && table_has_unknown(state, index)) return true;
  }
  return false;
}

}  // namespace zdt::script
