// Where the workers' counts come together. Every call is safe from any thread; a worker calls it about every
// 100 ms.
#pragma once
#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "load/plan.h"
#include "load/report.h"
#include "load/tally.h"
#include "load/timeline.h"
#include "load/windows.h"

namespace zdt::load {

/// What a worker says at its end.
/// sending_us  how long it sent, which in the closed model it does until the last answer.   running_us  until its last answer,
/// in both models. Pauses count in neither.   arrivals  that became due.
struct Closing {
  int64_t sending_us = 0;
  uint64_t arrivals = 0;
  int64_t running_us = 0;
};

/// The first kMostFailureSamples.
std::vector<Failure> first_of(const std::vector<Failure>& failures);

class Hub {
 public:
  using Clock = std::chrono::steady_clock;
  Hub(size_t workers, bool open_model);
  /// Of a checked plan, whose targets and thresholds take part.
  explicit Hub(const Plan& plan);

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

  /// Whether a threshold has failed that ends the load; it is looked at once a second. Takes no lock.
  bool aborted() const { return aborted_.load(std::memory_order_relaxed); }

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
  void abort_if_failed(int64_t second);
  std::optional<Observed> observed(const Threshold& threshold, int64_t until_us) const;
  Observed observed(const PhaseTally& counts, int64_t length_us) const;
  std::vector<ThresholdResult> threshold_results() const;
  std::vector<Url> url_reports() const;
  std::vector<Phase> phase_reports() const;
  int64_t recovery() const;
  Verdict verdict(const PhaseTally& all) const;
  SelfCheck self_check(const PhaseTally& all) const;

  Clock::time_point started_;
  WallTime wall_started_;
  std::optional<int64_t> cpu_wait_before_, cpu_wait_after_;
  const bool open_model_;
  mutable std::mutex mutex_;
  std::vector<PhaseTotal> phases_;
  std::vector<uint64_t> queue_lengths_;
  unsigned phase_ = 0;
  Timeline timeline_;
  ErrorWindows windows_;
  OriginTotals pods_, versions_;
  std::vector<Url> urls_;  // names only
  std::vector<TargetTally> targets_;
  std::vector<Threshold> thresholds_;
  int64_t looked_at_ = 0;  // the second in which the thresholds were
  size_t aborted_by_ = SIZE_MAX;
  std::atomic<bool> aborted_{false};
  SelfTally self_;
  std::vector<Failure> failures_;
  std::vector<int64_t> recoveries_;  // by worker, see Tally
  int64_t last_ok_us_ = -1, ended_us_ = -1, sending_us_ = 0, running_us_ = 0;
  uint64_t arrivals_ = 0;
};

}  // namespace zdt::load
