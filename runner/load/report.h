// What a load has seen. Times: `_ms` since the start of the load unless a wall time; latencies in
// microseconds.
#pragma once
#include <map>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/units.h"
#include "load/outcome.h"
#include "load/threshold.h"

namespace zdt::load {

/// Of the requests that ended `ok`. In the open model from the intended send time, else from the start of the
/// request. All zero when there was none: ask `count` first.
struct Latency {
  uint64_t count = 0;
  uint64_t min_us = 0, p50_us = 0, p90_us = 0, p95_us = 0, p99_us = 0, p999_us = 0, max_us = 0;
  double mean_us = 0;
};

/// sent = ok + failed + unfinished, always; failed is the sum of `outcomes` without ok.
/// statuses  of every whole answer, expected or not.   retries  attempts beyond the first, which count nowhere
/// else.   saved_by_retry  the ok ones that needed one.
struct Counts {
  uint64_t sent = 0, ok = 0, failed = 0, unfinished = 0, retries = 0, saved_by_retry = 0;
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

/// One of the plan's targets.
struct Url {
  std::string method, url;
  uint64_t sent = 0, ok = 0, failed = 0, unfinished = 0;
  std::map<Outcome, uint64_t> outcomes;  ///< those that occurred
};

/// Answers by one pod or one version. first_ms, last_ms: when its first and last answer came; first_ok_ms: its first
/// expected one, -1 for none.
struct Origin {
  uint64_t ok = 0, failed = 0;
  int64_t first_ms = 0, last_ms = 0, first_ok_ms = -1;
};

/// One failed request. at_ms, wall  when it failed.   sent_ms  when it was sent.
/// pod, version, edge_flags (x-edge-flags), upstream (x-edge-upstream)  response headers, "" when none came.
/// endpoint  "10.244.1.7:8080", where the kernel's connection tracking led the connection; "" when unknown, or not
///           asked, as the pod is.
/// what  in words, as libcurl said it.
struct Failure {
  int64_t at_ms = 0, sent_ms = 0;
  WallTime wall;
  std::string phase;
  Outcome outcome = Outcome::kOk;
  int status = 0;
  std::string pod, version, edge_flags, upstream, endpoint, what, method, url;
};
inline constexpr size_t kMostFailureSamples = 100, kMostFailuresKept = 10'000;

/// Failures of one kind: by the same pod, in the same phase of its life (attribution.h), with the same outcome.
/// pod, version, outcome  "" when unknown.   known_by  "header", "connection", "deduced", or "" for no pod.
/// sentence  "reset by web-x7k2p 120 ms after SIGTERM, 2.1 s before its endpoint left the Service"
struct Loss {
  std::string pod, version, phase, outcome;
  int status = 0;
  uint64_t count = 0;
  int64_t first_ms = 0;
  std::string known_by, sentence;
};

/// Failures that are at most one second apart form an error window.
struct Verdict {
  double success_rate = 0;                              ///< ok / (ok + failed), 0 … 1; 0 when nothing ended
  int64_t longest_error_window_ms = 0;                  ///< at least 1 when any failed
  int64_t first_failure_ms = -1, last_failure_ms = -1;  ///< -1: none failed
  int64_t failure_span_ms = 0;
  bool recovered = true;  ///< nothing failed, or something succeeded after the last failure
  /// From the first failure to the first success after the last one. 0: none failed. -1: none succeeded since.
  int64_t time_to_recover_ms = 0;
  /// How many failed by phase of a pod's life, and by version ("unknown" where it is not known).
  std::map<std::string, uint64_t> losses_by_phase, losses_by_version;
};

/// What could make the claim untrue, seen on our own side. Arrivals: open model only.
/// problems  each a sentence that says why the counts prove nothing (self_check.h); empty: they can be trusted.
struct SelfCheck {
  uint64_t late_sends = 0;        ///< could have gone out, but left more than 5 ms after their intended time
  uint64_t lateness_p99_us = 0;   ///< of all arrivals that did not queue
  uint64_t queued = 0;            ///< arrivals that had to wait for a connection
  uint64_t dropped_arrivals = 0;  ///< found the queue full
  uint64_t unsent_arrivals = 0;   ///< were still queued when the load ended
  double asked_per_s = 0;         ///< over the time that the load sent and was not paused; closed model: 0
  double achieved_per_s = 0;      ///< open model: over the same time; closed model: until the last answer
  uint64_t connections_opened = 0;  ///< that stood; a connect that failed is none
  uint64_t ports_exhausted = 0;        ///< requests that found no free local port (EADDRNOTAVAIL)
  uint64_t descriptors_exhausted = 0;  ///< requests that found no free file descriptor (EMFILE, ENFILE)
  uint64_t memory_exhausted = 0;       ///< requests for which there was no memory, or no thread to resolve a name
  double cpu_wait_percent = -1;        ///< of the load's time: some program of this machine waited for a processor; -1: not known
  uint64_t retries_prevented = 0;  ///< libcurl would have sent them again in silence; each is closed or reset
  std::vector<std::string> problems;
};

/// failures  the first 100.   kept_failures  the first 10,000, in no JSON.   phases  in order of their first mark.
/// losses  all failures, most frequent kind first.   unattributed  failed beyond the kept ones; they are in no entry of
/// losses, but "unknown" in the verdict.   reconciliation  see reconciliation.h; null without one.
/// histogram  of the latency: the buckets that are not empty.   urls  in the plan's order.   aborted  a threshold
/// ended the load.
struct Report : Counts {
  WallTime started;
  int64_t duration_ms = 0;
  double rate_per_s = 0;  ///< requests sent by the time until the last answer, pauses not counted
  bool aborted = false;
  std::vector<Histogram::Bucket> histogram;
  std::vector<Url> urls;
  std::vector<ThresholdResult> thresholds;
  std::vector<Second> timeline;
  std::vector<Phase> phases;
  std::map<std::string, Origin> pods, versions;
  std::vector<Failure> failures, kept_failures;
  std::vector<Loss> losses;
  uint64_t unattributed = 0;
  Verdict verdict;
  SelfCheck self_check;
  json reconciliation;

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

/// Keys are the field names above. `status` is "error" when nothing was sent, or nothing ended. Else, with
/// thresholds, "passed" when all hold and "failed" when not; without, "passed" (all ok) or "failed" (any failed or
/// unfinished, or arrivals were dropped). Wall times are RFC 3339 with
/// milliseconds.
json to_json(const Report& report);
json to_json(const Snapshot& snapshot);
json to_json(const Failure& failure);
json to_json(const Loss& loss);

}  // namespace zdt::load
