// Gives pods a node.
#pragma once
#include "rehearsal/controllers/controller.h"

namespace zdt::rehearsal {

/// Assigns every pod without a node to the one that choose_node() takes. Until there is one the pod stays
/// Pending with PodScheduled=False, reason Unschedulable, and an event FailedScheduling, in kube-scheduler's
/// words. What waits is looked at again when a node changes, or a pod that has one comes, goes or changes its
/// labels. No preemption.
class Scheduler : public Controller {
 public:
  Scheduler(Store& store, Clock now);
  std::string_view name() const override { return "scheduler"; }
  std::vector<Key> concerned(const Event& event) override;
  Result<Outcome> reconcile(const Key& key) override;

 private:
  std::vector<Key> all_waiting() const;
  Result<Outcome> assign(const json& pod, const std::string& node);
  Result<Outcome> hold(const json& pod, const std::string& why);

  Store& store_;
  Clock now_;
};

}  // namespace zdt::rehearsal
