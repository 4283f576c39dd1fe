// What containers use: processor time and memory of all processes of each, read from /proc.
#pragma once
#include <deque>
#include <map>

#include "rehearsal/node/pod_worker.h"

namespace zdt::rehearsal {

/// One look.   cpu_seconds  of its living processes and of those that they have reaped, so that it only
/// grows.
struct UsageSample {
  std::chrono::steady_clock::time_point time;
  double cpu_seconds = 0;
  int64_t memory_bytes = 0;
};

/// The processor time and memory of each process namespace that can be seen in /proc, by its inode. Memory is
/// what no file backs: near to the working set that the kubelet reports.
std::map<uint64_t, UsageSample> sample_process_namespaces();
/// The inode of the process namespace of `pid`; 0 when the process has gone.
uint64_t process_namespace_of(pid_t pid);

/// Keeps the samples of the last 15 s (metrics-server's resolution) for each container, by its id.
class UsageMeter {
 public:
  struct Known {
    std::string pod_uid, container;
    std::deque<UsageSample> samples;
  };

  /// Takes one sample of every container that runs in `pods` (by uid), and of our own namespace; forgets
  /// those that do not run any more.
  void sample(const std::map<std::string, const PodWorker*>& pods);

  /// The containers of a pod; without those that have been looked at only once.
  std::vector<ContainerUsage> usage_of(const std::string& pod_uid) const;
  /// Of the processes that are in no container.
  std::optional<Usage> own_usage() const;
  milliseconds window() const;
  WallTime time() const { return time_; }

 private:
  void add(const std::string& id, Known fresh, const UsageSample& sample);

  std::map<std::string, Known> known_;  // by container id; our own namespace is ""
  WallTime time_;
};

}  // namespace zdt::rehearsal
