// Who a container's process is: user, groups, capabilities, from the pod's and the container's
// securityContext. https://kubernetes.io/docs/tasks/configure-pod-container/security-context/
#pragma once
#include <set>
#include <string>
#include <vector>

#include "base/json.h"
#include "rehearsal/node/catalogue.h"

namespace zdt::rehearsal {

struct Identity {
  uint32_t user = 0, group = 0;
  std::vector<uint32_t> more_groups;   ///< supplementalGroups and fsGroup
  std::set<std::string> capabilities;  ///< "CAP_CHOWN"
  bool no_new_privileges = false, read_only_root = false, privileged = false;
};

/// The container's fields go before the pod's, these before the image's. Fails kInvalid in the kubelet's
/// words when runAsNonRoot is set and the user would be root. seccomp and SELinux settings have no effect.
Result<Identity> identity_of(const json& pod, const json& container, const Image& image);

/// The pod's fsGroup, or -1.
int64_t file_system_group(const json& pod);

}  // namespace zdt::rehearsal
