// Another process for tests of what one process sees of another.
#pragma once
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <stdexcept>

namespace zdt::testing {

/// A child that does `work` (true: it has what it wanted), says so, and lives until it is ended.
class LockingChild {
 public:
  explicit LockingChild(const std::function<bool()>& work) {
    int ends[2];
    if (pipe(ends) != 0) throw std::runtime_error("pipe");
    pid_ = fork();
    if (pid_ == 0) {
      const char answer = work() ? 'y' : 'n';
      if (write(ends[1], &answer, 1) == 1) pause();
      _exit(0);
    }
    close(ends[1]);
    char answer = 'n';
    has_it_ = read(ends[0], &answer, 1) == 1 && answer == 'y';
    close(ends[0]);
  }
  ~LockingChild() { end(); }
  LockingChild(const LockingChild&) = delete;
  LockingChild& operator=(const LockingChild&) = delete;

  void end() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }
  pid_t pid() const { return pid_; }
  bool has_it() const { return has_it_; }

 private:
  pid_t pid_ = 0;
  bool has_it_ = false;
};

}  // namespace zdt::testing
