#include "load/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace zdt::load {

unsigned Histogram::bucket_of(uint64_t micros) {
  const uint64_t value = std::min(micros, (uint64_t{1} << kTopBit) - 1);
  if (value < 2 * kSubBuckets) return static_cast<unsigned>(value);
  const auto shift = static_cast<unsigned>(std::bit_width(value)) - kSubBits - 1;
  return shift * kSubBuckets + static_cast<unsigned>(value >> shift);
}

Histogram::Bucket Histogram::range_of(unsigned bucket) {
  if (bucket < 2 * kSubBuckets) return {bucket, bucket, 0};
  const unsigned shift = bucket / kSubBuckets - 1;
  const uint64_t lowest = uint64_t{bucket - shift * kSubBuckets} << shift;
  return {lowest, lowest + (uint64_t{1} << shift) - 1, 0};
}

uint64_t Histogram::middle_of(unsigned bucket) {
  const Bucket range = range_of(bucket);
  return range.from_us + (range.to_us - range.from_us) / 2;
}

std::vector<Histogram::Bucket> Histogram::buckets() const {
  std::vector<Bucket> filled;
  for (unsigned bucket = 0; bucket < kBuckets; ++bucket) {
    if (buckets_[bucket] == 0) continue;
    filled.push_back(range_of(bucket));
    filled.back().count = buckets_[bucket];
  }
  return filled;
}

void Histogram::record(uint64_t micros) {
  ++buckets_[bucket_of(micros)];
  ++count_;
  sum_ += micros;
  min_ = std::min(min_, micros);
  max_ = std::max(max_, micros);
}

void Histogram::add(const Histogram& other) {
  if (other.count_ == 0) return;
  for (unsigned bucket = 0; bucket < kBuckets; ++bucket) buckets_[bucket] += other.buckets_[bucket];
  count_ += other.count_;
  sum_ += other.sum_;
  min_ = std::min(min_, other.min_);
  max_ = std::max(max_, other.max_);
}

void Histogram::clear() {
  if (count_ != 0) *this = Histogram();
}

double Histogram::mean() const {
  return count_ == 0 ? 0 : static_cast<double>(sum_) / static_cast<double>(count_);
}

uint64_t Histogram::percentile(double percent) const {
  if (count_ == 0) return 0;
  const double wanted = std::ceil(percent / 100 * static_cast<double>(count_) - 1e-9);
  const uint64_t rank = std::clamp<uint64_t>(wanted <= 1 ? 1 : static_cast<uint64_t>(wanted), 1, count_);
  uint64_t seen = 0;
  for (unsigned bucket = 0; bucket < kBuckets; ++bucket) {
    seen += buckets_[bucket];
    if (seen >= rank) return std::clamp(middle_of(bucket), min_, max_);
  }
  return max_;
}

}  // namespace zdt::load
