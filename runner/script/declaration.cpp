// What a script declares, read from the table that its file returned.
#include "base/text.h"
#include "script/fields.h"
#include "script/sandbox.h"
#include "script/script.h"
#include "stage/order.h"

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

/// A mistake in the declaration, with the file, and the line where that is known.
Error Script::with_place(Error error) const {
  error.code = Code::kScript;
  if (error.hint.empty()) error.hint = "see docs/scripting.md";
  if (!error.what.starts_with(declaration_.file + ":")) error.what = declaration_.file + ": " + error.what;
  return with_offending_line(std::move(error), world_->host().root / "scripts");
}

void Script::read_declaration() {
  lua_State* state = world_->state();
  if (!has_mark(state, 1, "__script")) fail_script("does not return zdt.script { … }");
  check_fields(state, 1, {"__script", "name", "title", "about", "needs", "params", "choices", "finally", "finally_keeps"});
  declaration_.name = text_field(state, 1, "name");
  declaration_.title = text_field(state, 1, "title");
  declaration_.about = text_field(state, 1, "about");
  declaration_.needs = names_field(state, 1, "needs");
  declaration_.params = object_field(state, 1, "params");
  declaration_.choices = object_field(state, 1, "choices");
  declaration_.finally_keeps = names_field(state, 1, "finally_keeps");
  if (declaration_.name.empty()) fail_script("zdt.script needs a name");
  if (declaration_.title.empty()) declaration_.title = declaration_.name;
  check_choices();
  read_steps();
  finally_ = function_field(state, 1, "finally");
  lua_settop(state, 0);
  lua_newtable(state);
  context_ = luaL_ref(state, LUA_REGISTRYINDEX);
}

/// Each names a parameter, and has its default.
void Script::check_choices() const {
  for (const auto& [name, values] : declaration_.choices.items()) {
    const auto model = declaration_.params.find(name);
    if (model == declaration_.params.end()) fail_script(fmt::format("choices.{}: there is no such parameter", name));
    if (!values.is_array() || values.empty()) fail_script(fmt::format("choices.{}: want a list of values", name));
    if (std::find(values.begin(), values.end(), *model) == values.end())
      fail_script(fmt::format("choices.{}: the default {} is none of {}", name, model->dump(), values.dump()));
  }
}

void Script::read_steps() {
  lua_State* state = world_->state();
  std::set<std::string> ids;
  std::vector<std::string> places;
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
    places.push_back(text_field(state, index, "__step"));
    lua_pop(state, 1);
  }
  if (steps_.empty()) fail_script("has no steps");
  check_order(places);
}

/// places  of the steps: "file:line: ".
void Script::check_order(const std::vector<std::string>& places) const {
  stage::Plan plan;
  plan.script = declaration_.name;
  plan.steps = steps_;
  for (size_t index = 0; index < steps_.size(); ++index) {
    auto waits_for = stage::predecessors_of(plan, index);
    if (!waits_for) fail_script(places[index] + waits_for.error().what, waits_for.error().hint);
  }
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

/// { load = "start-the-load" }: a name, and the step that leaves it.
std::vector<stage::NeededState> Script::needed_state(int index) const {
  std::vector<stage::NeededState> needed;
  const json fields = object_field(world_->state(), index, "needs_state");
  for (const auto& [name, step] : fields.items()) {
    if (!step.is_string()) fail_script(fmt::format("needs_state.{}: want the id of the step that leaves it", name));
    needed.push_back({name, step.get<std::string>()});
  }
  return needed;
}

void Script::read_step_fields(int index, stage::Step& step) {
  lua_State* state = world_->state();
  check_fields(state, index, {"__step", "id", "notes", "checkpoint", "after", "needs_state", "timeout", "run", "undo", "verify"});
  const std::string id = text_field(state, index, "id");
  step.id = id.empty() ? slug(step.title) : id;
  if (step.id.empty()) fail_script("its title has no letter to make an id of; give it an id");
  if (step.id != slug(step.id)) fail_script(fmt::format("id \"{}\": want [a-z0-9-]+", step.id));
  step.notes = text_field(state, index, "notes");
  step.checkpoint = text_field(state, index, "checkpoint");
  step.after = optional_names_field(state, index, "after");
  step.needs_state = needed_state(index);
  step.limit = duration_field(state, index, "timeout");
  const int run = function_field(state, index, "run"), undo = function_field(state, index, "undo"),
            verify = function_field(state, index, "verify");
  if (run == LUA_NOREF) fail_script("has no run function");
  step.run = action(run);
  if (undo != LUA_NOREF) step.undo = action(undo);
  if (verify != LUA_NOREF) step.verify = verification(verify);
}

}  // namespace zdt::script
