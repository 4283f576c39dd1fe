#include <fcntl.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cstring>

#include "rehearsal/node/log_record.h"
#include "rehearsal/node/log_tail.h"

namespace zdt::rehearsal {
namespace {

class FileReader : public LogReader {
 public:
  FileReader(std::shared_ptr<LogFile> log, host::UniqueFd file, const LogOptions& options)
      : log_(std::move(log)), file_(std::move(file)), options_(options), left_(options.limit_bytes) {
    if (options.since_seconds >= 0) {
      since_ =
          format_time(std::chrono::system_clock::now() - std::chrono::seconds(options.since_seconds), true);
    }
  }

  Task<std::optional<std::string>> next() override {
    if (!std::exchange(begun_, true)) co_await begin();
    while (left_ != 0) {
      // Asked before reading: what is written after the answer is found by the read.
      const bool ended = log_->open_pumps == 0;
      const std::string records = read_more();
      if (!records.empty()) {
        std::string text = formatted(records);
        if (!text.empty()) co_return text;
        co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);  // nothing of it is wanted
        continue;
      }
      if (number_ < log_->number()) {
        open_file(std::max(number_ + 1, log_->oldest()), 0);
        continue;
      }
      if (ended || !options_.follow) break;
      co_await log_->grown.wait();
    }
    co_return std::nullopt;
  }

 private:
  Task<void> begin() {
    if (options_.tail_lines >= 0) {
      const LogPlace place = co_await tail_of(log_, options_.tail_lines);
      open_file(place.number, place.offset);
    } else {
      open_file(log_->oldest(), 0);
    }
  }

  /// A file that was just removed has nothing to read; then the next one is taken.
  void open_file(uint64_t number, off_t offset) {
    number_ = number;
    offset_ = offset;
    pending_.clear();
    file_.reset(open(log_->path_of(number).c_str(), O_RDONLY | O_CLOEXEC));
  }

  /// The next records of the file, whole lines only; "" at its present end.
  std::string read_more() {
    std::array<char, 65536> buffer;
    while (true) {
      const ssize_t size = pread(file_.get(), buffer.data(), buffer.size(), offset_);
      if (size <= 0) return "";
      offset_ += size;
      pending_.append(buffer.data(), static_cast<size_t>(size));
      const size_t end = pending_.rfind('\n');
      if (end == std::string::npos) continue;  // records are short: the next piece has its end
      std::string records = pending_.substr(0, end + 1);
      pending_.erase(0, end + 1);
      return records;
    }
  }

  std::string formatted(const std::string& records) {
    std::string text;
    for (size_t start = 0; start < records.size();) {
      const size_t end = records.find('\n', start);
      const LogRecord record = parse_log_record(std::string_view(records).substr(start, end - start));
      start = end + 1;
      if (record.time < since_) continue;
      if (options_.timestamps && line_begins_) text += fmt::format("{} ", record.time);
      text += record.text;
      if (record.whole) text += '\n';
      line_begins_ = record.whole;
    }
    if (left_ >= 0) {
      text.resize(std::min(text.size(), static_cast<size_t>(left_)));
      left_ -= static_cast<int64_t>(text.size());
    }
    return text;
  }

  std::shared_ptr<LogFile> log_;
  host::UniqueFd file_;
  LogOptions options_;
  int64_t left_;
  std::string since_, pending_;
  uint64_t number_ = 0;  // of the file that is being read
  off_t offset_ = 0;
  bool line_begins_ = true, begun_ = false;
};

}  // namespace

Result<std::unique_ptr<LogReader>> read_log(std::shared_ptr<LogFile> log, const LogOptions& options) {
  host::UniqueFd file(open(log->path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file)
    return Error{Code::kNotFound, fmt::format("cannot read {}: {}", log->path, std::strerror(errno)), ""};
  return std::unique_ptr<LogReader>(std::make_unique<FileReader>(std::move(log), std::move(file), options));
}

}  // namespace zdt::rehearsal
