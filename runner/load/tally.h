// What one worker has counted since it last handed its counts over. Filled on the way of every request: flat
// arrays, no locks, no allocation once a phase, a pod or a version has been seen.
#pragma once
#include <array>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "load/histogram.h"
#include "load/report.h"

namespace zdt::load {

inline constexpr size_t kStatusLimit = 1000;

/// The counts of one phase; latency of the ok ones. retries  attempts beyond the first.   saved_by_retry  ok
/// requests that needed one.
struct PhaseTally {
  uint64_t sent = 0, unfinished = 0, retries = 0, saved_by_retry = 0;
  std::array<uint64_t, kOutcomeCount> outcomes{};
  std::array<uint64_t, kStatusLimit> statuses{};
  Histogram latency;

  uint64_t ok() const { return outcomes[static_cast<size_t>(Outcome::kOk)]; }
  uint64_t failed() const;
  void add(const PhaseTally& other);
};

/// The counts of one of the plan's targets.
struct TargetTally {
  uint64_t sent = 0, unfinished = 0;
  std::array<uint64_t, kOutcomeCount> outcomes{};

  void add(const TargetTally& other);
};

/// What else there is to know about the generator itself, see SelfCheck.
struct SelfTally {
  uint64_t late_sends = 0, queued = 0, dropped_arrivals = 0, unsent_arrivals = 0;
  uint64_t connections_opened = 0, ports_exhausted = 0, descriptors_exhausted = 0, memory_exhausted = 0,
           retries_prevented = 0;
  Histogram lateness;

  void add(const SelfTally& other);
};

/// Answers of one pod or version; times in microseconds since the start of the load.
struct OriginTally {
  uint64_t ok = 0, failed = 0;
  int64_t first_us = 0, last_us = 0, first_ok_us = -1;  // -1: none

  void count(bool good, int64_t at_us);
  void add(const OriginTally& other);
};

/// Names of pods or versions as small numbers. Beyond kMost names, all others share one.
class Names {
 public:
  static constexpr size_t kMost = 1'000;
  static constexpr std::string_view kOthers = "(others)";

  /// The number of `name`; `hint` is tried first, it may be -1.
  int number_of(std::string_view name, int hint);
  const std::string& operator[](int number) const { return names_[static_cast<size_t>(number)]; }

 private:
  std::deque<std::string> names_;
};

/// Origins by their number in `names`.
struct OriginTallies {
  Names names;
  std::vector<OriginTally> counts;

  void count(int number, bool good, int64_t at_us);
};

/// One request's end. Times in microseconds since the start of the load; pod and version: numbers, -1 for
/// none. target  its number in the plan.   retried  it was sent more than once.
struct Ended {
  unsigned phase = 0;
  size_t target = 0;
  bool retried = false;
  Outcome outcome = Outcome::kOk;
  int status = 0;
  uint64_t latency_us = 0;
  int64_t at_us = 0;
  int pod = -1, version = -1;
};

/// first_failure_us, last_failure_us  since the last hand-over.   last_ok_us  of the whole run.   recovery_us  the
/// first ok after the last failure of the whole run.   -1: none.
class Tally {
 public:
  /// A null entry: nothing happened in that phase.
  std::vector<std::unique_ptr<PhaseTally>> phases;
  std::vector<TargetTally> targets;
  OriginTallies pods, versions;
  SelfTally self;
  std::vector<Failure> samples;
  int64_t first_failure_us = -1, last_failure_us = -1, last_ok_us = -1, recovery_us = -1;
  uint64_t queue_length = 0;

  PhaseTally& phase(unsigned number);
  TargetTally& target(size_t number);
  void count(const Ended& ended);
  /// Keeps the names, forgets the counts; only phase `current` keeps its memory.
  void clear(unsigned current);
};

}  // namespace zdt::load
