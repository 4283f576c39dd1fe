// Keeps as many pods as a ReplicaSet asks for.
#pragma once
#include "rehearsal/controllers/controller.h"

namespace zdt::rehearsal {

/// kubernetes/pkg/controller/replicaset/replica_set.go, without its expectations: this store is never stale.
/// Pods being deleted no longer count, so a replacement does not wait for them. Pods are made and deleted in batches,
/// one a turn of the loop, up to the first that fails; there (burstReplicas, slowStartBatch) a batch is 500 and begins
/// with 1, as its requests run side by side.
/// None gets more than kMostPods, as more than the nodes can run would only take the others' room.
class ReplicaSetController : public Controller {
 public:
  static constexpr size_t kMostPods = 500;

  ReplicaSetController(Store& store, Clock now);
  std::string_view name() const override { return "replicaset"; }
  std::vector<Key> concerned(const Event& event) override;
  Result<Outcome> reconcile(const Key& key) override;
  std::string resource_of(const Key&) const override { return "replicasets.apps"; }

 private:
  std::vector<ObjectPtr> active_pods(const json& replica_set);
  std::vector<ObjectPtr> related_pods(const json& replica_set) const;
  /// Returns whether more is to be done.
  Result<bool> scale(const json& replica_set, std::vector<ObjectPtr> pods);
  Result<bool> grow(const json& replica_set, size_t have, size_t wanted);
  void tell_failure(const json& replica_set, const std::string& what);
  Result<bool> shrink(const json& replica_set, std::vector<ObjectPtr> pods, size_t surplus);
  Result<void> create_pod(const json& replica_set);
  Result<void> delete_pod(const json& replica_set, const json& pod);
  Result<Outcome> write_status(const json& replica_set, const std::vector<ObjectPtr>& pods,
                               const std::string& failure);

  Store& store_;
  Clock now_;
};

}  // namespace zdt::rehearsal
