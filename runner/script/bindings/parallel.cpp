// zdt.parallel and zdt.eventually: functions of the script run by tasks of their own.
#include "base/units.h"
#include "script/bindings/bindings.h"
#include "script/patience.h"
#include "script/plan_mode.h"
#include "script/unknown.h"
#include "script/world.h"

namespace zdt::script {
namespace parallel_module {

/// A Lua function kept in the registry while it lives.
class Reference {
 public:
  Reference(World& world, lua_State* state, int index) : world_(world) {
    lua_pushvalue(state, index);
    value_ = luaL_ref(state, LUA_REGISTRYINDEX);
  }
  ~Reference() { world_.forget(value_); }
  Reference(const Reference&) = delete;
  Reference& operator=(const Reference&) = delete;
  int value() const { return value_; }

 private:
  World& world_;
  int value_;
};
using References = std::vector<std::unique_ptr<Reference>>;

/// Thrown by one branch to end the others.
struct BranchFailed : std::exception {
  explicit BranchFailed(Error e) : error(std::move(e)) {}
  const char* what() const noexcept override { return error.what.c_str(); }
  Error error;
};

/// Thrown by the first branch to end those beside it.
struct FirstIsDone : std::exception {};

Task<void> branch(World& world, int reference, bool trial, stage::Recorder* recorder, json& result) {
  auto returned = co_await world.call(reference, trial, {}, recorder);
  if (!returned) throw BranchFailed(returned.error());
  result = std::move(returned->first);
}

Task<void> first_branch(Task<void> work) {
  co_await std::move(work);
  throw FirstIsDone();
}

Push pushing_each(std::vector<json> results) {
  return [results = std::move(results)](lua_State* state) {
    for (const json& result : results) push_json(state, result);
    return static_cast<int>(results.size());
  };
}

/// How a parallel runs.   beside_first  the others end with the first one.
struct Manner {
  bool beside_first = false, trial = false;
};

Task<Result<Push>> run_all(World& world, std::shared_ptr<References> functions, Manner manner,
                           stage::Recorder* recorder) {
  std::vector<json> results(functions->size());
  std::vector<Task<void>> branches;
  for (size_t i = 0; i < functions->size(); ++i) {
    branches.push_back(branch(world, (*functions)[i]->value(), manner.trial, recorder, results[i]));
  }
  if (manner.beside_first && !branches.empty()) branches.front() = first_branch(std::move(branches.front()));
  std::optional<Error> failure;
  try {
    co_await all_of(std::move(branches));
  } catch (const BranchFailed& failed) {
    failure = failed.error;
  } catch (const FirstIsDone&) {
  }
  if (failure) co_return *failure;
  co_return pushing_each(std::move(results));
}

Task<Result<Push>> plan_all(World& world, std::shared_ptr<References> functions);

/// parallel{ f, g, … }: runs all at once; returns their first results in order. The first error cancels the others.
Outcome parallel(lua_State* state, World& world) {
  if (!lua_istable(state, 1)) fail_script("zdt.parallel: want a table of functions");
  const json options = options_argument(state, 2, "zdt.parallel");
  check_keys(options, {"beside_first"}, "zdt.parallel");
  auto functions = std::make_shared<References>();
  const lua_Integer count = luaL_len(state, 1);
  for (lua_Integer i = 1; i <= count; ++i) {
    lua_rawgeti(state, 1, i);
    if (!lua_isfunction(state, -1)) fail_script(fmt::format("zdt.parallel: entry {} is not a function", i));
    functions->push_back(std::make_unique<Reference>(world, state, -1));
    lua_pop(state, 1);
  }
  if (world.plan != nullptr) return wait(state, world, plan_all(world, std::move(functions)));
  const Fiber* fiber = World::fiber_of(state);
  const Manner manner{flag_option(options, "beside_first", false), fiber != nullptr && fiber->trial};
  return wait(state, world, run_all(world, std::move(functions), manner, world.recorder));
}

/// In a plan: one after another, so that each one's calls stand together.
Task<Result<Push>> plan_all(World& world, std::shared_ptr<References> functions) {
  std::vector<json> results;
  for (const auto& function : *functions) {
    world.plan->record({{"type", "note"}, {"text", fmt::format("at once, {} of {}:", results.size() + 1, functions->size())}});
    auto returned = co_await world.call(function->value(), false);
    if (!returned) co_return returned.error();
    results.push_back(std::move(returned->first));
  }
  co_return pushing_each(std::move(results));
}

struct Trials {
  std::string name;
  milliseconds timeout, every;
  stage::Recorder& recorder;
};

using Returned = Result<std::pair<json, json>>;

std::string mismatch_of(const Returned& returned) {
  if (!returned) return returned.error().what;
  return returned->second.is_null() ? "got " + stage::shown(returned->first) : stage::shown(returned->second);
}

bool is_yes(const json& value) { return !value.is_null() && value != json(false); }

using Time = std::chrono::steady_clock::time_point;

milliseconds until(Time end) { return std::chrono::duration_cast<milliseconds>(end - std::chrono::steady_clock::now()); }

/// One try, ended with the whole time; a first one without a time to it is let run.
Task<Returned> one_try(World& world, const Trials& trials, int function, Time end) {
  const milliseconds limit = trials.timeout.count() == 0 ? trials.timeout : std::max(until(end), milliseconds(1));
  Error late{Code::kTimeout, "the try was still under way", ""};
  auto returned = co_await with_deadline(world.call(function, true, {}, &trials.recorder), limit, std::move(late));
  co_return returned;
}

Task<Result<Push>> try_until(World& world, Trials trials, std::shared_ptr<Reference> function) {
  const auto end = std::chrono::steady_clock::now() + trials.timeout;
  int count = 0;
  Reminder reminder(trials.name, trials.recorder);
  while (true) {
    auto returned = co_await one_try(world, trials, function->value(), end);
    ++count;
    if (returned && is_yes(returned->first)) {
      trials.recorder.assertion(trials.name, true, "eventually", fmt::format("after {} {}", count, count == 1 ? "try" : "tries"));
      co_return Push([value = returned->first](lua_State* state) { return push_json(state, value), 1; });
    }
    if (!returned && returned.error().code == Code::kScript) co_return returned.error();
    if (std::chrono::steady_clock::now() >= end) {
      co_return Error{Code::kTimeout,
                      fmt::format("{}: did not hold within {} ({} tries). Last: {}", trials.name,
                                  format_duration(trials.timeout), count, mismatch_of(returned)),
                      ""};
    }
    reminder.remind(mismatch_of(returned));
    co_await sleep_for(std::clamp(until(end), milliseconds(0), trials.every));
  }
}

/// In a plan: one try, which holds whatever it finds.
Task<Result<Push>> plan_try(World& world, Trials trials, std::shared_ptr<Reference> function) {
  world.current_recorder().assertion(trials.name, true, fmt::format("eventually, within {}", format_duration(trials.timeout)), "");
  auto returned = co_await world.call(function->value(), false);
  if (!returned && returned.error().code == Code::kScript) co_return returned.error();
  json value = returned && is_yes(returned->first) ? returned->first : unknown_data();
  co_return Push([value = std::move(value)](lua_State* state) { return push_json(state, value), 1; });
}

/// eventually("name", { timeout = "10s", every = "200ms" }, function() … end)
Outcome eventually(lua_State* state, World& world) {
  const std::string name = string_argument(state, 1, "zdt.eventually: name");
  const int function = lua_isfunction(state, 2) ? 2 : 3;
  const json options = function == 3 ? options_argument(state, 2, "zdt.eventually") : json::object();
  check_keys(options, {"timeout", "every"}, "zdt.eventually");
  if (!lua_isfunction(state, function)) fail_script("zdt.eventually: want a function as its last argument");
  Trials trials{name, duration_option(options, "timeout", milliseconds(60'000)),
                duration_option(options, "every", milliseconds(200)), world.current_recorder()};
  auto reference = std::make_shared<Reference>(world, state, function);
  if (world.plan != nullptr) return wait(state, world, plan_try(world, std::move(trials), std::move(reference)));
  return wait(state, world, try_until(world, std::move(trials), std::move(reference)));
}

}  // namespace parallel_module

void open_parallel(lua_State* state) {
  using namespace parallel_module;
  add_functions(state, {{"parallel", &guarded<&parallel>}, {"eventually", &guarded<&eventually>}});
}

}  // namespace zdt::script
