#include "rehearsal/node/user_namespace.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstring>

namespace zdt::rehearsal {
namespace {

constexpr uint32_t kFirst = 0x30000000;  // above what useradd and /etc/subuid give out
constexpr uint32_t kRanges = 4096;

bool is_mapped(const json& id) {
  return !id.is_number_integer() || (id.get<int64_t>() >= 0 && id.get<int64_t>() < UserRange::kSize);
}

bool ids_are_mapped(const json& context) {
  for (const char* field : {"runAsUser", "runAsGroup", "fsGroup"}) {
    if (!is_mapped(at(context, {field}))) return false;
  }
  for (const json& group : array_at(context, {"supplementalGroups"})) {
    if (!is_mapped(group)) return false;
  }
  return true;
}

Error refused(std::string_view what) {
  return {Code::kEnvironment, fmt::format("cannot make a user namespace: {}: {}", what, std::strerror(errno)), ""};
}

/// Holds the namespaces open until it is killed. It shares our memory, so it makes no other call.
int hold(void*) {
  while (true) syscall(SYS_pause);
}

/// A process in a new user and network namespace; its end comes with the object. It sends no SIGCHLD.
class Holder {
 public:
  Holder() : pid_(clone(hold, stack_.data() + stack_.size(), CLONE_NEWUSER | CLONE_NEWNET | CLONE_VM, nullptr)) {}
  ~Holder() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, __WALL);
  }
  Holder(const Holder&) = delete;
  Holder& operator=(const Holder&) = delete;
  pid_t pid() const { return pid_; }
  std::string file(std::string_view name) const { return fmt::format("/proc/{}/{}", pid_, name); }

 private:
  alignas(16) std::array<char, 16384> stack_;
  pid_t pid_;
};

bool write_map(const std::string& file, const UserRange& range) {
  const host::UniqueFd map(open(file.c_str(), O_WRONLY | O_CLOEXEC));
  const std::string text = fmt::format("0 {} {}", range.first, UserRange::kSize);
  return map && write(map.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size());
}

/// In a child: what crun will do for a container. Returns an errno.
int try_as_container(const OwnedNamespaces& spaces) {
  if (setns(spaces.user.get(), CLONE_NEWUSER) != 0 || setns(spaces.network.get(), CLONE_NEWNET) != 0) return errno;
  if (unshare(CLONE_NEWNS | CLONE_NEWPID) != 0) return errno;
  const pid_t inner = fork();
  if (inner < 0) return errno;
  if (inner == 0) {
    const bool fine = mount("proc", "/proc", "proc", MS_NOSUID | MS_NOEXEC | MS_NODEV, nullptr) == 0 &&
                      mount("sysfs", "/sys", "sysfs", MS_NOSUID | MS_NOEXEC | MS_NODEV | MS_RDONLY, nullptr) == 0;
    _exit(fine ? 0 : errno);
  }
  int status = 0;
  waitpid(inner, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : EPERM;
}

}  // namespace

std::shared_ptr<const UserRange> UserRanges::take() {
  uint32_t number = 0;
  while (taken_.contains(number) && number < kRanges) ++number;
  if (number == kRanges) return nullptr;
  taken_.insert(number);
  const auto give_back = [self = shared_from_this(), number](const UserRange* range) {
    self->taken_.erase(number);
    delete range;
  };
  return {new UserRange{kFirst + number * UserRange::kSize}, give_back};
}

bool allows_user_namespace(const json& pod) {
  const json& spec = object_at(pod, {"spec"});
  if (bool_at(spec, {"hostUsers"}) || bool_at(spec, {"hostNetwork"})) return false;
  if (!ids_are_mapped(object_at(spec, {"securityContext"}))) return false;
  for (const char* list : {"initContainers", "containers"}) {
    for (const json& container : array_at(spec, {list})) {
      if (!ids_are_mapped(object_at(container, {"securityContext"}))) return false;
    }
  }
  return true;
}

bool wants_user_namespace(const json& pod) { return at(pod, {"spec", "hostUsers"}) == false; }

Result<OwnedNamespaces> make_owned_namespaces(const UserRange& range) {
  const auto holder = std::make_unique<Holder>();
  if (holder->pid() < 0) return refused("clone");
  if (!write_map(holder->file("uid_map"), range) || !write_map(holder->file("gid_map"), range)) return refused("its map");
  OwnedNamespaces made{host::UniqueFd(open(holder->file("ns/user").c_str(), O_RDONLY | O_CLOEXEC)),
                       host::UniqueFd(open(holder->file("ns/net").c_str(), O_RDONLY | O_CLOEXEC))};
  if (!made.user || !made.network) return refused("open it");
  return made;
}

Result<void> check_user_namespaces() {
  auto spaces = make_owned_namespaces(UserRange{kFirst});
  if (!spaces) return spaces.error();
  const pid_t child = fork();
  if (child < 0) return refused("fork");
  if (child == 0) _exit(try_as_container(*spaces));
  int status = 0;
  waitpid(child, &status, 0);
  errno = WIFEXITED(status) ? WEXITSTATUS(status) : EPERM;
  if (errno != 0) return refused("mounts inside");
  return {};
}

}  // namespace zdt::rehearsal
