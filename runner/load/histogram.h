// Durations in a log-linear histogram: cheap to fill, exact to add up, and never off by more than 1 %.
#pragma once
#include <array>
#include <cstdint>
#include <vector>

namespace zdt::load {

/// Values are microseconds, 0 … about 71 minutes (longer ones count as that). Below 128 µs every value has a
/// bucket of its own; above, each power of two has 64, and a bucket stands for its middle: error <= 1/128.
/// min, max and mean are exact. One thread at a time.
class Histogram {
 public:
  void record(uint64_t micros);
  void add(const Histogram& other);
  void clear();

  uint64_t count() const { return count_; }
  uint64_t min() const { return count_ == 0 ? 0 : min_; }
  uint64_t max() const { return max_; }
  double mean() const;
  /// The value that `percent` (0 … 100) of the values do not exceed; 0 when there are none.
  uint64_t percentile(double percent) const;

  /// Values from_us … to_us, both included.
  struct Bucket {
    uint64_t from_us = 0, to_us = 0, count = 0;
  };
  /// Those that are not empty, in order.
  std::vector<Bucket> buckets() const;

 private:
  static constexpr unsigned kSubBits = 6, kTopBit = 32;
  static constexpr unsigned kSubBuckets = 1U << kSubBits;
  static constexpr unsigned kBuckets = (kTopBit - kSubBits + 1) * kSubBuckets;

  static unsigned bucket_of(uint64_t micros);
  static Bucket range_of(unsigned bucket);
  static uint64_t middle_of(unsigned bucket);

  std::array<uint64_t, kBuckets> buckets_{};
  uint64_t count_ = 0, min_ = UINT64_MAX, max_ = 0, sum_ = 0;
};

}  // namespace zdt::load
