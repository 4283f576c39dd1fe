// How many replicas a metric asks for.
// https://kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale/
#pragma once
#include "rehearsal/controllers/autoscaling_readings.h"
#include "rehearsal/controllers/scale.h"

namespace zdt::rehearsal {

/// What one metric of an autoscaler says.   metric  as events name it.   status  its entry in
/// status.currentMetrics.
struct Proposal {
  int64_t replicas = 0;
  std::string metric;
  json status;
};

/// What a proposal is made from.   pods  of the target, all phases.   external  the value of an External
/// metric.
struct Measurements {
  const Scale& scale;
  std::vector<ObjectPtr> pods;
  std::vector<PodUsage> usage;
  std::function<Result<double>(const json& metric)> external;
  WallTime now;
};

/// The rules of kubernetes/pkg/controller/podautoscaler/replica_calculator.go: 10 % tolerance; pods without a
/// sample count as idle when scaling up and as at their target when scaling down; processor time of pods that
/// are not ready, or have just become so, is left out. Resource, ContainerResource and External metrics.
/// Fails kInvalid, in the words of the condition ScalingActive.
Result<Proposal> propose(const json& metric, const Measurements& measured);

/// "FailedGetResourceMetric" and the like, for a metric whose proposal failed.
std::string failure_reason(const json& metric);
/// "cpu resource metric value", "external metric s0-prometheus": what FailedComputeMetricsReplicas says was
/// not got.
std::string failure_subject(const json& metric);

}  // namespace zdt::rehearsal
