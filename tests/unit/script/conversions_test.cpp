#include <limits>

#include "unit/script/script_world.h"

namespace zdt::script {

class Conversions : public ScriptTest {
 protected:
  json back_and_forth(const json& value) {
    push_json(world.state(), value);
    const json result = to_json(world.state(), -1);
    lua_pop(world.state(), 1);
    EXPECT_EQ(lua_gettop(world.state()), 0);
    return result;
  }
  /// What `return expression` is as data.
  json value_of(const std::string& expression) {
    lua_State* state = world.state();
    EXPECT_EQ(luaL_dostring(state, ("return " + expression).c_str()), LUA_OK) << lua_tostring(state, -1);
    struct Cleared {
      lua_State* state;
      ~Cleared() { lua_settop(state, 0); }
    } cleared{state};
    return to_json(state, -1);
  }
  std::string refusal_of(const std::string& expression) {
    try {
      return "it became " + value_of(expression).dump();
    } catch (const LuaFailure& failure) {
      EXPECT_EQ(failure.error.code, Code::kScript);
      return failure.error.what;
    }
  }
  World world{host, nullptr};
};

TEST_F(Conversions, EveryKindOfValueComesBackAsItWas) {
  for (const char* text :
       {"true", "0", "-7", "9223372036854775807", "1.5", "\"\"", "\"text\"", "{}", "[]", "[1,2,3]",
        R"({"a":{"b":[{"c":[]},{}]},"1":"x"})", R"([[],[[]],{"k":[1.25,"two",false]}])"}) {
    const json value = json::parse(text);
    const json returned = back_and_forth(value);
    EXPECT_EQ(returned, value) << text;
    EXPECT_EQ(returned.dump(), value.dump()) << text;
  }
}

TEST_F(Conversions, TextKeepsItsBytes) {
  const json value = std::string("a\0b\xff", 4);
  EXPECT_EQ(back_and_forth(value), value);
}

TEST_F(Conversions, IntegersAndFloatsStayWhatTheyAre) {
  EXPECT_TRUE(value_of("3").is_number_integer());
  EXPECT_TRUE(value_of("3.0").is_number_float());
  EXPECT_EQ(value_of("math.maxinteger"), json(std::numeric_limits<int64_t>::max()));
}

TEST_F(Conversions, AnEmptyTableIsAnObjectAndAnEmptyJsonArrayStaysOne) {
  EXPECT_TRUE(value_of("{}").is_object());
  EXPECT_TRUE(back_and_forth(json::array()).is_array());
}

TEST_F(Conversions, OnlyOneToNWithoutHolesIsAnArray) {
  EXPECT_EQ(value_of("{ 'a', 'b' }"), json::parse(R"(["a","b"])"));
  EXPECT_EQ(value_of("{ 'a', nil, 'c' }"), json::parse(R"({"1":"a","3":"c"})"));
  EXPECT_EQ(value_of("{ [2] = 'b' }"), json::parse(R"({"2":"b"})"));
  EXPECT_EQ(value_of("{ 'a', x = 1 }"), json::parse(R"({"1":"a","x":1})"));
  EXPECT_EQ(value_of("(function() local t = { 1, 2, 3, 4 } t[3] = nil t[0] = 9 return t end)()"),
            json::parse(R"({"0":9,"1":1,"2":2,"4":4})"));
}

TEST_F(Conversions, ATableThatContainsItselfIsRefused) {
  EXPECT_TRUE(holds(refusal_of("(function() local t = {} t.t = t return t end)()"), "contains itself"));
  EXPECT_TRUE(
      holds(refusal_of("(function() local t = {} t[1] = t t[2] = t return t end)()"), "contains itself"));
}

TEST_F(Conversions, ASmallTableThatUnfoldsIntoAHugeOneIsRefusedInsteadOfFillingTheMemory) {
  EXPECT_TRUE(holds(refusal_of(R"((function()
    local t = {}
    for _ = 1, 60 do t = { t, t } end
    return t
  end)())"),
                    "too large"));
  EXPECT_TRUE(holds(refusal_of(R"((function()
    local text, t = ("x"):rep(1024 * 1024), {}
    for i = 1, 100000 do t[i] = text end
    return t
  end)())"),
                    "too large"));
}

TEST_F(Conversions, WhatIsNoDataIsRefusedByItsName) {
  EXPECT_EQ(refusal_of("print"), "a function cannot be data");
  EXPECT_EQ(refusal_of("{ a = { print } }"), "a function cannot be data");
  EXPECT_EQ(refusal_of("{ [true] = 1 }"), "a table's key is neither a string nor a number");
}

TEST_F(Conversions, ATablesMetamethodsAreNotAsked) {
  EXPECT_EQ(
      value_of(
          "setmetatable({ 1 }, { __len = function() error 'no' end, __index = function() error 'no' end })"),
      json::parse("[1]"));
}

TEST_F(Conversions, AnErrorKeepsItsFieldsOnTheWayThroughLua) {
  push_error(world.state(), {Code::kTimeout, "too late", "try again"});
  const Error error = error_from(world.state(), -1);
  lua_pop(world.state(), 1);
  EXPECT_EQ(error.code, Code::kTimeout);
  EXPECT_EQ(error.what, "too late");
  EXPECT_EQ(error.hint, "try again");
}

}  // namespace zdt::script
