#include "rehearsal/node/security.h"

namespace zdt::rehearsal {
namespace {

/// What containerd and Docker give a container unless it asks for something else.
const std::set<std::string> kDefaultCapabilities = {
    "CAP_CHOWN",   "CAP_DAC_OVERRIDE", "CAP_FSETID",           "CAP_FOWNER",
    "CAP_MKNOD",   "CAP_NET_RAW",      "CAP_SETGID",           "CAP_SETUID",
    "CAP_SETFCAP", "CAP_SETPCAP",      "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT",
    "CAP_KILL",    "CAP_AUDIT_WRITE"};
const std::set<std::string> kMoreWhenPrivileged = {"CAP_NET_ADMIN", "CAP_SYS_ADMIN", "CAP_SYS_PTRACE",
                                                   "CAP_SYS_NICE"};

std::string capability(const json& name) {
  const std::string word = name.get<std::string>();
  return word.starts_with("CAP_") ? word : "CAP_" + word;
}

std::set<std::string> capabilities_of(const json& container, bool privileged) {
  std::set<std::string> kept = kDefaultCapabilities;
  if (privileged) kept.insert(kMoreWhenPrivileged.begin(), kMoreWhenPrivileged.end());
  for (const json& dropped : array_at(container, {"securityContext", "capabilities", "drop"})) {
    if (dropped == "ALL") {
      kept.clear();
    } else {
      kept.erase(capability(dropped));
    }
  }
  for (const json& added : array_at(container, {"securityContext", "capabilities", "add"})) {
    if (added != "ALL") kept.insert(capability(added));
  }
  return kept;
}

}  // namespace

int64_t file_system_group(const json& pod) { return int_at(pod, {"spec", "securityContext", "fsGroup"}, -1); }

Result<Identity> identity_of(const json& pod, const json& container, const Image& image) {
  const json& own = object_at(container, {"securityContext"});
  const json& shared = object_at(pod, {"spec", "securityContext"});
  Identity identity;
  const int64_t user = int_at(own, {"runAsUser"}, int_at(shared, {"runAsUser"}, -1));
  identity.user = user < 0 ? image.user : static_cast<uint32_t>(user);
  // A group of the image goes with its user only: another user without runAsGroup has group 0.
  identity.group = static_cast<uint32_t>(
      int_at(own, {"runAsGroup"}, int_at(shared, {"runAsGroup"}, user < 0 ? image.group : 0)));
  if (bool_at(own, {"runAsNonRoot"}, bool_at(shared, {"runAsNonRoot"})) && identity.user == 0) {
    return Error{Code::kInvalid,
                 user == 0 ? "container's runAsUser breaks non-root policy"
                           : "container has runAsNonRoot and image will run as root",
                 ""};
  }
  for (const json& group : array_at(shared, {"supplementalGroups"}))
    identity.more_groups.push_back(group.get<uint32_t>());
  if (const int64_t group = file_system_group(pod); group >= 0) {
    identity.more_groups.push_back(static_cast<uint32_t>(group));
  }
  identity.privileged = bool_at(own, {"privileged"});
  identity.capabilities = capabilities_of(container, identity.privileged);
  identity.no_new_privileges = !bool_at(own, {"allowPrivilegeEscalation"}, true);
  identity.read_only_root = bool_at(own, {"readOnlyRootFilesystem"});
  return identity;
}

}  // namespace zdt::rehearsal
