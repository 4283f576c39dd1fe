#include "script/world.h"

#include <cstdlib>

#include "base/units.h"
#include "script/bindings/bindings.h"
#include "script/plan_mode.h"
#include "script/sandbox.h"

namespace zdt::script {
namespace {

constexpr int kInstructionsPerLook = 100'000;

Fiber*& fiber_slot(lua_State* state) { return *static_cast<Fiber**>(lua_getextraspace(state)); }

const char kWorldKey = 0;

/// In a function of its own, so that no C++ object is alive when the error is raised.
void push_endless(lua_State* state, milliseconds slice) {
  const std::string text = fmt::format(
      "the script ran for {} without waiting for anything: is there an endless loop?", format_duration(slice));
  lua_pushlstring(state, text.data(), text.size());
}

}  // namespace

void* World::allocate(void* user, void* block, size_t old_size, size_t new_size) {
  auto& world = *static_cast<World*>(user);
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

void World::on_instructions(lua_State* state, lua_Debug*) {
  World& world = of(state);
  if (std::chrono::steady_clock::now() < world.slice_end_) return;
  world.out_of_time_ = true;
  lua_sethook(state, &World::on_instructions, LUA_MASKCOUNT, 1);  // so that no pcall in a loop can go on
  luaL_where(state, 0);  // in a hook, level 0 is the function that runs
  push_endless(state, world.limits_.slice);
  lua_concat(state, 2);
  lua_error(state);
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
  begin_slice();
  lua_sethook(state_, &World::on_instructions, LUA_MASKCOUNT, kInstructionsPerLook);
  open_sandbox(state_, host_.root / "scripts");
  open_bindings(state_);
}

World::~World() { lua_close(state_); }

World& World::of(lua_State* state) {
  lua_rawgetp(state, LUA_REGISTRYINDEX, &kWorldKey);
  auto* world = static_cast<World*>(lua_touserdata(state, -1));
  lua_pop(state, 1);
  return *world;
}

Fiber* World::fiber_of(lua_State* state) { return fiber_slot(state); }

void World::begin_slice() {
  slice_end_ = std::chrono::steady_clock::now() + limits_.slice;
  out_of_time_ = false;
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

Fiber::Fiber(World& world, lua_State* from, int arguments, stage::Recorder* recorder)
    : world_(world), recorder_(recorder), arguments_(arguments) {
  state_ = lua_newthread(from);
  anchor_ = luaL_ref(from, LUA_REGISTRYINDEX);
  fiber_slot(state_) = this;
  lua_xmove(from, state_, arguments + 1);
}

Fiber::~Fiber() {
  lua_resetthread(state_);
  luaL_unref(world_.state(), LUA_REGISTRYINDEX, anchor_);
}

int Fiber::resume(int arguments) {
  world_.begin_slice();
  world_.recorder = recorder_;
  int values = 0;
  const int status = lua_resume(state_, nullptr, arguments, &values);
  if (status == LUA_YIELD) lua_pop(state_, values);
  return status;
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

Task<Result<void>> Fiber::run() {
  int arguments = arguments_;
  while (true) {
    const int status = resume(arguments);
    if (status == LUA_OK) co_return Result<void>();
    if (status != LUA_YIELD) {
      Error error = status == LUA_ERRMEM ? world_.out_of_memory() : error_from(state_, -1);
      co_return with_offending_line(std::move(error), world_.host().root / "scripts");
    }
    Task<Result<Push>> work = std::move(*pending_);
    pending_.reset();
    if (world_.plan != nullptr) work = world_.plan->answer(std::move(work));
    Result<Push> result = co_await std::move(work);
    resumed_values_ = push_result(std::move(result));
    arguments = resumed_values_;
  }
}

}  // namespace zdt::script
