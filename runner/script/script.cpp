#include "script/script.h"

#include "base/text.h"
#include "base/units.h"
#include "script/diagnosis.h"
#include "script/fields.h"
#include "script/sandbox.h"

namespace zdt::script {
namespace {

bool has_mark(lua_State* state, int index, const char* mark) {
  if (!lua_istable(state, index)) return false;
  lua_pushstring(state, mark);
  lua_rawget(state, index);
  const bool marked = lua_toboolean(state, -1) != 0;
  lua_pop(state, 1);
  return marked;
}

}  // namespace

Task<Result<std::unique_ptr<Script>>> Script::load(host::Host& host, cluster::Target* target, host::fs::path file,
                                                     Limits limits) {
  std::unique_ptr<Script> script(new Script());
  script->world_ = std::make_unique<World>(host, target, limits);
  lua_State* state = script->world_->state();
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
    const std::string hint = failure.error.hint.empty() ? "see docs/scripting.md" : failure.error.hint;
    co_return Error{Code::kScript, script->declaration_.file + ": " + failure.error.what, hint};
  }
  co_return std::move(script);
}

Script::~Script() = default;

void Script::read_declaration() {
  lua_State* state = world_->state();
  if (!has_mark(state, 1, "__script")) fail_script("does not return zdt.script { … }");
  check_fields(state, 1, {"__script", "name", "title", "about", "needs", "params", "finally"});
  declaration_.name = text_field(state, 1, "name");
  declaration_.title = text_field(state, 1, "title");
  declaration_.about = text_field(state, 1, "about");
  declaration_.needs = names_field(state, 1, "needs");
  declaration_.params = object_field(state, 1, "params");
  if (declaration_.name.empty()) fail_script("zdt.script needs a name");
  if (declaration_.title.empty()) declaration_.title = declaration_.name;
  read_steps();
  finally_ = function_field(state, 1, "finally");
  lua_settop(state, 0);
  lua_newtable(state);
  context_ = luaL_ref(state, LUA_REGISTRYINDEX);
}

void Script::read_steps() {
  lua_State* state = world_->state();
  std::set<std::string> ids;
  const auto count = static_cast<lua_Integer>(lua_rawlen(state, 1));
  for (lua_Integer i = 1; i <= count; ++i) {
    lua_rawgeti(state, 1, i);
    const int index = lua_gettop(state);
    if (!has_mark(state, index, "__step")) fail_script(fmt::format("entry {} is not a zdt.step {{ … }}", i));
    stage::Step step = read_step(index);
    if (!ids.insert(step.id).second) {
      fail_script(fmt::format("two steps have the id \"{}\"; give one an id of its own", step.id));
    }
    steps_.push_back(std::move(step));
    lua_pop(state, 1);
  }
  if (steps_.empty()) fail_script("has no steps");
}

stage::Step Script::read_step(int index) {
  lua_State* state = world_->state();
  stage::Step step;
  lua_rawgeti(state, index, 1);
  if (lua_type(state, -1) == LUA_TSTRING) step.title = lua_tostring(state, -1);
  lua_pop(state, 1);
  if (step.title.empty()) fail_script("a step needs a title as its first entry");
  try {
    read_step_fields(index, step);
  } catch (const LuaFailure& failure) {
    throw LuaFailure(with_context(fmt::format("step \"{}\"", step.title), failure.error));
  }
  return step;
}

void Script::read_step_fields(int index, stage::Step& step) {
  lua_State* state = world_->state();
  check_fields(state, index, {"__step", "id", "notes", "checkpoint", "timeout", "run", "undo", "verify"});
  const std::string id = text_field(state, index, "id");
  step.id = id.empty() ? slug(step.title) : id;
  if (step.id.empty()) fail_script("its title has no letter to make an id of; give it an id");
  if (step.id != slug(step.id)) fail_script(fmt::format("id \"{}\": want [a-z0-9-]+", step.id));
  step.notes = text_field(state, index, "notes");
  step.checkpoint = text_field(state, index, "checkpoint");
  step.limit = duration_field(state, index, "timeout");
  const int run = function_field(state, index, "run"), undo = function_field(state, index, "undo"),
            verify = function_field(state, index, "verify");
  if (run == LUA_NOREF) fail_script("has no run function");
  step.run = action(run);
  if (undo != LUA_NOREF) step.undo = action(undo);
  if (verify != LUA_NOREF) step.verify = verification(verify);
}

