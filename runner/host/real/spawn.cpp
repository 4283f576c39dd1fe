#include "host/real/spawn.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>

#include <array>
#include <atomic>
#include <csignal>
#include <cstring>
#include <mutex>
#include <set>

#include "host/descriptors.h"
#include "host/files.h"

namespace zdt::host {
namespace {

/// The owned children again, for a signal's handler, which may take no lock. One beyond the places is not killed from there.
std::array<std::atomic<pid_t>, 1024> killable;
static_assert(std::atomic<pid_t>::is_always_lock_free);

void replace_killable(pid_t from, pid_t to) {
  for (auto& place : killable) {
    pid_t seen = from;
    if (place.compare_exchange_strong(seen, to)) return;
  }
}

/// The children that a Child will reap. Children are started on more than one loop (the load's workers have theirs), so
/// starting one and owning it is one act, and so is asking for the owner and reaping.
class OwnedChildren {
 public:
  /// spawn  starts a process and gives its id into `pid`, or says why not (an errno).
  int add(pid_t& pid, const std::function<int()>& spawn) {
    const std::lock_guard lock(mutex_);
    const int failure = spawn();
    if (failure != 0) return failure;
    pids_.insert(pid);
    replace_killable(0, pid);
    return 0;
  }
  void remove(pid_t pid) {
    const std::lock_guard lock(mutex_);
    if (pids_.erase(pid) > 0) replace_killable(pid, 0);
  }
  void reap_unless_owned(pid_t pid) {
    const std::lock_guard lock(mutex_);
    if (!pids_.contains(pid)) waitpid(pid, nullptr, WNOHANG);
  }

 private:
  std::mutex mutex_;
  std::set<pid_t> pids_;
};

OwnedChildren& owned_children() {
  static OwnedChildren children;
  return children;
}

struct Pipe {
  UniqueFd read, write;
};

Pipe make_pipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw boost::system::system_error(errno, boost::system::system_category(), "pipe2");
  return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

std::vector<std::string> merged_environment(const std::map<std::string, std::string>& additions) {
  std::vector<std::string> merged;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    if (!additions.contains(std::string(text.substr(0, text.find('='))))) merged.emplace_back(text);
  }
  for (const auto& [name, value] : additions) merged.push_back(name + "=" + value);
  return merged;
}

std::vector<char*> pointers_to(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (std::string& text : strings) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

/// posix_spawn's file actions and attributes, destroyed with the scope.
struct SpawnSetup {
  SpawnSetup() {
    posix_spawn_file_actions_init(&actions);
    posix_spawnattr_init(&attributes);
    sigset_t none, defaults;
    sigemptyset(&none);
    sigfillset(&defaults);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~SpawnSetup() {
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
  }
  SpawnSetup(const SpawnSetup&) = delete;
  SpawnSetup& operator=(const SpawnSetup&) = delete;
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
};

void direct_output(SpawnSetup& setup, const Command& command, const Pipe& out, const Pipe& err) {
  if (command.log_file.empty()) {
    posix_spawn_file_actions_adddup2(&setup.actions, command.out_fd < 0 ? out.write.get() : command.out_fd, 1);
    posix_spawn_file_actions_adddup2(&setup.actions, command.err_fd < 0 ? err.write.get() : command.err_fd, 2);
  } else {
    posix_spawn_file_actions_addopen(&setup.actions, 1, command.log_file.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    posix_spawn_file_actions_adddup2(&setup.actions, 1, 2);
  }
}

/// Writing to a child that has closed its stdin is an EPIPE for us to handle, not our end.
void ignore_broken_pipes() {
  static const auto before = std::signal(SIGPIPE, SIG_IGN);
  static_cast<void>(before);
}

void direct_input(SpawnSetup& setup, const Command& command, const Pipe& in) {
  if (command.input || command.open_input) {
    posix_spawn_file_actions_adddup2(&setup.actions, in.read.get(), 0);
  } else {
    posix_spawn_file_actions_addopen(&setup.actions, 0, "/dev/null", O_RDONLY, 0);
  }
}

}  // namespace

Result<Spawned> spawn(const Command& command) {
  ignore_broken_pipes();
  Pipe in = make_pipe(), out = make_pipe(), err = make_pipe();
  SpawnSetup setup;
  direct_input(setup, command, in);
  direct_output(setup, command, out, err);
  if (!command.cwd.empty()) posix_spawn_file_actions_addchdir_np(&setup.actions, command.cwd.c_str());
  // What we inherited ourselves, or a library opened, is not the child's.
  posix_spawn_file_actions_addclosefrom_np(&setup.actions, 3);

  Spawned spawned;
  std::vector<std::string> arguments = command.argv, environment = merged_environment(command.env);
  const int failure = owned_children().add(spawned.pid, [&] {
    return posix_spawnp(&spawned.pid, command.argv.front().c_str(), &setup.actions, &setup.attributes,
                        pointers_to(arguments).data(), pointers_to(environment).data());
  });
  if (failure != 0) return cannot_start(command, failure);
  if (command.input || command.open_input) spawned.in = std::move(in.write);
  if (command.log_file.empty()) {
    spawned.out = std::move(out.read);
    spawned.err = std::move(err.read);
  }
  return spawned;
}

void kill_owned_children() noexcept {
  for (const auto& place : killable) {
    if (const pid_t pid = place.load(); pid > 0) kill(-pid, SIGKILL);
  }
}

void disown(pid_t pid) { owned_children().remove(pid); }
void reap_unless_owned(pid_t pid) { owned_children().reap_unless_owned(pid); }

Error cannot_start(const Command& command, int reason) {
  const std::string& program = command.argv.front();
  std::error_code ignored;
  if (!command.cwd.empty() && !fs::is_directory(command.cwd, ignored)) {
    return {Code::kEnvironment, fmt::format("cannot start {}: there is no folder {}", program, command.cwd), ""};
  }
  const fs::path log_folder = fs::path(command.log_file).parent_path();
  if (!log_folder.empty() && !fs::is_directory(log_folder, ignored)) {
    return {Code::kEnvironment, fmt::format("cannot start {}: cannot write {}", program, command.log_file), ""};
  }
  if (reason == ENOENT) return {Code::kEnvironment, fmt::format("{} is not installed (or not on PATH)", program), ""};
  return system_error_of("cannot start " + program, reason);
}

}  // namespace zdt::host
