// Argo Rollouts' canary without a traffic router.
#pragma once
#include "rehearsal/controllers/rollout_sets.h"

namespace zdt::rehearsal {

/// Rolls a Rollout's ReplicaSets through the steps of its canary strategy: setWeight, pause, promotion,
/// abort, retry, going back to the stable template, restart, scaling, after github.com/argoproj/argo-rollouts
/// (rollout/canary.go, sync.go) 1.8. Not acted on, and refused with the condition InvalidSpec: blueGreen,
/// traffic routers, analyses, experiments, workloadRef. Without effect: rollbackWindow, antiAffinity,
/// replicaProgressThreshold.
class RolloutController : public Controller {
 public:
  RolloutController(Store& store, Defaults defaults, Clock now);
  std::string_view name() const override { return "rollout"; }
  std::vector<Key> concerned(const Event& event) override;
  Result<Outcome> reconcile(const Key& key) override;
  std::string resource_of(const Key&) const override { return "rollouts.argoproj.io"; }

 private:
  std::vector<Key> rollouts_where(const std::string& ns, const std::function<bool(const json&)>& holds) const;

  Store& store_;
  Defaults defaults_;
  Clock now_;
};

}  // namespace zdt::rehearsal
