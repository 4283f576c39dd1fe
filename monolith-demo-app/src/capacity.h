#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <deque>
#include <memory>
#include <mutex>
#include <utility>

namespace monolith {

/// A limit on the requests that are worked on at a time; further ones wait in the order in which they came, as in a
/// server with that many worker threads. Any thread. Must outlive its turns.
class Slots {
 public:
  /// count  0: no limit, and nothing ever waits.
  explicit Slots(int count) : free_(count), limited_(count > 0) {}

  /// The right to be worked on; given back when it is destroyed.
  class Turn {
   public:
    explicit Turn(Slots* slots) : slots_(slots) {}
    Turn(Turn&& other) noexcept : slots_(std::exchange(other.slots_, nullptr)) {}
    Turn& operator=(Turn&&) = delete;
    ~Turn() {
      if (slots_ != nullptr) slots_->leave();
    }

   private:
    Slots* slots_;
  };

  /// Waits for a free slot. The caller's executor must be a strand.
  boost::asio::awaitable<Turn> enter();

 private:
  using Waiter = std::shared_ptr<boost::asio::steady_timer>;
  Waiter take_or_queue(const boost::asio::any_io_executor& executor);
  void leave();

  std::mutex mutex_;
  int free_;
  const bool limited_;
  std::deque<Waiter> waiting_;
};

/// The first requests of a process that find nothing prepared: no connection pool, no cache, no compiled code. Any
/// thread.
class ColdStart {
 public:
  /// The first `requests` are held up by `delay` each, however long the process has been up.
  ColdStart(int requests, std::chrono::milliseconds delay) : left_(requests), delay_(delay) {}

  /// Waits for as long as the next request is held up: not at all once the process is warm.
  boost::asio::awaitable<void> wait();

 private:
  std::atomic<int> left_;
  const std::chrono::milliseconds delay_;
};

}  // namespace monolith
