#include "load/timeline.h"

#include <algorithm>

namespace zdt::load {
namespace {

Second with_p99(Second counts, const Histogram& latency) {
  counts.p99_us = latency.percentile(99);
  return counts;
}

}  // namespace

void Timeline::add(int64_t second, const PhaseTally& counts) {
  const auto first_open = static_cast<int64_t>(settled_.size());
  const auto index = static_cast<size_t>(std::max(second, first_open) - first_open);
  while (open_.size() <= index) {
    const int64_t next = first_open + static_cast<int64_t>(open_.size());  // before it grows
    open_.emplace_back().counts.second = next;
  }
  Open& row = open_[index];
  row.counts.sent += counts.sent;
  row.counts.ok += counts.ok();
  row.counts.failed += counts.failed();
  row.latency.add(counts.latency);
}

void Timeline::reached(size_t worker, int64_t second) {
  reached_[worker] = std::max(reached_[worker], second);
  const int64_t all = *std::min_element(reached_.begin(), reached_.end());
  while (!open_.empty() && open_.front().counts.second < all) {
    settled_.push_back(with_p99(open_.front().counts, open_.front().latency));
    open_.pop_front();
  }
}

std::vector<Second> Timeline::seconds() const {
  std::vector<Second> rows = settled_;
  for (const auto& row : open_) rows.push_back(with_p99(row.counts, row.latency));
  return rows;
}

Second Timeline::at(int64_t second) const {
  const auto index = static_cast<size_t>(second), settled = settled_.size();
  if (second >= 0 && index < settled) return settled_[index];
  if (second >= 0 && index - settled < open_.size())
    return with_p99(open_[index - settled].counts, open_[index - settled].latency);
  Second nothing;
  nothing.second = second;
  return nothing;
}

}  // namespace zdt::load
