#include "rehearsal/node/log_file.h"

#include <fcntl.h>
#include <spdlog/spdlog.h>

#include <cerrno>

#include "host/descriptors.h"
#include "host/files.h"

namespace zdt::rehearsal {

std::string LogFormatter::record(std::string_view text, char tag, WallTime now) const {
  return fmt::format("{} {} {} {}\n", format_time(now, true), stream_, tag, text);
}

std::string LogFormatter::add(std::string_view chunk, WallTime now) {
  rest_ += chunk;
  std::string records;
  size_t start = 0;
  while (true) {
    const size_t end = rest_.find('\n', start);
    if (end != std::string::npos && end - start <= kLongest) {
      records += record(std::string_view(rest_).substr(start, end - start), 'F', now);
      start = end + 1;
    } else if (rest_.size() - start > kLongest) {
      records += record(std::string_view(rest_).substr(start, kLongest), 'P', now);
      start += kLongest;
    } else {
      break;
    }
  }
  rest_.erase(0, start);
  return records;
}

std::string LogFormatter::finish(WallTime now) {
  std::string records = rest_.empty() ? "" : record(rest_, 'F', now);
  rest_.clear();
  return records;
}

LogFile::~LogFile() {
  for (uint64_t number = oldest(); number < number_; ++number) unlink(path_of(number).c_str());
}

std::string LogFile::path_of(uint64_t number) const {
  return number == number_ ? path : fmt::format("{}.{}", path, number);
}

Result<void> LogFile::open() {
  file_.reset(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!file_) return host::system_error_of("cannot write " + path, errno);
  size_ = 0;
  return {};
}

void LogFile::rotate() {
  const uint64_t number = number_;
  if (rename(path.c_str(), fmt::format("{}.{}", path, number).c_str()) != 0) return;  // then this one goes on
  ++number_;
  if (number_ >= kFiles) unlink(path_of(number_ - kFiles).c_str());
  if (auto opened = open(); !opened) spdlog::warn("{}", opened.error().what);
}

void LogFile::append(std::string_view records) {
  if (size_ > 0 && size_ + records.size() > limit_) rotate();
  if (!file_ && !open()) return;
  while (!records.empty()) {
    const ssize_t written = write(file_.get(), records.data(), records.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && !std::exchange(told_, true)) spdlog::warn("lines of {} are lost: {}", path, host::reason_of(errno));
    if (written < 0) return;
    records.remove_prefix(static_cast<size_t>(written));
    size_ += static_cast<size_t>(written);
  }
}

namespace {

Task<void> pump(asio::posix::stream_descriptor from, std::string stream, std::shared_ptr<LogFile> log) {
  LogFormatter formatter(stream);
  std::array<char, 16384> buffer;
  while (true) {
    boost::system::error_code end;
    const size_t size =
        co_await from.async_read_some(asio::buffer(buffer), asio::redirect_error(asio::use_awaitable, end));
    if (end) break;
    log->append(formatter.add({buffer.data(), size}, std::chrono::system_clock::now()));
    log->grown.notify_all();
  }
  log->append(formatter.finish(std::chrono::system_clock::now()));
  --log->open_pumps;
  log->grown.notify_all();
}

/// A pipe whose read end is pumped into the log; the write end.
Result<host::UniqueFd> start_pump(const asio::any_io_executor& executor, const std::string& stream,
                                  const std::shared_ptr<LogFile>& log) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return host::system_error_of("cannot make a pipe for " + log->path, errno);
  host::UniqueFd write_end(ends[1]);
  asio::posix::stream_descriptor read_end(executor, ends[0]);
  ++log->open_pumps;
  asio::co_spawn(executor, pump(std::move(read_end), stream, log), asio::detached);
  return write_end;
}

}  // namespace

Result<LogPipes> start_log(asio::any_io_executor executor, std::shared_ptr<LogFile> log) {
  std::error_code failure;
  host::fs::create_directories(host::fs::path(log->path).parent_path(), failure);
  if (auto opened = log->open(); !opened) return opened.error();
  auto out = start_pump(executor, "stdout", log);
  if (!out) return out.error();
  auto err = start_pump(executor, "stderr", log);
  if (!err) return err.error();
  return LogPipes{std::move(*out), std::move(*err)};
}

}  // namespace zdt::rehearsal
