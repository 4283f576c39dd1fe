// Cancellation, deadlines, groups, conditions and background tasks.
#include "host/task.h"

#include <boost/asio/post.hpp>

#include "unit/host/on_loop.h"

namespace zdt {
namespace {

using testing::on_loop;
using testing::run_until;
using testing::Witness;
using std::chrono::steady_clock;

const milliseconds kLong{60'000};
const Error kLate{Code::kTimeout, "too late", ""};

Task<Result<int>> answer_after(milliseconds delay, int value) {
  if (delay.count() > 0) co_await sleep_for(delay);
  co_return value;
}

Task<Result<int>> sleep_watched(bool& unwound) {
  const Witness witness(unwound);
  co_await sleep_for(kLong);
  co_return 1;
}

Task<void> wait_long(bool& unwound) {
  const Witness witness(unwound);
  co_await sleep_for(kLong);
}

Task<void> fail_with(std::string words) {
  throw std::runtime_error(words);
  co_return;
}

std::string words_of(std::exception_ptr failure) {
  try {
    if (failure) std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    return error.what();
  }
  return "";
}

TEST(WithDeadline, GivesTheResultOfWorkThatEndsInTime) {
  asio::io_context loop;
  EXPECT_EQ(*on_loop(loop, with_deadline(answer_after(milliseconds(1), 7), kLong, kLate)), 7);
}

TEST(WithDeadline, GivesTheResultOfWorkThatNeverWaits) {
  asio::io_context loop;
  EXPECT_EQ(*on_loop(loop, with_deadline(answer_after(milliseconds(0), 7), kLong, kLate)), 7);
}

TEST(WithDeadline, CancelsTheWorkAndAwaitsItsEnd) {
  asio::io_context loop;
  bool unwound = false;
  auto result = on_loop(loop, with_deadline(sleep_watched(unwound), milliseconds(5), kLate));
  EXPECT_TRUE(unwound);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::kTimeout);
  EXPECT_EQ(result.error().what, "too late");
}

TEST(WithDeadline, ZeroMeansNone) {
  asio::io_context loop;
  EXPECT_EQ(*on_loop(loop, with_deadline(answer_after(milliseconds(10), 7), milliseconds(0), kLate)), 7);
}

TEST(WithDeadline, HandsOnWhatTheWorkThrows) {
  asio::io_context loop;
  const auto work = []() -> Task<Result<int>> {
    throw std::runtime_error("broken");
    co_return 1;
  };
  EXPECT_THROW(on_loop(loop, with_deadline(work(), kLong, kLate)), std::runtime_error);
}

TEST(WithDeadline, CancelledFromOutsideItUnwindsTheWork) {
  asio::io_context loop;
  bool unwound = false, after = false;
  const auto body = [&]() -> Task<void> {
    co_await with_deadline(sleep_watched(unwound), kLong, kLate);
    after = true;
  };
  Background task(loop.get_executor(), body());
  task.stop();
  run_until(loop, [&] { return !task.running(); });
  EXPECT_TRUE(unwound);
  EXPECT_FALSE(after);
}

TEST(WithDeadline, MayStopItsOwnOwnerBeforeItFirstWaits) {
  asio::io_context loop;
  Background task;
  bool unwound = false;
  const auto work = [&]() -> Task<Result<int>> {
    const Witness witness(unwound);
    task.stop();
    co_await sleep_for(kLong);
    co_return 1;
  };
  const auto body = [&]() -> Task<void> {
    co_await sleep_for(milliseconds(1));
    co_await with_deadline(work(), kLong, kLate);
  };
  task = Background(loop.get_executor(), body());
  run_until(loop, [&] { return !task.running(); });
  EXPECT_TRUE(unwound);
}

TEST(WithDeadline, StartsTheWorkAtOnceSoThatNoNotificationIsMissed) {
  asio::io_context loop;
  Condition condition(loop.get_executor());
  std::optional<bool> woken;
  const auto waiter = [&]() -> Task<Result<bool>> { co_return co_await condition.wait_for(kLong); };
  const auto body = [&]() -> Task<void> { woken = bool(co_await with_deadline(waiter(), milliseconds(200), kLate)); };
  Background task(loop.get_executor(), body());
  asio::post(loop, [&] { condition.notify_all(); });  // the turn right after the one that starts the task
  run_until(loop, [&] { return !task.running(); });
  EXPECT_TRUE(woken.value_or(false));
}

TEST(AllOf, ReturnsWhenEveryTaskHasEnded) {
  asio::io_context loop;
  int ended = 0;
  const auto part = [&](milliseconds delay) -> Task<void> {
    co_await sleep_for(delay);
    ++ended;
  };
  std::vector<Task<void>> work;
  for (int i = 1; i <= 5; ++i) work.push_back(part(milliseconds(i)));
  on_loop(loop, all_of(std::move(work)));
  EXPECT_EQ(ended, 5);
}

TEST(AllOf, OfNothingReturnsAtOnce) {
  asio::io_context loop;
  on_loop(loop, all_of({}));
}

TEST(AllOf, TheFirstExceptionCancelsTheOthersAndGoesOn) {
  asio::io_context loop;
  bool first = false, second = false;
  std::vector<Task<void>> work;
  work.push_back(wait_long(first));
  work.push_back(fail_with("one is broken"));
  work.push_back(wait_long(second));
  std::string said;
  try {
    on_loop(loop, all_of(std::move(work)));
  } catch (const std::exception& error) {
    said = error.what();
  }
  EXPECT_EQ(said, "one is broken");
  EXPECT_TRUE(first);
  EXPECT_TRUE(second);
}

TEST(AllOf, CancelledFromOutsideItUnwindsAll) {
  asio::io_context loop;
  bool first = false, second = false;
  std::vector<Task<void>> work;
  work.push_back(wait_long(first));
  work.push_back(wait_long(second));
  Background task(loop.get_executor(), all_of(std::move(work)));
  task.stop();
  run_until(loop, [&] { return !task.running(); });
  EXPECT_TRUE(first);
  EXPECT_TRUE(second);
}

TEST(Condition, WakesEveryoneWhoWaitsAtThatMoment) {
  asio::io_context loop;
  Condition condition(loop.get_executor());
  int woken = 0;
  const auto waiter = [&]() -> Task<void> {
    co_await condition.wait();
    ++woken;
  };
  std::vector<Background> tasks;
  for (int i = 0; i < 3; ++i) tasks.emplace_back(loop.get_executor(), waiter());
  loop.poll();
  EXPECT_EQ(woken, 0);
  condition.notify_all();
  run_until(loop, [&] { return woken == 3; });
}

TEST(Condition, ANotificationBeforeTheWaitIsNotKept) {
  asio::io_context loop;
  Condition condition(loop.get_executor());
  condition.notify_all();
  EXPECT_FALSE(on_loop(loop, condition.wait_for(milliseconds(5))));
}

TEST(Condition, WaitForSaysWhetherItWasNotified) {
  asio::io_context loop;
  Condition condition(loop.get_executor());
  std::optional<bool> notified;
  const auto waiter = [&]() -> Task<void> { notified = co_await condition.wait_for(kLong); };
  Background task(loop.get_executor(), waiter());
  loop.poll();
  condition.notify_all();
  run_until(loop, [&] { return notified.has_value(); });
  EXPECT_TRUE(*notified);
}

TEST(Condition, OneWaiterGivingUpLeavesTheOthersWaiting) {
  asio::io_context loop;
  Condition condition(loop.get_executor());
  bool patient = false;
  const auto waiter = [&]() -> Task<void> {
    co_await condition.wait();
    patient = true;
  };
  Background task(loop.get_executor(), waiter());
  EXPECT_FALSE(on_loop(loop, condition.wait_for(milliseconds(2))));
  EXPECT_FALSE(patient);
  condition.notify_all();
  run_until(loop, [&] { return patient; });
}

TEST(Condition, UnwindsWhenCancelled) {
  asio::io_context loop;
  Condition condition(loop.get_executor());
  bool unwound = false, woken = false;
  const auto waiter = [&](bool limited) -> Task<void> {
    const Witness witness(unwound);
    if (limited) {
      co_await condition.wait_for(kLong);
    } else {
      co_await condition.wait();
    }
    woken = true;
  };
  for (bool limited : {false, true}) {
    unwound = false;
    Background task(loop.get_executor(), waiter(limited));
    loop.poll();
    loop.restart();
    task.stop();
    run_until(loop, [&] { return !task.running(); });
    EXPECT_TRUE(unwound);
    EXPECT_FALSE(woken);
  }
}

TEST(Background, StopUnwindsTheTaskAndIsNoFailure) {
  asio::io_context loop;
  bool unwound = false, complained = false;
  Background task(loop.get_executor(), wait_long(unwound), [&](std::exception_ptr) { complained = true; });
  loop.poll();
  EXPECT_TRUE(task.running());
  task.stop();
  on_loop(loop, task.join());
  EXPECT_TRUE(unwound);
  EXPECT_FALSE(task.running());
  EXPECT_FALSE(complained);
}

TEST(Background, StoppedBeforeItCouldStartItStillUnwinds) {
  asio::io_context loop;
  bool unwound = false;
  Background task(loop.get_executor(), wait_long(unwound));
  task.stop();
  on_loop(loop, task.join());
  EXPECT_TRUE(unwound);
}

TEST(Background, StoppedInTheTurnThatStartsItItStillUnwinds) {
  asio::io_context loop;
  bool unwound = false;
  const auto body = [&]() -> Task<void> {
    Background task(co_await asio::this_coro::executor, wait_long(unwound));
    task.stop();
    co_await task.join();
  };
  on_loop(loop, body());
  EXPECT_TRUE(unwound);
}

TEST(Background, ItsOwnersEndStopsIt) {
  asio::io_context loop;
  bool unwound = false;
  { const Background task(loop.get_executor(), wait_long(unwound)); }
  run_until(loop, [&] { return unwound; });
}

TEST(Background, AssigningAnotherStopsTheOldOne) {
  asio::io_context loop;
  bool first = false, second = false;
  Background task(loop.get_executor(), wait_long(first));
  task = Background(loop.get_executor(), wait_long(second));
  run_until(loop, [&] { return first; });
  EXPECT_TRUE(task.running());
  EXPECT_FALSE(second);
}

TEST(Background, GivesItsFailureToOnError) {
  asio::io_context loop;
  std::string said;
  Background task(loop.get_executor(), fail_with("broken"), [&](std::exception_ptr failure) { said = words_of(failure); });
  on_loop(loop, task.join());
  EXPECT_EQ(said, "broken");
}

TEST(Background, JoinReturnsToEveryoneAndAlsoAfterTheEnd) {
  asio::io_context loop;
  Background task(loop.get_executor(), sleep_for(milliseconds(2)));
  std::vector<Task<void>> joins;
  for (int i = 0; i < 3; ++i) joins.push_back(task.join());
  on_loop(loop, all_of(std::move(joins)));
  on_loop(loop, task.join());
  Background never;
  on_loop(loop, never.join());
}

TEST(Background, ATaskMayStopItself) {
  asio::io_context loop;
  Background task;
  bool went_on = false;
  const auto body = [&]() -> Task<void> {
    co_await sleep_for(milliseconds(1));
    task.stop();
    co_await sleep_for(kLong);
    went_on = true;
  };
  task = Background(loop.get_executor(), body());
  on_loop(loop, task.join());
  EXPECT_FALSE(went_on);
}

TEST(Cancellation, IsToldFromOtherFailures) {
  EXPECT_TRUE(is_cancellation(boost::system::system_error(asio::error::operation_aborted)));
  EXPECT_FALSE(is_cancellation(boost::system::system_error(asio::error::eof)));
  EXPECT_FALSE(is_cancellation(std::runtime_error("x")));
}

}  // namespace
}  // namespace zdt
