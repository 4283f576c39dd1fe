// The run second by second, put together from what the workers hand over.
#pragma once
#include <deque>
#include <vector>

#include "load/tally.h"

namespace zdt::load {

class Timeline {
 public:
  explicit Timeline(size_t workers) : reached_(workers, 0) {}

  /// `counts` happened in `second`, as seen by `worker`; may be called several times for a second.
  void add(int64_t second, const PhaseTally& counts);
  /// `worker` will add nothing more before `second`: a second that all have passed keeps its p99 only.
  void reached(size_t worker, int64_t second);
  /// All seconds so far, without gaps.
  std::vector<Second> seconds() const;
  /// One second; all zero when nothing happened in it.
  Second at(int64_t second) const;

 private:
  std::vector<Second> settled_;
  struct Open {
    Second counts;
    Histogram latency;
  };
  std::deque<Open> open_;
  std::vector<int64_t> reached_;
};

}  // namespace zdt::load
