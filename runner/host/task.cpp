#include "host/task.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>

#include "base/guard.h"

namespace zdt {

bool is_cancellation(const std::exception& failure) {
  const auto* error = dynamic_cast<const boost::system::system_error*>(&failure);
  return error != nullptr && error->code() == asio::error::operation_aborted;
}

namespace {

bool is_cancellation_of_task(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    return is_cancellation(error);
  } catch (...) {
    return false;
  }
}

/// Unwinds a task whose timer ended because the task was cancelled, rather than because it was notified.
Task<void> throw_if_cancelled() {
  auto state = co_await asio::this_coro::cancellation_state;
  if (state.cancelled() != asio::cancellation_type::none) {
    throw boost::system::system_error(asio::error::operation_aborted);
  }
}

}  // namespace

Task<void> sleep_for(std::chrono::nanoseconds duration) {
  asio::steady_timer timer(co_await asio::this_coro::executor, duration);
  co_await timer.async_wait(asio::use_awaitable);
}

Task<void> all_of(std::vector<Task<void>> work) {
  if (work.empty()) co_return;
  auto executor = co_await asio::this_coro::executor;
  using Operation = decltype(asio::co_spawn(executor, std::declval<Task<void>>(), asio::deferred));
  std::vector<Operation> operations;
  for (auto& task : work) operations.push_back(asio::co_spawn(executor, std::move(task), asio::deferred));
  auto group = asio::experimental::make_parallel_group(std::move(operations));
  auto [order, failures] = co_await group.async_wait(asio::experimental::wait_for_one_error(), asio::use_awaitable);
  for (size_t index : order) {
    if (failures[index]) std::rethrow_exception(failures[index]);
  }
}

Condition::Condition(asio::any_io_executor executor) : timer_(executor, asio::steady_timer::time_point::max()) {}

Task<void> Condition::wait() {
  boost::system::error_code ignored;  // the timer never expires: it ends by notify_all() or by cancellation
  co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  co_await throw_if_cancelled();
}

Task<bool> Condition::wait_for(milliseconds limit) {
  asio::steady_timer deadline(co_await asio::this_coro::executor, limit);
  auto group =
      asio::experimental::make_parallel_group(timer_.async_wait(asio::deferred), deadline.async_wait(asio::deferred));
  auto [order, notified, expired] =
      co_await group.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
  co_await throw_if_cancelled();
  co_return order[0] == 0;
}

void Condition::notify_all() { timer_.cancel(); }

struct Background::State {
  explicit State(const asio::any_io_executor& on) : executor(on), ended(on) {}
  asio::any_io_executor executor;
  asio::cancellation_signal cancel;
  Condition ended;
  bool running = true;
};

Background::Background(asio::any_io_executor executor, Task<void> work,
                       std::function<void(std::exception_ptr)> on_error)
    : state_(std::make_shared<State>(executor)) {
  auto on_end = [state = state_, on_error = std::move(on_error)](std::exception_ptr failure) {
    state->running = false;
    state->ended.notify_all();
    if (!failure || is_cancellation_of_task(failure)) return;
    if (!on_error) return log_failure("a background task ended", failure);
    guarded("a background task's failure could not be told", [&] { on_error(failure); });
  };
  asio::co_spawn(executor, std::move(work), asio::bind_cancellation_slot(state_->cancel.slot(), std::move(on_end)));
}

Background& Background::operator=(Background&& other) noexcept {
  if (this != &other) {
    stop();
    state_ = std::move(other.state_);
  }
  return *this;
}

Background::~Background() { stop(); }

void Background::stop() {
  if (!running()) return;
  // Posted, so that a task may stop its owner without being unwound below its own feet.
  asio::post(state_->executor, [state = state_] {
    if (state->running) state->cancel.emit(asio::cancellation_type::terminal);
  });
}

bool Background::running() const { return state_ && state_->running; }

Task<void> Background::join() {
  while (running()) co_await state_->ended.wait();
}

}  // namespace zdt
