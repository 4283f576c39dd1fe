#include "rehearsal/node/log_tail.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <boost/asio/post.hpp>

#include "rehearsal/node/log_record.h"

namespace zdt::rehearsal {
namespace {

/// Goes through the records of one file from the last to the first.
class BackwardCount {
 public:
  BackwardCount(int file, int64_t wanted) : file_(file), wanted_(wanted) {
    struct stat status {};
    if (fstat(file, &status) == 0) start_ = status.st_size;
  }

  /// Looks at the piece before. False when the start of the file was reached, or all lines are found.
  bool step() {
    constexpr off_t kPiece = 64 << 10;
    const off_t size = std::min(start_, kPiece);
    std::string piece(static_cast<size_t>(size), '\0');
    if (size == 0 || pread(file_, piece.data(), piece.size(), start_ - size) != size) return false;
    start_ -= size;
    rest_ = piece + rest_;
    const size_t first = start_ == 0 ? 0 : rest_.find('\n') + 1;  // a record ends there, the one before it is not whole
    if (start_ > 0 && first == 0) return true;
    size_t end = rest_.size();
    while (end > first && found_ < wanted_) {
      const size_t before = end >= 2 ? rest_.rfind('\n', end - 2) : std::string::npos;
      const size_t begin = before == std::string::npos || before + 1 < first ? first : before + 1;
      add(std::string_view(rest_).substr(begin, end - begin), start_ + static_cast<off_t>(begin));
      end = begin;
    }
    rest_.resize(first);
    if (start_ == 0 && found_ < wanted_ && candidate_ >= 0) found(candidate_);
    return start_ > 0 && found_ < wanted_;
  }

  int64_t lines() const { return found_; }
  off_t offset() const { return offset_; }

 private:
  /// A record begins a line when the one before it ends one.
  void add(std::string_view record, off_t place) {
    if (candidate_ >= 0 && parse_log_record(record).whole) found(candidate_);
    candidate_ = place;
  }

  void found(off_t place) {
    ++found_;
    offset_ = place;
  }

  int file_;
  int64_t wanted_, found_ = 0;
  off_t start_ = 0, candidate_ = -1, offset_ = 0;
  std::string rest_;
};

}  // namespace

Task<LogPlace> tail_of(std::shared_ptr<LogFile> log, int64_t lines) {
  LogPlace place{log->number(), 0};
  int64_t left = lines;
  for (uint64_t number = log->number();; --number) {
    const host::UniqueFd file(open(log->path_of(number).c_str(), O_RDONLY | O_CLOEXEC));
    if (!file) break;  // it was just removed
    BackwardCount count(file.get(), left);
    if (lines == 0) co_return LogPlace{number, lseek(file.get(), 0, SEEK_END)};
    while (count.step()) co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
    place = {number, count.offset()};
    left -= count.lines();
    if (left <= 0 || number <= log->oldest()) break;
  }
  co_return place;
}

}  // namespace zdt::rehearsal
