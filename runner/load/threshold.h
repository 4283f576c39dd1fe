// What must hold of a load's counts: k6's grammar (grafana.com/docs/k6/latest/using-k6/thresholds), with one
// difference: no samples means failed.
#pragma once
#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "load/histogram.h"
#include "load/outcome.h"

namespace zdt::load {

using std::chrono::milliseconds;

/// "metric{selector}: aggregation op number", then perhaps " abort" or " abort after 10s".
/// metric       latency, sent, ok, failed, unfinished, dropped, retries, or the outcome of a failure (reset
/// …). selector     "", "phase", "pod", "version" or "url"; selected  its value. aggregation  of latency
/// (milliseconds): p(N), avg, min, med, max, count. Of the others: count, rate. percent      of p(N).   op
/// one of < <= > >= == !=.   bound  milliseconds, a count, or a share (5% is 0.05). abort        the load
/// ends as soon as it fails, but not before `delay` has passed.
struct Threshold {
  std::string text;
  std::string metric, selector, selected, aggregation, op;
  double percent = 0, bound = 0;
  bool abort = false;
  milliseconds delay{0};
};

/// Fails kUsage, naming what is wanted.
Result<Threshold> parse_threshold(std::string_view text);

/// What a threshold looks at: the counts of the whole load, or of what its selector selects.
/// latency  null: is not kept for that selector.   seconds  that the load sent.
struct Observed {
  uint64_t sent = 0, unfinished = 0, dropped = 0, retries = 0;
  std::array<uint64_t, kOutcomeCount> outcomes{};
  const Histogram* latency = nullptr;
  double seconds = 0;
};

/// expression  as it was written.   value  nothing when there were no samples.   unit  "ms", "/s" or "".
struct ThresholdResult {
  std::string expression;
  bool passed = false;
  std::optional<double> value;
  std::string unit;
  bool aborted = false;  ///< it ended the load
};

/// The value in words: "1204.5 ms", "no samples".
std::string shown(const ThresholdResult& result);

/// observed  nothing: what the selector names has not been seen.
/// sent:rate is per second; the rate of every other metric is a share: of the requests that ended, for
/// unfinished and retries of those sent, for dropped of all arrivals.
ThresholdResult evaluate(const Threshold& threshold, const std::optional<Observed>& observed);

}  // namespace zdt::load
