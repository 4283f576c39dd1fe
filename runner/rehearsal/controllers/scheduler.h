// Gives pods a node.
#pragma once
#include <map>

#include "rehearsal/controllers/scheduler_choice.h"

namespace zdt::rehearsal {

/// Assigns every pod without a node to the one that choose_node() takes, the oldest first. Until there is one the pod
/// stays Pending with PodScheduled=False, reason Unschedulable, and an event FailedScheduling, in kube-scheduler's
/// words. What waits is looked at again when a node changes or a pod leaves one; pods with affinity or spreading also
/// when another pod comes to a node or changes. One key stands for all that wait: they are looked at in rounds, some in
/// each turn of the loop, over one snapshot, so that many pods that fit nowhere cost little. No preemption.
class Scheduler : public Controller {
 public:
  Scheduler(Store& store, Clock now);
  std::string_view name() const override { return "scheduler"; }
  std::vector<Key> concerned(const Event& event) override;
  Result<Outcome> reconcile(const Key& key) override;

 private:
  /// tried  the time (of ours) at which it was looked at last.   constrained  by other pods: affinity, spreading.
  struct Waiting {
    Key key;
    bool constrained = false;
    uint64_t tried = 0;
  };
  /// The last pod that fitted nowhere: its like need not be looked at.
  struct Refusal {
    ObjectPtr pod;
    std::string why;
  };

  bool index(const Event& event);
  bool is_due(const Waiting& waiting) const;
  Result<void> look_at(Waiting& waiting, Snapshot& snapshot, Refusal& refusal);
  Result<void> assign(const ObjectPtr& pod, const std::string& node, Snapshot& snapshot);
  Result<void> hold(const json& pod, const std::string& why);

  Store& store_;
  Clock now_;
  std::map<uint64_t, Waiting> waiting_;  // in order of arrival
  std::map<Key, uint64_t> places_;       // in waiting_
  uint64_t time_ = 1, freed_ = 1, changed_ = 1;
};

}  // namespace zdt::rehearsal
