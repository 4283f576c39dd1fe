// A pod in one line, as `kubectl get pods` of Kubernetes 1.33 has it
// (kubernetes/pkg/printers/internalversion/printers.go, printPod).
#pragma once
#include "base/json.h"
#include "base/units.h"

namespace zdt::rehearsal::api {

/// ready/total  containers, native sidecars counted.   status  "Running", "Init:0/1", "Terminating" …
/// restarts     "0", "2 (5s ago)".
struct PodSummary {
  int64_t ready = 0, total = 0;
  std::string status;
  std::string restarts;
};

PodSummary summarise(const json& pod, WallTime now);

}  // namespace zdt::rehearsal::api
