#include "script/script.h"

#include "script/diagnosis.h"
#include "script/fields.h"
#include "script/plan_mode.h"
#include "script/sandbox.h"

namespace zdt::script {

Task<Result<std::unique_ptr<Script>>> Script::load(host::Host& host, cluster::Target* target, host::fs::path file,
                                                     Limits limits, PlanMode* plan) {
  std::unique_ptr<Script> script(new Script());
  script->world_ = std::make_unique<World>(host, target, limits);
  lua_State* state = script->world_->state();
  script->world_->plan = plan;
  script->world_->folder = file.parent_path();
  if (plan != nullptr) plan->open(state);
  const host::fs::path scripts = host.root / "scripts";
  script->declaration_.file = file.lexically_relative(scripts).string();
  auto loaded = load_file(state, file, scripts);
  if (!loaded) co_return loaded.error();
  Fiber fiber(*script->world_, state, 0);
  auto ran = co_await fiber.run();
  if (!ran) co_return ran.error();
  lua_settop(fiber.state(), 1);
  lua_xmove(fiber.state(), state, 1);
  try {
    script->read_declaration();
  } catch (const LuaFailure& failure) {
    co_return script->with_place(failure.error);
  }
  co_return std::move(script);
}

Script::~Script() = default;

/// The table `s`, with the state as the engine has it now; fields that the script itself put there stay. Steps that run
/// side by side share one state: while another one is under way, it is the one that is there.
void Script::push_context(stage::StepContext& context) {
  lua_State* state = world_->state();
  lua_rawgeti(state, LUA_REGISTRYINDEX, context_);
  if (calls_ > 1) return;
  push_json(state, context.state);
  set_field(state, "state");
}

namespace {

class Counted {
 public:
  explicit Counted(int& count) : count_(++count) {}
  ~Counted() { --count_; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

 private:
  int& count_;
};

}  // namespace

Task<Result<json>> Script::call(int function, stage::StepContext& context) {
  if (!world_->usable()) co_return world_->not_usable();
  const Counted under_way(calls_);
  lua_State* state = world_->state();
  try {
    lua_rawgeti(state, LUA_REGISTRYINDEX, function);
    push_context(context);
    Fiber fiber(*world_, state, 1, &context.recorder);
    auto done = co_await fiber.run();
    if (!done) co_return done.error();
    context.state = read_state();
    lua_settop(fiber.state(), 1);
    const bool plain = lua_isboolean(fiber.state(), 1) || lua_isnil(fiber.state(), 1);
    co_return plain ? to_json(fiber.state(), 1) : json(true);
  } catch (const LuaFailure& failure) {
    if (world_->usable()) lua_settop(state, 0);
    co_return failure.error;
  }
}

json Script::read_state() {
  lua_State* state = world_->state();
  lua_rawgeti(state, LUA_REGISTRYINDEX, context_);
  try {
    json kept = object_field(state, lua_gettop(state), "state");
    lua_pop(state, 1);
    return kept;
  } catch (const LuaFailure& failure) {
    throw LuaFailure({Code::kScript, "s." + failure.error.what, "keep plain data in s.state, anything else in s itself"});
  }
}

namespace {

Task<Result<void>> without_value(Task<Result<json>> work) {
  auto result = co_await std::move(work);
  if (!result) co_return result.error();
  co_return Result<void>();
}

Task<Result<bool>> as_truth(Task<Result<json>> work) {
  auto result = co_await std::move(work);
  if (!result) co_return result.error();
  co_return !result->is_null() && *result != json(false);
}

}  // namespace

stage::Action Script::action(int function) {
  return [this, function](stage::StepContext& context) {
    world_->touched[&context.recorder] = {world_->host().now(), {}};
    return without_value(call(function, context));
  };
}

stage::Verify Script::verification(int function) {
  return [this, function](stage::StepContext& context) { return as_truth(call(function, context)); };
}

stage::Plan Script::plan(json params) {
  lua_State* state = world_->state();
  lua_rawgeti(state, LUA_REGISTRYINDEX, context_);
  push_json(state, params);
  set_field(state, "params");
  push_json(state, world_->folder.string());
  set_field(state, "dir");
  lua_newtable(state);
  luaL_setmetatable(state, "zdt.Target");
  set_field(state, "target");
  lua_settop(state, 0);

  stage::Plan plan;
  plan.script = declaration_.name;
  plan.title = declaration_.title;
  plan.params = std::move(params);
  plan.steps = steps_;
  if (finally_ != LUA_NOREF) plan.finally.push_back(action(finally_));
  plan.finally_keeps = declaration_.finally_keeps;
  plan.has_state = [this](const std::string& name, const json& kept) { return has_state(name, kept); };
  plan.diagnose = [this](const stage::Recorder& step) { return diagnose(step); };
  return plan;
}

bool Script::has_state(const std::string& name, const json& kept) {
  if (world_->plan != nullptr || !at(kept, {name}).is_null()) return true;
  if (!world_->usable()) return false;
  lua_State* state = world_->state();
  lua_rawgeti(state, LUA_REGISTRYINDEX, context_);
  lua_pushlstring(state, name.data(), name.size());
  lua_rawget(state, -2);
  const bool is_there = !lua_isnil(state, -1);
  lua_pop(state, 2);
  return is_there;
}

Task<json> Script::diagnose(const stage::Recorder& step) {
  kube::Client* client = nullptr;
  try {
    client = &world_->kube();
  } catch (const LuaFailure&) {
    co_return json::array();  // no cluster, nothing to ask; the step's own error says so
  }
  json sections = co_await diagnosis_of(*client, world_->touched[&step]);
  co_return sections;
}

}  // namespace zdt::script
