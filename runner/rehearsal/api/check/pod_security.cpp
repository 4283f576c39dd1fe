#include "rehearsal/api/check/pod.h"

namespace zdt::rehearsal::api {
namespace {

constexpr int64_t kMostId = 2'147'483'647;

void check_seccomp(const json& profile, const Where& where, Causes& causes) {
  if (!profile.is_object()) return;
  const std::string& type = text_of(profile, "type");
  if (type.empty()) causes.required(where / "type", "type is required when seccompProfile is set");
  if (!type.empty()) check_choice(profile, "type", {"Localhost", "RuntimeDefault", "Unconfined"}, where, causes);
  const json& file = at(profile, {"localhostProfile"});
  if (type == "Localhost" && file.is_null()) {
    causes.required(where / "localhostProfile", "must be set when seccomp type is Localhost");
  } else if (type == "Localhost") {
    check_descending_path(text(file), where / "localhostProfile", causes);
  } else if (!file.is_null()) {
    causes.invalid(where / "localhostProfile", file, "can only be set when seccomp type is Localhost");
  }
}

void check_app_armor(const json& profile, const Where& where, Causes& causes) {
  if (!profile.is_object()) return;
  const std::string& type = text_of(profile, "type");
  if (type.empty()) causes.required(where / "type", "type is required when appArmorProfile is set");
  if (!type.empty()) check_choice(profile, "type", {"Localhost", "RuntimeDefault", "Unconfined"}, where, causes);
  const json& name = at(profile, {"localhostProfile"});
  if (type == "Localhost" && text(name).empty())
    causes.required(where / "localhostProfile", "must be set when AppArmor type is Localhost");
  if (type != "Localhost" && !name.is_null())
    causes.invalid(where / "localhostProfile", name, "can only be set when AppArmor type is Localhost");
  constexpr size_t kMostName = 4095;
  if (text(name).size() > kMostName) causes.too_long(where / "localhostProfile", kMostName);
}

bool is_of_network(const std::string& sysctl) { return sysctl.starts_with("net.") || sysctl.starts_with("net/"); }

bool is_of_ipc(const std::string& sysctl) {
  for (const char* prefix : {"kernel.shm", "kernel.msg", "fs.mqueue.", "kernel/shm", "kernel/msg", "fs/mqueue/"}) {
    if (sysctl.starts_with(prefix)) return true;
  }
  return sysctl == "kernel.sem" || sysctl == "kernel/sem";
}

void check_sysctls(const json& spec, const Where& where, Causes& causes) {
  std::set<std::string> names;
  const json& sysctls = array_at(spec, {"securityContext", "sysctls"});
  for (size_t i = 0; i < sysctls.size() && !causes.full(); ++i) {
    const Where here = where.item("sysctls", i);
    if (!check_required(sysctls[i], "name", here, causes)) continue;
    const std::string& name = text_of(sysctls[i], "name");
    check_text(name, broken_sysctl_rule, here / "name", causes);
    if (!names.insert(name).second) causes.duplicate(here / "name", name);
    if (is_of_network(name) && bool_at(spec, {"hostNetwork"}))
      causes.invalid(here / "name", name, "may not be specified when 'hostNetwork' is true");
    if (is_of_ipc(name) && bool_at(spec, {"hostIPC"}))
      causes.invalid(here / "name", name, "may not be specified when 'hostIPC' is true");
  }
}

void check_host_users(const json& spec, const Where& where, Causes& causes) {
  if (bool_at(spec, {"hostUsers"}, true)) return;
  for (const char* field : {"hostNetwork", "hostPID", "hostIPC"}) {
    if (bool_at(spec, {field})) causes.forbidden(where / field, "when `pod.Spec.HostUsers` is false");
  }
}

void check_groups(const json& context, const Where& where, Causes& causes) {
  const json& groups = array_at(context, {"supplementalGroups"});
  for (size_t i = 0; i < groups.size() && !causes.full(); ++i) {
    const int64_t group = int_at(groups[i], {}, -1);
    if (groups[i].is_number() && (group < 0 || group > kMostId))
      causes.invalid(where.item("supplementalGroups", i), groups[i], range_words(0, kMostId));
  }
}

}  // namespace

void check_pod_security(const json& spec, const Where& where, Causes& causes) {
  const json& context = at(spec, {"securityContext"});
  const Where here = where / "securityContext";
  for (const char* id : {"fsGroup", "runAsUser", "runAsGroup"}) check_range(context, id, 0, kMostId, here, causes);
  check_groups(context, here, causes);
  if (bool_at(spec, {"shareProcessNamespace"}) && bool_at(spec, {"hostPID"})) {
    causes.invalid(here / "shareProcessNamespace", true,
                   "ShareProcessNamespace and HostPID cannot both be enabled");
  }
  check_sysctls(spec, here, causes);
  check_choice(context, "fsGroupChangePolicy", {"Always", "OnRootMismatch"}, here, causes);
  check_choice(context, "supplementalGroupsPolicy", {"Merge", "Strict"}, here, causes);
  check_seccomp(at(context, {"seccompProfile"}), here / "seccompProfile", causes);
  check_app_armor(at(context, {"appArmorProfile"}), here / "appArmorProfile", causes);
  check_host_users(spec, where, causes);
}

void check_container_security(const json& context, const Where& where, Causes& causes) {
  for (const char* id : {"runAsUser", "runAsGroup"}) check_range(context, id, 0, kMostId, where, causes);
  check_choice(context, "procMount", {"Default", "Unmasked"}, where, causes);
  check_seccomp(at(context, {"seccompProfile"}), where / "seccompProfile", causes);
  check_app_armor(at(context, {"appArmorProfile"}), where / "appArmorProfile", causes);
  if (bool_at(context, {"allowPrivilegeEscalation"}, true)) return;
  if (bool_at(context, {"privileged"}))
    causes.invalid(where, context, "cannot set `allowPrivilegeEscalation` to false and `privileged` to true");
  for (const json& capability : array_at(context, {"capabilities", "add"})) {
    if (capability == "CAP_SYS_ADMIN") {
      causes.invalid(where, context,
                     "cannot set `allowPrivilegeEscalation` to false and `capabilities.Add` CAP_SYS_ADMIN");
    }
  }
}

}  // namespace zdt::rehearsal::api
