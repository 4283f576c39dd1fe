#include "script/world.h"

#include <cstdlib>

#include "base/units.h"
#include "script/bindings/bindings.h"
#include "script/plan_mode.h"
#include "script/sandbox.h"

namespace zdt::script {
namespace {

/// Of the <close> variables of a call that was cancelled.
constexpr milliseconds kClosingTime{1'000};

Fiber*& fiber_slot(lua_State* state) { return *static_cast<Fiber**>(lua_getextraspace(state)); }

const char kWorldKey = 0;

/// "file:line: " of the innermost function of a file: a function of Lua's library has no line of its own.
std::string place_in(lua_State* state) {
  lua_Debug call;
  for (int level = 0; lua_getstack(state, level, &call) != 0; ++level) {
    lua_getinfo(state, "Sl", &call);
    if (*call.source == '@' && call.currentline > 0) return fmt::format("{}:{}: ", call.short_src, call.currentline);
  }
  return "";
}

}  // namespace

void* World::allocate(void* user, void* block, size_t old_size, size_t new_size) {
  auto& world = *static_cast<World*>(user);
  const HeapInUse no_jump;
  if (block == nullptr) old_size = 0;  // then Lua passes the kind of object instead
  if (new_size == 0) {
    world.used_ -= old_size;
    std::free(block);
    return nullptr;
  }
  if (new_size > old_size && world.used_ + new_size - old_size > world.limits_.memory) return nullptr;
  void* moved = std::realloc(block, new_size);
  if (moved != nullptr) world.used_ += new_size - old_size;
  return moved;
}

/// It may come when the slice has ended in time after all: then it goes.
void World::on_late(lua_State* state, lua_Debug*) {
  if (late() != Late::kNo) raise_late(state);
  lua_sethook(state, nullptr, 0, 0);
}

/// Every instruction and call raises it again, so that only the first place is where the time went.
void World::raise_late(lua_State* state) {
  World& world = of(state);
  if (world.late_place_.empty()) world.late_place_ = place_in(state);
  const std::string what = world.late_place_ + "the script is ended";
  lua_pushlstring(state, what.data(), what.size());
  lua_error(state);
  std::abort();  // lua_error() does not return
}

Watched World::watched(lua_State* state, stage::Recorder* owner, int (*work)(void*), void* argument) {
  late_place_.clear();
  SliceLimits limits{limits_.slice, limits_.grace};
  if (owner != nullptr) limits.step = owner->limit().end;
  const Watched ended = run_watched(state, limits, &World::on_late, work, argument);
  if (!ended.result) {
    late_place_ = place_in(state);
    unusable_because_ = late_error(ended, owner);
  }
  return ended;
}

Error World::late_error(const Watched& ended, const stage::Recorder* owner) const {
  const std::string lost = ended.result ? "" : "; no more of its Lua can run, as a function of the library did not come back";
  if (ended.late == Late::kInterrupted) return {Code::kCancelled, late_place_ + "interrupted" + lost, ""};
  if (ended.late == Late::kStep && owner != nullptr) {
    return {Code::kTimeout,
            fmt::format("{}step \"{}\" did not end within {}{}", late_place_, owner->step(),
                        format_duration(owner->limit().length), lost),
            ""};
  }
  return {Code::kScript,
          fmt::format("{}the script ran for {} without waiting for anything: is there an endless loop?{}", late_place_,
                      format_duration(limits_.slice), lost),
          "zdt.sleep(0) in a long computation counts as waiting"};
}

void World::forget(int reference) {
  if (usable()) luaL_unref(state_, LUA_REGISTRYINDEX, reference);
}

/// Only memory can give out where no protected call is under way, and a metamethod of the script raise.
int World::on_panic(lua_State* state) {
  const char* text = lua_tostring(state, -1);
  const std::string what = text == nullptr ? "an error without a text" : text;
  if (what == "not enough memory") throw LuaPanic(of(state).out_of_memory());
  throw LuaPanic({Code::kScript, what, ""});
}

Error World::out_of_memory() const {
  return {Code::kScript,
          fmt::format("the script needs more than the {} MiB of memory that it may have", limits_.memory >> 20), ""};
}

World::World(host::Host& host, cluster::Target* target, Limits limits)
    : host_(host), target_(target), limits_(limits), http_(host.loop.get_executor()) {
  state_ = lua_newstate(&World::allocate, this);
  if (state_ == nullptr) throw std::bad_alloc();
  fiber_slot(state_) = nullptr;
  lua_atpanic(state_, &World::on_panic);
  lua_pushlightuserdata(state_, this);
  lua_rawsetp(state_, LUA_REGISTRYINDEX, &kWorldKey);
  lua_sethook(state_, nullptr, 0, 0);  // called once here, so that the signal's handler finds it linked
  open_sandbox(state_, host_.root / "scripts");
  open_bindings(state_);
}

/// A state that is not usable stays in memory until the program ends.
World::~World() {
  if (usable()) lua_close(state_);
}

World& World::of(lua_State* state) {
  lua_rawgetp(state, LUA_REGISTRYINDEX, &kWorldKey);
  auto* world = static_cast<World*>(lua_touserdata(state, -1));
  lua_pop(state, 1);
  return *world;
}

Fiber* World::fiber_of(lua_State* state) { return fiber_slot(state); }

host::fs::path World::file(const std::string& path) const {
  std::error_code none;
  const host::fs::path beside = folder / path;
  return !folder.empty() && !path.empty() && host::fs::exists(beside, none) ? beside : host_.root / path;
}

cluster::Target& World::target() {
  if (target_ == nullptr) fail_script("a script is only read here: this call belongs into a step");
  return *target_;
}

kube::Client& World::kube() {
  if (!kube_) {
    auto connection = target().connection();
    if (!connection) throw LuaFailure{connection.error()};
    kube_ = std::make_unique<kube::Client>(host_.loop.get_executor(), std::move(*connection));
  }
  return *kube_;
}

Task<Result<http::Response>> World::send(http::Request request) {
  if (plan != nullptr) {
    plan->record({{"type", "request"}, {"method", request.method}, {"url", request.url}});
    throw kube::Unanswered();
  }
  auto response = co_await http_.send(std::move(request));
  co_return response;
}

Task<Result<host::Exit>> World::run(host::Command command) {
  if (plan != nullptr) {
    auto planned = co_await plan->run(std::move(command));
    co_return planned;
  }
  auto exit = co_await host::run(std::move(command));
  co_return exit;
}

tools::Runner World::runner() {
  return [this](host::Command command) { return run(std::move(command)); };
}

stage::Recorder& World::current_recorder() {
  if (recorder == nullptr) fail_script("this call belongs into a step");
  return *recorder;
}

Task<Result<std::pair<json, json>>> World::call(int reference, bool trial, std::vector<json> arguments,
                                                       stage::Recorder* owner) {
  if (!usable()) co_return not_usable();
  try {
    lua_rawgeti(state_, LUA_REGISTRYINDEX, reference);
    for (const json& argument : arguments) push_json(state_, argument);
    Fiber fiber(*this, state_, static_cast<int>(arguments.size()), owner == nullptr ? recorder : owner);
    fiber.trial = trial;
    auto done = co_await fiber.run();
    if (!done) co_return done.error();
    lua_settop(fiber.state(), 2);
    std::pair<json, json> results{to_json(fiber.state(), 1), to_json(fiber.state(), 2)};
    co_return results;
  } catch (const LuaFailure& failure) {
    co_return with_context("what a function given to zdt returned", failure.error);
  }
}

Task<void> World::end() {
  for (auto action = endings_.rbegin(); action != endings_.rend(); ++action) co_await (*action)();
  endings_.clear();
}

namespace {

int protected_end(lua_State* state, int status, lua_KContext) {
  if (status == LUA_OK || status == LUA_YIELD) return lua_gettop(state);
  if (status == LUA_ERRMEM) World::fiber_of(state)->note_out_of_memory();
  return lua_error(state);
}

/// The bottom of every fiber. An error out of a hook leaves a Lua thread with its hooks off, and what runs in it then, such
/// as <close> variables, could not be ended; a protected call brings them back, and closes the variables.
int protect(lua_State* state) {
  return protected_end(state, lua_pcallk(state, lua_gettop(state) - 1, LUA_MULTRET, 0, 0, &protected_end), 0);
}

/// What a slice of a fiber runs, and what came of it.
struct Resumption {
  lua_State* state;
  int arguments, values;
};

int resume_lua(void* argument) {
  auto& resumption = *static_cast<Resumption*>(argument);
  return lua_resume(resumption.state, nullptr, resumption.arguments, &resumption.values);
}

int reset_thread(void* thread) { return lua_resetthread(static_cast<lua_State*>(thread)); }

}  // namespace

Fiber::Fiber(World& world, lua_State* from, int arguments, stage::Recorder* recorder)
    : world_(world), recorder_(recorder), arguments_(arguments + 1) {
  state_ = lua_newthread(from);
  anchor_ = luaL_ref(from, LUA_REGISTRYINDEX);
  fiber_slot(state_) = this;
  lua_pushcfunction(state_, &protect);
  lua_xmove(from, state_, arguments + 1);
}

Fiber::~Fiber() {
  if (world_.usable()) close_variables();
  world_.forget(anchor_);
}

/// A call that was cancelled where it waited still has them. They may run Lua, but not for long.
void Fiber::close_variables() {
  if (lua_status(state_) != LUA_YIELD) return;
  const Limits own = world_.limits();
  world_.limit({own.memory, std::min(own.slice, kClosingTime), own.grace});
  world_.watched(state_, nullptr, &reset_thread, state_);
  world_.limit(own);
}

Watched Fiber::resume(int arguments) {
  world_.recorder = recorder_;
  Resumption resumption{state_, arguments, 0};
  Watched ended = world_.watched(state_, recorder_, &resume_lua, &resumption);
  if (ended.result == LUA_YIELD) lua_pop(state_, resumption.values);
  return ended;
}

int Fiber::push_result(Result<Push> result) {
  resumed_with_error_ = !result;
  if (!result) {
    push_error(state_, result.error());
    return 1;
  }
  try {
    return (*result)(state_);
  } catch (const LuaPanic&) {
    throw;
  } catch (const LuaFailure& failure) {
    resumed_with_error_ = true;
    push_error(state_, failure.error);
    return 1;
  }
}

Error Fiber::error_of(const Watched& ended) {
  Error error = ended.late != Late::kNo ? world_.late_error(ended, recorder_)
                : out_of_memory_ || ended.result == LUA_ERRMEM ? world_.out_of_memory()
                                        : error_from(state_, -1);
  return with_offending_line(std::move(error), world_.host().root / "scripts");
}

namespace {

/// What a binding's task throws is the script's to catch, as what the binding itself throws.
Task<Result<Push>> as_result(Task<Result<Push>> work) {
  try {
    auto result = co_await std::move(work);
    co_return result;
  } catch (const LuaPanic&) {
    throw;
  } catch (const LuaFailure& failure) {
    co_return failure.error;
  }
}

}  // namespace

Task<Result<void>> Fiber::run() {
  int arguments = arguments_;
  while (true) {
    const Watched ended = resume(arguments);
    if (ended.result == LUA_OK) co_return Result<void>();
    if (ended.result != LUA_YIELD) co_return error_of(ended);
    Task<Result<Push>> work = std::move(*pending_);
    pending_.reset();
    if (world_.plan != nullptr) work = world_.plan->answer(std::move(work));
    Result<Push> result = co_await as_result(std::move(work));
    if (!world_.usable()) co_return world_.not_usable();
    resumed_values_ = push_result(std::move(result));
    arguments = resumed_values_;
  }
}

}  // namespace zdt::script
