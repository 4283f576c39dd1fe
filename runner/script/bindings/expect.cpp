// zdt.expect(name, value): a recorded comparison. A failed one fails the step at its end; the step goes on, so that one
// run shows everything that does not hold. In a trial of zdt.eventually it raises instead, and the trial is repeated.
#include <cmath>

#include "base/units.h"
#include "script/bindings/bindings.h"
#include "script/world.h"

namespace zdt::script {
namespace expect_module {

constexpr const char* kType = "zdt.Expectation";

Outcome expect(lua_State* state, World& world) {
  const std::string name = string_argument(state, 1, "zdt.expect: name");
  lua_settop(state, 2);
  lua_createtable(state, 0, 3);
  if (world.recorder != nullptr) {
    lua_pushinteger(state, world.recorder->expects(name));
    lua_setfield(state, -2, "expected");
  }
  lua_insert(state, 1);
  lua_setfield(state, 1, "value");
  lua_setfield(state, 1, "name");
  luaL_setmetatable(state, kType);
  return {1};
}

struct Expectation {
  std::string name;
  json got;
  int expected;  // of the recorder
};

Expectation expectation(lua_State* state) {
  if (!lua_istable(state, 1)) fail_script("call it with a colon: zdt.expect(name, value):equals(…)");
  lua_getfield(state, 1, "name");
  lua_getfield(state, 1, "value");
  lua_getfield(state, 1, "expected");
  Expectation found{string_argument(state, -3, "zdt.expect: name"), to_json(state, -2), static_cast<int>(lua_tointeger(state, -1))};
  lua_pop(state, 3);
  return found;
}

Outcome record(lua_State* state, World& world, const Expectation& e, bool passed, const json& want) {
  if (world.plan != nullptr) passed = true;
  if (world.recorder != nullptr) world.recorder->compared(e.expected);
  Fiber* fiber = World::fiber_of(state);
  if (fiber != nullptr && fiber->trial && !passed) {
    throw LuaFailure{{Code::kFailed, fmt::format("{}: want {}, got {}", e.name, stage::shown(want), stage::shown(e.got)), ""}};
  }
  if (fiber == nullptr || !fiber->trial) world.current_recorder().assertion(e.name, passed, want, e.got);
  lua_pushboolean(state, passed);
  return {1};
}

/// Whether it is a duration with a unit: "5" could be five of anything.
bool has_unit(const std::string& text) { return !text.empty() && std::isalpha(static_cast<unsigned char>(text.back())) != 0; }

/// A number; "800ms" counts as 800, so that durations compare with latencies (milliseconds everywhere).
double number_of(const json& value, const std::string& name) {
  if (value.is_number()) return value.get<double>();
  if (value.is_string() && has_unit(value.get_ref<const std::string&>())) {
    auto duration = parse_duration(value.get<std::string>());
    if (duration) return static_cast<double>(duration->count());
  }
  fail_script(fmt::format("expect \"{}\": {} is not a number or a duration", name,
                          value.is_string() ? '"' + value.get<std::string>() + '"' : stage::shown(value)));
}

template <class Compare>
Outcome compare(lua_State* state, World& world, std::string_view words, Compare holds) {
  const Expectation e = expectation(state);
  const json limit = to_json(state, 2);
  const bool passed = world.plan != nullptr || (!e.got.is_null() && holds(number_of(e.got, e.name), number_of(limit, e.name)));
  return record(state, world, e, passed, fmt::format("{} {}", words, stage::shown(limit)));
}

/// Equal in value, whole tables through. An empty table of the script is an empty list as well as an empty object.
bool same(const json& a, const json& b) {
  if (a.is_structured() && b.is_structured() && a.empty() && b.empty()) return true;
  if (a.type() != b.type() || !a.is_structured()) return a == b;
  if (a.size() != b.size()) return false;
  if (a.is_array()) return std::equal(a.begin(), a.end(), b.begin(), same);
  return std::all_of(a.items().begin(), a.items().end(),
                     [&b](const auto& item) { return b.contains(item.key()) && same(item.value(), b[item.key()]); });
}

Outcome equals(lua_State* state, World& world) {
  const Expectation e = expectation(state);
  const json want = to_json(state, 2);
  return record(state, world, e, same(e.got, want), want);
}
Outcome differs(lua_State* state, World& world) {
  const Expectation e = expectation(state);
  const json other = to_json(state, 2);
  return record(state, world, e, !same(e.got, other), "anything but " + stage::shown(other));
}
Outcome below(lua_State* state, World& world) { return compare(state, world, "below", std::less<>()); }
Outcome above(lua_State* state, World& world) { return compare(state, world, "above", std::greater<>()); }
Outcome at_least(lua_State* state, World& world) { return compare(state, world, "at least", std::greater_equal<>()); }
Outcome at_most(lua_State* state, World& world) { return compare(state, world, "at most", std::less_equal<>()); }

Outcome near(lua_State* state, World& world) {
  const Expectation e = expectation(state);
  const double want = number_argument(state, 2, "near"), tolerance = number_argument(state, 3, "near: tolerance");
  const bool passed =
      world.plan != nullptr || (!e.got.is_null() && std::abs(number_of(e.got, e.name) - want) <= tolerance);
  return record(state, world, e, passed, fmt::format("{} ± {}", want, tolerance));
}

bool holds_item(const json& list, const json& item) {
  return std::any_of(list.begin(), list.end(), [&item](const json& entry) { return same(entry, item); });
}

Outcome contains(lua_State* state, World& world) {
  const Expectation e = expectation(state);
  const json part = to_json(state, 2);
  const bool in_text = e.got.is_string() && part.is_string() &&
                       e.got.get_ref<const std::string&>().find(part.get_ref<const std::string&>()) != std::string::npos;
  return record(state, world, e, in_text || (e.got.is_array() && holds_item(e.got, part)), "contains " + stage::shown(part));
}

Outcome one_of(lua_State* state, World& world) {
  const Expectation e = expectation(state);
  const json list = to_json(state, 2);
  return record(state, world, e, list.is_array() && holds_item(list, e.got), "one of " + stage::shown(list));
}

Outcome is_true(lua_State* state, World& world) {
  const Expectation e = expectation(state);
  return record(state, world, e, e.got == json(true), true);
}

}  // namespace expect_module

void open_expect(lua_State* state) {
  using namespace expect_module;
  add_class(state, kType,
            {{"equals", &guarded<&equals>},
             {"differs_from", &guarded<&differs>},
             {"below", &guarded<&below>},
             {"above", &guarded<&above>},
             {"at_least", &guarded<&at_least>},
             {"at_most", &guarded<&at_most>},
             {"near", &guarded<&near>},
             {"contains", &guarded<&contains>},
             {"one_of", &guarded<&one_of>},
             {"is_true", &guarded<&is_true>}});
  add_functions(state, {{"expect", &guarded<&expect>}});
}

}  // namespace zdt::script
