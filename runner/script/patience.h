// Long waits say what they wait for, and end when it will not come.
#pragma once
#include "kube/standstill.h"
#include "stage/plan.h"

namespace zdt::script {

/// One look at what a wait waits for.
using Look = std::function<Task<kube::Standstill>()>;

/// Looks every second, for ever: logs "waiting for WHAT: …" every 10 s, and returns when something lasts.
/// Fails nothing; the error is kFailed, "WHAT: pod keda/keda-operator-7d4 has not started for 1m: ImagePullBackOff: …".
Task<Error> stand_by(std::string what, Look look, stage::Recorder& recorder);

/// Awaits `work` beside stand_by(), whose error is the result when it comes first; `work` is then cancelled and awaited.
template <class T>
Task<Result<T>> with_patience(Task<Result<T>> work, std::string what, Look look, stage::Recorder& recorder) {
  auto executor = co_await asio::this_coro::executor;
  auto group = asio::experimental::make_parallel_group(
      asio::co_spawn(executor, std::move(work), asio::deferred),
      asio::co_spawn(executor, stand_by(std::move(what), std::move(look), recorder), asio::deferred));
  auto [order, failure, result, other_failure, error] =
      co_await group.async_wait(asio::experimental::wait_for_one(), asio::use_awaitable);
  if (order[0] == 0) {
    if (failure) std::rethrow_exception(failure);
    co_return std::move(result);
  }
  if (other_failure) std::rethrow_exception(other_failure);  // cancelled from outside
  co_return std::move(error);
}

/// Since when one cause lasts.
class Lasting {
 public:
  explicit Lasting(milliseconds patience) : patience_(patience) {}
  /// The cause with its time, once it has been there under this key for the whole patience; else "".   key  "": there is none.
  std::string after_patience(const std::string& key, const std::string& cause);

 private:
  milliseconds patience_;
  std::string key_;
  std::chrono::steady_clock::time_point since_;
};

/// Says every 10 s what is waited for.
class Reminder {
 public:
  Reminder(std::string what, stage::Recorder& recorder, milliseconds every = milliseconds(10'000))
      : what_(std::move(what)), recorder_(recorder), every_(every) {}
  /// Logs when `every` has passed since the beginning or the last line.   seen  "": nothing can be said of it.
  void remind(const std::string& seen);

 private:
  using Time = std::chrono::steady_clock::time_point;
  std::string what_;
  stage::Recorder& recorder_;
  milliseconds every_;
  Time said_ = std::chrono::steady_clock::now();
};

}  // namespace zdt::script
