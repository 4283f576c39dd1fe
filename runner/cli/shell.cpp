#include "cli/shell.h"

#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstring>

namespace zdt::cli {
namespace {

using Variables = std::map<std::string, std::string>;

/// Says which context is the current one; removed with the object.
class CurrentContext {
 public:
  CurrentContext(const cluster::Target& target, const host::fs::path& folder) {
    const std::string name = target.name();
    if (!name.starts_with("context:")) return;
    const json content{{"apiVersion", "v1"}, {"kind", "Config"}, {"current-context", name.substr(8)}};
    const host::fs::path file = folder / "shell-context.json";
    if (host::write_file(file, content.dump() + "\n", 0600)) file_ = file;
  }
  ~CurrentContext() {
    std::error_code gone;
    if (!file_.empty()) host::fs::remove(file_, gone);
  }
  CurrentContext(const CurrentContext&) = delete;
  CurrentContext& operator=(const CurrentContext&) = delete;

  /// The first file that names a current context wins:
  /// https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/#merging-kubeconfig-files
  std::string before(const std::string& kubeconfig) const {
    return file_.empty() ? kubeconfig : file_.string() + ":" + kubeconfig;
  }

 private:
  host::fs::path file_;
};

/// The process that has the terminal: it has it again after the shell, however that ended.
class Foreground {
 public:
  Foreground() : group_(tcgetpgrp(STDIN_FILENO)) {}
  ~Foreground() {
    if (group_ < 0) return;
    sigset_t background, before;
    sigemptyset(&background);
    sigaddset(&background, SIGTTOU);
    pthread_sigmask(SIG_BLOCK, &background, &before);
    tcsetpgrp(STDIN_FILENO, group_);
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
  }
  Foreground(const Foreground&) = delete;
  Foreground& operator=(const Foreground&) = delete;

 private:
  pid_t group_;
};

/// The shell's process. Its end hangs it up and reaps it.
class Shell {
 public:
  Shell(const std::string& program, const Variables& environment) {
    std::vector<std::string> words;
    for (const auto& [name, value] : environment) words.push_back(name + "=" + value);
    std::vector<char*> pointers;
    for (std::string& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    pid_ = fork();
    if (pid_ != 0) return;
    signal(SIGPIPE, SIG_DFL);  // we ignore it
    const char* const arguments[] = {program.c_str(), nullptr};
    execve(program.c_str(), const_cast<char* const*>(arguments), pointers.data());
    _exit(127);
  }
  ~Shell() {
    if (pid_ <= 0) return;
    kill(pid_, SIGHUP);
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  Shell(const Shell&) = delete;
  Shell& operator=(const Shell&) = delete;

  bool runs() const { return pid_ > 0; }

  /// Its exit status; 128 + signal as shells have it.
  Task<int> wait() {
    const auto executor = co_await asio::this_coro::executor;
    const int fd = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
    if (fd < 0) throw boost::system::system_error(errno, boost::system::system_category(), "pidfd_open");
    asio::posix::stream_descriptor end(executor, fd);
    co_await end.async_wait(asio::posix::stream_descriptor::wait_read, asio::use_awaitable);
    int status = 0;
    waitpid(std::exchange(pid_, 0), &status, 0);
    co_return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  }

 private:
  pid_t pid_ = 0;
};

}  // namespace

Task<void> run_shell(host::Host& host, const cluster::Target& target, Variables variables, host::fs::path folder) {
  const std::string program = host.env("SHELL").empty() ? "/bin/sh" : host.env("SHELL");
  const CurrentContext context(target, folder);
  Variables environment = host.environment;
  if (const auto file = target.kubeconfig_file(); !file.empty()) {
    environment["KUBECONFIG"] = context.before(host::fs::absolute(file).string());
  }
  for (auto& [name, value] : variables) environment[name] = std::move(value);
  host.terminal.write_error(fmt::format("a shell; kubectl acts on {}; exit brings you back\n", target.name()));
  const auto lent = host.terminal.lend();
  const Foreground foreground;
  Shell shell(program, environment);
  const int error_number = errno;
  int code = -1;
  if (shell.runs()) code = co_await shell.wait();
  if (code < 0) host.terminal.write_error(fmt::format("cannot start {}: {}\n", program, std::strerror(error_number)));
  if (code == 127) host.terminal.write_error(fmt::format("{} exited 127: is there such a program?\n", program));
  host.terminal.write_error("back on stage\n");
}

}  // namespace zdt::cli
