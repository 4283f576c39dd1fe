// A container's log: one file for each start, in the format of the container runtime interface:
//   2026-01-01T00:00:00.123456Z stdout F text        (P instead of F: the line goes on in the next record)
// https://github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md
#pragma once
#include <memory>

#include "base/units.h"
#include "host/task.h"
#include "host/unique_fd.h"
#include "rehearsal/node/node.h"

namespace zdt::rehearsal {

/// Cuts a stream into records. Pure.
class LogFormatter {
 public:
  explicit LogFormatter(std::string stream) : stream_(std::move(stream)) {}
  /// The records that `chunk` completes, each with the time `now`.
  std::string add(std::string_view chunk, WallTime now);
  /// What is left without a line end.
  std::string finish(WallTime now);

 private:
  static constexpr size_t kLongest = 16 << 10;  // as containerd cuts lines
  std::string record(std::string_view text, char tag, WallTime now) const;
  std::string stream_, rest_;
};

/// One log being written and read. Shared by the container, its pumps and its readers.
struct LogFile {
  LogFile(const asio::any_io_executor& executor, std::string file) : path(std::move(file)), grown(executor) {}
  std::string path;
  Condition grown;     ///< notified at each record, and at the end
  int open_pumps = 0;  ///< streams that are not at their end
};

/// The write ends for a container's stdout and stderr. Records are written by tasks of their own until the
/// last holder of a write end has gone. Fails kEnvironment.
struct LogPipes {
  host::UniqueFd out, err;
};
Result<LogPipes> start_log(asio::any_io_executor executor, std::shared_ptr<LogFile> log);

/// Fails kNotFound.
Result<std::unique_ptr<LogReader>> read_log(std::shared_ptr<LogFile> log, const LogOptions& options);

}  // namespace zdt::rehearsal
