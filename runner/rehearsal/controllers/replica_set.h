// Keeps as many pods as a ReplicaSet asks for.
#pragma once
#include "rehearsal/controllers/controller.h"

namespace zdt::rehearsal {

/// kubernetes/pkg/controller/replicaset/replica_set.go, without its expectations: this store is never stale.
/// Pods being deleted no longer count, so a replacement does not wait for them.
class ReplicaSetController : public Controller {
 public:
  ReplicaSetController(Store& store, Clock now);
  std::string_view name() const override { return "replicaset"; }
  std::vector<Key> concerned(const Event& event) override;
  Result<Outcome> reconcile(const Key& key) override;

 private:
  std::vector<ObjectPtr> active_pods(const json& replica_set);
  std::vector<ObjectPtr> related_pods(const json& replica_set) const;
  Result<void> scale(const json& replica_set, std::vector<ObjectPtr> pods);
  Result<void> create_pod(const json& replica_set);
  Result<void> delete_pod(const json& replica_set, const json& pod);
  Result<Outcome> write_status(const json& replica_set, const std::vector<ObjectPtr>& pods);

  Store& store_;
  Clock now_;
};

}  // namespace zdt::rehearsal
