// What a script may give to every function of the API: no value ends the program, and each is refused in plain words.
#include "unit/script/script_world.h"

namespace zdt::script {

using ArgumentsTest = ScriptTest;

/// Calls every function of `zdt` and every method of what a script can get hold of with all of these, in every place.
/// What would wait for long with a value that is right is left out.
constexpr const char* kSweep = R"lua(
  local nan, deep = 0 / 0, {}
  local inner = deep
  for _ = 1, 200 do inner.x = {} inner = inner.x end
  local itself = {} itself.itself = itself
  local raising = setmetatable({}, { __index = function() error "index" end, __newindex = function() error "newindex" end,
    __len = function() error "len" end, __tostring = function() error "tostring" end, __pairs = function() error "pairs" end,
    __call = function() error "call" end, __eq = function() error "eq" end, __metatable = "locked" })
  local hostile = { nan, 1 / 0, -1 / 0, math.maxinteger, math.mininteger, 2 ^ 63, -1, -0.0, 1e300, "", "a\0b", "\xff\xfe", ("x"):rep(100000),
    "../../etc/passwd", "a\r\nb: c", true, {}, { 1, 2, x = 3 }, { {} }, { [1.5] = 1 }, { [true] = 1 }, { print }, deep, itself, raising,
    setmetatable({}, { __len = function() return 1 << 60 end }), setmetatable({}, { __name = 5 }), zdt.expect("a", 1), s.target }
  local unfit = { ["zdt.sleep"] = true, ["zdt.eventually"] = true, ["zdt.script"] = true, ["zdt.step"] = true }
  local calls = 0
  local function try(name, call)
    if unfit[name] then return end
    pcall(call)
    for _, bad in ipairs(hostile) do
      for _, arguments in ipairs { { bad }, { bad, bad }, { "x", bad }, { bad, "x" }, { "x", "y", bad }, { bad, bad, bad, bad }, { nil, bad } } do
        calls = calls + 1
        local ok, err = pcall(call, table.unpack(arguments, 1, 4))
        if not ok and type(err) ~= "table" and type(err) ~= "string" then error(name .. " raised a " .. type(err)) end
      end
    end
  end
  local function sweep(prefix, library)
    for name, value in pairs(library) do
      if type(value) == "function" then try(prefix .. name, value) end
      if type(value) == "table" then sweep(prefix .. name .. ".", value) end
    end
  end
  sweep("zdt.", zdt)
  for _, object in ipairs { zdt.expect("a", 1), s.target } do
    for _, method in ipairs { "equals", "differs_from", "below", "above", "at_least", "at_most", "near", "contains", "one_of", "is_true",
        "name", "has", "identity", "version", "node_count", "url" } do
      local call = object[method]
      if call then try(method, call) try(method, function(...) return call(object, ...) end) end
    end
  end
  zdt.observe("calls", calls)
)lua";

