// One resource of all pods of a target, as replicas are computed from it.
#pragma once
#include <set>

#include "rehearsal/controllers/autoscaling_replicas.h"

namespace zdt::rehearsal {

/// Thousandths, the unit in which quantities are compared.
using Millis = std::map<std::string, double>;  // by the pod's name

/// used  of the pods that count.   unready  they start, or are not ready.   missing  nobody has measured them
/// yet.
struct Samples {
  Millis used;
  std::set<std::string> unready, missing;
  int64_t ready_count = 0;
};

/// A quantity in thousandths; 0 when it is none.
double millis_of(const json& value);

/// groupPods of kubernetes/pkg/controller/podautoscaler/replica_calculator.go.   container  "" for all of the
/// pod.
Samples group_pods(const Measurements& measured, const std::string& resource, const std::string& container);

/// The requests of every pod's containers (or of the one that is meant). Fails kInvalid when one has none.
Result<Millis> requests_of_pods(const Measurements& measured, const std::string& resource,
                                const std::string& container);

}  // namespace zdt::rehearsal
