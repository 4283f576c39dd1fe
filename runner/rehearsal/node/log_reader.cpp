#include <fcntl.h>

#include <algorithm>
#include <cstring>

#include "base/text.h"
#include "rehearsal/node/log_file.h"

namespace zdt::rehearsal {
namespace {

/// One record of the file: "<time> <stream> <tag> <text>".
struct Record {
  std::string_view time, text;
  bool whole = true;
};

Record parse_record(std::string_view line) {
  const size_t stream = line.find(' ');
  const size_t tag = stream == std::string_view::npos ? stream : line.find(' ', stream + 1);
  if (tag == std::string_view::npos || tag + 3 > line.size()) return {"", line, true};
  return {line.substr(0, stream), line.substr(tag + 3), line[tag + 1] == 'F'};
}

class FileReader : public LogReader {
 public:
  FileReader(std::shared_ptr<LogFile> log, host::UniqueFd file, const LogOptions& options)
      : log_(std::move(log)), file_(std::move(file)), options_(options), left_(options.limit_bytes) {
    if (options.since_seconds >= 0) {
      since_ =
          format_time(std::chrono::system_clock::now() - std::chrono::seconds(options.since_seconds), true);
    }
    if (options.tail_lines >= 0) skip_to_tail();
  }

  Task<std::optional<std::string>> next() override {
    while (left_ != 0) {
      // Asked before reading: what is written after the answer is found by the read.
      const bool ended = log_->open_pumps == 0;
      const std::string records = read_more();
      if (!records.empty()) {
        std::string text = formatted(records);
        if (!text.empty()) co_return text;
        continue;
      }
      if (ended || !options_.follow) break;
      co_await log_->grown.wait();
    }
    co_return std::nullopt;
  }

 private:
  /// The next records of the file, whole lines only; "" at its present end.
  std::string read_more() {
    std::array<char, 65536> buffer;
    while (true) {
      const ssize_t size = pread(file_.get(), buffer.data(), buffer.size(), offset_);
      if (size <= 0) return "";
      offset_ += size;
      pending_.append(buffer.data(), static_cast<size_t>(size));
      const size_t end = pending_.rfind('\n');
      if (end == std::string::npos) continue;
      std::string records = pending_.substr(0, end + 1);
      pending_.erase(0, end + 1);
      return records;
    }
  }

  std::string formatted(const std::string& records) {
    std::string text;
    for (size_t start = 0; start < records.size();) {
      const size_t end = records.find('\n', start);
      const Record record = parse_record(std::string_view(records).substr(start, end - start));
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

  /// Moves to the start of the last `tail_lines` lines, reading the whole file: logs here are small.
  void skip_to_tail() {
    std::vector<off_t> starts;
    off_t position = 0;
    bool begins = true;
    for (std::string records = read_more(); !records.empty(); records = read_more()) {
      for (size_t start = 0; start < records.size();) {
        const size_t end = records.find('\n', start);
        if (begins) starts.push_back(position);
        begins = parse_record(std::string_view(records).substr(start, end - start)).whole;
        position += static_cast<off_t>(end + 1 - start);
        start = end + 1;
      }
    }
    const size_t wanted = static_cast<size_t>(options_.tail_lines);
    offset_ = wanted == 0 ? position : starts.size() <= wanted ? 0 : starts[starts.size() - wanted];
    pending_.clear();
  }

  std::shared_ptr<LogFile> log_;
  host::UniqueFd file_;
  LogOptions options_;
  int64_t left_;
  std::string since_, pending_;
  off_t offset_ = 0;
  bool line_begins_ = true;
};

}  // namespace

Result<std::unique_ptr<LogReader>> read_log(std::shared_ptr<LogFile> log, const LogOptions& options) {
  host::UniqueFd file(open(log->path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file)
    return Error{Code::kNotFound, fmt::format("cannot read {}: {}", log->path, std::strerror(errno)), ""};
  return std::unique_ptr<LogReader>(std::make_unique<FileReader>(std::move(log), std::move(file), options));
}

}  // namespace zdt::rehearsal
