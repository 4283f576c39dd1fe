// A plan: the ordered steps of one script, as the engine sees them. No Lua, no terminal.
#pragma once
#include <map>
#include <optional>

#include "base/json.h"
#include "host/task.h"
#include "stage/event.h"

namespace zdt::stage {

class Recorder;

/// What a step is given: where to record (its own), and `state`, plain data that is kept in the journal and is
/// there again after a resume. One state for all steps: those that run side by side see each other's changes.
/// limit() of the step is enforced by the engine.
struct StepContext {
  Recorder& recorder;
  json& state;
};

using Action = std::function<Task<Result<void>>(StepContext&)>;
using Verify = std::function<Task<Result<bool>>(StepContext&)>;

/// Something that a step reads and an earlier one leaves: s.NAME or s.state.NAME of a script.   step  the id of the one that
/// leaves it.
struct NeededState {
  std::string name, step;
};

/// id          [a-z0-9-]+, unique in the plan.   checkpoint  its name; empty: none.
/// run         required.   undo  brings back the state before the step.   verify  asks the live cluster
/// whether the
///             checkpoint still holds; a checkpoint without verify holds when the journal says that it
///             passed.
/// limit       zero: the engine's default.
/// after       ids of the earlier steps that it waits for; nothing: it waits for every
///             step before it. See stage/order.h.
/// needs_state what it reads of earlier steps: it waits for those steps, and is refused where they were left out.
struct Step {
  std::string id, title, notes, checkpoint;
  milliseconds limit{0};
  std::optional<std::vector<std::string>> after;
  std::vector<NeededState> needs_state;
  Action run, undo;
  Verify verify;
};

/// finally   run at the end of every execution, in order, whatever happened; a failure there is reported and
/// fails the
///           run only when it would have passed.
/// finally_keeps  globs over the checkpoints that finally leaves as they are. A resume does not ask about the others after it
///           ran: what they stand for is put back.
/// has_state whether there is a value of that name, in `state` or in what the script holds in memory. Null: there always is.
/// diagnose  asked after a step failed, with that step's recorder: what the cluster says about it (events, pod states, last
///           log lines), as a list of {title, lines}. Bounded by the engine to 10 s.
struct Plan {
  std::string script, title;
  json params = json::object();
  std::vector<Step> steps;
  std::vector<Action> finally;
  std::vector<std::string> finally_keeps;
  std::function<bool(const std::string& name, const json& state)> has_state;
  std::function<Task<json>(const Recorder& step)> diagnose;
};

/// How long a step may take, for code that the loop cannot cancel, as it does not wait.   end  when that is over.
struct TimeLimit {
  std::chrono::steady_clock::time_point end = std::chrono::steady_clock::time_point::max();
  milliseconds length{0};
};

/// Where a step reports what it does. Everything becomes an event of the current step. Each step of a run has
/// one of its own, which lives as long as the execution.
class Recorder {
 public:
  Recorder(Bus& bus, std::string script) : bus_(bus), script_(std::move(script)) {}

  /// A comparison. `want` and `got` are shown as they are. Returns `passed`.
  bool assertion(std::string_view name, bool passed, const json& want, const json& got);
  /// A measured value that is shown and reported, and fails nothing.
  void observation(std::string_view name, const json& value);
  void log(std::string_view level, std::string_view text);
  /// Any other event of the step (load progress, a table …).
  void emit(std::string type, json data);

  /// An assertion that is to be made of what `name` was given: the number that compared() gets when it is made.
  int expects(std::string name) { return pending_.emplace(++expected_, std::move(name)), expected_; }
  void compared(int expected) { pending_.erase(expected); }

  /// What follows belongs to the step `id`; "" between steps. Forgets the assertions of the step before.
  /// limit  zero: none.
  void begin_step(std::string id, milliseconds limit = milliseconds(0));
  const TimeLimit& limit() const { return limit_; }
  /// "" between steps.
  const std::string& step() const { return step_; }
  /// How many the current step has recorded.
  int assertions() const { return assertions_; }
  /// The first failed assertion of the current step as "name: want X, got Y" (kFailed), else one that was expected and never made
  /// (kScript).
  Result<void> verdict() const;

 private:
  Bus& bus_;
  std::string script_, step_, first_failure_;
  int assertions_ = 0, expected_ = 0;
  std::map<int, std::string> pending_;
  TimeLimit limit_;
};

}  // namespace zdt::stage
