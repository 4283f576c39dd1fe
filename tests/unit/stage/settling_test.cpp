// A resume after a kill in the middle of a step: what the step had begun is still under way.
#include "unit/stage/stage_world.h"

namespace zdt::stage {

class SettlingTest : public InBothModes {
 protected:
  /// The cluster: it moves for so many looks, and what is asked of it holds afterwards when `holds_then`.
  Settling moving_for(int looks) {
    Settling settling;
    settling.every = milliseconds(1);
    settling.look = [this, looks]() -> Task<std::string> { co_return ++looked <= looks ? fmt::format("{} of 6 updated", looked) : ""; };
    still = [this, looks] { return looked <= looks; };
    return settling;
  }
  Step checked(std::string id) {
    Step made = step(id, "after-" + id);
    made.verify = [this](StepContext&) {
      ++asked;
      return answering(holds_then && !still());
    };
    return made;
  }
  Options killed_in_b(Settling settling) {
    Options options;
    options.resume = History{{{"a", Status::kPassed}}, json::object()};
    options.settling = std::move(settling);
    return options;
  }

  int looked = 0, asked = 0;
  bool holds_then = true;
  std::function<bool()> still;
};

TEST_P(SettlingTest, ACheckpointThatHoldsWhenTheClusterHasSettledIsNotDoneTwice) {
  const Outcome outcome = execute(plan({checked("a"), step("b")}), killed_in_b(moving_for(5)));
  EXPECT_EQ(did, (Words{"b"}));
  EXPECT_EQ(outcome.skipped, 1);
  EXPECT_EQ(asked, 6);
  const auto notes = kept.of_type("note");
  ASSERT_EQ(notes.size(), 1u) << "not one for each look";
  EXPECT_EQ(notes[0].data["text"], "waiting while it changes: 1 of 6 updated (verify says that it does not hold)");
  EXPECT_EQ(notes[0].step, "a");
}

TEST_P(SettlingTest, ACheckpointThatDoesNotHoldInAClusterThatHasSettledIsDoneAgain) {
  holds_then = false;
  execute(plan({checked("a"), step("b")}), killed_in_b(moving_for(3)));
  EXPECT_EQ(did, (Words{"a", "b"}));
  EXPECT_EQ(kept.of_type("checkpoint-broken").size(), 1u);
}

TEST_P(SettlingTest, WhatNeverSettlesIsWaitedForOnlySoLong) {
  Settling settling = moving_for(1'000'000);
  settling.limit = milliseconds(30);
  execute(plan({checked("a"), step("b")}), killed_in_b(std::move(settling)));
  EXPECT_EQ(did, (Words{"a", "b"}));
}

TEST_P(SettlingTest, AnAnswerIsBelievedWhenNothingHasMovedForTheGrace) {
  Settling settling = moving_for(2);
  settling.grace = milliseconds(40);
  const int until = 10;  // an observer that learns later than the cluster itself
  still = [this] { return looked < until; };
  execute(plan({checked("a"), step("b")}), killed_in_b(std::move(settling)));
  EXPECT_EQ(did, (Words{"b"}));
}

TEST_P(SettlingTest, AnInterruptionEndsTheWait) {
  when("note", [this] { engine.interrupt(); });
  const Outcome outcome = execute(plan({checked("a"), step("b")}), killed_in_b(moving_for(1'000'000)));
  EXPECT_EQ(outcome.status, Status::kInterrupted);
  EXPECT_EQ(did, Words{});
}

TEST_P(SettlingTest, ANewRunWaitsForNothing) {
  Options options;
  options.settling = moving_for(5);
  execute(plan({checked("a"), step("b")}), std::move(options));
  EXPECT_EQ(looked, 0);
  EXPECT_EQ(did, (Words{"a", "b"}));
}

INSTANTIATE_TEST_SUITE_P(Modes, SettlingTest, ::testing::Bool(), mode_name);

}  // namespace zdt::stage
