// Gives pods a node.
#pragma once
#include "rehearsal/controllers/controller.h"

namespace zdt::rehearsal {

/// Assigns every pod without a node to the one node of the cluster, when that is Ready, not cordoned, and
/// fits the pod's nodeSelector. Until then the pod stays Pending with PodScheduled=False, reason
/// Unschedulable, and an event FailedScheduling, in kube-scheduler's words.
class Scheduler : public Controller {
 public:
  Scheduler(Store& store, std::string node_name, Clock now);
  std::string_view name() const override { return "scheduler"; }
  std::vector<Key> concerned(const Event& event) override;
  Result<Outcome> reconcile(const Key& key) override;

 private:
  /// Why the pod cannot run on the node; "" when it can.
  std::string obstacle(const json& pod) const;
  Result<Outcome> assign(const json& pod);
  Result<Outcome> hold(const json& pod, const std::string& why);

  Store& store_;
  std::string node_name_;
  Clock now_;
};

}  // namespace zdt::rehearsal
