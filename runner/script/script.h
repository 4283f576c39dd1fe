// A script file, loaded: what it declares, and the plan that the engine runs.
#pragma once
#include "script/world.h"
#include "stage/plan.h"

namespace zdt::script {

/// params  the declared defaults; their types are what --set is checked against.   needs  names of other scripts.
/// choices  the values that a parameter may have, by its name; others may have any of their type.   finally_keeps  as
/// stage::Plan has it.   file    relative to scripts/.
struct Declaration {
  std::string name, title, about, file;
  std::vector<std::string> needs;
  json params = json::object(), choices = json::object();
  std::vector<std::string> finally_keeps;
};

class Script {
 public:
  /// Runs the file's top level, which declares and does nothing else. Fails kScript, kUsage.
  /// plan  when not null, its steps are written down there instead of done; it must outlive the script.
  static Task<Result<std::unique_ptr<Script>>> load(host::Host& host, cluster::Target* target, host::fs::path file,
                                                     Limits limits = {}, PlanMode* plan = nullptr);
  ~Script();

  const Declaration& declaration() const { return declaration_; }
  World& world() { return *world_; }
  /// The plan with `params` (already checked). The script must outlive it.
  stage::Plan plan(json params);

 private:
  Script() = default;
  // Of the declaration on the Lua stack; each throws LuaFailure.
  void read_declaration();
  void read_steps();
  stage::Step read_step(int index);
  void read_step_fields(int index, stage::Step& step);
  std::vector<stage::NeededState> needed_state(int index) const;
  void check_choices() const;
  bool has_state(const std::string& name, const json& kept);
  void check_order(const std::vector<std::string>& places) const;
  Error with_place(Error error) const;
  void push_context(stage::StepContext& context);
  json read_state();
  Task<Result<json>> call(int function, stage::StepContext& context);
  stage::Action action(int function);
  stage::Verify verification(int function);
  Task<json> diagnose(const stage::Recorder& step);

  Declaration declaration_;
  std::unique_ptr<World> world_;
  std::vector<stage::Step> steps_;
  int finally_ = LUA_NOREF;
  int context_ = LUA_NOREF;  ///< the table `s`
  int calls_ = 0;            ///< of steps' functions, under way
};

/// The defaults with the values of `--set` ("k=v") put in, each as its default's type. Fails kUsage: an unknown name
/// (with the nearest), a value of the wrong type, or none of those that the parameter may have.
Result<json> with_values(const Declaration& declaration, const std::vector<std::string>& assignments);

}  // namespace zdt::script
