// What the parts of the ScaledObject controller hand on to each other.
#pragma once
#include "rehearsal/controllers/scaled_object.h"

namespace zdt::rehearsal {

/// One look at one ScaledObject; status is what it will say.
struct ScaledObjectController::Look {
  const json& object;
  Key key;
  json status;
  WallTime now;
  std::vector<Trigger> triggers = {};
  Scale scale = {};
  bool any_failed = false;
  std::vector<std::string> active = {};  // the metrics of the active triggers

  /// KEDA's conditions have no lastTransitionTime (apis/keda/v1alpha1/condition_types.go).
  void set(const std::string& type, const std::string& value, const std::string& reason,
           const std::string& message) {
    json written = {{"type", type}, {"status", value}, {"reason", reason}, {"message", message}};
    for (json& each : status["conditions"]) {
      if (each["type"] == type) return void(each = std::move(written));
    }
    status["conditions"].push_back(std::move(written));
  }
};

}  // namespace zdt::rehearsal
