#include "host/foreground.h"

#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>

namespace zdt::host {
namespace {

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

/// Its end kills the program, if it runs still, and reaps it.
class Program {
 public:
  Program(const std::string& path, const std::map<std::string, std::string>& environment) {
    std::vector<std::string> words;
    for (const auto& [name, value] : environment) words.push_back(name + "=" + value);
    std::vector<char*> pointers;
    for (std::string& word : words) pointers.push_back(word.data());
    pointers.push_back(nullptr);
    pid_ = fork();
    if (pid_ != 0) return;
    signal(SIGPIPE, SIG_DFL);  // we ignore it
    const char* const arguments[] = {path.c_str(), nullptr};
    execve(path.c_str(), const_cast<char* const*>(arguments), pointers.data());
    _exit(127);
  }
  ~Program() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

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

Task<Result<int>> run_in_foreground(std::string program, std::map<std::string, std::string> environment) {
  const Foreground foreground;
  Program started(program, environment);
  if (!started.runs()) co_return Error{Code::kEnvironment, fmt::format("cannot start {}: {}", program, std::strerror(errno)), ""};
  const int code = co_await started.wait();
  co_return code;
}

}  // namespace zdt::host
