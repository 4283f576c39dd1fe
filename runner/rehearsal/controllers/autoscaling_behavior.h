// How fast an autoscaler may follow what its metrics ask for.
// https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/#configurable-scaling-behavior
#pragma once
#include <deque>

#include "rehearsal/controllers/controller.h"

namespace zdt::rehearsal {

/// replicas  what is left of the wish.   reason, message  of the condition that says so.
struct Allowance {
  int64_t replicas = 0;
  std::string reason, message;
};

struct ReplicaRange {
  int64_t least = 1, most = 1;
};

/// What an autoscaler remembers of itself.
class ScaleHistory {
 public:
  bool empty() const { return wishes_.empty(); }
  /// Remembers `wished` and smooths it: up to the smallest wish of the window (0 s by default), down to the
  /// largest (300 s). The reason is ReadyForNewScale, ScaleUpStabilized or ScaleDownStabilized.
  Allowance stabilize(const json& autoscaler, int64_t current, int64_t wished, WallTime now);
  /// Limits by the policies of spec.behavior (without it: at most twice as many, but 4 at once), then by the
  /// range. The reason is DesiredWithinRange, or what limited: ScaleUpLimit, TooManyReplicas, ScaleDownLimit,
  /// TooFewReplicas.
  Allowance limit(const json& autoscaler, int64_t current, int64_t wished, ReplicaRange range,
                  WallTime now) const;
  void note_wish(int64_t replicas, WallTime now) { wishes_.push_back({now, replicas}); }
  void note_change(int64_t from, int64_t to, WallTime now);

 private:
  struct Entry {
    WallTime time;
    int64_t count = 0;
  };
  static int64_t sum_within(const std::deque<Entry>& entries, int64_t seconds, WallTime now);
  int64_t upper_bound(const json& autoscaler, int64_t current, WallTime now) const;
  int64_t lower_bound(const json& autoscaler, int64_t current, WallTime now) const;

  std::deque<Entry> wishes_, added_, removed_;
};

}  // namespace zdt::rehearsal
