// Starts the rehearsal server as PID 1 of its own process namespace: when it ends, however it ends, the kernel ends
// everything below it and drops its mounts and network namespaces.
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <spdlog/spdlog.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <cstring>
#include <iostream>

#include "base/json.h"
#include "base/text.h"
#include "cluster/rehearsal.h"
#include "host/process.h"
#include "host/unique_fd.h"
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

/// Tells the waiting parent: "" when ready, else why not.
void report(host::UniqueFd& to, const std::string& failure) {
  const std::string message = failure.empty() ? "ready" : failure;
  if (to && ::write(to.get(), message.data(), message.size()) < 0) spdlog::error("nobody waits for the server");
  to.reset();
}

int run_server(const rehearsal::ServerSettings& settings, host::UniqueFd ready) {
  std::string failure;
  try {
    detach_streams(settings.folder + "/server.log");
    set_up_mounts();
    asio::io_context loop;
    asio::co_spawn(
        loop, rehearsal::serve(settings, [&ready] { report(ready, ""); }),
        [&failure](std::exception_ptr thrown, Result<void> result) {
          if (!thrown && !result) failure = result.error().what;
          if (thrown) std::rethrow_exception(thrown);
        });
    loop.run();
  } catch (const std::exception& error) {
    failure = error.what();
  }
  if (!failure.empty()) {
    spdlog::error("{}", failure);
    report(ready, failure);
  }
  return failure.empty() ? 0 : 3;
}

std::string read_all(int fd) {
  std::string text;
  char buffer[4096];
  for (ssize_t size; (size = ::read(fd, buffer, sizeof buffer)) > 0;) text.append(buffer, static_cast<size_t>(size));
  return text;
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
  return settings;
}

}  // namespace

int serve_rehearsal(const host::Host& host, const std::string& folder, RehearsalOptions options) {
  const auto settings = settings_from(host, folder, options);
  host::fs::create_directories(folder);
  host::fs::permissions(folder, host::fs::perms::owner_all);
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
  const json identity{{"pid", server}, {"start_time", host::start_time_of(server)}};
  auto written = host::write_file(folder + "/server.json", identity.dump());
  if (!written) std::cerr << written.error().what << "\n";
  const std::string message = read_all(from_server.get());
  if (message == "ready") return 0;
  std::cerr << (message.empty() ? "the server ended before it was ready" : message) << "\n";
  kill(server, SIGKILL);
  waitpid(server, nullptr, 0);
  return 3;
}

}  // namespace zdt::cluster
