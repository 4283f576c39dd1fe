// Startup, readiness and liveness probes.
// https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#container-probes
#pragma once
#include "rehearsal/node/actions.h"

namespace zdt::rehearsal {

/// A probe's numbers with Kubernetes' defaults: 0 s, 10 s, 1 s, 1, 3.
struct ProbeTiming {
  std::chrono::seconds initial_delay{0}, period{10}, timeout{1};
  int success_threshold = 1, failure_threshold = 3;
};
ProbeTiming timing_of(const json& probe);

/// Counts results in a row. Pure.
class ProbeVerdict {
 public:
  explicit ProbeVerdict(const ProbeTiming& timing) : timing_(timing) {}
  /// The verdict when this result reaches a threshold: again each time while it stays there.
  std::optional<bool> add(bool passed);

 private:
  ProbeTiming timing_;
  bool latest_ = false;
  int in_a_row_ = 0;
};

/// One attempt. A failure's sentence is what the event Unhealthy says: `HTTP probe failed with statuscode:
/// 503`.
Task<Result<void>> probe_once(NodeContext& node, json probe, ActionTarget target);

}  // namespace zdt::rehearsal
