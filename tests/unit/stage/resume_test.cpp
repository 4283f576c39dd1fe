#include "unit/stage/stage_world.h"

namespace zdt::stage {

class ResumeTest : public InBothModes {
 protected:
  Step checked(std::string id, bool holds) {
    Step made = step(id, "after-" + id);
    made.verify = [this, id, holds](StepContext&) {
      verified.push_back(id);
      return answering(holds);
    };
    return made;
  }
  static Options after(std::map<std::string, Status> steps, json state = json::object()) {
    Options options;
    options.resume = History{std::move(steps), std::move(state)};
    return options;
  }
  std::vector<std::string> verified;
};

constexpr Status P = Status::kPassed;

TEST_P(ResumeTest, RunsTheFirstStepBehindTheLastCheckpointThatHolds) {
  const Outcome outcome =
      execute(plan({step("a"), checked("b", true), step("c"), checked("d", true), step("e"), step("f")}),
              after({{"a", P}, {"b", P}, {"c", P}, {"d", P}, {"e", P}}));
  EXPECT_EQ(did, (Words{"e", "f"}));
  EXPECT_EQ(verified, (Words{"b", "d"}));
  EXPECT_EQ(outcome.skipped, 4);
  EXPECT_EQ(kept.of_type("step-skipped").at(3).data["reason"], "holds");
  EXPECT_EQ(kept.events.front().data["resumed"], true);
}

TEST_P(ResumeTest, ABrokenCheckpointIsDoneAgainTogetherWithWhatLedToIt) {
  execute(plan({checked("a", true), step("b"), checked("c", false), checked("d", true)}),
          after({{"a", P}, {"b", P}, {"c", P}, {"d", P}}));
  EXPECT_EQ(did, (Words{"b", "c", "d"}));
  EXPECT_EQ(verified, (Words{"a", "c"}));
  const auto broken = kept.of_type("checkpoint-broken");
  ASSERT_EQ(broken.size(), 1U);
  EXPECT_EQ(broken[0].data["name"], "after-c");
  EXPECT_EQ(broken[0].data["why"], "verify says that it does not hold");
}

TEST_P(ResumeTest, ACheckpointThatTheJournalDoesNotHaveIsNotAskedAbout) {
  execute(plan({checked("a", true), checked("b", true)}), after({{"a", P}, {"b", Status::kFailed}}));
  EXPECT_EQ(verified, (Words{"a"}));
  EXPECT_EQ(did, (Words{"b"}));
}

TEST_P(ResumeTest, ACheckpointWithoutVerifyHoldsWhenTheJournalSaysSo) {
  execute(plan({step("a", "done"), step("b")}), after({{"a", P}}));
  EXPECT_EQ(did, (Words{"b"}));
}

// Ctrl-C runs finally, which puts back what the steps have made: a verify that asks for less than that would not see it.
TEST_P(ResumeTest, ACheckpointThatFinallyPutBackIsDoneAgainWhateverVerifySays) {
  Options options = after({{"a", P}, {"b", P}}, {{"lost", 7}});
  options.resume->cleaned_up = {"a", "b"};
  execute(plan({checked("a", true), checked("b", true), step("c")}), options);
  EXPECT_EQ(did, (Words{"a", "b", "c"}));
  EXPECT_EQ(verified, Words{});
  EXPECT_EQ(kept.of_type("checkpoint-broken").at(0).data["why"], "the clean-up of the run has put things back since");
  EXPECT_EQ(kept.of_type("step-finished").at(0).data["state"], json::object()) << "what was counted then is not counted twice";
}

TEST_P(ResumeTest, ACheckpointThatFinallyKeepsIsAskedAbout) {
  Options options = after({{"a", P}, {"b", P}, {"c", P}}, {{"lost", 7}});
  options.resume->cleaned_up = {"a", "b"};
  Plan kept_by_finally = plan({checked("a", true), checked("b", false), checked("c", true)});
  kept_by_finally.finally_keeps = {"after-a", "*-b"};
  execute(kept_by_finally, options);
  EXPECT_EQ(did, (Words{"b", "c"}));
  EXPECT_EQ(kept.of_type("step-finished").at(0).data["state"]["lost"], 7);
}

TEST_P(ResumeTest, AStepThatLeavesWhatALaterOneNeedsInMemoryRunsAgainWithIt) {
  bool loaded = false;
  Step load = step("load"), count = step("count");
  load.run = [&](StepContext&) { return did.push_back("load"), loaded = true, done(); };
  count.needs_state = {{"load", "load"}};
  Plan needing = plan({checked("a", true), load, checked("b", true), count});
  needing.has_state = [&](const std::string& name, const json&) { return name != "load" || loaded; };
  execute(needing, after({{"a", P}, {"load", P}, {"b", P}}));
  EXPECT_EQ(did, (Words{"load", "count"}));
}

TEST_P(ResumeTest, WithoutCheckpointsEverythingRunsAgain) {
  execute(plan({step("a"), step("b")}), after({{"a", P}}));
  EXPECT_EQ(did, (Words{"a", "b"}));
}

TEST_P(ResumeTest, AVerifyThatFailsOrThrowsOrHangsBreaksItsCheckpoint) {
  Step erring = step("a", "x"), throwing = step("a", "x"), hanging = step("a", "x");
  bool unwound = false;
  erring.verify = [](StepContext&) -> Task<Result<bool>> {
    co_return Error{Code::kEnvironment, "no API", ""};
  };
  throwing.verify = [](StepContext&) -> Task<Result<bool>> { throw std::runtime_error("bad"); };
  hanging.limit = milliseconds(5);
  hanging.verify = [&](StepContext&) -> Task<Result<bool>> {
    auto waited = co_await waiting(unwound);
    co_return waited.has_value();
  };
  for (const Step& each : {erring, throwing, hanging}) execute(plan({each}), after({{"a", P}}));
  const auto broken = kept.of_type("checkpoint-broken");
  ASSERT_EQ(broken.size(), 3U);
  EXPECT_EQ(broken[0].data["why"], "no API");
  EXPECT_EQ(broken[1].data["why"], "verify of step \"a\" failed unexpectedly: bad");
  EXPECT_EQ(broken[2].data["why"], "verify of step \"a\" did not end within 5 ms");
  EXPECT_EQ(did, (Words{"a", "a", "a"}));
}

TEST_P(ResumeTest, AStepThatThePersonSkippedBreaksNoRow) {
  execute(plan({step("a", "x"), step("b", "y"), step("c")}), after({{"a", Status::kSkipped}, {"b", P}}));
  EXPECT_EQ(did, (Words{"c"}));
}

TEST_P(ResumeTest, ACheckpointThatIsNotSelectedBreaksNoRow) {
  Options options = after({{"b", P}});
  options.skip = "a";
  execute(plan({step("a", "x"), step("b", "y"), step("c")}), options);
  EXPECT_EQ(did, (Words{"c"}));
}

TEST_P(ResumeTest, TheStateIsThereAgainForStepsAndForVerify) {
  Step checking = step("a", "x"), reading = step("b");
  std::string by_verify, by_step;
  checking.verify = [&](StepContext& s) {
    by_verify = string_at(s.state, {"pod"});
    return answering(true);
  };
  reading.run = [&](StepContext& s) {
    by_step = string_at(s.state, {"pod"});
    return done();
  };
  execute(plan({checking, reading}), after({{"a", P}}, {{"pod", "web-1"}}));
  EXPECT_EQ(by_verify, "web-1");
  EXPECT_EQ(by_step, "web-1");
}

TEST_P(ResumeTest, WhenEverythingHoldsTheRunPasses) {
  const Outcome outcome = execute(plan({checked("a", true)}), after({{"a", P}}));
  EXPECT_EQ(outcome.status, Status::kPassed);
  EXPECT_EQ(outcome.skipped, 1);
}

TEST_P(ResumeTest, AnInterruptionWhileVerifyingIsNoBrokenCheckpoint) {
  bool unwound = false;
  Step hanging = step("a", "x");
  hanging.verify = [&](StepContext&) -> Task<Result<bool>> {
    asio::post(loop, [this] { engine.interrupt(); });
    auto waited = co_await waiting(unwound);
    co_return waited.has_value();
  };
  EXPECT_EQ(execute(plan({hanging}), after({{"a", P}})).status, Status::kInterrupted);
  EXPECT_TRUE(unwound);
  EXPECT_TRUE(did.empty());
  EXPECT_TRUE(kept.of_type("checkpoint-broken").empty());
}

INSTANTIATE_TEST_SUITE_P(Modes, ResumeTest, testing::Bool(), mode_name);

}  // namespace zdt::stage
