#include "capacity.h"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace monolith {

namespace asio = boost::asio;

/// Null when a slot was free, and is taken now.
Slots::Waiter Slots::take_or_queue(const asio::any_io_executor& executor) {
  const std::lock_guard lock(mutex_);
  if (free_ > 0) {
    --free_;
    return nullptr;
  }
  waiting_.push_back(std::make_shared<asio::steady_timer>(executor, asio::steady_timer::time_point::max()));
  return waiting_.back();
}

asio::awaitable<Slots::Turn> Slots::enter() {
  if (!limited_) co_return Turn(nullptr);
  const Waiter waiter = take_or_queue(co_await asio::this_coro::executor);
  boost::system::error_code woken;
  if (waiter) co_await waiter->async_wait(asio::redirect_error(asio::use_awaitable, woken));
  co_return Turn(this);
}

/// Hands the slot to whoever waits longest. It is woken on its own strand, so never before it sleeps.
void Slots::leave() {
  const std::lock_guard lock(mutex_);
  if (waiting_.empty()) {
    ++free_;
    return;
  }
  const Waiter next = waiting_.front();
  waiting_.pop_front();
  asio::post(next->get_executor(), [next] { next->cancel(); });
}

asio::awaitable<void> ColdStart::wait() {
  if (left_ <= 0 || left_-- <= 0) co_return;
  asio::steady_timer timer(co_await asio::this_coro::executor, delay_);
  co_await timer.async_wait(asio::use_awaitable);
}

}  // namespace monolith
