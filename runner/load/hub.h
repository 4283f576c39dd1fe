// Where the workers' counts come together. Every call is safe from any thread; a worker calls it about every
// 100 ms.
#pragma once
#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "load/plan.h"
#include "load/report.h"
#include "load/tally.h"
#include "load/timeline.h"
#include "load/windows.h"

namespace zdt::load {

/// What a worker says at its end.
/// sending_us  how long it sent, pauses not counted.   arrivals  that became due.
struct Closing {
  int64_t sending_us = 0;
  uint64_t arrivals = 0;
};

class Hub {
 public:
  using Clock = std::chrono::steady_clock;
  Hub(size_t workers, bool open_model);

  /// The load starts now; before that no other call.
  void begin();
  /// The start of the load on the monotonic clock, and microseconds since then.
  Clock::time_point started() const { return started_; }
  int64_t micros_since_start() const;
  WallTime wall_at(int64_t micros) const { return wall_started_ + std::chrono::microseconds(micros); }

  /// Adds the counts of one worker, all from `second`. It may be given the same worker's next ones after
  /// that.
  void take(size_t worker, int64_t second, const Tally& tally);
  void close(const Closing& closing);

  /// The number of the phase of that name, which begins now unless there was one already.
  unsigned mark(const std::string& name);
  std::string phase_name(unsigned number) const;

  /// All but running, paused and rate.
  Snapshot snapshot() const;
  /// For good, once every worker has closed. Throws std::logic_error when sent is not ok + failed +
  /// unfinished.
  Report report() const;

 private:
  struct PhaseTotal {
    std::string name;
    int64_t start_us = 0;
    PhaseTally counts;
  };
  using OriginTotals = std::map<std::string, OriginTally>;

  PhaseTally total() const;
  void take_samples(const Tally& tally);
  std::vector<Phase> phase_reports() const;
  Verdict verdict(const PhaseTally& all) const;
  SelfCheck self_check(const PhaseTally& all) const;

  Clock::time_point started_;
  WallTime wall_started_;
  const bool open_model_;
  mutable std::mutex mutex_;
  std::vector<PhaseTotal> phases_;
  std::vector<uint64_t> queue_lengths_;
  unsigned phase_ = 0;
  Timeline timeline_;
  ErrorWindows windows_;
  OriginTotals pods_, versions_;
  SelfTally self_;
  std::vector<Failure> failures_;
  int64_t last_ok_us_ = -1, ended_us_ = -1, sending_us_ = 0;
  uint64_t arrivals_ = 0;
};

}  // namespace zdt::load
