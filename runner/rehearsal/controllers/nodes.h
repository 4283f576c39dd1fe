// What taints and cordons do to a node and the pods on it.
#pragma once
#include <map>

#include "rehearsal/controllers/controller.h"

namespace zdt::rehearsal {

/// A cordoned node carries the taint node.kubernetes.io/unschedulable:NoSchedule
/// (kubernetes/pkg/controller/nodelifecycle). A taint with NoExecute deletes the pods that do not tolerate
/// it: at once, or when the shortest tolerationSeconds of the tolerations that match has passed since the
/// taint was first seen with the pod (kubernetes/pkg/controller/tainteviction).
/// https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/
class NodeController : public Controller {
 public:
  NodeController(Store& store, Clock now);
  std::string_view name() const override { return "node"; }
  std::vector<Key> concerned(const Event& event) override;
  Result<Outcome> reconcile(const Key& key) override;
  std::string resource_of(const Key&) const override { return "nodes"; }

 private:
  Result<void> mark_cordon(const json& node);
  /// When the pod is to go; nothing when it may stay.
  std::optional<WallTime> end_of_stay(const json& pod, const std::vector<json>& taints);
  Result<void> evict(const json& pod);

  Store& store_;
  Clock now_;
  std::map<std::string, WallTime> tainted_since_;  // by the pod's uid
};

}  // namespace zdt::rehearsal
