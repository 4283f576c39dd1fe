#include <algorithm>

#include "load/hub.h"

namespace zdt::load {
namespace {

/// Beyond the first second a threshold that has no samples yet may still get some.
bool has_failed(const ThresholdResult& result) { return result.value && !result.passed; }

Observed of_origin(const OriginTally& counts) {
  Observed seen;
  seen.outcomes[static_cast<size_t>(Outcome::kOk)] = counts.ok;
  seen.outcomes[static_cast<size_t>(Outcome::kStatus)] =
      counts.failed;  // any failure, as only `failed` is asked
  return seen;
}

std::optional<Observed> in_origins(const std::map<std::string, OriginTally>& origins,
                                   const std::string& name) {
  const auto found = origins.find(name);
  return found == origins.end() ? std::nullopt : std::optional(of_origin(found->second));
}

}  // namespace

Observed Hub::observed(const PhaseTally& counts, int64_t length_us) const {
  Observed seen;
  seen.sent = counts.sent;
  seen.unfinished = counts.unfinished;
  seen.retries = counts.retries;
  seen.outcomes = counts.outcomes;
  seen.latency = &counts.latency;
  seen.seconds = static_cast<double>(length_us) / 1e6;
  return seen;
}

std::optional<Observed> Hub::observed(const Threshold& threshold, int64_t until_us) const {
  if (threshold.selector == "pod") return in_origins(pods_, threshold.selected);
  if (threshold.selector == "version") return in_origins(versions_, threshold.selected);
  if (threshold.selector == "url") {
    Observed seen;
    for (size_t i = 0; i < std::min(targets_.size(), urls_.size()); ++i) {
      if (urls_[i].url != threshold.selected) continue;
      seen.sent += targets_[i].sent;
      seen.unfinished += targets_[i].unfinished;
      for (size_t outcome = 0; outcome < kOutcomeCount; ++outcome)
        seen.outcomes[outcome] += targets_[i].outcomes[outcome];
    }
    seen.seconds = static_cast<double>(until_us) / 1e6;
    return seen;
  }
  for (size_t i = 0; i < phases_.size(); ++i) {
    if (phases_[i].name != threshold.selected) continue;
    const int64_t end_us = i + 1 < phases_.size() ? phases_[i + 1].start_us : until_us;
    return observed(phases_[i].counts, end_us - phases_[i].start_us);
  }
  return std::nullopt;
}

std::vector<ThresholdResult> Hub::threshold_results() const {
  std::vector<ThresholdResult> results;
  if (thresholds_.empty()) return results;
  const PhaseTally all = total();
  const int64_t now_us = ended_us_ >= 0 ? ended_us_ : micros_since_start();
  Observed whole = observed(all, running_us_ > 0 ? running_us_ : now_us);
  whole.dropped = self_.dropped_arrivals;
  for (size_t i = 0; i < thresholds_.size(); ++i) {
    const Threshold& threshold = thresholds_[i];
    results.push_back(evaluate(threshold, threshold.selector.empty() ? whole : observed(threshold, now_us)));
    results.back().aborted = i == aborted_by_;
  }
  return results;
}

void Hub::abort_if_failed(int64_t second) {
  const bool none =
      std::none_of(thresholds_.begin(), thresholds_.end(), [](const Threshold& one) { return one.abort; });
  if (none || aborted() || second <= looked_at_) return;
  looked_at_ = second;
  const auto results = threshold_results();
  for (size_t i = 0; i < results.size(); ++i) {
    if (!thresholds_[i].abort || !has_failed(results[i]) ||
        milliseconds(second * 1000) < thresholds_[i].delay)
      continue;
    aborted_by_ = i;
    aborted_ = true;
    return;
  }
}

std::vector<Url> Hub::url_reports() const {
  std::vector<Url> reports = urls_;
  for (size_t i = 0; i < std::min(targets_.size(), reports.size()); ++i) {
    const TargetTally& seen = targets_[i];
    Url& url = reports[i];
    url.sent = seen.sent;
    url.unfinished = seen.unfinished;
    for (const auto outcome : kOutcomes) {
      const uint64_t count = seen.outcomes[static_cast<size_t>(outcome)];
      if (count == 0) continue;
      url.outcomes[outcome] = count;
      (outcome == Outcome::kOk ? url.ok : url.failed) += count;
    }
  }
  return reports;
}

}  // namespace zdt::load