/// The table `s`, with the state as the engine has it now; fields that the script itself put there stay.
void Script::push_context(stage::StepContext& context) {
  lua_State* state = world_->state();
  lua_rawgeti(state, LUA_REGISTRYINDEX, context_);
  push_json(state, context.state);
  set_field(state, "state");
}

Task<Result<json>> Script::call(int function, stage::StepContext& context) {
  world_->recorder = &context.recorder;
  lua_State* state = world_->state();
  try {
    lua_rawgeti(state, LUA_REGISTRYINDEX, function);
    push_context(context);
    Fiber fiber(*world_, state, 1);
    auto done = co_await fiber.run();
    if (!done) co_return done.error();
    context.state = read_state();
    lua_settop(fiber.state(), 1);
    const bool plain = lua_isboolean(fiber.state(), 1) || lua_isnil(fiber.state(), 1);
    co_return plain ? to_json(fiber.state(), 1) : json(true);
  } catch (const LuaFailure& failure) {
    lua_settop(state, 0);
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
  return [this, function](stage::StepContext& context) { return without_value(call(function, context)); };
}

stage::Verify Script::verification(int function) {
  return [this, function](stage::StepContext& context) { return as_truth(call(function, context)); };
}

stage::Plan Script::plan(json params) {
  lua_State* state = world_->state();
  lua_rawgeti(state, LUA_REGISTRYINDEX, context_);
  push_json(state, params);
  set_field(state, "params");
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
  plan.diagnose = [this] { return diagnose(); };
  return plan;
}

Task<json> Script::diagnose() {
  kube::Client* client = nullptr;
  try {
    client = &world_->kube();
  } catch (const LuaFailure&) {
    co_return json::array();  // no cluster, nothing to ask; the step's own error says so
  }
  json sections = co_await diagnosis_of(*client);
  co_return sections;
}

namespace {

Result<json> typed_value(const json& model, const std::string& name, const std::string& text) {
  const Error bad{Code::kUsage, fmt::format("--set {}={}: want a {} like {}", name, text, model.type_name(), model.dump()), ""};
  if (model.is_string()) return json(text);
  if (model.is_boolean()) return text == "true" || text == "false" ? Result<json>(json(text == "true")) : Result<json>(bad);
  const json value = json::parse(text, nullptr, false);
  if (value.is_discarded()) return bad;
  const bool any_table = model.is_structured() && model.empty() && value.is_structured();  // {} may become a list
  if (model.is_number() ? !value.is_number() : value.type() != model.type() && !any_table) return bad;
  return value;
}

}  // namespace

Result<json> with_values(const json& defaults, const std::vector<std::string>& assignments) {
  json params = defaults;
  for (const std::string& assignment : assignments) {
    const size_t equals = assignment.find('=');
    const std::string name = assignment.substr(0, equals);
    if (equals == std::string::npos) return Error{Code::kUsage, fmt::format("--set {}: want name=value", assignment), ""};
    if (!defaults.contains(name)) {
      std::vector<std::string> names;
      for (const auto& [known, value] : defaults.items()) names.push_back(known);
      const std::string near = nearest(name, names);
      return Error{Code::kUsage, fmt::format("--set {}: the script has no such parameter (it has: {})", name, join(names, ", ")),
                   near.empty() ? "" : fmt::format("did you mean --set {}=…?", near)};
    }
    auto value = typed_value(defaults[name], name, assignment.substr(equals + 1));
    if (!value) return value.error();
    params[name] = std::move(*value);
  }
  return params;
}

}  // namespace zdt::script
