// One execution of a plan, the inside of Engine.
#pragma once
#include <algorithm>
#include <deque>

#include "stage/attempt.h"
#include "stage/engine.h"
#include "stage/order.h"

namespace zdt::stage {

using Clock = std::chrono::steady_clock;

struct Engine::Run : std::enable_shared_from_this<Run> {
  /// How a step ended in this execution.   given_up  it was cancelled because another one failed, and says
  /// nothing about why the run failed.
  struct Ending {
    Status status = Status::kPassed;
    std::optional<Error> error;
    int assertions = 0;
    bool given_up = false;
  };
  /// A step that ran, for going back.   before  the plan's state when it began.
  struct Ran {
    size_t index;
    json before;
  };
  /// A step that runs now.
  struct Running {
    size_t index;
    Interruption interruption;
  };

  Run(asio::any_io_executor on, Bus& to, Pilot& asked, Plan executed, Options chosen)
      : executor(on),
        bus(to),
        pilot(asked),
        plan(std::move(executed)),
        options(std::move(chosen)),
        recorder(bus, plan.script),
        step_ended(on) {}

  Task<Outcome> whole();
  void interrupt();
  void abandon(Error why);

  // The parts of whole(), in their order.
  void start();
  Result<void> look_at_the_plan();
  Result<void> look_at_what_is_needed() const;
  Task<void> find_what_holds();
  Task<void> walk();
  Task<void> clean_up();
  Outcome finish();
  json summary_of(const Outcome& outcome) const;

  // Steps side by side.
  Task<void> walk_side_by_side();
  bool start_next();
  bool is_ready(size_t index) const;
  void launch(size_t index);
  Task<void> perform_beside(size_t index);
  /// Cancels every step that runs.
  void stop_running();

  // One step.
  Task<void> visit();
  Task<void> perform_until_settled();
  Task<void> perform(size_t index);
  std::shared_ptr<Running> begin(size_t index);
  void conclude(const Running& ended_now, milliseconds took, std::optional<Error> error);
  Task<void> diagnose(size_t index);
  void skip(size_t index, std::string_view reason);
  bool skip_by_itself(size_t index);

  // What the pilot decides. Each says whether it was done; when refused, a note tells why.
  Task<Choice> ask(Start<Choice> question);
  Task<bool> follow(Choice choice);
  Task<bool> go_back();
  Task<Result<void>> undo(size_t index);
  bool go_to(const std::string& id);
  bool again();
  void quit();
  bool refuse(std::string text);

  // Resuming.
  Task<bool> holds(size_t index);
  bool counts(size_t index) const;
  bool passed_before(size_t index) const;
  bool is_vouched_for(size_t index) const;
  bool is_put_back(size_t index) const;
  void run_again_what_leaves_state();

  // What steps leave for later ones.
  bool is_left(const NeededState& needed) const { return !plan.has_state || plan.has_state(needed.name, state); }
  const NeededState* missing_state(size_t index) const;
  Error state_is_missing(size_t index, const NeededState& needed) const;

  void emit(std::string type, const std::string& step, json data) {
    bus.emit(std::move(type), plan.script, step, std::move(data));
  }
  milliseconds limit_of(const Step& step) const {
    return step.limit.count() > 0 ? step.limit : options.default_limit;
  }
  bool over() const { return interruption.asked || ended; }

  asio::any_io_executor executor;
  Bus& bus;
  Pilot& pilot;
  Plan plan;
  Options options;
  Recorder recorder;               ///< of what runs outside of steps
  std::deque<Recorder> recorders;  ///< by step
  json state = json::object();
  Interruption interruption;
  Interruption abandonment;  ///< of what an interruption lets run: finally
  std::optional<Error> abandoned;
  Clock::time_point started = Clock::now();

  std::vector<bool> selected, holding;
  Predecessors order;  ///< as the plan has it
  Predecessors waits;  ///< as this execution keeps it: without `after` when the pilot asks
  size_t position = 0;
  bool ended = false;  ///< by a failure or by the pilot
  std::vector<std::optional<Ending>> endings;
  std::vector<milliseconds> spent;  ///< by step, all attempts
  milliseconds cleaning_up{0};      ///< finally, all of it
  std::vector<Ran> ran;
  std::optional<Error> refusal, quitting, clean_up_failure;

  std::vector<std::shared_ptr<Running>> running;
  size_t most_at_once = 0;
  // Of steps side by side.
  std::vector<bool> taken;  ///< begun or skipped
  size_t in_flight = 0;
  std::optional<size_t> first_failed;
  std::exception_ptr defect;
  Condition step_ended;
};

inline milliseconds since(Clock::time_point start) {
  return std::chrono::duration_cast<milliseconds>(Clock::now() - start);
}

}  // namespace zdt::stage
