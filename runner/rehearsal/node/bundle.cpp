#include "rehearsal/node/bundle.h"

#include <algorithm>

#include "base/text.h"
#include "rehearsal/node/service_account.h"

namespace zdt::rehearsal {
namespace {

json mount_of(const std::string& destination, const std::string& type, std::vector<std::string> options) {
  return {{"destination", destination}, {"type", type}, {"source", type}, {"options", std::move(options)}};
}

json bind_mount(const std::string& source, const std::string& destination, bool read_only) {
  return {{"destination", destination},
          {"type", "none"},
          {"source", source},
          {"options", {"rbind", "rprivate", read_only ? "ro" : "rw"}}};
}

json system_mounts(bool shared_network) {
  json mounts = {mount_of("/proc", "proc", {"nosuid", "noexec", "nodev"}),
                 mount_of("/dev", "tmpfs", {"nosuid", "strictatime", "mode=755", "size=65536k"}),
                 mount_of("/dev/pts", "devpts",
                          {"nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"}),
                 mount_of("/dev/shm", "tmpfs", {"nosuid", "noexec", "nodev", "mode=1777", "size=65536k"}),
                 bind_mount("/usr", "/usr", true)};
  // sysfs belongs to a network namespace, and the node's is not the container's to show.
  if (!shared_network) mounts.push_back(mount_of("/sys", "sysfs", {"nosuid", "noexec", "nodev", "ro"}));
  for (const char* shared : {"/etc/alternatives", "/etc/ssl/certs", "/etc/ld.so.cache"}) {
    if (std::filesystem::exists(shared)) mounts.push_back(bind_mount(shared, shared, true));
  }
  return mounts;
}

Result<std::vector<json>> volume_mounts(const BundleInput& input) {
  std::vector<json> mounts;
  for (const json& mount : array_at(input.container, {"volumeMounts"})) {
    const auto volume = input.volumes.find(string_at(mount, {"name"}));
    if (volume == input.volumes.end()) {
      return Error{Code::kInvalid,
                   fmt::format("cannot find volume \"{}\" to mount", string_at(mount, {"name"})), ""};
    }
    std::string source = volume->second;
    const std::string below =
        string_at(mount, {"subPath"}, expand(string_at(mount, {"subPathExpr"}), input.environment));
    if (!below.empty()) source += "/" + below;
    std::error_code failure;
    if (!std::filesystem::exists(source)) std::filesystem::create_directories(source, failure);
    mounts.push_back(bind_mount(source, string_at(mount, {"mountPath"}), bool_at(mount, {"readOnly"})));
  }
  if (const auto account = input.volumes.find(kAccountVolume); account != input.volumes.end()) {
    const bool own = std::any_of(mounts.begin(), mounts.end(), [](const json& mount) {
      return string_at(mount, {"destination"}) == kAccountFolder;
    });
    if (!own) mounts.push_back(bind_mount(account->second, kAccountFolder, true));
  }
  // A mount below another one must come after it.
  std::stable_sort(mounts.begin(), mounts.end(), [](const json& left, const json& right) {
    return split(string_at(left, {"destination"}), '/').size() <
           split(string_at(right, {"destination"}), '/').size();
  });
  return mounts;
}

json process_of(const BundleInput& input) {
  const Identity& identity = input.identity;
  json variables = json::array();
  for (const auto& [name, value] : input.environment) variables.push_back(name + "=" + value);
  // As with execve(2) of a user other than root, only the bounding set is left.
  const json held = identity.user == 0 ? json(identity.capabilities) : json::array();
  return {
      {"terminal", false},
      {"user", {{"uid", identity.user}, {"gid", identity.group}, {"additionalGids", identity.more_groups}}},
      {"args", input.arguments},
      {"env", std::move(variables)},
      {"cwd", string_at(input.container, {"workingDir"}, input.image.working_dir)},
      {"noNewPrivileges", identity.no_new_privileges},
      {"capabilities",
       {{"bounding", json(identity.capabilities)},
        {"effective", held},
        {"permitted", held},
        {"inheritable", json::array()},
        {"ambient", json::array()}}}};
}

json linux_part(const BundleInput& input) {
  json part = {{"namespaces",
                {{{"type", "pid"}},
                 {{"type", "ipc"}},
                 {{"type", "uts"}},
                 {{"type", "mount"}},
                 {{"type", "network"}, {"path", input.network}}}},
               {"rootfsPropagation", "private"},
               {"maskedPaths",
                {"/proc/kcore", "/proc/keys", "/proc/latency_stats", "/proc/timer_list", "/proc/sched_debug",
                 "/proc/scsi", "/proc/acpi", "/sys/firmware"}},
               {"readonlyPaths", {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"}}};
  // As containerd 2 does, so that an ordinary user may listen on port 80.
  if (!input.shared_network) part["sysctl"] = {{"net.ipv4.ip_unprivileged_port_start", "0"}};
  return part;
}

}  // namespace

Result<json> oci_config(const BundleInput& input) {
  json mounts = system_mounts(input.shared_network);
  for (const auto& [inside, outside] : input.image.files) mounts.push_back(bind_mount(outside, inside, true));
  auto own = volume_mounts(input);
  if (!own) return own.error();
  // A volume goes before what the image has at the same place.
  for (json& mount : *own) mounts.push_back(std::move(mount));
  return json{
      {"ociVersion", "1.0.0"},
      {"process", process_of(input)},
      {"root", {{"path", input.folder + "/rootfs"}, {"readonly", input.identity.read_only_root}}},
      {"hostname", string_at(input.pod, {"spec", "hostname"}, string_at(input.pod, {"metadata", "name"}))},
      {"mounts", std::move(mounts)},
      {"linux", linux_part(input)}};
}

}  // namespace zdt::rehearsal