TEST_F(ArgumentsTest, NoValueEndsTheProgramWhateverFunctionIsGivenIt) {
  limits.slice = milliseconds(20'000);
  // Comparisons with what they are given fail, as they should; nothing else does.
  const std::string failure = failure_of(kSweep).substr(0, 300);
  EXPECT_TRUE(failure.empty() || failure.starts_with("a: want ")) << failure;
  EXPECT_GT(observed("calls").is_number() ? observed("calls").get<int>() : 0, 10'000) << observed("calls");
}

TEST_F(ArgumentsTest, WhatFailsWhileACallWaitsIsForTheScriptToCatch) {
  ASSERT_EQ(failure_of("zdt.observe('caught', not pcall(zdt.prometheus.query, 'up'))"), "");
  EXPECT_EQ(observed("caught"), json(true));
}

struct Refused {
  std::string call, why;
};

TEST_F(ArgumentsTest, WhatIsWrongIsRefusedInPlainWords) {
  const std::vector<Refused> cases = {
      {"zdt.sleep(0 / 0)", "zdt.sleep: want a duration such as \"2s\""},
      {"zdt.sleep(1 / 0)", "zdt.sleep: want a duration"},
      {"zdt.sleep(2 ^ 63)", "zdt.sleep: want a duration"},
      {"zdt.sleep(-1)", "zdt.sleep: want a duration"},
      {"zdt.sleep({})", "zdt.sleep: want a duration"},
      {"zdt.k8s.scale('deployment', 'x', 0 / 0)", "replicas: want a whole number from 0 to 2147483647, got"},
      {"zdt.k8s.scale('deployment', 'x', 2 ^ 63)", "replicas: want a whole number from 0"},
      {"zdt.k8s.scale('deployment', 'x', -1)", "replicas: want a whole number from 0"},
      {"zdt.k8s.scale('deployment', 'x', 1.5)", "replicas: want a whole number from 0"},
      {"s.target:url('x', 2 ^ 32 + 80)", "port: want a whole number from 1 to 65535, got"},
      {"s.target:url('x', 0 / 0)", "port: want a whole number from 1"},
      {"zdt.load.start { url = 'http://127.0.0.1:9/', connections = 2 ^ 32 + 1 }", "connections: want at most 4294967295"},
      {"zdt.load.start { url = 'http://127.0.0.1:9/', connections = 0 / 0 }", "connections: want a whole number of 0 or more"},
      {"zdt.load.start { url = 'http://127.0.0.1:9/', rate = 0 / 0, requests = 1 }", "rate"},
      {"zdt.shell { 'echo', 'a\\0b' }", "zdt.shell: argument 2: it has a byte 0 in it"},
      {"zdt.shell({ 'true' }, { env = { ['A=B'] = 'x' } })", "\"A=B\" is no name"},
      {"zdt.shell({ 'true' }, { env = { A = 'a\\0b' } })", "env: it has a byte 0"},
      {"zdt.shell({ 'true' }, { cwd = 'a\\0b' })", "cwd: it has a byte 0"},
      {"zdt.shell { 'true', x = 1 }", "zdt.shell: want a list"},
      {"zdt.http.get('http://127.0.0.1:9/\\0')", "url: it has a byte 0"},
      {"zdt.http.request { url = 'http://127.0.0.1:9/', headers = { A = 'b\\r\\nEvil: c' } }", "headers: \"A\" has no name, or a line break"},
      {"zdt.expect('x', 1).equals()", "call it with a colon"},
      {"s.target.url('x')", "target:url: service: want a string"},
      {"local t = {} t.t = t zdt.observe('x', t)", "nested deeper than 100 levels (or contains itself)"},
      {"zdt.observe('x', { [{}] = 1 })", "a table's key is neither a string nor a number"},
      {"zdt.observe('x', print)", "a function cannot be data"},
      {"local t = {} for i = 1, 30 do t = { t, t } end zdt.observe('x', t)", "a table is too large: more than 32 MiB of data"},
      {"zdt.table({ [('x'):rep(1000000)] = 1 })", "bytes are left out here]"},
  };
  for (const Refused& refused : cases) EXPECT_TRUE(holds(failure_of(refused.call), refused.why)) << refused.call;
}

TEST_F(ArgumentsTest, ALongLogIsCutAndSaysSo) {
  ASSERT_EQ(failure_of("zdt.log(('x'):rep(10000000)) print(('y'):rep(10000000))"), "");
  for (const auto& event : kept.of_type("log")) {
    const auto text = string_at(event.data, {"text"});
    EXPECT_LT(text.size(), 70'000u);
    EXPECT_TRUE(holds(text, "bytes are left out here]"));
  }
}

TEST_F(ArgumentsTest, ANumberThatNoIntegerHoldsStaysANumber) {
  World world(host, nullptr);
  push_json(world.state(), json(UINT64_MAX));
  EXPECT_EQ(lua_isinteger(world.state(), -1), 0);
  EXPECT_DOUBLE_EQ(lua_tonumber(world.state(), -1), 18446744073709551615.0);
}

}  // namespace zdt::script
