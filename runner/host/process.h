// Child processes on the loop: argument lists (never a shell unless the caller names one), streamed output, killed as
// a group. The exit is awaited by pidfd, so no SIGCHLD handler is needed.
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
/// limit     the longest that run() waits, zero for ever; then the whole process group is killed.
/// on_output every chunk as it comes.   capture_limit  bytes kept of each stream, the first ones.
/// log_file  when not empty, both streams go there (mode 0600) instead of to us.
struct Command {
  std::vector<std::string> argv;
  std::optional<std::string> input;
  std::map<std::string, std::string> env;
  std::string cwd;
  milliseconds limit{0};
  std::function<void(Stream, std::string_view)> on_output;
  size_t capture_limit = 1 << 20;
  std::string log_file;
};

/// code  the exit status, or 128 + signal as shells have it.
struct Exit {
  int code = 0;
  int signal = 0;
  std::string out;
  std::string err;
  bool ok() const { return code == 0; }
};

/// A running child. Its end kills the process group (SIGKILL) and reaps it, unless it was awaited or released.
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

 private:
  struct State;
  explicit Child(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// Starts `command`, awaits its end. A non-zero exit is not an error here.
/// Fails kEnvironment (cannot be started), kTimeout.
Task<Result<Exit>> run(Command command);

/// Like run(), but a non-zero exit is kFailed with the last lines of stderr.
Task<Result<Exit>> run_checked(Command command);

/// The absolute path of `program` on PATH, or "".
std::string find_program(const std::string& program);

}  // namespace zdt::host
