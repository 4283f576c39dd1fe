// KEDA's ScaledObject (keda.sh/v1alpha1), after KEDA 2.17.
#pragma once
#include <map>

#include "rehearsal/controllers/scale.h"
#include "rehearsal/controllers/scaled_object_metrics.h"

namespace zdt::rehearsal {

/// Keeps the autoscaler of a ScaledObject, which scales between 1 and many, and itself scales between 0 and
/// 1: up when a trigger is above its activation threshold, down when none has been for cooldownPeriod; looked
/// at every pollingInterval. Paused (annotation autoscaling.keda.sh/paused, or paused-replicas, which also
/// sets the scale) it removes the autoscaler. What the triggers say comes from MetricReadings.
/// https://keda.sh/docs/2.17/concepts/scaling-deployments/
class ScaledObjectController : public Controller {
 public:
  ScaledObjectController(Store& store, std::shared_ptr<MetricReadings> readings,
                         std::function<void(const std::string&, json&)> defaults, Clock now);
  static constexpr std::string_view kName = "keda-operator";
  std::string_view name() const override { return kName; }
  std::vector<Key> concerned(const Event& event) override;
  Result<Outcome> reconcile(const Key& key) override;
  std::string resource_of(const Key&) const override { return kScaledObjects; }

 private:
  struct Look;

  Result<void> check(Look& look);
  Result<void> keep_paused(Look& look);
  Result<void> keep_autoscaler(Look& look);
  /// Which triggers are active, failing, or falling back.
  void judge_triggers(Look& look) const;
  Result<void> follow_triggers(Look& look);
  Result<void> activate(Look& look);
  Result<void> deactivate(Look& look);
  Result<void> set_scale(Look& look, int64_t replicas);
  Result<void> write_status(const Look& look);
  bool is_due(const Look& look);

  Store& store_;
  std::shared_ptr<MetricReadings> readings_;
  std::function<void(const std::string&, json&)> defaults_;
  Clock now_;
  std::map<Key, std::pair<int64_t, WallTime>>
      looked_;  // the generation and time of the last activation check
};

}  // namespace zdt::rehearsal
