#include "rehearsal/node/security.h"

#include <fmt/format.h>

#include <cctype>

namespace zdt::rehearsal {
namespace {

/// What containerd gives a container unless it asks for something else, without CAP_MKNOD: with it, root of a container
/// makes and writes the machine's disks.
const std::set<std::string> kDefaultCapabilities = {
    "CAP_CHOWN",   "CAP_DAC_OVERRIDE", "CAP_FSETID",           "CAP_FOWNER",     "CAP_NET_RAW",
    "CAP_SETGID",  "CAP_SETUID",       "CAP_SETFCAP",          "CAP_SETPCAP",    "CAP_NET_BIND_SERVICE",
    "CAP_KILL",    "CAP_AUDIT_WRITE",  "CAP_SYS_CHROOT"};
/// What a container may add without a user namespace of its own: these reach its own network and processes alone.
const std::set<std::string> kHarmless = {"CAP_NET_BROADCAST", "CAP_LEASE", "CAP_IPC_OWNER", "CAP_IPC_LOCK"};
/// include/uapi/linux/capability.h, all of them: what ALL and a privileged container stand for.
const std::set<std::string> kAllCapabilities = {
    "CAP_CHOWN",        "CAP_DAC_OVERRIDE",  "CAP_DAC_READ_SEARCH", "CAP_FOWNER",           "CAP_FSETID",
    "CAP_KILL",         "CAP_SETGID",        "CAP_SETUID",          "CAP_SETPCAP",          "CAP_LINUX_IMMUTABLE",
    "CAP_NET_RAW",      "CAP_NET_ADMIN",     "CAP_NET_BROADCAST",   "CAP_NET_BIND_SERVICE", "CAP_IPC_LOCK",
    "CAP_IPC_OWNER",    "CAP_SYS_MODULE",    "CAP_SYS_RAWIO",       "CAP_SYS_CHROOT",       "CAP_SYS_PTRACE",
    "CAP_SYS_PACCT",    "CAP_SYS_ADMIN",     "CAP_SYS_BOOT",        "CAP_SYS_NICE",         "CAP_SYS_RESOURCE",
    "CAP_SYS_TIME",     "CAP_SYS_TTY_CONFIG", "CAP_MKNOD",          "CAP_LEASE",            "CAP_AUDIT_WRITE",
    "CAP_AUDIT_CONTROL", "CAP_SETFCAP",      "CAP_MAC_OVERRIDE",    "CAP_MAC_ADMIN",        "CAP_SYSLOG",
    "CAP_WAKE_ALARM",   "CAP_BLOCK_SUSPEND", "CAP_AUDIT_READ",      "CAP_PERFMON",          "CAP_BPF",
    "CAP_CHECKPOINT_RESTORE"};

std::string capability(const json& name) {
  std::string word = name.is_string() ? name.get<std::string>() : name.dump();
  for (char& letter : word) letter = static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
  return word.starts_with("CAP_") ? word : "CAP_" + word;
}

std::set<std::string> capabilities_of(const json& container, bool privileged) {
  std::set<std::string> kept = privileged ? kAllCapabilities : kDefaultCapabilities;
  for (const json& dropped : array_at(container, {"securityContext", "capabilities", "drop"})) {
    if (dropped == "ALL") {
      kept.clear();
    } else {
      kept.erase(capability(dropped));
    }
  }
  for (const json& added : array_at(container, {"securityContext", "capabilities", "add"})) {
    if (added == "ALL") {
      kept = kAllCapabilities;
    } else {
      kept.insert(capability(added));
    }
  }
  return kept;
}

/// CAP_SYS_ADMIN of the machine's own users mounts its disks, CAP_SYS_PTRACE enters its processes, and so on.
Result<void> check_allowed(const Identity& identity, const std::string& name, Allowance allowance) {
  if (identity.privileged && !allowance.privileged) {
    return Error{Code::kInvalid, fmt::format("container \"{}\" is privileged, and this cluster runs no privileged containers", name),
                 "zdt-demo cluster up --allow-privileged"};
  }
  if (allowance.own_users || allowance.privileged) return {};
  for (const std::string& word : identity.capabilities) {
    if (kDefaultCapabilities.contains(word) || kHarmless.contains(word)) continue;
    return Error{Code::kInvalid,
                 fmt::format("container \"{}\" adds the capability {}, which reaches beyond a container of a pod without a "
                             "user namespace of its own (hostUsers or hostNetwork is true)", name, word.substr(4)),
                 "zdt-demo cluster up --allow-privileged"};
  }
  return {};
}

/// RuntimeDefault unless another one is asked for.
/// https://kubernetes.io/docs/tutorials/security/seccomp/
Result<bool> wants_seccomp(const json& own, const json& shared, bool privileged) {
  const std::string type =
      string_at(own, {"seccompProfile", "type"}, string_at(shared, {"seccompProfile", "type"}, "RuntimeDefault"));
  if (type == "Localhost") {
    const std::string file = string_at(own, {"seccompProfile", "localhostProfile"},
                                       string_at(shared, {"seccompProfile", "localhostProfile"}));
    return Error{Code::kInvalid, fmt::format("cannot load seccomp profile \"{}\": the rehearsal cluster has none of its own", file),
                 "use RuntimeDefault or Unconfined"};
  }
  return type != "Unconfined" && !privileged;
}

}  // namespace

int64_t file_system_group(const json& pod) { return int_at(pod, {"spec", "securityContext", "fsGroup"}, -1); }

Result<Identity> identity_of(const json& pod, const json& container, const Image& image, Allowance allowance) {
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
  if (auto allowed = check_allowed(identity, string_at(container, {"name"}), allowance); !allowed) return allowed.error();
  const auto seccomp = wants_seccomp(own, shared, identity.privileged);
  if (!seccomp) return seccomp.error();
  identity.seccomp = *seccomp;
  return identity;
}

}  // namespace zdt::rehearsal
