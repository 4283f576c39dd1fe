#include "rehearsal/node/node_folder.h"

#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include <cstring>

#include "host/files.h"
#include "rehearsal/node/held_folder.h"

namespace zdt::rehearsal {
namespace {

// The one tmpfs that every server has for itself (cluster/rehearsal_process.cpp); a folder more is in nobody's way.
constexpr const char* kOwnMemory = "/sys/fs/cgroup";
constexpr const char* kPlace = "/sys/fs/cgroup/zdt-node";

Error cannot_mount(const std::string& what) {
  return {Code::kEnvironment, fmt::format("cannot mount {} at {}: {}", what, kPlace, std::strerror(errno)), ""};
}

}  // namespace

Result<std::string> mount_node_folder(const std::string& folder) {
  struct statfs memory {};
  if (statfs(kOwnMemory, &memory) != 0 || memory.f_type != TMPFS_MAGIC)
    return Error{Code::kEnvironment, fmt::format("{} is not the server's own", kOwnMemory), "zdt-demo cluster up"};
  if (auto made = HeldFolder::make_own(folder); !made) return made.error();
  if (chmod(folder.c_str(), 0711) != 0) return cannot_mount(folder);
  if (mkdir(kPlace, 0711) != 0 && errno != EEXIST) return cannot_mount(folder);
  if (mount(folder.c_str(), kPlace, nullptr, MS_BIND, nullptr) != 0) return cannot_mount(folder);
  if (mount(nullptr, kPlace, nullptr, MS_BIND | MS_REMOUNT | MS_NOSUID | MS_NODEV, nullptr) != 0) return cannot_mount(folder);
  return std::string(kPlace);
}

}  // namespace zdt::rehearsal
