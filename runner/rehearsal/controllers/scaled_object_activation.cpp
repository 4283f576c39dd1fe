// Between 0 and 1: what KEDA scales itself (pkg/scaling/executor/scale_scaledobjects.go, RequestScale).
#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "rehearsal/controllers/objects.h"
#include "rehearsal/controllers/scaled_object_look.h"

namespace zdt::rehearsal {
namespace {

constexpr int64_t kCooldownSeconds = 300;

/// Without a trigger that was ever active only initialCooldownPeriod counts, from the creation.
bool has_cooled_down(const json& object, const json& status, WallTime now) {
  const auto last = parse_time(string_at(status, {"lastActiveTime"}));
  if (last)
    return *last + seconds_at(object, {"spec", "cooldownPeriod"}, kCooldownSeconds) <= now;
  const auto created = parse_time(string_at(object, {"metadata", "creationTimestamp"}));
  return !created ||
         *created + seconds_at(object, {"spec", "initialCooldownPeriod"}) <= now;
}

}  // namespace

/// cpu and memory alone are always active (pkg/scaling/scale_handler.go, getScaledObjectState).
void ScaledObjectController::judge_triggers(Look& look) const {
  bool external = false, falling_back = false;
  look.status.erase("health");
  for (const Trigger& trigger : look.triggers) {
    external |= trigger.is_external();
    const TriggerReading* reading = readings_->find(look.key, trigger.metric);
    if (!trigger.is_external() || reading == nullptr) continue;
    if (reading->value.value_or(0) > trigger.activation_threshold) look.active.push_back(trigger.metric);
    falling_back |= falls_back(look.object, trigger, *readings_);
    look.status["health"][trigger.metric] = {{"numberOfFailures", reading->failures},
                                             {"status", reading->value ? "Happy" : "Failing"}};
    if (reading->value) continue;
    look.any_failed = true;
    record_event(store_, look.object, "Warning", "KEDAScalerFailed", reading->error, kName, now_());
  }
  if (!external) look.active.push_back(look.triggers.front().metric);
  if (look.status.contains("health")) {
    look.set("Fallback", falling_back ? "True" : "False", falling_back ? "FallbackExists" : "NoFallbackFound",
             falling_back ? "At least one trigger is falling back on this scaled object"
                          : "No fallbacks are active on this scaled object");
  }
}

bool ScaledObjectController::is_due(const Look& look) {
  const int64_t generation = int_at(look.object, {"metadata", "generation"});
  const auto seen = looked_.find(look.key);
  const bool due = seen == looked_.end() || seen->second.first != generation ||
                   look.now - seen->second.second >= polling_interval(look.object) - milliseconds(500);
  if (due) looked_[look.key] = {generation, look.now};
  return due;
}

Result<void> ScaledObjectController::follow_triggers(Look& look) {
  if (auto kept = keep_autoscaler(look); !kept) return kept;
  look.status.erase("pausedReplicaCount");
  look.set("Paused", "False", "ScaledObjectUnpaused", "pause annotation removed for ScaledObject");
  judge_triggers(look);
  const bool asked = std::all_of(look.triggers.begin(), look.triggers.end(), [&](const Trigger& trigger) {
    return !trigger.is_external() || readings_->find(look.key, trigger.metric) != nullptr;
  });
  const bool lost =
      look.active.empty() && look.any_failed && !at(look.object, {"spec", "fallback"}).is_object();
  if (lost)
    look.set("Ready", "False", "TriggerError", "Triggers defined in ScaledObject are not working correctly");
  if (!asked || !is_due(look)) return {};
  return look.active.empty() ? deactivate(look) : activate(look);
}

Result<void> ScaledObjectController::activate(Look& look) {
  const int64_t least = int32_at(look.object, {"spec", "minReplicaCount"}), current = look.scale.wanted;
  const bool idle = at(look.object, {"spec", "idleReplicaCount"}).is_number();
  look.set("Active", "True", "ScalerActive", "Scaling is performed because triggers are active");
  if (current == 0 || (idle && current < least)) {
    look.status["lastActiveTime"] = format_time(look.now);
    return set_scale(look, std::max<int64_t>(least, 1));
  }
  if (look.any_failed) {
    look.set("Ready", "Unknown", "PartialTriggerError",
             "Some triggers defined in ScaledObject are not working correctly");
    return {};
  }
  look.status["lastActiveTime"] = format_time(look.now);
  return {};
}

/// A failure leaves the scale to the autoscaler, which the fallback steers, or as it is.
Result<void> ScaledObjectController::deactivate(Look& look) {
  const int64_t least = int32_at(look.object, {"spec", "minReplicaCount"}), current = look.scale.wanted;
  const bool idle = at(look.object, {"spec", "idleReplicaCount"}).is_number();
  const int64_t floor = idle ? int32_at(look.object, {"spec", "idleReplicaCount"}) : least;
  look.set("Active", "False", "ScalerNotActive", "Scaling is not performed because triggers are not active");
  if (look.any_failed) return {};
  if (idle ? current > floor : current > 0 && least == 0) {
    if (has_cooled_down(look.object, look.status, look.now)) return set_scale(look, floor);
    look.set("Active", "False", "ScalerCooldown", "Scaler cooling down because triggers are not active");
    return {};
  }
  return current < least && !idle ? write_scale(store_, look.scale, least) : Result<void>();
}

Result<void> ScaledObjectController::set_scale(Look& look, int64_t replicas) {
  const int64_t before = look.scale.wanted;
  if (auto written = write_scale(store_, look.scale, replicas); !written) return written;
  const bool up = replicas > before;
  std::string what =
      fmt::format("{} {}.{} {}/{} from {} to {}", up ? "Scaled" : "Deactivated", look.scale.api_version,
                  look.scale.kind, look.key.ns, look.scale.key.name, before, replicas);
  if (up) what += ", triggered by " + join(look.active, ";");
  record_event(store_, look.object, "Normal", up ? "KEDAScaleTargetActivated" : "KEDAScaleTargetDeactivated",
               what, kName, now_());
  return {};
}

}  // namespace zdt::rehearsal
