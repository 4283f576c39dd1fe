// What the engine's tests stand on: a loop, a bus whose events are kept, and plans of fake steps.
#pragma once
#include <gtest/gtest.h>

#include <deque>

#include "host/task.h"
#include "stage/engine.h"

namespace zdt::stage {

class KeptEvents : public Sink {
 public:
  void receive(const Event& event) override { events.push_back(event); }

  std::vector<Event> of_type(std::string_view type) const {
    std::vector<Event> found;
    for (const Event& event : events) {
      if (event.type == type) found.push_back(event);
    }
    return found;
  }
  /// "type step", one after another, without the run's own two.
  std::vector<std::string> story() const {
    std::vector<std::string> lines;
    for (const Event& event : events) {
      if (!event.type.starts_with("run-")) lines.push_back(event.type + " " + event.step);
    }
    return lines;
  }

  std::vector<Event> events;
};

/// Answers from two lists; at their end: run, and quit after a failure. Asked only when `asking`.
class ScriptedPilot : public Pilot {
 public:
  bool asks() const override { return asking; }
  Task<Choice> before(const Step& step, size_t, size_t) override {
    asked.push_back(step.id);
    co_return take(befores, Decision::kRun);
  }
  Task<Choice> after_failure(const Step& step, const Error&) override {
    asked.push_back("after " + step.id);
    co_return take(after_failures, Decision::kQuit);
  }

  bool asking = false;
  std::deque<Choice> befores, after_failures;
  std::vector<std::string> asked;

 private:
  static Choice take(std::deque<Choice>& choices, Decision fallback) {
    if (choices.empty()) return {fallback, ""};
    Choice choice = choices.front();
    choices.pop_front();
    return choice;
  }
};

inline Task<Result<void>> done() { co_return Result<void>{}; }
inline Task<Result<void>> failing(Error error) { co_return error; }
inline Task<Result<bool>> answering(bool answer) { co_return answer; }

/// Waits until cancelled, and says so when it is.
inline Task<Result<void>> waiting(bool& unwound) {
  struct Guard {
    bool& flag;
    ~Guard() { flag = true; }
  } guard{unwound};
  co_await sleep_for(std::chrono::hours(1));
  co_return Result<void>{};
}

class StageTest : public ::testing::Test {
 protected:
  StageTest() { bus.add(kept); }

  /// A step that notes its id in `did`.
  Step step(std::string id, std::string checkpoint = "") {
    Step made;
    made.title = "Step " + id;
    made.checkpoint = std::move(checkpoint);
    made.run = [this, id](StepContext&) {
      did.push_back(id);
      return done();
    };
    made.id = std::move(id);
    return made;
  }
  Step failing_step(std::string id, Error error) {
    Step made = step(std::move(id));
    made.run = [error](StepContext&) { return failing(error); };
    return made;
  }
  Plan plan(std::vector<Step> steps) {
    Plan made;
    made.script = "rollout";
    made.title = "A rollout";
    made.steps = std::move(steps);
    return made;
  }

  /// Executes to the end; the outcome, or a test failure.
  Outcome execute(Plan executed, Options options = {}) {
    std::optional<Outcome> outcome;
    asio::co_spawn(loop, engine.execute(std::move(executed), std::move(options)),
                   [&](std::exception_ptr failure, Outcome value) {
                     if (failure) std::rethrow_exception(failure);
                     outcome = std::move(value);
                   });
    loop.run_for(std::chrono::seconds(20));
    loop.restart();
    EXPECT_TRUE(outcome) << "the execution did not end";
    return outcome.value_or(Outcome{});
  }
  /// Calls `action` as soon as an event of this type has come.
  void when(std::string type, std::function<void()> action) {
    watchers.push_back(std::make_unique<Watcher>(loop, std::move(type), std::move(action)));
    bus.add(*watchers.back());
  }

  struct Watcher : Sink {
    Watcher(asio::io_context& on, std::string what, std::function<void()> then)
        : loop(on), type(std::move(what)), action(std::move(then)) {}
    void receive(const Event& event) override {
      if (event.type == type) asio::post(loop, action);
    }
    asio::io_context& loop;
    std::string type;
    std::function<void()> action;
  };

  asio::io_context loop;
  Bus bus{[] { return WallTime(std::chrono::seconds(1'767'225'600)); }};
  KeptEvents kept;
  ScriptedPilot pilot;
  Engine engine{bus, pilot};
  std::vector<std::string> did;
  std::vector<std::unique_ptr<Watcher>> watchers;
};

/// For what holds whether a pilot is asked (one step after another) or not (side by side).
class InBothModes : public StageTest, public ::testing::WithParamInterface<bool> {
 protected:
  InBothModes() { pilot.asking = GetParam(); }
};
inline std::string mode_name(const ::testing::TestParamInfo<bool>& info) { return info.param ? "Asked" : "SideBySide"; }

using Words = std::vector<std::string>;

}  // namespace zdt::stage
