// One piece of a script's work, run in a task of its own: bounded, guarded against exceptions, and cancelled
// by an interruption.
#pragma once
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include "base/units.h"
#include "host/task.h"

namespace zdt::stage {

/// What interrupt() sets off. asked  stays true from then on.
struct Interruption {
  asio::cancellation_signal signal;
  bool asked = false;
};

inline Error interrupted_in(std::string_view name) {
  return {Code::kCancelled, fmt::format("interrupted in {}", name), ""};
}

template <class T>
using Start = std::function<Task<Result<T>>()>;

/// Anything but a cancellation that `start()` throws is a defect in the script's world: kScript.
template <class T>
Task<Result<T>> guarded(Start<T> start, std::string name) {
  std::string what;
  try {
    auto result = co_await start();
    co_return result;
  } catch (const std::exception& failure) {
    if (is_cancellation(failure)) throw;
    what = failure.what();
  }
  co_return Error{Code::kScript, fmt::format("{} failed unexpectedly: {}", name, what), ""};
}

/// Awaits `work` in a new task that `interruption` cancels; without one, the caller's own cancellation does.
template <class T>
Task<std::tuple<std::exception_ptr, Result<T>>> in_own_task(Task<Result<T>> work,
                                                            Interruption* interruption) {
  auto executor = co_await asio::this_coro::executor;
  if (interruption == nullptr) {
    auto ended = co_await asio::co_spawn(executor, std::move(work), asio::as_tuple(asio::use_awaitable));
    co_return ended;
  }
  auto ended = co_await asio::co_spawn(
      executor, std::move(work),
      asio::bind_cancellation_slot(interruption->signal.slot(), asio::as_tuple(asio::use_awaitable)));
  co_return ended;
}

/// Awaits `start()` in a new task, at most `limit` (zero: no limit). Throws only when the caller itself is
/// cancelled. interruption  cancels it; null: only the caller's cancellation does.   name  how messages call
/// it (`step "x"`). Fails  kTimeout (`step "x" did not end within 10 s`), kCancelled (interrupted), kScript
/// (threw), kFailed (cancelled,
///        though nobody asked), or what `start()` returned.
template <class T>
Task<Result<T>> attempt(Start<T> start, milliseconds limit, std::string name, Interruption* interruption) {
  if (interruption != nullptr && interruption->asked) co_return interrupted_in(name);
  Error late{Code::kTimeout, fmt::format("{} did not end within {}", name, format_duration(limit)), ""};
  auto bounded = with_deadline<T>(guarded<T>(std::move(start), name), limit, std::move(late));
  auto [failure, result] = co_await in_own_task<T>(std::move(bounded), interruption);
  if (!failure) co_return std::move(result);
  auto own = co_await asio::this_coro::cancellation_state;
  if (own.cancelled() != asio::cancellation_type::none) std::rethrow_exception(failure);
  if (interruption != nullptr && interruption->asked) co_return interrupted_in(name);
  co_return Error{Code::kFailed, fmt::format("{} was cancelled from within", name), ""};
}

}  // namespace zdt::stage
