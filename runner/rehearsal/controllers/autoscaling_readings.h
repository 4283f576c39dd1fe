// What autoscalers act on that is not in the store: usage, and the answers of triggers.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "rehearsal/controllers/controller.h"
#include "rehearsal/store/usage.h"

namespace zdt::rehearsal {

/// The newest answer of one trigger.   value  nothing when the last try failed; then `error` says why.
/// failures  in a row.
struct TriggerReading {
  std::optional<double> value;
  std::string error;
  int64_t failures = 0;
};

/// Filled by whoever measures, read by the autoscalers. One loop.
class MetricReadings {
 public:
  /// What pods use now; set by whoever has a node.
  std::function<std::vector<PodUsage>()> pod_usage = [] { return std::vector<PodUsage>(); };
  /// Called after put(), with the ScaledObject.
  std::function<void(const Key&)> on_answer = [](const Key&) {};

  /// An answer for the metric ("s0-prometheus") of a ScaledObject.
  void put(const Key& scaled_object, const std::string& metric, Result<double> answer);
  /// Null when nobody has asked yet.
  const TriggerReading* find(const Key& scaled_object, const std::string& metric) const;
  void forget(const Key& scaled_object) { triggers_.erase(scaled_object); }

 private:
  std::map<Key, std::map<std::string, TriggerReading>> triggers_;
};

}  // namespace zdt::rehearsal
