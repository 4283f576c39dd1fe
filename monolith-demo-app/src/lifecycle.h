#pragma once

#include <atomic>
#include <chrono>

namespace monolith {

/// Where the process is in its life. Goes forward only; any thread may ask.
class Lifecycle {
 public:
  bool serving() const { return phase_ == Phase::kServing; }
  bool draining() const { return phase_ == Phase::kDraining; }
  bool starting() const { return phase_ == Phase::kStarting; }

  /// The listener is open. Does nothing once draining has begun.
  void enter_serving() {
    Phase expected = Phase::kStarting;
    opened_ = std::chrono::steady_clock::now().time_since_epoch();
    phase_.compare_exchange_strong(expected, Phase::kServing);
  }

  /// When the listener was opened.
  std::chrono::steady_clock::time_point opened() const {
    return std::chrono::steady_clock::time_point(opened_.load());
  }

  /// SIGTERM came: /health says 503 and every answer says "Connection: close" from here on.
  void enter_draining() { phase_ = Phase::kDraining; }

 private:
  enum class Phase { kStarting, kServing, kDraining };
  std::atomic<std::chrono::steady_clock::duration> opened_{};
  std::atomic<Phase> phase_{Phase::kStarting};
};

}  // namespace monolith
