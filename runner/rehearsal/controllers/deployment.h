// Rolls a Deployment's ReplicaSets from one template to the next.
#pragma once
#include "rehearsal/controllers/revisions.h"

namespace zdt::rehearsal {

/// RollingUpdate and Recreate, pausing, scaling (also in the middle of a rollout), revisions and their
/// history, after kubernetes/pkg/controller/deployment. Each call takes one step, then writes the status; the
/// step's own events bring the next one.
class DeploymentController : public Controller {
 public:
  DeploymentController(Store& store, Clock now);
  std::string_view name() const override { return "deployment"; }
  std::vector<Key> concerned(const Event& event) override;
  Result<Outcome> reconcile(const Key& key) override;
  std::string resource_of(const Key&) const override { return kDeployments; }

 private:
  enum class Step { kScale, kRoll, kRecreate };

  Step step_for(const json& deployment, const Revisions& revisions) const;
  Result<void> take(Step step, const json& deployment);
  Result<void> scale(const json& deployment, const Revisions& revisions);
  Result<void> scale_in_proportion(const json& deployment, const Revisions& revisions);
  Result<void> roll(const json& deployment, const Revisions& revisions);
  Result<bool> grow_updated(const json& deployment, const Revisions& revisions);
  Result<bool> shrink_old(const json& deployment, const Revisions& revisions);
  Result<void> recreate(const json& deployment, const Revisions& revisions);
  bool runs_old_pods(const json& deployment, const Revisions& revisions) const;
  Result<bool> resize(const json& deployment, const json& replica_set, int64_t size);

  Store& store_;
  Clock now_;
};

}  // namespace zdt::rehearsal
