#include "rehearsal/controllers/work_queue.h"

#include <gtest/gtest.h>

namespace zdt::rehearsal {
namespace {

struct Recorder : Controller {
  std::string_view name() const override { return "recorder"; }
  std::vector<Key> concerned(const Event&) override { return {}; }
  Result<Outcome> reconcile(const Key& key) override {
    seen.push_back(key.name);
    if (failures-- > 0) return Error{Code::kConflict, "not yet", ""};
    return std::exchange(outcome, Outcome{});
  }
  std::vector<std::string> seen;
  int failures = 0;
  Outcome outcome;
};

struct WorkQueueTest : testing::Test {
  asio::io_context loop;
  Recorder controller;
  WorkQueue queue{loop.get_executor()};
};

TEST_F(WorkQueueTest, AKeyThatWaitsIsNotQueuedTwice) {
  for (const char* name : {"a", "b", "a", "a"}) queue.add(controller, {"", name});
  EXPECT_EQ(queue.drain(), 2U);
  EXPECT_EQ(controller.seen, (std::vector<std::string>{"a", "b"}));
}

TEST_F(WorkQueueTest, TheLoopRunsWhatIsQueued) {
  queue.add(controller, {"", "a"});
  queue.add(controller, {"", "b"});
  loop.run();
  EXPECT_EQ(controller.seen.size(), 2U);
}

TEST_F(WorkQueueTest, AFailureIsTriedAgain) {
  controller.failures = 3;
  queue.add(controller, {"", "a"});
  loop.run();
  EXPECT_EQ(controller.seen.size(), 4U);
}

TEST_F(WorkQueueTest, AKeyComesBackWhenItAskedTo) {
  controller.outcome.requeue_after = milliseconds(5);
  queue.add(controller, {"", "a"});
  const auto begin = std::chrono::steady_clock::now();
  loop.run();
  EXPECT_EQ(controller.seen.size(), 2U);
  EXPECT_GE(std::chrono::steady_clock::now() - begin, milliseconds(5));
}

TEST_F(WorkQueueTest, OfTwoDelaysTheShorterCounts) {
  queue.add_after(controller, {"", "a"}, std::chrono::hours(1));
  queue.add_after(controller, {"", "a"}, milliseconds(1));
  queue.add_after(controller, {"", "a"}, std::chrono::hours(2));
  EXPECT_EQ(queue.delayed(), 1U);
  loop.run();
  EXPECT_EQ(controller.seen.size(), 1U);
}

TEST_F(WorkQueueTest, AMalformedObjectDoesNotEndTheProgram) {
  struct Malformed : Recorder {
    Result<Outcome> reconcile(const Key& key) override {
      if (seen.empty()) {
        seen.push_back(key.name);
        (void)json("text").at("spec");
      }
      return Recorder::reconcile(key);
    }
  } malformed;
  queue.add(malformed, {"", "a"});
  loop.run();
  EXPECT_EQ(malformed.seen.size(), 2U);
}

TEST_F(WorkQueueTest, WhateverAControllerThrowsIsToldAndTheNextKeyIsServed) {
  struct Thrower : Recorder {
    Result<Outcome> reconcile(const Key& key) override {
      if (key.name == "text") throw std::runtime_error("broken");
      if (key.name == "number") throw 5;
      return Recorder::reconcile(key);
    }
  } thrower;
  std::vector<std::string> told;
  WorkQueue telling(loop.get_executor(), [&](const Controller&, const Key& key, const std::string& what) {
    told.push_back(key.name + ": " + what);
    throw std::logic_error("the teller breaks too");
  });
  for (const char* name : {"text", "number", "good"}) telling.add(thrower, {"", name});
  EXPECT_EQ(telling.drain(), 3U);
  EXPECT_EQ(told, (std::vector<std::string>{"text: broken", "number: unknown exception"}));
  EXPECT_EQ(thrower.seen, std::vector<std::string>{"good"});
  EXPECT_EQ(telling.delayed(), 2U) << "both are tried again";
}

TEST(WorkQueue, ItsEndLeavesNothingThatRunsLater) {
  asio::io_context loop;
  Recorder controller;
  {
    WorkQueue queue(loop.get_executor());
    queue.add(controller, {"", "a"});
    queue.add_after(controller, {"", "b"}, milliseconds(1));
  }
  loop.run();
  EXPECT_TRUE(controller.seen.empty());
}

}  // namespace
}  // namespace zdt::rehearsal
