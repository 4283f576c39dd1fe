// HorizontalPodAutoscaler (autoscaling/v2).
#pragma once
#include <map>

#include "rehearsal/controllers/autoscaling_behavior.h"
#include "rehearsal/controllers/autoscaling_replicas.h"

namespace zdt::rehearsal {

inline const char* const kAutoscalers = "horizontalpodautoscalers.autoscaling";

/// Every 15 s, and at once when the autoscaler itself changes: asks its metrics, takes the largest answer,
/// and writes the scale of its target, anything with a scale, within spec.behavior. Conditions, events and
/// status are those of kubernetes/pkg/controller/podautoscaler/horizontal.go. A metric that cannot be had
/// never scales down.
class HorizontalAutoscaler : public Controller {
 public:
  HorizontalAutoscaler(Store& store, std::shared_ptr<MetricReadings> readings, Clock now);
  std::string_view name() const override { return "horizontal-pod-autoscaler"; }
  std::vector<Key> concerned(const Event& event) override;
  Result<Outcome> reconcile(const Key& key) override;
  std::string resource_of(const Key&) const override { return kAutoscalers; }

 private:
  struct Decision {
    int64_t replicas = 0;
    std::string reason;
    bool rescale = false;
  };
  struct Look;

  Decision decide(Look& look);
  std::optional<Proposal> ask_metrics(Look& look);
  Decision follow(Look& look, const Proposal& proposal, ReplicaRange range);
  Measurements measure(const Scale& scale) const;
  void rescale(Look& look, Decision& decision);
  Result<void> write_status(const Look& look);

  Store& store_;
  std::shared_ptr<MetricReadings> readings_;
  Clock now_;
  std::map<std::string, ScaleHistory> histories_;  // by uid
};

}  // namespace zdt::rehearsal
