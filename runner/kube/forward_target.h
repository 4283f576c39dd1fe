// Which pod, and which of its ports, a forwarded port leads to.
#pragma once
#include "kube/port_forward.h"

namespace zdt::kube {

/// uid  of the pod: another one of the same name is another pod.
struct ForwardTarget {
  std::string ns, pod, uid;
  uint16_t port = 0;
  bool https = false;
};

/// Running, ready, and not on its way down.
bool can_be_reached(const json& pod);

/// The number of a pod's port: a number stays, a name is looked up in its containers and native sidecars.
/// 0 when it has none of that name.
uint16_t pod_port(const json& pod, const std::string& port);

/// The first pod by name that can be reached. Fails as PortForward::open() does.
Task<Result<ForwardTarget>> find_forward_target(Client& client, Forward forward);

/// Whether `target` is still the same pod, and can be reached.
Task<bool> still_there(Client& client, ForwardTarget target);

}  // namespace zdt::kube
