#include "rehearsal/controllers/autoscaling_readings.h"

namespace zdt::rehearsal {

void MetricReadings::put(const Key& scaled_object, const std::string& metric, Result<double> answer) {
  TriggerReading& reading = triggers_[scaled_object][metric];
  if (answer) {
    reading = {*answer, "", 0};
  } else {
    reading = {std::nullopt, answer.error().what, reading.failures + 1};
  }
  on_answer(scaled_object);
}

const TriggerReading* MetricReadings::find(const Key& scaled_object, const std::string& metric) const {
  const auto found = triggers_.find(scaled_object);
  if (found == triggers_.end()) return nullptr;
  const auto reading = found->second.find(metric);
  return reading == found->second.end() ? nullptr : &reading->second;
}

}  // namespace zdt::rehearsal
