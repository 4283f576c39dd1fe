#include "load/hub.h"

#include <algorithm>
#include <numeric>

#include "load/pressure.h"

namespace zdt::load {
namespace {

void add_origins(std::map<std::string, OriginTally>& totals, const OriginTallies& seen) {
  for (size_t i = 0; i < seen.counts.size(); ++i) {
    if (seen.counts[i].ok + seen.counts[i].failed > 0)
      totals[seen.names[static_cast<int>(i)]].add(seen.counts[i]);
  }
}

}  // namespace

std::vector<Failure> first_of(const std::vector<Failure>& failures) {
  const size_t count = std::min(failures.size(), kMostFailureSamples);
  return {failures.begin(), failures.begin() + static_cast<std::ptrdiff_t>(count)};
}

Hub::Hub(size_t workers, bool open_model)
    : open_model_(open_model), queue_lengths_(workers, 0), timeline_(workers), recoveries_(workers, -1) {
  phases_.push_back({"start", 0, {}});
}

Hub::Hub(const Plan& plan) : Hub(plan.workers, plan.open_model()) {
  for (const Target& target : plan.targets) {
    Url url;
    url.method = target.method;
    url.url = target.url;
    urls_.push_back(std::move(url));
  }
  thresholds_ = plan.thresholds;
}

void Hub::begin() {
  started_ = Clock::now();
  wall_started_ = std::chrono::system_clock::now();
  cpu_wait_before_ = cpu_wait_us();
}

int64_t Hub::micros_since_start() const {
  return std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - started_).count();
}

void Hub::take(size_t worker, int64_t second, const Tally& tally) {
  const std::lock_guard lock(mutex_);
  for (size_t i = 0; i < tally.phases.size(); ++i) {
    if (!tally.phases[i]) continue;
    phases_[i].counts.add(*tally.phases[i]);
    timeline_.add(second, *tally.phases[i]);
  }
  timeline_.reached(worker, second);
  if (targets_.size() < tally.targets.size()) targets_.resize(tally.targets.size());
  for (size_t i = 0; i < tally.targets.size(); ++i) targets_[i].add(tally.targets[i]);
  add_origins(pods_, tally.pods);
  add_origins(versions_, tally.versions);
  self_.add(tally.self);
  queue_lengths_[worker] = tally.queue_length;
  if (tally.first_failure_us >= 0) windows_.add(tally.first_failure_us, tally.last_failure_us);
  last_ok_us_ = std::max(last_ok_us_, tally.last_ok_us);
  recoveries_[worker] = tally.recovery_us;
  take_samples(tally);
  abort_if_failed(second);
}

void Hub::take_samples(const Tally& tally) {
  if (tally.samples.empty()) return;
  const auto sooner = [](const Failure& a, const Failure& b) { return a.wall < b.wall; };
  const auto known = static_cast<std::ptrdiff_t>(failures_.size());
  failures_.insert(failures_.end(), tally.samples.begin(), tally.samples.end());
  std::stable_sort(failures_.begin() + known, failures_.end(), sooner);
  std::inplace_merge(failures_.begin(), failures_.begin() + known, failures_.end(), sooner);
  if (failures_.size() > kMostFailuresKept) failures_.resize(kMostFailuresKept);
}

void Hub::close(const Closing& closing) {
  const int64_t now = micros_since_start();
  const std::lock_guard lock(mutex_);
  ended_us_ = std::max(ended_us_, now);
  cpu_wait_after_ = cpu_wait_us();
  sending_us_ = std::max(sending_us_, closing.sending_us);
  running_us_ = std::max(running_us_, closing.running_us);
  arrivals_ += closing.arrivals;
}

unsigned Hub::mark(const std::string& name) {
  const int64_t now = micros_since_start();
  const std::lock_guard lock(mutex_);
  const auto found = std::find_if(phases_.begin(), phases_.end(),
                                  [&](const PhaseTotal& phase) { return phase.name == name; });
  phase_ = static_cast<unsigned>(found - phases_.begin());
  if (found == phases_.end()) phases_.push_back({name, now, {}});
  return phase_;
}

std::string Hub::phase_name(unsigned number) const {
  const std::lock_guard lock(mutex_);
  return phases_[number].name;
}

PhaseTally Hub::total() const {
  PhaseTally all;
  for (const auto& phase : phases_) all.add(phase.counts);
  return all;
}

Snapshot Hub::snapshot() const {
  const int64_t now = micros_since_start();
  const std::lock_guard lock(mutex_);
  const PhaseTally all = total();
  Snapshot seen;
  seen.elapsed_ms = (ended_us_ >= 0 ? ended_us_ : now) / 1000;
  seen.phase = phases_[phase_].name;
  seen.sent = all.sent;
  seen.ok = all.ok();
  seen.failed = all.failed();
  seen.in_flight = all.sent - seen.ok - seen.failed - all.unfinished;
  seen.unfinished = all.unfinished;
  seen.queued = std::accumulate(queue_lengths_.begin(), queue_lengths_.end(), uint64_t{0});
  seen.dropped_arrivals = self_.dropped_arrivals;
  seen.p50_us = all.latency.percentile(50);
  seen.p99_us = all.latency.percentile(99);
  seen.second = timeline_.at(seen.elapsed_ms / 1000 - 1);
  for (const auto outcome : kOutcomes) seen.outcomes[outcome] = all.outcomes[static_cast<size_t>(outcome)];
  seen.failures = first_of(failures_);
  return seen;
}

}  // namespace zdt::load
