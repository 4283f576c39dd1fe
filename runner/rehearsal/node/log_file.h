// A container's log: for each start a file and those that it was rotated to, in the format of the container runtime
// interface:
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

/// One log being written and read. Shared by the container, its pumps and its readers. As the kubelet does it
/// (containerLogMaxSize, containerLogMaxFiles), a file of 10 MiB is put aside, and five are kept, with the one that is
/// written to: `path` is the newest, `path`.N are older ones. The end of the last holder removes those.
class LogFile {
 public:
  LogFile(const asio::any_io_executor& executor, std::string file, size_t limit = 10 << 20)
      : path(std::move(file)), grown(executor), limit_(limit) {}
  ~LogFile();
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;

  /// Makes the file. Fails kEnvironment.
  Result<void> open();
  /// Writes whole records. Those that cannot be written are lost, which is told once.
  void append(std::string_view records);

  /// How often it was put aside: the number of the file that is written to.
  uint64_t number() const { return number_; }
  /// The oldest file that is kept.
  uint64_t oldest() const { return number_ < kFiles ? 0 : number_ - kFiles + 1; }
  std::string path_of(uint64_t number) const;

  const std::string path;
  Condition grown;     ///< notified at each record, and at the end
  int open_pumps = 0;  ///< streams that are not at their end

 private:
  static constexpr uint64_t kFiles = 5;
  void rotate();

  size_t limit_, size_ = 0;
  uint64_t number_ = 0;
  host::UniqueFd file_;
  bool told_ = false;
};

/// The write ends for a container's stdout and stderr. Records are written by tasks of their own until the
/// last holder of a write end has gone. Fails kEnvironment.
struct LogPipes {
  host::UniqueFd out, err;
};
Result<LogPipes> start_log(asio::any_io_executor executor, std::shared_ptr<LogFile> log);

/// Reads all files that are kept, from the oldest on, and follows when the log is put aside. Whoever reads so slowly that a
/// file goes before he has come to it misses that file, as he does with a kubelet. Fails kNotFound.
Result<std::unique_ptr<LogReader>> read_log(std::shared_ptr<LogFile> log, const LogOptions& options);

}  // namespace zdt::rehearsal
