// The OCI runtime: crun as a child process for each verb, and the container's first process, of which we are
// the parent.
#pragma once
#include <string>
#include <vector>

#include "base/json.h"
#include "host/process.h"
#include "host/unique_fd.h"

namespace zdt::rehearsal {

/// How a process ended.   code  its exit status, or 128 + signal.
struct ProcessEnd {
  int code = 0, signal = 0;
};

/// A container's PID 1. We are its parent, as PID 1 of our namespace or as a subreaper: crun has left.
/// The end of an unawaited one kills it.
class ContainerProcess {
 public:
  static Result<ContainerProcess> adopt(asio::any_io_executor executor, pid_t pid);
  ContainerProcess(ContainerProcess&&) noexcept = default;
  ContainerProcess& operator=(ContainerProcess&&) = delete;
  ~ContainerProcess();

  pid_t pid() const { return pid_; }
  /// SIGTERM reaches a PID 1 only if it has a handler for it; SIGKILL ends the whole container.
  void signal(int number);
  /// Returns when it has ended, and reaps it. To be awaited once.
  Task<ProcessEnd> wait();

 private:
  ContainerProcess(asio::posix::stream_descriptor handle, pid_t pid)
      : handle_(std::move(handle)), pid_(pid) {}
  asio::posix::stream_descriptor handle_;
  pid_t pid_;
};

class Crun {
 public:
  /// root  the folder of its own state.   scratch  for pid files and logs. Both are made.
  Crun(std::string root, std::string scratch);

  /// Makes the container of `bundle` with its process held back before the start. stdout and stderr are
  /// duplicated. Fails kFailed with crun's words.
  Task<Result<pid_t>> create(std::string id, std::string bundle, int stdout_fd, int stderr_fd);
  Task<Result<void>> start(std::string id);
  /// Kills what is left of it and forgets it; without error when there is no such container.
  Task<void> remove(std::string id);

  /// A command inside; its end kills the command. Its child's exit code is the command's; 255 when there is
  /// no such one.
  class Exec {
   public:
    Exec(host::Child child, std::string files) : child_(std::move(child)), files_(std::move(files)) {}
    Exec(Exec&&) noexcept = default;
    Exec& operator=(Exec&&) = delete;
    ~Exec();
    host::Child& child() { return child_; }

   private:
    host::Child child_;
    std::string files_;  // <files>.pid and <files>.json are its own
  };
  /// process  what the container's configuration says of its own; `argv` replaces its arguments.
  Result<Exec> exec(asio::any_io_executor executor, const std::string& id, json process,
                    const std::vector<std::string>& argv, bool with_input,
                    std::function<Task<void>(host::Stream, std::string)> take_output);
  /// exec() to its end. Fails kEnvironment, kTimeout.
  Task<Result<host::Exit>> run(std::string id, json process, std::vector<std::string> argv,
                               milliseconds limit);

 private:
  std::vector<std::string> command(const std::string& verb) const;
  Task<Result<host::Exit>> run_to_end(Exec& exec);
  std::string root_, scratch_;
  unsigned next_exec_ = 1;
};

}  // namespace zdt::rehearsal
