// Child processes on the loop: argument lists (never a shell unless the caller names one), streamed output, ended as
// a group: SIGTERM, time to clean up, then SIGKILL. The exit is awaited by pidfd, so no SIGCHLD handler is needed.
#pragma once
#include <sys/types.h>

#include <map>
#include <optional>

#include "host/task.h"

namespace zdt::host {

enum class Stream { kOut, kErr };

/// argv      the program (looked up on PATH) and its arguments; never empty.
/// input     written to stdin, which is /dev/null without it.
/// env       added to our own environment.   cwd  "" keeps ours.
/// limit     the longest that run() waits, zero for ever; then the whole process group is ended.
/// grace     what run() gives the group between SIGTERM and SIGKILL, when the limit has passed or the task is cancelled.
///           A helm that is killed at once leaves its release pending, and every later operation refused.
/// on_output every chunk as it comes.   take_output  likewise, but awaited: what the child says next is read when it has
///           returned, so that a child whose output nobody takes stands still.   capture_limit  bytes kept of each stream, the first ones.
/// log_file  when not empty, both streams go there (mode 0600) instead of to us.
/// open_input  stdin is ours to write with Child::write_input(), until close_input().
/// out_fd, err_fd  when >= 0, that stream goes to this descriptor, which stays the caller's, instead of to us.
struct Command {
  std::vector<std::string> argv;
  std::optional<std::string> input;
  std::map<std::string, std::string> env;
  std::string cwd;
  milliseconds limit{0}, grace{5'000};
  std::function<void(Stream, std::string_view)> on_output;
  std::function<Task<void>(Stream, std::string)> take_output;
  size_t capture_limit = 1 << 20;
  std::string log_file;
  bool open_input = false;
  int out_fd = -1, err_fd = -1;
};

/// code  the exit status, or 128 + signal as shells have it.
struct Exit {
  int code = 0;
  int signal = 0;
  std::string out;
  std::string err;
  bool ok() const { return code == 0; }
};

/// A running child. Its end kills the process group (SIGKILL, at once) and reaps it, unless it was awaited or ended before:
/// a destructor cannot wait.
class Child {
 public:
  /// Fails kEnvironment: the program is missing (the hint says how to get it is the caller's), or cannot be started.
  static Result<Child> start(asio::any_io_executor executor, const Command& command);
  Child(Child&&) noexcept;
  Child& operator=(Child&&) noexcept;
  ~Child();

  pid_t pid() const;
  bool running() const;
  /// To the whole process group.
  void signal(int number);
  /// Awaits the end of the process and of its output.
  Task<Exit> wait();
  /// SIGTERM to the process group; after `grace`, or when the process has ended, SIGKILL to what is left of it. What it
  /// still prints is dropped. A second cancellation of the task ends the grace. Returns when the process is reaped.
  Task<void> end(milliseconds grace);
  /// For Command::open_input: hands `data` to its stdin; what a closed stdin no longer takes is dropped.
  Task<void> write_input(std::string data);
  void close_input();

 private:
  struct State;
  explicit Child(std::unique_ptr<State> state);
  void kill_and_reap();
  static Result<Child> started(const asio::any_io_executor& executor, const Command& command);
  std::unique_ptr<State> state_;
};

/// Starts `command`, awaits its end. A non-zero exit is not an error here. When the limit has passed or the task is
/// cancelled, it returns after the process has ended (Command::grace).
/// Fails kEnvironment (cannot be started), kTimeout.
Task<Result<Exit>> run(Command command);

/// Like run(), but a non-zero exit is kFailed with the last lines of stderr.
Task<Result<Exit>> run_checked(Command command);

/// Reaps the zombies among our children that no Child owns and `claimed` does not want: what a process that is PID 1
/// or a subreaper inherits.
void reap_orphans(const std::function<bool(pid_t)>& claimed);

/// When `pid` started, in the kernel's own ticks (field 22 of /proc/PID/stat): tells a process from a later one with the
/// same number. "" when no such process runs (a zombie does not).
std::string start_time_of(pid_t pid);

/// The absolute path of `program` on PATH, or "".
std::string find_program(const std::string& program);

}  // namespace zdt::host
