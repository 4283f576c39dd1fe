#include "rehearsal/node/log_file.h"

#include <fcntl.h>
#include <spdlog/spdlog.h>

#include <cstring>

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

namespace {

void append(int file, std::string_view records) {
  while (!records.empty()) {
    const ssize_t written = write(file, records.data(), records.size());
    if (written < 0) {
      spdlog::warn("a log line is lost: {}", std::strerror(errno));
      return;
    }
    records.remove_prefix(static_cast<size_t>(written));
  }
}

Task<void> pump(asio::posix::stream_descriptor from, host::UniqueFd file, std::string stream,
                std::shared_ptr<LogFile> log) {
  LogFormatter formatter(stream);
  std::array<char, 16384> buffer;
  while (true) {
    boost::system::error_code end;
    const size_t size =
        co_await from.async_read_some(asio::buffer(buffer), asio::redirect_error(asio::use_awaitable, end));
    if (end) break;
    append(file.get(), formatter.add({buffer.data(), size}, std::chrono::system_clock::now()));
    log->grown.notify_all();
  }
  append(file.get(), formatter.finish(std::chrono::system_clock::now()));
  --log->open_pumps;
  log->grown.notify_all();
}

/// A pipe whose read end is pumped into the log; the write end, or an invalid descriptor.
host::UniqueFd start_pump(const asio::any_io_executor& executor, const std::string& stream,
                          const std::shared_ptr<LogFile>& log) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return {};
  host::UniqueFd write_end(ends[1]);
  asio::posix::stream_descriptor read_end(executor, ends[0]);
  host::UniqueFd file(open(log->path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!file) return {};
  ++log->open_pumps;
  asio::co_spawn(executor, pump(std::move(read_end), std::move(file), stream, log), asio::detached);
  return write_end;
}

}  // namespace

Result<LogPipes> start_log(asio::any_io_executor executor, std::shared_ptr<LogFile> log) {
  std::error_code failure;
  host::fs::create_directories(host::fs::path(log->path).parent_path(), failure);
  LogPipes pipes;
  pipes.out = start_pump(executor, "stdout", log);
  if (pipes.out) pipes.err = start_pump(executor, "stderr", log);
  if (pipes.err) return pipes;
  return Error{Code::kEnvironment, fmt::format("cannot write {}: {}", log->path, std::strerror(errno)), ""};
}

}  // namespace zdt::rehearsal
