// One execution of a plan, the inside of Engine.
#pragma once
#include "stage/attempt.h"
#include "stage/engine.h"

namespace zdt::stage {

using Clock = std::chrono::steady_clock;

struct Engine::Run : std::enable_shared_from_this<Run> {
  /// How a step ended in this execution.
  struct Ending {
    Status status = Status::kPassed;
    std::optional<Error> error;
    int assertions = 0;
  };
  /// A step that ran, for going back.   before  the plan's state when it began.
  struct Ran {
    size_t index;
    json before;
  };

  Run(asio::any_io_executor on, Bus& to, Pilot& asked, Plan executed, Options chosen)
      : executor(std::move(on)),
        bus(to),
        pilot(asked),
        plan(std::move(executed)),
        options(std::move(chosen)),
        recorder(bus, plan.script) {}

  Task<Outcome> whole();
  void interrupt();

  // The parts of whole(), in their order.
  void start();
  Task<void> find_what_holds();
  Task<void> walk();
  Task<void> clean_up();
  Outcome finish();

  // One step.
  Task<void> visit();
  Task<void> perform_until_settled();
  Task<void> perform();
  void conclude(milliseconds took, std::optional<Error> error);
  Task<void> diagnose();
  void skip(size_t index, std::string_view reason);
  bool skip_by_itself();

  // What the pilot decides. Each says whether it was done; when refused, a note tells why.
  Task<Choice> ask(Start<Choice> question);
  Task<bool> follow(Choice choice);
  Task<bool> go_back();
  Task<Result<void>> undo(const Step& step);
  bool go_to(const std::string& id);
  bool again();
  void quit();
  bool refuse(std::string text);

  // Resuming.
  Task<bool> holds(const Step& step);

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
  Recorder recorder;
  json state = json::object();
  StepContext context{recorder, state};
  Interruption interruption;
  Clock::time_point started = Clock::now();

  std::vector<bool> selected;
  size_t resume_at = 0;  ///< the steps before it hold
  size_t position = 0;
  bool ended = false;  ///< by a failure or by the pilot
  std::vector<std::optional<Ending>> endings;
  std::vector<Ran> ran;
  std::optional<Error> refusal, quitting, clean_up_failure;
};

inline milliseconds since(Clock::time_point start) {
  return std::chrono::duration_cast<milliseconds>(Clock::now() - start);
}

}  // namespace zdt::stage
