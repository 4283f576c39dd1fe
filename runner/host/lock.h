// Locks on files. The kernel gives them back when their holder ends, by SIGKILL too, and no child inherits them.
#pragma once
#include "host/files.h"
#include "host/task.h"
#include "host/unique_fd.h"

namespace zdt::host {

/// A turn at what only one program may do at a time: an exclusive flock(2) on a file that holds its holder's pid.
class Turn {
 public:
  Turn() = default;
  /// Waits until `file` is ours, at most `limit`. Missing folders are made (mode 0700). `on_wait` is told once who has it:
  /// "pid 123", or "another program". Fails kTimeout, and kEnvironment where there can be no such file.
  static Task<Result<Turn>> take(fs::path file, milliseconds limit, std::function<void(const std::string& holder)> on_wait = {});
  /// Removes the file. Whoever waits for it finds that out and makes a new one.
  void remove_file();

 private:
  Turn(UniqueFd fd, fs::path file) : fd_(std::move(fd)), file_(std::move(file)) {}
  static Result<std::optional<Turn>> try_once(const fs::path& file);
  UniqueFd fd_;
  fs::path file_;
};

/// A record lock (fcntl) on a file: it says which process it belongs to. That process loses it by closing any other descriptor of the
/// file, so it must not ask for the holder.
class ProcessLock {
 public:
  /// `file` is made when it is missing; its folder has to be there. Fails kConflict (another process has it), kEnvironment.
  static Result<ProcessLock> take(const fs::path& file);
  /// The pid of the process that has the lock of `file`, as this process sees it; 0: none has, or it cannot be seen from here.
  static pid_t holder(const fs::path& file);

 private:
  explicit ProcessLock(UniqueFd fd) : fd_(std::move(fd)) {}
  UniqueFd fd_;
};

}  // namespace zdt::host
