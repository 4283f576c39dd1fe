// Executes a plan: order, deadlines, assertions, checkpoints, diagnosis, undo, finally. The order of things
// can be read in Engine::execute.
#pragma once
#include <set>

#include "stage/plan.h"
#include "stage/settling.h"

namespace zdt::stage {

enum class Status { kPassed, kFailed, kSkipped, kError, kTimedOut, kInterrupted };
/// passed · failed · skipped · error · timed-out · interrupted
std::string_view name_of(Status status);
/// The reverse; nothing for any other word.
std::optional<Status> status_of(std::string_view name);
/// By exit code: 1 failed, 2 and 3 error, 4 timed-out, 130 interrupted.
Status status_of(Code code);

/// How an earlier execution of the same plan went, read from its journal.
struct History {
  std::map<std::string, Status> steps;  ///< by step id
  json state = json::object();
  std::set<std::string> cleaned_up = {};  ///< ids of those of them that were over when finally began
};

/// What the person (or the default) decides before a step and after a failed one.
enum class Decision { kRun, kSkip, kBack, kRetry, kGoto, kQuit };
struct Choice {
  Decision decision = Decision::kRun;
  std::string step;  ///< of kGoto
};

/// Asked by the engine when asks() says so; the default pilot is never asked.
class Pilot {
 public:
  virtual ~Pilot() = default;
  /// Whether somebody decides. Then the steps run one after another, in the plan's order; else side by side,
  /// as far as Step::after lets them, and a failure ends the run.
  virtual bool asks() const { return false; }
  /// Before `step` runs. `index` counts from 0.
  virtual Task<Choice> before(const Step& step, size_t index, size_t total) {
    (void)step, (void)index, (void)total;
    co_return Choice{};
  }
  /// After `step` failed: kRetry, kSkip, kBack, kGoto or kQuit (the default: the run ends as failed).
  virtual Task<Choice> after_failure(const Step& step, const Error& error) {
    (void)step, (void)error;
    co_return Choice{Decision::kQuit, ""};
  }
};

/// from, until   step ids, both included; empty: the first and the last.   only, skip  globs over step ids;
/// empty: all, none.   default_limit  for steps without a limit of their own.   keep  no finally. fail_fast
/// after a failure the steps that run beside it are cancelled; else they are let finish. step_count
/// of the plan is shown in events.   resume  what to trust after verifying.   settling  how a checkpoint of a resume that does
/// not hold is asked about again while the cluster is in motion (what it says becomes a note).   run_fields  joins the data of
/// run-started: run (the run's id), target, version and whatever else the reports should name; the engine's
/// own fields win. only and skip may name several globs, separated by commas. Execution refuses (kUsage,
/// nothing runs, no finally): a step id that the plan does not have, --from behind --until, an --only glob
/// that fits no step, nothing selected; (kScript) a Step::after that predecessors_of() refuses; (kUsage) a step whose
/// needed state comes from a step that is not selected.
struct Options {
  std::string from, until, only, skip;
  milliseconds default_limit{600'000};
  bool keep = false, fail_fast = false;
  std::optional<History> resume;
  Settling settling;
  json run_fields = json::object();
};

/// error  the first failure of the class that counts most (interrupted, script, environment, timed out,
/// failed); its code gives the exit code.
struct Outcome {
  Status status = Status::kPassed;
  std::optional<Error> error;
  int passed = 0, failed = 0, skipped = 0, assertions = 0;
  milliseconds took{0};
};

/// A step begins when all steps that it waits for have passed or are skipped; those that wait for nothing more
/// run side by side. A step fails when its action returns an error, throws, runs over its limit, or recorded a
/// failed assertion. After a failure no new step begins, those that run are let finish (with fail_fast,
/// or when the environment fell short, exit code 3, they are cancelled), and the
/// run ends (unless the pilot says otherwise) with a diagnosis.
///
/// With a history: checkpoints are verified in order. One holds when it passed, every checkpoint that it waits
/// for (directly or not) holds, and verify says yes. Steps that hold, and the steps without a checkpoint that
/// they waited for, are skipped ("holds"); all others run. After finally ran, only the checkpoints that it keeps are looked at
/// (Plan::finally_keeps); where none of them holds, the run begins anew with an empty state. A step that leaves what a later one
/// needs in memory (Step::needs_state) runs again with it. In a plan without `after` that is: the run goes on
/// behind the last checkpoint that holds without a gap.
/// kBack runs the undo of the latest step that ran; without one it is refused, and the reason is shown.
///
/// Cancelling execute()'s task ends the steps that run, runs finally and returns kInterrupted (it does not
/// throw).
class Engine {
 public:
  Engine(Bus& bus, Pilot& pilot) : bus_(bus), pilot_(pilot) {}
  Task<Outcome> execute(Plan plan, Options options);
  /// Asks a running execute() to stop as described above. Safe from a signal handler's task on the same loop.
  void interrupt();
  /// Ends a running execute() because what it acts on is no longer its own: the steps that run are cancelled, no further one, no
  /// diagnosis and no finally runs, and the outcome's error is `why`.
  void abandon(Error why);

 private:
  struct Run;
  Bus& bus_;
  Pilot& pilot_;
  std::shared_ptr<Run> run_;
};

/// Verifies the checkpoints of `plan` without running anything: the id of the first step whose checkpoint
/// does not hold, or nothing when all hold. Used for `needs`. Steps without verify are not asked. Each may
/// take its step's limit, else 60 s. Emits checkpoint-broken for the one that is returned.
Task<std::optional<std::string>> first_broken_checkpoint(Plan& plan, Bus& bus);

}  // namespace zdt::stage
