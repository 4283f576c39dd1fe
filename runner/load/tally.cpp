#include "load/tally.h"

#include <algorithm>

namespace zdt::load {

uint64_t PhaseTally::failed() const {
  uint64_t all = 0;
  for (const auto count : outcomes) all += count;
  return all - ok();
}

void TargetTally::add(const TargetTally& other) {
  sent += other.sent;
  unfinished += other.unfinished;
  for (size_t i = 0; i < kOutcomeCount; ++i) outcomes[i] += other.outcomes[i];
}

void PhaseTally::add(const PhaseTally& other) {
  sent += other.sent;
  unfinished += other.unfinished;
  retries += other.retries;
  saved_by_retry += other.saved_by_retry;
  for (size_t i = 0; i < kOutcomeCount; ++i) outcomes[i] += other.outcomes[i];
  for (size_t i = 0; i < kStatusLimit; ++i) statuses[i] += other.statuses[i];
  latency.add(other.latency);
}

void SelfTally::add(const SelfTally& other) {
  late_sends += other.late_sends;
  queued += other.queued;
  dropped_arrivals += other.dropped_arrivals;
  unsent_arrivals += other.unsent_arrivals;
  connections_opened += other.connections_opened;
  ports_exhausted += other.ports_exhausted;
  descriptors_exhausted += other.descriptors_exhausted;
  memory_exhausted += other.memory_exhausted;
  retries_prevented += other.retries_prevented;
  lateness.add(other.lateness);
}

void OriginTally::count(bool good, int64_t at_us) {
  if (ok + failed == 0) first_us = at_us;
  last_us = at_us;
  if (good && ok == 0) first_ok_us = at_us;
  ++(good ? ok : failed);
}

void OriginTally::add(const OriginTally& other) {
  if (other.ok + other.failed == 0) return;
  first_us = ok + failed == 0 ? other.first_us : std::min(first_us, other.first_us);
  last_us = std::max(last_us, other.last_us);
  if (other.ok > 0) first_ok_us = ok == 0 ? other.first_ok_us : std::min(first_ok_us, other.first_ok_us);
  ok += other.ok;
  failed += other.failed;
}

int Names::number_of(std::string_view name, int hint) {
  if (hint >= 0 && names_[static_cast<size_t>(hint)] == name) return hint;
  const auto found = std::find(names_.begin(), names_.end(), name);
  if (found != names_.end()) return static_cast<int>(found - names_.begin());
  if (names_.size() > kMost) return static_cast<int>(kMost);
  names_.emplace_back(names_.size() == kMost ? kOthers : name);
  return static_cast<int>(names_.size()) - 1;
}

void OriginTallies::count(int number, bool good, int64_t at_us) {
  if (number < 0) return;
  const auto index = static_cast<size_t>(number);
  if (index >= counts.size()) counts.resize(index + 1);
  counts[index].count(good, at_us);
}

PhaseTally& Tally::phase(unsigned number) {
  if (number >= phases.size()) phases.resize(number + 1);
  auto& found = phases[number];
  if (!found) found = std::make_unique<PhaseTally>();
  return *found;
}

TargetTally& Tally::target(size_t number) {
  if (number >= targets.size()) targets.resize(number + 1);
  return targets[number];
}

void Tally::count(const Ended& ended) {
  PhaseTally& counts = phase(ended.phase);
  const bool good = ended.outcome == Outcome::kOk;
  ++counts.outcomes[static_cast<size_t>(ended.outcome)];
  ++target(ended.target).outcomes[static_cast<size_t>(ended.outcome)];
  if (good && ended.retried) ++counts.saved_by_retry;
  if (good || ended.outcome == Outcome::kStatus) ++counts.statuses[static_cast<size_t>(ended.status)];
  pods.count(ended.pod, good, ended.at_us);
  versions.count(ended.version, good, ended.at_us);
  if (good) {
    counts.latency.record(ended.latency_us);
    last_ok_us = ended.at_us;
    if (recovery_us < 0) recovery_us = ended.at_us;
    return;
  }
  recovery_us = -1;
  if (first_failure_us < 0) first_failure_us = ended.at_us;
  last_failure_us = ended.at_us;
}

void Tally::clear(unsigned current) {
  for (size_t i = 0; i < phases.size(); ++i) {
    if (i != current) {
      phases[i].reset();
    } else if (phases[i]) {
      *phases[i] = PhaseTally();
    }
  }
  targets.clear();
  pods.counts.clear();
  versions.counts.clear();
  samples.clear();
  self = SelfTally();
  first_failure_us = last_failure_us = -1;
}

}  // namespace zdt::load
