// Our string.find, match, gmatch and gsub, and table functions, beside Lua's own: for the same arguments the same results.
#include <random>

#include "unit/script/script_world.h"

namespace zdt::script {
namespace {

class BesideLuaTest : public ScriptTest {
 protected:
  void SetUp() override {
    world = std::make_unique<World>(host, nullptr);
    luaL_openlibs(theirs);
    const char* probe = R"lua(
      local unpack, pack, tostring, type = table.unpack, table.pack, tostring, type
      function probe(text)
        local chunk, why = load(text, "=p")
        if not chunk then return "syntax: " .. why end
        local results = pack(pcall(chunk))
        for i = 1, results.n do
          local kind = type(results[i])
          results[i] = kind .. ":" .. (kind == "table" and table.concat(results[i], ";") or tostring(results[i]))
        end
        return table.concat(results, ", ", 1, results.n)
      end)lua";
    for (lua_State* state : {theirs, world->state()}) {
      ASSERT_EQ(luaL_loadstring(state, probe), LUA_OK);
      lua_call(state, 0, 0);
    }
  }
  void TearDown() override { lua_close(theirs); }

  static std::string answer(lua_State* state, const std::string& text) {
    lua_getglobal(state, "probe");
    lua_pushlstring(state, text.data(), text.size());
    lua_call(state, 1, 1);
    std::string result(lua_tostring(state, -1), lua_rawlen(state, -1));
    lua_settop(state, 0);
    return result;
  }
  void expect_same(const std::string& text) {
    EXPECT_EQ(answer(world->state(), text), answer(theirs, text)) << text;
  }

