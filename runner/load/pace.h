// When a worker may send its next request: open model by a schedule, closed model by what has ended.
#pragma once
#include <cstdint>
#include <deque>
#include <limits>
#include <optional>

#include "load/plan.h"
#include "load/schedule.h"
#include "load/tally.h"

namespace zdt::load {

/// Times are nanoseconds since the start of the load. Counts what it sees of arrivals into the tally.
class Pace {
 public:
  static constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

  /// index  of the worker among plan.workers.   connections  its share of the plan's.
  Pace(const Plan& plan, unsigned index, unsigned connections, SelfTally& self);

  /// The intended send time of a request that may go out at `now`, and takes it; nothing when none is due.
  /// Asked only while a connection is free.
  std::optional<int64_t> take(int64_t now);
  /// Arrivals that are due at `now` and found no free connection join the queue, or are dropped.
  void queue_due(int64_t now);
  /// A request has ended at `now`: the closed model's next one is due after the think time.
  void ended(int64_t now);
  /// When take() has something next; kNever while paused.
  int64_t next_due(bool connection_free) const;

  void change_rate(double rate, int64_t now);
  void set_paused(bool paused, int64_t now);
  /// For good: what is queued stays unsent, and is counted.
  void close(int64_t now);

  bool paused() const { return paused_since_.has_value(); }
  size_t queue_length() const { return schedule_ ? due_.size() : 0; }
  /// Arrivals that became due; how long the pace was not paused, until close().
  uint64_t arrivals() const { return arrivals_; }
  int64_t sending_time() const { return closed_at_ - paused_time_; }
  int64_t paused_time() const { return paused_time_; }

 private:
  std::optional<int64_t> take_arrival(int64_t now);

  const size_t queue_limit_;
  const int64_t think_time_;
  SelfTally& self_;
  std::optional<Schedule> schedule_;  // open model only
  std::deque<int64_t> due_;  // open: the queue, by intended time; closed: when each free connection may send
  std::optional<int64_t> paused_since_;
  uint64_t arrivals_ = 0;
  int64_t paused_time_ = 0, closed_at_ = 0;
};

}  // namespace zdt::load
