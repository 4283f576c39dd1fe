// Stretches of time in which requests failed.
#pragma once
#include <cstdint>
#include <map>

namespace zdt::load {

/// Failures that are at most kGap apart belong to one window. Times in microseconds, added in any order.
class ErrorWindows {
 public:
  static constexpr int64_t kGapUs = 1'000'000;

  /// A failure at `first` and one at `last`, with no gap of more than kGap between them.
  void add(int64_t first, int64_t last);
  bool empty() const { return windows_.empty(); }
  /// Of all windows; only when not empty.
  int64_t first() const { return windows_.begin()->first; }
  int64_t last() const { return windows_.rbegin()->second; }
  /// The length of the longest window.
  int64_t longest() const;

 private:
  std::map<int64_t, int64_t> windows_;  // first -> last
};

}  // namespace zdt::load
