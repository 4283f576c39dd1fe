// When the arrivals of an open model are due.
#pragma once
#include <cstdint>
#include <limits>
#include <vector>

#include "load/stages.h"

namespace zdt::load {

/// Arrivals of one worker among several, evenly spaced: together they make the whole rate. Times are
/// nanoseconds of one clock. Where the rate stands, spacing is kept as a number of arrivals since the last
/// change, so that no rounding adds up; where it ramps, an arrival is due when the sum of the rate reaches
/// its number.
class Schedule {
 public:
  static constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

  /// rate  of all workers together, per second, > 0.   The first arrival of worker `index` of `count` is at
  /// start + index / rate.
  Schedule(double rate, unsigned index, unsigned count, int64_t start);
  /// rate  that the first stage begins at, may be 0.   Arrivals stand in the middle of
  /// their spacing, so that a stage has as many as its area says, rounded.
  Schedule(double rate, const std::vector<Stage>& stages, unsigned index, unsigned count, int64_t start);

  /// When the next arrival is due; kNever when the stages end at rate 0.
  int64_t next() const { return next_; }
  /// Takes it.
  void take();
  /// From `now` on the arrivals come at another rate, and the stages are over; the one under way comes as
  /// much sooner or later.
  void change_rate(double rate, int64_t now);
  /// As it was asked last; 0 while the stages go on.
  double rate() const { return rate_; }
  /// Every arrival not yet taken comes later by `pause` nanoseconds.
  void shift(int64_t pause);

 private:
  /// From `start` nanoseconds after the origin, when `arrivals` had come, to its end, when `last` have.
  /// rate  per ns.   slope  per ns².
  struct Ramp {
    double start = 0, length = 0, arrivals = 0, last = 0, rate = 0, slope = 0;

    double after(double since) const { return arrivals + (rate + slope * since / 2) * since; }
  };
  int64_t due() const;
  int64_t due_on_ramps(double arrival) const;
  double number() const { return 0.5 + static_cast<double>(index_ + taken_ * count_); }
  double arrivals_until(int64_t now) const;

  double rate_, spacing_;
  unsigned index_, count_;
  int64_t origin_, next_ = 0;
  uint64_t taken_ = 0;
  std::vector<Ramp> ramps_;  // empty: the rate stands
};

}  // namespace zdt::load
