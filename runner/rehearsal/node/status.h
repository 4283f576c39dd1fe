// What a pod's status says, computed from what its containers do. Pure: no clock, no store.
// https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/units.h"

namespace zdt::rehearsal {

/// A run of a container that is over.
struct Termination {
  int exit_code = 0, signal = 0;
  std::string reason, message, container_id;
  WallTime started, finished;
};

/// One container as the kubelet reports it.   ready  what its readiness says; counts only while it is
/// running.
struct ContainerState {
  enum class Phase { kWaiting, kRunning, kTerminated };
  std::string name, image, container_id;
  Phase phase = Phase::kWaiting;
  std::string reason = "PodInitializing", message;  ///< of kWaiting
  WallTime started_at;                              ///< of kRunning
  std::optional<Termination> current, last;         ///< of kTerminated; of the run before this one
  int restart_count = 0;
  bool started = false, ready = false;
};

/// What a whole pod's status is computed from.   init, main  in the order of the spec.
/// ended     no container runs any more, and none will.   phase, reason, message  override what is computed.
struct PodState {
  std::vector<ContainerState> init, main;
  std::string pod_ip, host_ip;
  WallTime start_time;
  bool network_ready = false, ended = false;
  std::string phase, reason, message;
};

/// Whether the init container restarts always, and so is a sidecar.
bool is_sidecar(const json& init_container);

/// "Pending", "Running", "Succeeded" or "Failed".
std::string phase_of(const json& pod, const PodState& state);

/// "Guaranteed", "Burstable" or "BestEffort", from requests and limits.
std::string qos_class(const json& pod);

/// The whole status. Times of transition are kept from the pod's present status where a condition's value is
/// the same; conditions of types that are not the kubelet's stay, and readinessGates look at them.
json status_of(const json& pod, const PodState& state, WallTime now);

}  // namespace zdt::rehearsal
