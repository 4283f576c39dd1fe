// Runs one coroutine to its end on a loop, with a limit, so that a test that waits for ever fails instead.
#pragma once
#include <gtest/gtest.h>

#include <optional>
#include <stdexcept>

#include "host/task.h"

namespace zdt::testing {

constexpr std::chrono::seconds kTestLimit{5};

/// Runs `loop` until `holds`; throws after `limit`.
inline void run_until(asio::io_context& loop, const std::function<bool()>& holds,
                      std::chrono::milliseconds limit = kTestLimit) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!holds()) {
    if (std::chrono::steady_clock::now() >= end) throw std::runtime_error("it did not happen in time");
    loop.restart();
    loop.run_one_until(std::min(end, std::chrono::steady_clock::now() + std::chrono::milliseconds(20)));
  }
}

/// The task's value; what it throws, goes on.
template <class T>
T on_loop(asio::io_context& loop, Task<T> task, std::chrono::milliseconds limit = kTestLimit) {
  std::optional<T> value;
  std::exception_ptr failure;
  asio::co_spawn(loop, std::move(task), [&](std::exception_ptr thrown, T result) {
    failure = thrown;
    value = std::move(result);
  });
  run_until(loop, [&] { return value.has_value(); }, limit);
  if (failure) std::rethrow_exception(failure);
  return std::move(*value);
}

inline void on_loop(asio::io_context& loop, Task<void> task, std::chrono::milliseconds limit = kTestLimit) {
  bool ended = false;
  std::exception_ptr failure;
  asio::co_spawn(loop, std::move(task), [&](std::exception_ptr thrown) {
    failure = thrown;
    ended = true;
  });
  run_until(loop, [&] { return ended; }, limit);
  if (failure) std::rethrow_exception(failure);
}

/// Says when it is destroyed: how a test sees that a coroutine has unwound.
class Witness {
 public:
  explicit Witness(bool& gone) : gone_(gone) {}
  ~Witness() { gone_ = true; }
  Witness(const Witness&) = delete;
  Witness& operator=(const Witness&) = delete;

 private:
  bool& gone_;
};

}  // namespace zdt::testing
