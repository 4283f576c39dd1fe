// Who a container's process is: user, groups, capabilities, from the pod's and the container's
// securityContext. https://kubernetes.io/docs/tasks/configure-pod-container/security-context/
#pragma once
#include <set>
#include <string>
#include <vector>

#include "base/json.h"
#include "rehearsal/node/catalogue.h"

namespace zdt::rehearsal {

/// seccomp  the container runs under the default profile (seccomp.h).
struct Identity {
  uint32_t user = 0, group = 0;
  std::vector<uint32_t> more_groups;   ///< supplementalGroups and fsGroup
  std::set<std::string> capabilities;  ///< "CAP_CHOWN"
  bool no_new_privileges = false, read_only_root = false, privileged = false, seccomp = true;
};

/// What this cluster allows.
/// own_users   the pod has a user namespace: its capabilities reach nothing outside.
/// privileged  `cluster up --allow-privileged`.
struct Allowance {
  bool own_users = false, privileged = false;
};

/// The container's fields go before the pod's, these before the image's. Fails kInvalid: in the kubelet's words when
/// runAsNonRoot is set and the user would be root; a privileged container, or a capability by which it could reach this
/// machine, that `allowance` does not cover; a seccomp profile that this cluster does not have. SELinux settings have no
/// effect.
Result<Identity> identity_of(const json& pod, const json& container, const Image& image, Allowance allowance);

/// The pod's fsGroup, or -1.
int64_t file_system_group(const json& pod);

}  // namespace zdt::rehearsal
