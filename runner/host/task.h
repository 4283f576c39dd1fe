// Coroutines on the one event loop.
//
// A Task is an ordinary C++20 coroutine. Failure is a Result; being cancelled is an exception
// (boost::system::system_error with operation_aborted) that unwinds the coroutine through its destructors, so that
// nobody has to hand "stop" from call to call. Code that must await while it cleans up runs as a new task.
//
// Whoever emits a cancellation posts it (as Background::stop() does): with_deadline() and all_of() start their work at
// once, and a signal emitted from within that first stretch, before they listen themselves, would reach nobody.
#pragma once
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <functional>

#include "base/error.h"

namespace zdt {

namespace asio = boost::asio;
using std::chrono::milliseconds;

template <class T>
using Task = asio::awaitable<T>;

/// Whether `failure` only says that the task was cancelled.
bool is_cancellation(const std::exception& failure);

/// Waits `duration`; unwinds when cancelled.
Task<void> sleep_for(std::chrono::nanoseconds duration);

/// Awaits `work`, but at most `limit`; then `work` is cancelled (and awaited to its end) and the result is
/// `on_timeout`. A `limit` of zero means none.
template <class T>
Task<Result<T>> with_deadline(Task<Result<T>> work, milliseconds limit, Error on_timeout) {
  if (limit.count() == 0) {
    auto unlimited = co_await std::move(work);
    co_return unlimited;
  }
  auto executor = co_await asio::this_coro::executor;
  asio::steady_timer timer(executor, limit);
  auto group = asio::experimental::make_parallel_group(asio::co_spawn(executor, std::move(work), asio::deferred),
                                                       timer.async_wait(asio::deferred));
  auto [order, failure, result, timer_error] =
      co_await group.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
  if (order[0] == 0) {
    if (failure) std::rethrow_exception(failure);
    co_return std::move(result);
  }
  if (timer_error) throw boost::system::system_error(timer_error);  // cancelled from outside
  co_return std::move(on_timeout);
}

/// Awaits all of `work` at once. When one throws, the others are cancelled and its exception goes on.
Task<void> all_of(std::vector<Task<void>> work);

/// A condition that tasks wait for: notify_all() wakes everyone who waits at that moment. One loop only.
class Condition {
 public:
  explicit Condition(asio::any_io_executor executor);
  /// Returns at the next notify_all(); unwinds when cancelled.
  Task<void> wait();
  /// Like wait(), but returns false when `limit` passes first.
  Task<bool> wait_for(milliseconds limit);
  void notify_all();

 private:
  asio::steady_timer timer_;
};

/// A task that runs beside its owner and is cancelled by stop() or by the owner's end. Its own failure is given to
/// `on_error` (default: written to the log); cancellation is not a failure.
class Background {
 public:
  Background() = default;
  Background(asio::any_io_executor executor, Task<void> work, std::function<void(std::exception_ptr)> on_error = {});
  Background(Background&&) noexcept = default;
  Background& operator=(Background&& other) noexcept;
  ~Background();

  /// Asks the task to unwind; it does so on the loop, soon.
  void stop();
  bool running() const;
  /// Returns when the task has ended.
  Task<void> join();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace zdt
