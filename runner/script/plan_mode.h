// A script's steps written down instead of done: docs/cli.md, "The plan in commands".
//
// While a World has a PlanMode, its bindings run, but what they would act through is replaced: programs
// (World::runner), the API server (cluster::PlannedCluster), requests (World::send). Calls that wait and are
// not known to stay within these seams are not run at all, only named.
#pragma once
#include <set>

#include "cluster/planned_target.h"
#include "script/lua.h"
#include "stage/plan.h"

namespace zdt::script {

/// What one step would do, in order. Items by type:
///   command {argv, line, cwd?, input?}   api {method, path, query?, object?}   request {method, url}   load
///   {…} check {name, want}   observe {name}   call {name, arguments}   note {text}
/// All carry `by`, the call that the item comes from ("zdt.k8s.apply"), and `at`, its place
/// ("deploy-all.lua:31").
struct PlannedStep {
  std::string id, title;
  json items = json::array();
};

class PlanMode : public stage::Sink {
 public:
  PlanMode();
  /// The functions of `state` are known by name from now on, and `unknown` is there.
  void open(lua_State* state);

  void begin_step(std::string id, std::string title);
  const std::vector<PlannedStep>& steps() const { return steps_; }
  stage::Recorder& recorder() { return recorder_; }
  /// For the target's part of the plan.
  cluster::PlanSeams seams();

  /// Throws LuaFailure when a step has no end.
  void record(json item);
  Task<Result<host::Exit>> run(host::Command command);

  /// From the guard of the bindings: which function of the API runs, with which arguments, called from where.
  void enter(lua_State* state);
  /// In the place of awaiting `work`: what the script gets. The values it pushes that only a cluster could
  /// know are unknown.
  Task<Result<Push>> answer(Task<Result<Push>> work);
  /// For a binding that refused its arguments because one of them is unknown.
  void record_call();

  // The assertions, observations and warnings of the step.
  void receive(const stage::Event& event) override;

 private:
  bool is_run() const;
  std::map<lua_CFunction, std::string> names_;
  std::string name_, arguments_, place_;
  std::vector<PlannedStep> steps_;
  stage::Bus bus_;
  stage::Recorder recorder_;
};

}  // namespace zdt::script