  std::unique_ptr<World> world;
  lua_State* theirs = luaL_newstate();
};

const std::vector<std::string> kSame = {
    "return ('hello world'):find('o w')",
    "return ('hello'):find('l+')",
    "return ('hello'):find('(h)(e)()')",
    "return ('hello'):find('', 10)",
    "return ('hello'):find('', 6)",
    "return ('hello'):find('l', -2)",
    "return ('hello'):find('l', -100)",
    "return ('a.b'):find('.', 1, true)",
    "return ('a.b'):find('%.')",
    "return ('a\\0b'):find('\\0')",
    "return ('key = value'):match('^(%w+)%s*=%s*(%w+)$')",
    "return ('  x '):match('^%s*(.-)%s*$')",
    "return ('f(a(b)c)d'):match('%b()')",
    "return ('THE (quick) fox'):find('%f[%a]%a+%f[%A]')",
    "return ('THE (quick) fox'):gsub('%f[%a]%a+%f[%A]', string.lower)",
    "return ('abcabc'):match('(abc)%1')",
    "return ('x]y'):match('[]]')",
    "return ('x^y-z'):gsub('[%^%-]', '.')",
    "return ('a-z'):gsub('[a%-z]', '*')",
    "return ('abc'):gsub('', '-')",
    "return ('abc'):gsub('%w', '%0%0', 2)",
    "return ('abc'):gsub('(%w)(%w)', '%2%1')",
    "return ('abc'):gsub('%w', { a = '1', b = true, c = false })",
    "return ('abc'):gsub('%w', { a = 1.5 })",
    "return ('abc'):gsub('(b)()', '<%1%2>')",
    "return ('abc'):gsub('^a', 'x')",
    "return ('aaa'):gsub('^a', 'x')",
    "return ('abc'):gsub('b', '%%')",
    "return ('abc'):gsub('b', '%x')",
    "return ('abc'):gsub('b', '%')",
    "return ('abc'):gsub('b', '%2')",
    "return ('abc'):gsub('b', '%1')",
    "return ('abc'):gsub('b', function() return {} end)",
    "return ('abc'):gsub('b', true)",
    "return ('abc'):gsub('b')",
    "return ('abc'):gsub('b', 'x', -1)",
    "return ('abc'):gsub('b', 'x', 0)",
    "return ('abc d'):gsub('%s*', '-')",
    "return string.gsub('alo', '(%0)', 'a')",
    "return string.gsub('alo', '(%1)', 'a')",
    "return string.find('a', '[a')",
    "return string.find('a', '[]')",
    "return string.find('a', '[^]')",
    "return string.find('a', '[a%]')",
    "return string.find('a', '[a%')",
    "return string.find('a', '%')",
    "return string.find('a', '%b')",
    "return string.find('a', '%bx')",
    "return string.find('a', '%f')",
    "return string.find('a', '%fx')",
    "return string.find('a', '(a')",
    "return string.find('a', 'a)')",
    "return string.find('a', '((a)')",
    "return string.find('a', ('()'):rep(33))",
    "return string.find(('a'):rep(300), ('a?'):rep(250) .. 'b')",
    "return string.find(1234, 3)",
    "return string.find({}, 3)",
    "return string.find('a')",
    "return string.find('a', 'a', 'x')",
    "return string.find('a', 'a', 1.5)",
    "return string.match('2024-01-02', '(%d+)-(%d+)-(%d+)')",
    "return string.match('abc', '()b()')",
    "return string.match('abc', 'x')",
    "local t = {} for k, v in string.gmatch('a=1, b=2', '(%w+)=(%w+)') do t[#t + 1] = k .. v end return t",
    "local t = {} for w in string.gmatch('one two', '%a*') do t[#t + 1] = '<' .. w .. '>' end return t",
    "local t = {} for p in string.gmatch('abc', '()') do t[#t + 1] = p end return t",
    "local t = {} for w in string.gmatch('abc', '^a') do t[#t + 1] = w end return t",
    "local t = {} for w in string.gmatch('^a^a', '^a') do t[#t + 1] = w end return t",
    "local t = {} for w in string.gmatch('abcde', '%w', 3) do t[#t + 1] = w end return t",
    "local t = {} for w in string.gmatch('abcde', '%w', -2) do t[#t + 1] = w end return t",
    "for w in string.gmatch('abc', '[') do end",
    "return string.rep('ab', 3), string.rep('ab', 3, '-'), string.rep('', 5), string.rep('x', 0), string.rep('x', -1)",
    "return string.rep('', 3, 'x'), string.rep('x', 1, 'y')",
    "return string.rep()",
    "return string.rep('', 'x')",
    "local t = { 1, 2, 3 } table.insert(t, 4) table.insert(t, 1, 0) table.insert(t, 3, 9) return t",
    "local t = { 1 } table.insert(t, 3, 4)",
    "local t = { 1 } table.insert(t, 0, 4)",
    "table.insert({})",
    "table.insert({}, 1, 2, 3)",
    "table.insert(nil, 1)",
    "table.insert(setmetatable({}, { __len = function() return math.maxinteger end }), 1)",
    "local t = { 1, 2, 3 } return table.remove(t), table.remove(t, 1), table.remove(t), table.remove(t), #t",
    "return table.remove({}, 0), table.remove({}, 1)",
    "return table.remove({ 1, 2 }, 3), pcall(table.remove, { 1, 2 }, 4)",
    "return table.remove({ 1, 2 }, 0)",
    "return table.move({ 1, 2, 3 }, 1, 3, 2), table.move({ 1, 2, 3 }, 2, 3, 1), table.move({ 1, 2 }, 1, 2, 3, { 7, 8 })",
    "return table.move({}, 1, 0, 5), pcall(table.move, {}, -1, math.maxinteger, 2)",
    "return pcall(table.move, {}, 1, 2, math.maxinteger)",
    "return table.move(1, 1, 1, 1)",
    "return table.concat({ 1, 2, 'x' }), table.concat({ 1, 2 }, ', '), table.concat({ 1, 2, 3 }, '-', 2, 3), table.concat({})",
    "return table.concat({ 1, {}, 3 })",
    "return table.concat({ 1 }, '', 1, 2)",
    "return table.concat({ [math.maxinteger] = 'x' }, '', math.maxinteger, math.maxinteger)",
    "local t = { 3, 1, 2 } table.sort(t) return t",
    "local t = { 3, 1, 2 } table.sort(t, function(a, b) return a > b end) return t",
    "table.sort({ 1, 'x', 2 })",
    "table.sort({ 1, 2, 3 }, 5)",
    "return load('return 1')(), load('x =')",
    "return load(function() return nil end)()",
    "local pieces = { 'return ', '4', '2' } return load(function() return table.remove(pieces, 1) end)()",
    "return load(function() return 1 end and function() return {} end)",
    "return pcall(load, function() error('e', 0) end)",
    "return load('return ...', 'name', 't', {})(5), load('x = 1; return x', 'n', 't', {})(), pcall(load('return x.y', 'n', 't', nil))",
    "return load(nil)",
    "return xpcall(error, function(e) return e .. '!' end, 'x')",
    "return xpcall(function(...) return ... end, print, 1, nil, 3)",
    "return xpcall(error, nil)",
    "return xpcall(function() error() end, function(e) return e == nil end)",
    "return pcall(xpcall)",
    "return getmetatable(setmetatable({}, { __metatable = 5 })), pcall(setmetatable, {}, 1), pcall(setmetatable, 1, {})",
    "return os.date('!%Y-%m-%d', 0), pcall(os.date, '%Ez', 0), os.date('!*t', 0).year",
};

TEST_F(BesideLuaTest, WhatIsOursAnswersAsLuasOwn) {
  for (const std::string& text : kSame) expect_same(text);
}

TEST_F(BesideLuaTest, RandomPatternsMatchAsInLua) {
  std::mt19937 random(20240101);
  const auto pick = [&random](size_t count) { return std::uniform_int_distribution<size_t>(0, count - 1)(random); };
  const std::vector<std::string> items = {"a",  "b",   "%a", "%d",   "%s",    ".",   "[ab]", "[^a]", "[a-c]", "%w",  "(",  ")",
                                          "()", "%1",  "%2", "%bab", "%f[a]", "$",   "^",    "%",    "[",     "]",   "%%", "%A",
                                          "-",  "[%a-z]", "%f",  "[]", "[^]", "%z", "é",  "%x"};
  const std::vector<std::string> suffixes = {"", "", "", "", "*", "+", "-", "?"};
  const std::string alphabet = "aabbc1 -";
  for (int i = 0; i < 20'000; ++i) {
    std::string pattern, text;
    for (size_t n = pick(6); n-- > 0;) pattern += items[pick(items.size())] + suffixes[pick(suffixes.size())];
    for (size_t n = pick(10); n-- > 0;) text += alphabet[pick(alphabet.size())];
    const std::string init = std::to_string(static_cast<int>(pick(9)) - 4);
    const std::string arguments = fmt::format("[==[{}]==], [==[{}]==]", text, pattern);
    expect_same(fmt::format("return string.find({}, {})", arguments, init));
    expect_same(fmt::format("return string.gsub({}, '<%1>')", arguments));
    expect_same(fmt::format("local t = {{}} for a, b in string.gmatch({}) do t[#t + 1] = tostring(a) .. tostring(b) end return t", arguments));
    if (HasFailure()) break;
  }
}

}  // namespace
}  // namespace zdt::script
