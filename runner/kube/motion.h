// What a cluster's workloads are still about to do by themselves.
#pragma once
#include "kube/client.h"

namespace zdt::kube {

/// Looks at Deployments, StatefulSets, DaemonSets, Rollouts, and pods that are being deleted.
class Motion {
 public:
  /// ns, labels  whose objects, as Query has them.   patience  what has not changed for so long counts as stuck, and no longer as
  /// moving; a Rollout's timed pause and a pod's grace period come on top of it.
  Motion(Client& client, std::string ns, std::string labels, milliseconds patience = milliseconds(30'000))
      : client_(client), ns_(std::move(ns)), labels_(std::move(labels)), patience_(patience) {}

  /// "Rollout default/web: Progressing: more replicas need to be updated; 2 pods are being deleted"; "" when nothing moves.
  /// What cannot be listed (a kind that the cluster does not have) does not move.
  Task<std::string> look();

 private:
  using Time = std::chrono::steady_clock::time_point;
  /// What an object looked like when it last changed, and when that was.
  struct Seen {
    std::string state;
    Time since;
  };
  Task<void> look_at(std::string kind, std::vector<std::string>& moving);
  Task<void> look_at_pods(std::vector<std::string>& moving);
  bool is_stuck(const json& object, milliseconds beyond);

  Client& client_;
  std::string ns_, labels_;
  milliseconds patience_;
  std::map<std::string, Seen> seen_;  ///< by uid
};

/// Why the workload is not where its specification wants it, as long as it goes there without help; "" when it is there, is
/// Degraded, or waits for somebody.
std::string moves(const json& workload);

}  // namespace zdt::kube
