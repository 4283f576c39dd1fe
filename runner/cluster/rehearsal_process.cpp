// Starts the rehearsal server as PID 1 of its own process namespace: when it ends, however it ends, the kernel ends
// everything below it and drops its mounts and network namespaces.
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <spdlog/spdlog.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <cstring>
#include <iostream>

#include "base/guard.h"
#include "base/json.h"
#include "base/text.h"
#include "cluster/rehearsal.h"
#include "host/identity.h"
#include "host/lock.h"
#include "host/loop.h"
#include "host/process.h"
#include "host/unique_fd.h"
#include "rehearsal/node/device_guard.h"
#include "rehearsal/server.h"

namespace zdt::cluster {
namespace {

[[noreturn]] void die(const std::string& action) { throw std::system_error(errno, std::system_category(), action); }

void mount_or_die(const char* source, const char* target, const char* type, unsigned long flags) {
  if (mount(source, target, type, flags, nullptr) != 0) die(fmt::format("mount on {}", target));
}

/// Mounts of our own that the host does not see. crun refuses hybrid cgroups, so it is shown none.
void set_up_mounts() {
  if (unshare(CLONE_NEWNS) != 0) die("make a mount namespace");
  mount_or_die(nullptr, "/", nullptr, MS_REC | MS_PRIVATE);
  mount_or_die("proc", "/proc", "proc", MS_NOSUID | MS_NOEXEC | MS_NODEV);
  mount_or_die("tmpfs", "/sys/fs/cgroup", "tmpfs", MS_NOSUID | MS_NOEXEC | MS_NODEV);
}

/// Standard streams away from the terminal: the server outlives it.
void detach_streams(const std::string& log) {
  setsid();
  host::UniqueFd null(open("/dev/null", O_RDONLY | O_CLOEXEC));
  host::UniqueFd file(open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!null || !file) die("open " + log);
  dup2(null.get(), STDIN_FILENO);
  dup2(file.get(), STDOUT_FILENO);
  dup2(file.get(), STDERR_FILENO);
}

// What the server tells the process that waits for it, through a pipe: that the folder is its own; then that it is ready, or why not.
constexpr std::string_view kLocked = "locked\n", kReady = "ready";

/// False when the reader has ended.
bool tell(const host::UniqueFd& to, std::string_view message) {
  return to && ::write(to.get(), message.data(), message.size()) == static_cast<ssize_t>(message.size());
}

/// Before anything else, so that whoever looks for a server finds this one from its first moment.
host::ProcessLock lock_folder(const rehearsal::ServerSettings& settings) {
  auto lock = host::ProcessLock::take(settings.folder + "/" + kServerLock);
  if (lock) return std::move(*lock);
  if (lock.error().code == Code::kConflict) throw std::runtime_error("a server runs already in " + settings.folder);
  throw std::runtime_error(lock.error().what);
}

void serve_until_stopped(const rehearsal::ServerSettings& settings, host::UniqueFd& waiting, std::string& failure) {
  const host::ProcessLock lock = lock_folder(settings);
  tell(waiting, kLocked);
  host::fs::remove(settings.folder + "/ready.json");  // of a server before this one
  detach_streams(settings.folder + "/server.log");
  // Before our own mounts hide the machine's control groups. Privileged containers get what devices they can reach.
  const auto guarded = settings.allow_privileged ? Result<void>() : rehearsal::guard_devices(settings.folder + "/" + kDeviceGuard);
  if (!guarded) spdlog::warn("{}", guarded.error().what);
  set_up_mounts();
  const auto on_ready = [&waiting] {
    if (!tell(waiting, kReady)) throw std::runtime_error("the process that started this server has ended");
    waiting.reset();
  };
  asio::io_context loop;
  asio::co_spawn(loop, rehearsal::serve(settings, on_ready), [&](std::exception_ptr thrown, Result<void> result) {
    if (!thrown && !result) failure = result.error().what;
    if (!thrown) return;
    failure = what_of(thrown);
    loop.stop();
  });
  run_guarded(loop);
}

int run_server(const rehearsal::ServerSettings& settings, host::UniqueFd waiting) {
  std::string failure;
  try {
    serve_until_stopped(settings, waiting, failure);
  } catch (const std::exception& error) {
    failure = error.what();
  }
  if (failure.empty()) return 0;
  if (!tell(waiting, failure)) spdlog::error("{}", failure);
  return 3;
}

/// Waits until the server says more; "" when it has ended, or whoever started us has.
std::string next_words(int from_server, bool attached) {
  pollfd watched[2]{{from_server, POLLIN, 0}, {STDIN_FILENO, 0, 0}};
  while (poll(watched, attached ? 2 : 1, -1) < 0) {
    if (errno != EINTR) die("wait for the server");
  }
  if (attached && (watched[1].revents & (POLLHUP | POLLERR)) != 0) return "";
  char buffer[4096];
  const ssize_t size = ::read(from_server, buffer, sizeof buffer);
  return size > 0 ? std::string(buffer, static_cast<size_t>(size)) : "";
}

/// Whatever the server says until it is ready, or to its end.   on_locked  called when the folder is the server's.
std::string await_server(int from_server, bool attached, const std::function<void()>& on_locked) {
  std::string heard;
  bool locked = false;
  while (heard != kReady) {
    const std::string words = next_words(from_server, attached);
    if (words.empty()) break;
    heard += words;
    if (locked || !heard.starts_with(kLocked)) continue;
    locked = true;
    heard.erase(0, kLocked.size());
    on_locked();
  }
  return heard;
}

void write_identity(const std::string& folder, pid_t server) {
  const host::ProcessIdentity identity = host::identity_of(server);
  const json fields{{"pid", server}, {"start_time", identity.start_time}, {"boot", identity.boot}};
  auto written = host::write_file(folder + "/server.json", fields.dump());
  if (!written) std::cerr << written.error().what << "\n";
}

rehearsal::ServerSettings settings_from(const host::Host& host, const std::string& folder,
                                        const RehearsalOptions& options) {
  rehearsal::ServerSettings settings;
  settings.folder = folder;
  settings.catalogue = (host.root / "manifests/rehearsal-images.yaml").string();
  settings.definitions = (host.root / "manifests/rehearsal-definitions").string();
  settings.variables = {{"root", host.root.string()}, {"build", host.build.string()}, {"tools", host.tools.string()}};
  settings.port = options.port;
  settings.sync_delay = options.sync_delay;
  settings.allow_privileged = options.allow_privileged;
  return settings;
}

/// Whoever started us has ended, so nobody else removes the folder; where another server or a `down` has it, it is theirs.
void remove_abandoned(const std::string& folder) {
  const auto claim = host::ProcessLock::take(folder + "/" + kServerLock);
  if (!claim) return;
  if (auto removed = rehearsal::remove_device_guard(folder + "/" + kDeviceGuard); !removed)
    std::cerr << removed.error().what << "\n";
  std::error_code failure;
  host::fs::remove_all(folder, failure);
  if (failure) std::cerr << fmt::format("cannot remove {}: {}\n", folder, failure.message());
}

}  // namespace

int serve_rehearsal(const host::Host& host, const std::string& folder, RehearsalOptions options, bool attached) {
  const auto settings = settings_from(host, folder, options);
  host::fs::create_directories(folder);
  host::fs::permissions(folder, host::fs::perms::owner_all);
  if (const pid_t other = host::ProcessLock::holder(folder + "/" + kServerLock)) {
    std::cerr << fmt::format("a server (pid {}) runs already in {}\n", other, folder);
    return 3;
  }
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) die("pipe");
  host::UniqueFd from_server(ends[0]), to_us(ends[1]);
  if (unshare(CLONE_NEWPID) != 0) {
    std::cerr << "cannot make a process namespace: " << std::strerror(errno) << "\n";
    return 3;
  }
  const pid_t server = fork();
  if (server == 0) {
    from_server.reset();
    std::_Exit(run_server(settings, std::move(to_us)));
  }
  to_us.reset();
  const std::string message = await_server(from_server.get(), attached, [&] { write_identity(folder, server); });
  if (message == kReady) return 0;
  std::cerr << (message.empty() ? "the server ended before it was ready" : message) << "\n";
  kill(server, SIGKILL);
  waitpid(server, nullptr, 0);
  if (attached && message.empty()) remove_abandoned(folder);
  return 3;
}

}  // namespace zdt::cluster
