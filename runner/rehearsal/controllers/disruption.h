// Keeps the status of PodDisruptionBudgets, which evictions ask.
#pragma once
#include "rehearsal/controllers/controller.h"

namespace zdt::rehearsal {

inline const char* const kDisruptionBudgets = "poddisruptionbudgets.policy";

/// kubernetes/pkg/controller/disruption/disruption.go: currentHealthy, desiredHealthy, expectedPods,
/// disruptionsAllowed, observedGeneration, the condition DisruptionAllowed. Of a ReplicaSet that a Deployment
/// owns the Deployment's replicas are expected, of any other (also a Rollout's) its own, as there. A pod that
/// was allowed to go and has not been deleted within 2 min counts again.
/// https://kubernetes.io/docs/tasks/run-application/configure-pdb/
class DisruptionController : public Controller {
 public:
  DisruptionController(Store& store, Clock now);
  std::string_view name() const override { return "disruption"; }
  std::vector<Key> concerned(const Event& event) override;
  Result<Outcome> reconcile(const Key& key) override;
  std::string resource_of(const Key&) const override { return kDisruptionBudgets; }

 private:
  struct Expectation {
    int64_t pods = 0, healthy = 0;
  };
  Result<Expectation> expectation(const json& budget, const std::vector<ObjectPtr>& pods);
  int64_t scale_of_controllers(const json& budget, const std::vector<ObjectPtr>& pods);
  Result<Outcome> write_status(const json& budget, const std::vector<ObjectPtr>& pods);
  Result<Outcome> write_failure(const json& budget, const std::string& why);

  Store& store_;
  Clock now_;
};

}  // namespace zdt::rehearsal
