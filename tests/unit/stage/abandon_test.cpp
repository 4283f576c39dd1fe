// A run whose cluster another run has taken over.
#include "unit/stage/stage_world.h"

namespace zdt::stage {

class AbandonTest : public InBothModes {
 protected:
  const Error taken{Code::kEnvironment, "another run has it", "wait"};
  bool cleaned = false, diagnosed = false, unwound = false;

  /// meanwhile  happens while its second step runs.
  Plan guarded_plan(std::function<void()> meanwhile) {
    Step long_step = step("b");
    long_step.run = [this, meanwhile](StepContext&) {
      asio::post(loop, meanwhile);
      return waiting(unwound);
    };
    Plan made = plan({step("a"), std::move(long_step), step("c")});
    made.finally.push_back([this](StepContext&) {
      cleaned = true;
      return done();
    });
    made.diagnose = [this](const Recorder&) -> Task<json> {
      diagnosed = true;
      co_return json::array();
    };
    return made;
  }
};

TEST_P(AbandonTest, EndsTheStepThatRunsAndDoesNothingMore) {
  const Outcome outcome = execute(guarded_plan([this] { engine.abandon(taken); }));
  EXPECT_TRUE(unwound);
  EXPECT_FALSE(cleaned || diagnosed);
  EXPECT_EQ(did, Words{"a"});
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->what, "another run has it");
  EXPECT_EQ(exit_code_of(outcome.error->code), 3);
  EXPECT_EQ(kept.of_type("run-finished").at(0).data["error"]["what"], "another run has it");
  EXPECT_EQ(kept.of_type("step-finished").at(1).data["error"]["what"], "another run has it");
}

TEST_P(AbandonTest, EndsAFinallyThatRuns) {
  Plan made = plan({step("a")});
  made.finally.push_back([this](StepContext&) { return waiting(unwound); });
  made.finally.push_back([this](StepContext&) {
    cleaned = true;
    return done();
  });
  asio::steady_timer timer(loop, std::chrono::milliseconds(50));
  timer.async_wait([this](auto) { engine.abandon(taken); });
  const Outcome outcome = execute(std::move(made));
  EXPECT_TRUE(unwound);
  EXPECT_FALSE(cleaned);
  EXPECT_EQ(outcome.error.value_or(Error{}).what, "another run has it");
}

TEST_P(AbandonTest, AfterAnInterruptionFinallyDoesNotRunEither) {
  const Outcome outcome = execute(guarded_plan([this] {
    engine.interrupt();
    engine.abandon(taken);
  }));
  EXPECT_FALSE(cleaned);
  EXPECT_EQ(outcome.error.value_or(Error{}).what, "another run has it");
}

INSTANTIATE_TEST_SUITE_P(Modes, AbandonTest, ::testing::Bool(), mode_name);

}  // namespace zdt::stage
