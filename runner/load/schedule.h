// When the arrivals of an open model are due.
#pragma once
#include <cstdint>

namespace zdt::load {

/// Evenly spaced arrivals of one worker among several: together they make the whole rate. Times are
/// nanoseconds of one clock. Spacing is kept as a number of arrivals since the last change, so that no
/// rounding adds up.
class Schedule {
 public:
  /// rate  of all workers together, per second, > 0.   The first arrival of worker `index` of `count` is at
  /// start + index / rate.
  Schedule(double rate, unsigned index, unsigned count, int64_t start);

  /// When the next arrival is due.
  int64_t next() const { return origin_ + static_cast<int64_t>(spacing_ * static_cast<double>(taken_)); }
  /// Takes it.
  void take() { ++taken_; }
  /// From `now` on the arrivals come at another rate; the one under way comes as much sooner or later.
  void change_rate(double rate, int64_t now);
  double rate() const { return rate_; }
  /// Every arrival not yet taken comes later by `pause` nanoseconds.
  void shift(int64_t pause);

 private:
  double rate_, spacing_;
  unsigned count_;
  int64_t origin_;
  uint64_t taken_ = 0;
};

}  // namespace zdt::load
