// Steps side by side: Step::after.
#include <random>

#include "stage/order.h"
#include "unit/stage/stage_world.h"

namespace zdt::stage {

class BesideTest : public StageTest {
 protected:
  static Step after(Step step, std::vector<std::string> ids) {
    step.after = std::move(ids);
    return step;
  }
  /// Ends when `number` steps of this kind have begun: never, unless they run at the same time.
  Step meeting(std::string id, size_t number) {
    Step made = after(step(std::move(id)), {});
    made.limit = milliseconds(5'000);
    made.run = [this, number](StepContext&) { return meet(number); };
    return made;
  }
  /// Ends when `go` says so.
  Step held(std::string id) {
    Step made = after(step(std::move(id)), {});
    made.run = [this, name = made.id](StepContext&) { return hold(name); };
    return made;
  }
  Step endless(std::string id, bool& unwound) {
    Step made = after(step(std::move(id)), {});
    made.run = [&unwound](StepContext&) { return waiting(unwound); };
    return made;
  }
  void let_go(const std::string& id) {
    released.insert(id);
    changed.notify_all();
  }
  /// Posted as soon as this step has begun or ended.
  void when_step(std::string type, std::string id, std::function<void()> action) {
    struct OfStep : Watcher {
      using Watcher::Watcher;
      void receive(const Event& event) override {
        if (event.step == step) Watcher::receive(event);
      }
      std::string step;
    };
    auto watcher = std::make_unique<OfStep>(loop, std::move(type), std::move(action));
    watcher->step = std::move(id);
    bus.add(*watcher);
    watchers.push_back(std::move(watcher));
  }
  json finished(const std::string& id) const {
    for (const Event& event : kept.of_type("step-finished")) {
      if (event.step == id) return event.data;
    }
    return nullptr;
  }
  json summary() const { return kept.of_type("run-finished").at(0).data; }

 private:
  Task<Result<void>> meet(size_t number) {
    ++met;
    changed.notify_all();
    while (met < number) co_await changed.wait();
    co_return Result<void>{};
  }
  Task<Result<void>> hold(std::string id) {
    while (!released.contains(id)) co_await changed.wait();
    did.push_back(id);
    co_return Result<void>{};
  }
  size_t met = 0;
  std::set<std::string> released;
  Condition changed{loop.get_executor()};
};

TEST_F(BesideTest, StepsThatWaitForNothingRunAtTheSameTimeAndAStepWithoutAfterWaitsForAll) {
  const Outcome outcome = execute(plan({meeting("a", 3), meeting("b", 3), meeting("c", 3), step("d")}));
  EXPECT_EQ(outcome.status, Status::kPassed) << outcome.error->what;
  EXPECT_EQ(outcome.passed, 4);
  EXPECT_EQ(did, (Words{"d"}));
  const auto starts = kept.of_type("step-started");
  EXPECT_EQ(starts.at(2).data["beside"], json::parse(R"(["a","b"])"));
  EXPECT_EQ(starts.at(3).data["beside"], json::array());
  EXPECT_EQ(summary()["most_at_once"], 3);
  EXPECT_EQ(kept.events.front().data["steps"][1]["after"], json::array());
  EXPECT_FALSE(kept.events.front().data["steps"][3].contains("after"));
}

TEST_F(BesideTest, AStepWaitsOnlyForTheStepsThatItNames) {
  when_step("step-finished", "c", [this] { let_go("a"); });
  execute(plan({held("a"), after(step("b"), {}), after(step("c"), {"b"}), after(step("d"), {"a", "c"})}));
  EXPECT_EQ(did, (Words{"b", "c", "a", "d"}));
}

TEST_F(BesideTest, WhenSomebodyIsAskedTheStepsRunOneAfterAnotherInTheirOrder) {
  pilot.asking = true;
  execute(plan({after(step("a"), {}), after(step("b"), {}), after(step("c"), {"a"})}));
  EXPECT_EQ(did, (Words{"a", "b", "c"}));
  EXPECT_EQ(summary()["most_at_once"], 1);
}

TEST_F(BesideTest, InAnyPlanEveryStepRunsAndNoneBeginsBeforeWhatItWaitsForHasEnded) {
  std::mt19937 random(5);
  for (int round = 0; round < 60; ++round) {
    std::vector<Step> steps;
    for (int number = 0; number < 9; ++number) {
      Step made = step(fmt::format("s{}", number));
      made.run = [pause = std::chrono::microseconds(random() % 3 * 100)](StepContext&) -> Task<Result<void>> {
        if (pause.count() > 0) co_await sleep_for(pause);
        co_return Result<void>{};
      };
      if (random() % 4 > 0) made.after.emplace();
      for (int earlier = 0; made.after && earlier < number; ++earlier) {
        if (random() % 4 == 0) made.after->push_back(fmt::format("s{}", earlier));
      }
      steps.push_back(std::move(made));
    }
    Plan executed = plan(std::move(steps));
    const Predecessors order = *predecessors_of(executed);
    kept.events.clear();
    ASSERT_EQ(execute(std::move(executed)).passed, 9);
    std::vector<size_t> ended(9);
    for (size_t at = 0; at < kept.events.size(); ++at) {
      const Event& event = kept.events[at];
      if (event.type == "step-finished") ended[std::stoul(event.step.substr(1))] = at;
      if (event.type != "step-started") continue;
      for (size_t before : order[std::stoul(event.step.substr(1))]) {
        ASSERT_GT(ended[before], 0U) << event.step << " began before the end of s" << before;
      }
    }
    EXPECT_LE(summary()["longest_chain_ms"], summary()["took_ms"]);
  }
}

TEST_F(BesideTest, StepsThatEndWithoutWaitingMakeWayForAllOthers) {
  std::vector<Step> steps;
  for (int number = 0; number < 100; ++number) steps.push_back(after(step(fmt::format("s{}", number)), {}));
  EXPECT_EQ(execute(plan(std::move(steps))).passed, 100);
}

TEST_F(BesideTest, AfterAFailureNoStepBeginsThoseThatRunAreLetFinishAndOneDiagnosisIsMade) {
  Plan executed = plan({held("slow"), after(failing_step("bad", {Code::kFailed, "no", ""}), {}), after(step("never"), {"bad"}),
                        after(step("too"), {"slow"}), step("last")});
  executed.diagnose = [](const Recorder&) -> Task<json> { co_return json::parse(R"([{"title":"Pod","lines":[]}])"); };
  executed.finally = {step("clean").run};
  when_step("step-finished", "bad", [this] { let_go("slow"); });
  const Outcome outcome = execute(std::move(executed));
  EXPECT_EQ(outcome.error->what, "no");
  EXPECT_EQ(outcome.passed, 1);
  EXPECT_EQ(outcome.failed, 1);
  EXPECT_EQ(did, (Words{"slow", "clean"}));
  EXPECT_EQ(kept.story(), (Words{"step-started slow", "step-started bad", "step-finished bad", "step-finished slow",
                                 "diagnosis bad", "clean-up-started ",
                   "clean-up-finished "}));
}

TEST_F(BesideTest, WithFailFastTheStepsBesideAFailureAreCancelledAndItsReasonStands) {
  bool unwound = false;
  Options options;
  options.fail_fast = true;
  const Outcome outcome = execute(
      plan({endless("slow", unwound), after(failing_step("bad", {Code::kEnvironment, "no cluster", ""}), {})}), options);
  EXPECT_TRUE(unwound);
  EXPECT_EQ(outcome.status, Status::kError);
  EXPECT_EQ(outcome.error->what, "no cluster");
  EXPECT_EQ(outcome.failed, 2);
  EXPECT_EQ(finished("slow")["status"], "interrupted");
  EXPECT_EQ(finished("slow")["error"]["what"], "cancelled, for step \"bad\" failed");
}

TEST_F(BesideTest, WithoutItsEnvironmentNoneGoesOn) {
  bool unwound = false;
  const Outcome outcome =
      execute(plan({endless("slow", unwound), after(failing_step("bad", {Code::kEnvironment, "the cluster has gone", ""}), {})}));
  EXPECT_TRUE(unwound);
  EXPECT_EQ(outcome.error->what, "the cluster has gone");
}

TEST_F(BesideTest, OfSeveralFailuresTheGravestCounts) {
  Step slow = held("slow");
  slow.run = [run = slow.run](StepContext& s) -> Task<Result<void>> {
    auto held_back = co_await run(s);
    if (!held_back) co_return held_back;
    co_return Error{Code::kEnvironment, "graver", ""};
  };
  when_step("step-finished", "bad", [this] { let_go("slow"); });
  EXPECT_EQ(execute(plan({slow, after(failing_step("bad", {Code::kFailed, "first", ""}), {})})).error->what, "graver");
}

TEST_F(BesideTest, AnInterruptionEndsEveryStepThatRuns) {
  bool first = false, second = false;
  Plan executed = plan({endless("one", first), endless("two", second), step("three")});
  executed.finally = {step("clean").run};
  when_step("step-started", "two", [this] { engine.interrupt(); });
  const Outcome outcome = execute(std::move(executed));
  EXPECT_TRUE(first && second);
  EXPECT_EQ(outcome.status, Status::kInterrupted);
  EXPECT_EQ(outcome.failed, 2);
  EXPECT_EQ(did, (Words{"clean"}));
  EXPECT_EQ(finished("one")["status"], "interrupted");
  EXPECT_EQ(finished("two")["status"], "interrupted");
}

TEST_F(BesideTest, AnInterruptionFromWithinAStepLetsNoFurtherOneBegin) {
  Step self = after(step("self"), {});
  self.run = [this](StepContext&) -> Task<Result<void>> {
    engine.interrupt();
    co_await sleep_for(std::chrono::hours(1));
    co_return Result<void>{};
  };
  EXPECT_EQ(execute(plan({self, after(step("two"), {})})).status, Status::kInterrupted);
  EXPECT_TRUE(did.empty());
}

TEST_F(BesideTest, EachStepHasItsOwnTimeLimit) {
  bool unwound = false;
  Step late = endless("late", unwound);
  late.limit = milliseconds(5);
  when_step("step-finished", "late", [this] { let_go("slow"); });
  const Outcome outcome = execute(plan({held("slow"), late}));
  EXPECT_TRUE(unwound);
  EXPECT_EQ(outcome.status, Status::kTimedOut);
  EXPECT_EQ(finished("slow")["status"], "passed");
}

TEST_F(BesideTest, WhatAStepRecordsIsItsOwn) {
  const auto recording = [this](std::string id, bool passes) {
    Step made = meeting(std::move(id), 2);
    made.run = [passes, meet = made.run](StepContext& s) -> Task<Result<void>> {
      s.recorder.assertion("before", passes, 1, passes ? 1 : 2);
      auto met_all = co_await meet(s);
      s.recorder.assertion("behind", true, 1, 1);
      s.state[s.recorder.step()] = true;
      co_return met_all;
    };
    return made;
  };
  const Outcome outcome = execute(plan({recording("good", true), recording("bad", false)}));
  EXPECT_EQ(outcome.error->what, "before: want 1, got 2");
  EXPECT_EQ(outcome.passed, 1);
  EXPECT_EQ(outcome.assertions, 4);
  EXPECT_EQ(finished("good")["status"], "passed");
  EXPECT_EQ(finished("good")["assertions"], 2);
  EXPECT_EQ(finished("bad")["status"], "failed");
  Words steps;
  for (const Event& event : kept.of_type("assertion")) steps.push_back(event.step);
  std::sort(steps.begin(), steps.end());
  EXPECT_EQ(steps, (Words{"bad", "bad", "good", "good"}));
  EXPECT_EQ(kept.of_type("step-finished").back().data["state"], json::parse(R"({"bad":true,"good":true})"));
}

TEST_F(BesideTest, AStepThatIsNotSelectedCountsAsDoneOnceItsTurnHasCome) {
  Options options;
  options.skip = "b";
  when_step("step-started", "d", [this] { let_go("a"); });
  execute(plan({held("a"), after(step("b"), {"a"}), after(step("c"), {"b"}), after(step("d"), {})}), options);
  EXPECT_EQ(did, (Words{"d", "a", "c"}));
}

TEST_F(BesideTest, AnAfterThatNamesNoEarlierStepIsRefusedBeforeAnythingRuns) {
  const std::vector<std::pair<std::string, std::string>> refused{
      {"buidl", "step \"Step b\": after: there is no step \"buidl\""},
      {"b", "step \"Step b\": after: step \"b\" does not come before it"},
      {"c", "step \"Step b\": after: step \"c\" does not come before it"}};
  for (const auto& [id, what] : refused) {
    const Outcome outcome = execute(plan({step("build"), after(step("b"), {id}), step("c")}));
    ASSERT_TRUE(outcome.error);
    EXPECT_EQ(outcome.error->code, Code::kScript);
    EXPECT_EQ(outcome.error->what, what);
  }
  EXPECT_TRUE(did.empty());
}

/// What a resume of a - (b, c after a) - (d after b) - e, all of them with checkpoints but d, does again.
struct Resumed {
  std::string passed, broken;  ///< ids, one letter each
  Words runs;
};
class ResumeBesideTest : public BesideTest, public testing::WithParamInterface<bool> {
 protected:
  ResumeBesideTest() { pilot.asking = GetParam(); }
  Step checked(std::string id, std::vector<std::string> ids, const std::string& broken) {
    Step made = after(step(id, "after-" + id), std::move(ids));
    made.verify = [holds = broken.find(id) == std::string::npos](StepContext&) { return answering(holds); };
    return made;
  }
};

TEST_P(ResumeBesideTest, WhatHoldsTogetherWithAllThatItWaitsForIsNotDoneAgain) {
  for (const auto& [passed, broken, runs] : std::vector<Resumed>{
           {"", "", {"a", "b", "c", "d", "e"}},
           {"a", "", {"b", "c", "d", "e"}},
           {"ac", "", {"b", "d", "e"}},           // killed while b ran
           {"abd", "", {"c", "d", "e"}},          // nothing behind d says that it is done
           {"abcd", "", {"d", "e"}},
           {"abcde", "", {}},
           {"abcde", "e", {"d", "e"}},
           {"abcde", "b", {"b", "d", "e"}},       // c does not wait for b, and is left alone
           {"abcde", "c", {"c", "d", "e"}},
           {"abcde", "a", {"a", "b", "c", "d", "e"}},
           {"bc", "", {"a", "b", "c", "d", "e"}},  // what they were built on is gone
       }) {
    Step last = checked("e", {}, broken);
    last.after.reset();
    Plan executed = plan({checked("a", {}, broken), checked("b", {"a"}, broken), checked("c", {"a"}, broken),
                          after(step("d"), {"b"}), last});
    Options options;
    options.resume.emplace();
    for (char id : passed) options.resume->steps[std::string(1, id)] = Status::kPassed;
    did.clear();
    const Outcome outcome = execute(std::move(executed), options);
    std::sort(did.begin(), did.end());
    EXPECT_EQ(did, runs) << "passed " << passed << ", broken " << broken;
    EXPECT_EQ(outcome.status, Status::kPassed);
  }
}

INSTANTIATE_TEST_SUITE_P(Modes, ResumeBesideTest, testing::Bool(), mode_name);

TEST_F(BesideTest, AStepThatWasNeverDoneRunsThoughALaterCheckpointHolds) {
  Options options;
  options.resume = History{{{"b", Status::kPassed}}, json::object()};
  execute(plan({after(step("new"), {}), after(step("b", "x"), {"new"})}), options);
  EXPECT_EQ(did, (Words{"new"}));
}

TEST(Order, TheLongestChainFollowsWhatWasWaitedFor) {
  const std::vector<milliseconds> times{milliseconds(5), milliseconds(7), milliseconds(1), milliseconds(2)};
  EXPECT_EQ(longest_chain({{}, {}, {0}, {1, 2}}, times).count(), 9);
  EXPECT_EQ(longest_chain({{}, {0}, {}, {2}}, times).count(), 12);
  EXPECT_EQ(longest_chain(one_after_another(4), times).count(), 15);
  EXPECT_EQ(longest_chain({}, {}).count(), 0);
}

TEST(Order, WaitingGoesThroughOthers) {
  const auto waits = waiting_for({{}, {}, {0}, {2}});
  EXPECT_TRUE(waits[0][2] && waits[0][3] && waits[2][3]);
  EXPECT_FALSE(waits[1][2] || waits[1][3] || waits[3][0] || waits[2][0]);
}

}  // namespace zdt::stage
