// What a load has seen. Times: `_ms` since the start of the load unless a wall time; latencies in
// microseconds.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/units.h"
#include "load/outcome.h"

namespace zdt::load {

/// Of the requests that ended `ok`. In the open model from the intended send time, else from the start of the
/// request. All zero when there was none: ask `count` first.
struct Latency {
  uint64_t count = 0;
  uint64_t min_us = 0, p50_us = 0, p90_us = 0, p95_us = 0, p99_us = 0, p999_us = 0, max_us = 0;
  double mean_us = 0;
};

/// sent = ok + failed + unfinished, always; failed is the sum of `outcomes` without ok.
/// statuses  of every whole answer, expected or not.
struct Counts {
  uint64_t sent = 0, ok = 0, failed = 0, unfinished = 0;
  std::map<Outcome, uint64_t> outcomes;  ///< every outcome has an entry, also at zero
  std::map<int, uint64_t> statuses;
  Latency latency;
};

/// One mark's part. A request belongs to the phase in which it was sent. Before the first mark it is "start".
struct Phase : Counts {
  std::string name;
  int64_t start_ms = 0;  ///< its first mark
  int64_t end_ms = 0;    ///< the first mark of the phase that follows in the list, or the load's end
};

/// One second. Sent in it; answered (ok) or failed in it; p99 of the ok ones.
struct Second {
  int64_t second = 0;
  uint64_t sent = 0, ok = 0, failed = 0, p99_us = 0;
};

/// Answers by one pod or one version. first_ms, last_ms: when its first and last answer came.
struct Origin {
  uint64_t ok = 0, failed = 0;
  int64_t first_ms = 0, last_ms = 0;
};

/// One failed request. at_ms, wall  when it failed.   sent_ms  when it was sent.
/// pod, version, edge_flags (x-edge-flags), upstream (x-edge-upstream)  response headers, "" when none came.
/// what  in words, as libcurl said it.
struct Failure {
  int64_t at_ms = 0, sent_ms = 0;
  WallTime wall;
  std::string phase;
  Outcome outcome = Outcome::kOk;
  int status = 0;
  std::string pod, version, edge_flags, upstream, what, method, url;
};
inline constexpr size_t kMostFailureSamples = 100;

/// Failures that are at most one second apart form an error window.
struct Verdict {
  double success_rate = 0;                              ///< ok / (ok + failed), 0 … 1; 0 when nothing ended
  int64_t longest_error_window_ms = 0;                  ///< at least 1 when any failed
  int64_t first_failure_ms = -1, last_failure_ms = -1;  ///< -1: none failed
  int64_t failure_span_ms = 0;
  bool recovered = true;  ///< nothing failed, or something succeeded after the last failure
};

/// What could make the claim untrue, seen on our own side. Arrivals: open model only.
struct SelfCheck {
  uint64_t late_sends = 0;        ///< could have gone out, but left more than 5 ms after their intended time
  uint64_t lateness_p99_us = 0;   ///< of all arrivals that did not queue
  uint64_t queued = 0;            ///< arrivals that had to wait for a connection
  uint64_t dropped_arrivals = 0;  ///< found the queue full
  uint64_t unsent_arrivals = 0;   ///< were still queued when the load ended
  double asked_per_s = 0;         ///< over the time that the load sent and was not paused; closed model: 0
  double achieved_per_s = 0;      ///< over the same time
  uint64_t connections_opened = 0;  ///< sockets made, also for connects that failed
  uint64_t ports_exhausted = 0;     ///< connects that found no free local port (EADDRNOTAVAIL)
  uint64_t retries_prevented = 0;  ///< libcurl would have sent them again in silence; each is closed or reset
};

/// failures  the first 100.   phases  in order of their first mark.
struct Report : Counts {
  WallTime started;
  int64_t duration_ms = 0;
  std::vector<Second> timeline;
  std::vector<Phase> phases;
  std::map<std::string, Origin> pods, versions;
  std::vector<Failure> failures;
  Verdict verdict;
  SelfCheck self_check;

  uint64_t dropped_arrivals() const { return self_check.dropped_arrivals; }
  /// The phase of that name, or null.
  const Phase* phase(std::string_view name) const;
};

/// A running load's counts, at most about 100 ms old. sent = ok + failed + in_flight + unfinished.
struct Snapshot {
  int64_t elapsed_ms = 0;
  std::string phase;
  bool running = true, paused = false;
  double rate = 0;  ///< as asked; 0: closed model
  uint64_t sent = 0, ok = 0, failed = 0, in_flight = 0, queued = 0, dropped_arrivals = 0;
  uint64_t unfinished = 0;          ///< 0 while it runs
  uint64_t p50_us = 0, p99_us = 0;  ///< of the whole run so far
  Second second;                    ///< the last whole one
  std::map<Outcome, uint64_t> outcomes;
  std::vector<Failure> failures;  ///< the first 100
};

/// Keys are the field names above. `status` is "passed" (all ok), "failed" (any failed or unfinished, or
/// arrivals were dropped), or "error" (nothing was sent, or nothing ended). Wall times are RFC 3339 with
/// milliseconds.
json to_json(const Report& report);
json to_json(const Snapshot& snapshot);
json to_json(const Failure& failure);

}  // namespace zdt::load
