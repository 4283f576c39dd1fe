// When an ended container starts again.
// https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy
#pragma once
#include <algorithm>
#include <chrono>

#include "base/units.h"

namespace zdt::rehearsal {

/// The first restart comes at once, the second after 10 s, then twice as long each time up to 5 min. Ten
/// minutes of running begin it anew.
class RestartBackoff {
 public:
  /// The wait before the next start, when the last run took `ran`.
  std::chrono::seconds next(std::chrono::steady_clock::duration ran) {
    if (ran > 2 * kLongest) next_ = std::chrono::seconds(0);
    const auto wait = next_;
    next_ = wait.count() == 0 ? kFirst : std::min(2 * wait, kLongest);
    return wait;
  }

 private:
  static constexpr std::chrono::seconds kFirst{10}, kLongest{300};
  std::chrono::seconds next_{0};
};

}  // namespace zdt::rehearsal
