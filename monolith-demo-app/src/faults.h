#pragma once

#include <atomic>
#include <chrono>
#include <string_view>

namespace monolith {

/// What --fail-every asks for: an instance that fails now and then. One request in each period is answered with 503,
/// the first one included; all others are served. So a request that is repeated within the period succeeds.
/// Kubelets' and Prometheus' requests are spared, as the instance is to look healthy. Any thread may ask.
class Faults {
 public:
  using Clock = std::chrono::steady_clock;

  /// period  0: nothing ever fails.
  explicit Faults(std::chrono::milliseconds period) : period_(period) {}

  /// Whether the request to `target` that came at `now` is the one that fails.
  bool strikes(std::string_view target, Clock::time_point now) {
    if (period_.count() == 0 || is_spared(target.substr(0, target.find('?')))) return false;
    Clock::duration due = due_;
    return now.time_since_epoch() >= due && due_.compare_exchange_strong(due, now.time_since_epoch() + period_);
  }

 private:
  static bool is_spared(std::string_view path) { return path == "/health" || path == "/metrics" || path == "/prestop"; }

  const Clock::duration period_;
  std::atomic<Clock::duration> due_{Clock::duration::min()};  // since the clock's epoch
};

}  // namespace monolith
