#include <boost/asio/bind_cancellation_slot.hpp>

#include "unit/stage/stage_world.h"

namespace zdt::stage {

class InterruptTest : public InBothModes {
 protected:
  Step endless(std::string id) {
    Step made = step(std::move(id));
    made.run = [this](StepContext&) { return waiting(unwound); };
    return made;
  }
  bool unwound = false;
};

TEST_P(InterruptTest, TheStepIsCancelledFinallyRunsAndTheOutcomeSaysSo) {
  Plan executed = plan({endless("one"), step("two")});
  executed.finally = {step("clean").run};
  when("step-started", [this] { engine.interrupt(); });
  const Outcome outcome = execute(std::move(executed));
  EXPECT_TRUE(unwound);
  EXPECT_EQ(outcome.status, Status::kInterrupted);
  EXPECT_EQ(outcome.error->code, Code::kCancelled);
  EXPECT_EQ(did, (Words{"clean"}));
  EXPECT_EQ(kept.of_type("step-finished").at(0).data["status"], "interrupted");
  EXPECT_EQ(kept.of_type("run-finished").at(0).data["status"], "interrupted");
}

TEST_P(InterruptTest, CancellingTheTaskOfTheExecutionDoesTheSame) {
  Plan executed = plan({endless("one"), step("two")});
  executed.finally = {[this](StepContext&) -> Task<Result<void>> {
    co_await sleep_for(milliseconds(2));  // is not cancelled, too
    did.push_back("clean");
    co_return Result<void>{};
  }};
  asio::cancellation_signal cancel;
  std::optional<Outcome> outcome;
  std::exception_ptr thrown;
  when("step-started", [&] { cancel.emit(asio::cancellation_type::terminal); });
  asio::co_spawn(loop, engine.execute(std::move(executed), {}),
                 asio::bind_cancellation_slot(cancel.slot(), [&](std::exception_ptr failure, Outcome value) {
                   thrown = failure;
                   outcome = std::move(value);
                 }));
  loop.run_for(std::chrono::seconds(20));
  EXPECT_FALSE(thrown);
  ASSERT_TRUE(outcome);
  EXPECT_TRUE(unwound);
  EXPECT_EQ(outcome->status, Status::kInterrupted);
  EXPECT_EQ(did, (Words{"clean"}));
}

TEST_P(InterruptTest, FinallyThatIsRunningGoesOnToItsEnd) {
  Plan executed = plan({step("one")});
  executed.finally = {[this](StepContext&) -> Task<Result<void>> {
    engine.interrupt();
    co_await sleep_for(milliseconds(2));
    did.push_back("clean");
    co_return Result<void>{};
  }};
  EXPECT_EQ(execute(std::move(executed)).status, Status::kInterrupted);
  EXPECT_EQ(did, (Words{"one", "clean"}));
}

TEST_P(InterruptTest, AnInterruptionFromWithinTheStepIsSafe) {
  Step self = step("self");
  self.run = [this](StepContext&) -> Task<Result<void>> {
    engine.interrupt();
    co_await sleep_for(std::chrono::hours(1));
    co_return Result<void>{};
  };
  EXPECT_EQ(execute(plan({self, step("two")})).status, Status::kInterrupted);
  EXPECT_TRUE(did.empty());
}

TEST_P(InterruptTest, AStepThatEndedAnywayKeepsItsResult) {
  Step quick = step("quick", "half");
  quick.run = [this](StepContext&) {
    engine.interrupt();
    return done();
  };
  const Outcome outcome = execute(plan({quick, step("two")}));
  EXPECT_EQ(outcome.status, Status::kInterrupted);
  EXPECT_EQ(outcome.passed, 1);
  EXPECT_EQ(kept.of_type("checkpoint").size(), 1U);
}

TEST_P(InterruptTest, AQuestionToThePilotIsInterrupted) {
  class Thinking : public Pilot {
   public:
    explicit Thinking(std::function<void()> at_the_question) : at_the_question_(std::move(at_the_question)) {}
    bool asks() const override { return true; }
    Task<Choice> before(const Step&, size_t, size_t) override {
      at_the_question_();
      co_await sleep_for(std::chrono::hours(1));
      co_return Choice{};
    }

   private:
    std::function<void()> at_the_question_;
  };
  Engine* asked = nullptr;
  Thinking thinking([&] { asio::post(loop, [&] { asked->interrupt(); }); });
  Engine stepping(bus, thinking);
  asked = &stepping;
  std::optional<Outcome> outcome;
  asio::co_spawn(loop, stepping.execute(plan({step("one")}), {}),
                 [&](std::exception_ptr, Outcome value) { outcome = std::move(value); });
  loop.run_for(std::chrono::seconds(20));
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->status, Status::kInterrupted);
  EXPECT_TRUE(did.empty());
}

TEST_P(InterruptTest, WithoutAnExecutionNothingHappens) {
  engine.interrupt();
  EXPECT_EQ(execute(plan({step("one")})).status, Status::kPassed);
  engine.interrupt();
}

TEST_P(InterruptTest, ACancellationThatNobodyAskedForIsAFailure) {
  Step odd = step("odd");
  odd.run = [](StepContext&) -> Task<Result<void>> {
    throw boost::system::system_error(asio::error::operation_aborted);
  };
  const Outcome outcome = execute(plan({odd}));
  EXPECT_EQ(outcome.status, Status::kFailed);
  EXPECT_EQ(outcome.error->what, "step \"odd\" was cancelled from within");
}

INSTANTIATE_TEST_SUITE_P(Modes, InterruptTest, testing::Bool(), mode_name);

}  // namespace zdt::stage
