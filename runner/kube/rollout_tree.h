// A workload with its ReplicaSets and pods, as one picture, and the watch that keeps it up to date.
#pragma once
#include "kube/rollout.h"

namespace zdt::kube {

/// workload  null when it does not exist (any more).   sets, pods  by name: all that its selector matches.
struct WorkloadView {
  json workload;
  std::map<std::string, json> sets, pods;
};

/// The summary and the tree that `kubectl argo rollouts get rollout` draws: ⟳ workload, # revision, ⧉
/// ReplicaSet, □ pod, with status, age and info (stable or canary, images, ready containers, restarts). Ages
/// are as of `now`, and left out without it, for a picture that is only to be compared. Lines are cut at
/// `columns` characters; 0: never. Ends with a line break.
std::string draw_rollout(const WorkloadView& view, std::optional<WallTime> now, int columns = 0);

/// Reads all of it once. Fails kNotFound.
Task<Result<WorkloadView>> view_rollout(Client& client, Query workload);

/// Calls `on_change` at the beginning and at every change, until it returns false or fails. `whole` false:
/// only the workload is watched, sets and pods stay empty. Changes that come while it runs are shown
/// together. Fails kNotFound when the workload does not exist at the beginning.
using OnWorkload = std::function<Task<Result<bool>>(const WorkloadView& view)>;
Task<Result<void>> watch_rollout(Client& client, Query workload, bool whole, OnWorkload on_change);

}  // namespace zdt::kube
