#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "load/attribution.h"
#include "load/hub.h"
#include "load/pressure.h"
#include "load/self_check.h"

namespace zdt::load {
namespace {

Latency latency_of(const Histogram& seen) {
  Latency latency;
  latency.count = seen.count();
  latency.min_us = seen.min();
  latency.mean_us = seen.mean();
  latency.p50_us = seen.percentile(50);
  latency.p90_us = seen.percentile(90);
  latency.p95_us = seen.percentile(95);
  latency.p99_us = seen.percentile(99);
  latency.p999_us = seen.percentile(99.9);
  latency.max_us = seen.max();
  return latency;
}

void fill(Counts& counts, const PhaseTally& seen) {
  counts.sent = seen.sent;
  counts.ok = seen.ok();
  counts.failed = seen.failed();
  counts.unfinished = seen.unfinished;
  counts.retries = seen.retries;
  counts.saved_by_retry = seen.saved_by_retry;
  for (const auto outcome : kOutcomes) counts.outcomes[outcome] = seen.outcomes[static_cast<size_t>(outcome)];
  for (size_t status = 0; status < kStatusLimit; ++status) {
    if (seen.statuses[status] > 0) counts.statuses[static_cast<int>(status)] = seen.statuses[status];
  }
  counts.latency = latency_of(seen.latency);
  if (counts.sent != counts.ok + counts.failed + counts.unfinished) {
    throw std::logic_error(fmt::format("load: {} sent, but {} ok, {} failed, {} unfinished", counts.sent,
                                       counts.ok, counts.failed, counts.unfinished));
  }
}

std::map<std::string, Origin> origins_of(const std::map<std::string, OriginTally>& totals) {
  std::map<std::string, Origin> origins;
  for (const auto& [name, seen] : totals) {
    const int64_t first_ok = seen.ok == 0 ? -1 : seen.first_ok_us / 1000;
    origins[name] = {seen.ok, seen.failed, seen.first_us / 1000, seen.last_us / 1000, first_ok};
  }
  return origins;
}

double per_second(uint64_t count, int64_t micros) {
  return micros <= 0 ? 0 : static_cast<double>(count) * 1e6 / static_cast<double>(micros);
}

}  // namespace

std::vector<Phase> Hub::phase_reports() const {
  std::vector<Phase> reports;
  for (size_t i = 0; i < phases_.size(); ++i) {
    const bool last = i + 1 == phases_.size();
    if (i == 0 && !last && phases_[i].counts.sent == 0) continue;  // marked before anything was sent
    Phase phase;
    phase.name = phases_[i].name;
    phase.start_ms = phases_[i].start_us / 1000;
    phase.end_ms = (last ? ended_us_ : phases_[i + 1].start_us) / 1000;
    fill(phase, phases_[i].counts);
    reports.push_back(std::move(phase));
  }
  return reports;
}

/// Exact with one worker. Among several, one that has failed earlier for the last time may tell of a success too
/// early; then the last success of all is an upper bound.
int64_t Hub::recovery() const {
  int64_t soonest = last_ok_us_;
  for (const int64_t at : recoveries_) {
    if (at > windows_.last()) soonest = std::min(soonest, at);
  }
  return soonest;
}

Verdict Hub::verdict(const PhaseTally& all) const {
  Verdict verdict;
  const uint64_t ended = all.ok() + all.failed();
  if (ended > 0) verdict.success_rate = static_cast<double>(all.ok()) / static_cast<double>(ended);
  if (windows_.empty()) return verdict;
  verdict.longest_error_window_ms = std::max<int64_t>(windows_.longest() / 1000, 1);
  verdict.first_failure_ms = windows_.first() / 1000;
  verdict.last_failure_ms = windows_.last() / 1000;
  verdict.failure_span_ms = (windows_.last() - windows_.first()) / 1000;
  verdict.recovered = last_ok_us_ > windows_.last();
  verdict.time_to_recover_ms = verdict.recovered ? (recovery() - windows_.first()) / 1000 : -1;
  return verdict;
}

SelfCheck Hub::self_check(const PhaseTally& all) const {
  SelfCheck check;
  check.late_sends = self_.late_sends;
  check.lateness_p99_us = self_.lateness.percentile(99);
  check.queued = self_.queued;
  check.dropped_arrivals = self_.dropped_arrivals;
  check.unsent_arrivals = self_.unsent_arrivals;
  check.connections_opened = self_.connections_opened;
  check.ports_exhausted = self_.ports_exhausted;
  check.descriptors_exhausted = self_.descriptors_exhausted;
  check.memory_exhausted = self_.memory_exhausted;
  check.cpu_wait_percent = load::cpu_wait_percent(cpu_wait_before_, cpu_wait_after_, ended_us_);
  check.retries_prevented = self_.retries_prevented;
  if (open_model_) check.asked_per_s = per_second(arrivals_, sending_us_);
  check.achieved_per_s = per_second(all.sent, sending_us_);
  return check;
}

Report Hub::report() const {
  const std::lock_guard lock(mutex_);
  const PhaseTally all = total();
  Report report;
  fill(report, all);
  report.started = wall_started_;
  report.duration_ms = ended_us_ / 1000;
  report.rate_per_s = per_second(all.sent, running_us_);
  report.aborted = aborted();
  report.histogram = all.latency.buckets();
  report.urls = url_reports();
  report.thresholds = threshold_results();
  report.timeline = timeline_.seconds();
  report.phases = phase_reports();
  report.pods = origins_of(pods_);
  report.versions = origins_of(versions_);
  report.failures = first_of(failures_);
  report.kept_failures = failures_;
  report.verdict = verdict(all);
  report.self_check = self_check(all);
  attribute_losses(report, {});
  report.self_check.problems = problems_of(report);
  return report;
}

}  // namespace zdt::load
