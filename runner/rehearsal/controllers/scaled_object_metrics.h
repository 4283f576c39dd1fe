// What a KEDA ScaledObject's triggers mean. https://keda.sh/docs/2.17/reference/scaledobject-spec/
#pragma once
#include "rehearsal/controllers/autoscaling_readings.h"

namespace zdt::rehearsal {

inline const char* const kScaledObjects = "scaledobjects.keda.sh";

/// One entry of spec.triggers.   metric  "s0-prometheus"; for cpu and memory the resource.
/// threshold, activation_threshold  of prometheus, in the query's unit.
struct Trigger {
  size_t index = 0;
  std::string type, metric;
  double threshold = 0, activation_threshold = 0;
  json metadata, spec;

  bool is_external() const { return type == "prometheus"; }
};

/// Fails kInvalid: another type than prometheus, cpu and memory, a field that is missing or no number.
Result<std::vector<Trigger>> triggers_of(const json& scaled_object);

/// The number of the annotation autoscaling.keda.sh/paused-replicas; nothing when there is none.
std::optional<int64_t> paused_replicas(const json& object);
/// By that annotation, or autoscaling.keda.sh/paused with anything but a no (getBoolAnnotation).
bool is_paused(const json& object);

std::chrono::seconds polling_interval(const json& scaled_object);

/// Whether the trigger's failures are more than spec.fallback allows, so that fallback.replicas count.
bool falls_back(const json& scaled_object, const Trigger& trigger, const MetricReadings& readings);

/// The value of an External metric that KEDA serves: the newest answer, or what makes fallback.replicas of it
/// (pkg/fallback/fallback.go). Fails kNotFound (no such metric yet), kFailed with why the trigger failed.
Result<double> trigger_value(const Store& store, const MetricReadings& readings, const Key& scaled_object,
                             const std::string& metric);

/// The name of its autoscaler: keda-hpa-NAME, or the one that spec.advanced gives.
std::string autoscaler_name(const json& scaled_object);
/// The autoscaler that KEDA makes of it (pkg/../controllers/keda/hpa.go, newHPAForScaledObject).
json autoscaler_for(const json& scaled_object, const std::vector<Trigger>& triggers);

}  // namespace zdt::rehearsal
