#include "rehearsal/node/bundle.h"

#include "rehearsal/node/seccomp.h"

namespace zdt::rehearsal {
namespace {

json mount_of(const std::string& destination, const std::string& type, std::vector<std::string> options) {
  return {{"destination", destination}, {"type", type}, {"source", type}, {"options", std::move(options)}};
}

/// With everything below it, and no way to a device or another user's rights. (crun 1.8 takes the recursive forms for
/// folders only.)
json bind_mount(const std::string& source, const std::string& destination, bool read_only) {
  std::vector<std::string> options = {"rbind", "rprivate", "nosuid", "nodev", read_only ? "ro" : "rw"};
  std::error_code unseen;
  if (std::filesystem::is_directory(source, unseen)) {
    options.insert(options.end(), {"rnosuid", "rnodev"});
    if (read_only) options.push_back("rro");
  }
  return {{"destination", destination}, {"type", "none"}, {"source", source}, {"options", std::move(options)}};
}

json system_mounts(bool shared_network) {
  // /dev is a memory of the container's own, in which the runtime puts null, zero, full, random, urandom and tty.
  json mounts = {mount_of("/proc", "proc", {"nosuid", "noexec", "nodev"}),
                 mount_of("/dev", "tmpfs", {"nosuid", "noexec", "strictatime", "mode=755", "size=65536k"}),
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

json namespaces_of(const BundleInput& input) {
  json spaces = json::array();
  for (const char* own : {"pid", "ipc", "uts", "mount"}) spaces.push_back({{"type", own}});
  spaces.push_back({{"type", "network"}, {"path", input.network}});
  if (!input.users.empty()) spaces.push_back({{"type", "user"}, {"path", input.users}});
  return spaces;
}

/// What containerd masks: facts about this machine, and ways to change it.
/// https://github.com/containerd/containerd/blob/v2.0.0/pkg/oci/spec.go
void hide_machine(json& part) {
  part["maskedPaths"] = {"/proc/acpi",        "/proc/asound",     "/proc/interrupts", "/proc/kcore",
                         "/proc/keys",        "/proc/latency_stats", "/proc/sched_debug", "/proc/scsi",
                         "/proc/timer_list",  "/proc/timer_stats", "/sys/devices/virtual/powercap", "/sys/firmware"};
  part["readonlyPaths"] = {"/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"};
}

json linux_part(const BundleInput& input) {
  json part = {{"namespaces", namespaces_of(input)}, {"rootfsPropagation", "private"}};
  if (!input.users.empty()) {
    const json map = json::array({{{"containerID", 0}, {"hostID", input.range.first}, {"size", UserRange::kSize}}});
    part["uidMappings"] = part["gidMappings"] = map;
  }
  if (!input.identity.privileged) hide_machine(part);
  if (input.identity.seccomp) part["seccomp"] = default_seccomp(input.identity.capabilities);
  return part;
}

}  // namespace

json oci_config(const BundleInput& input) {
  json mounts = system_mounts(input.shared_network);
  for (const auto& [inside, outside] : input.image.files) mounts.push_back(bind_mount(outside, inside, true));
  // A volume goes before what the image has at the same place.
  for (const VolumeMount& mount : input.mounts)
    mounts.push_back(bind_mount(mount.source, mount.destination, mount.read_only));
  return json{{"ociVersion", "1.0.0"},
              {"process", process_of(input)},
              {"root", {{"path", input.folder + "/rootfs"}, {"readonly", input.identity.read_only_root}}},
              {"hostname", host_name(input.pod)},
              {"mounts", std::move(mounts)},
              {"linux", linux_part(input)}};
}

}  // namespace zdt::rehearsal
