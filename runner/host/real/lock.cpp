#include "host/lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cstring>

#include "base/text.h"
#include "base/units.h"

namespace zdt::host {
namespace {

/// A lock cannot be awaited on the loop: it is asked for again after this time.
constexpr milliseconds kAskAgain{20};

Error lock_error(std::string_view action, const fs::path& file) {
  return {Code::kEnvironment, fmt::format("cannot {} {}: {}", action, file.string(), std::strerror(errno)), ""};
}

UniqueFd open_lock_file(const fs::path& file) {
  return UniqueFd(open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
}

/// Whether the name still leads to the file behind `fd`: a holder may have removed it before it gave its lock back.
bool is_still_there(int fd, const fs::path& file) {
  struct stat opened {}, named {};
  return fstat(fd, &opened) == 0 && lstat(file.c_str(), &named) == 0 && opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

Result<void> make_folder_of(const fs::path& file) {
  const fs::path folder = file.parent_path();
  if (fs::is_directory(folder)) return {};
  std::error_code failure;
  fs::create_directories(folder, failure);
  if (!failure) fs::permissions(folder, fs::perms::owner_all, failure);
  if (failure) return Error{Code::kEnvironment, fmt::format("cannot make {}: {}", folder.string(), failure.message()), ""};
  return {};
}

/// For messages alone: the holder writes its pid after it has the lock.
std::string holder_in(const fs::path& file) {
  auto text = read_file(file);
  return text && !trim(*text).empty() ? "pid " + trim(*text) : "another program";
}

struct flock whole_file() {
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return lock;
}

}  // namespace

/// Nothing when another program has it.
Result<std::optional<Turn>> Turn::try_once(const fs::path& file) {
  while (true) {
    UniqueFd fd = open_lock_file(file);
    if (!fd) return lock_error("open", file);
    if (flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK) return lock_error("lock", file);
      return std::optional<Turn>();
    }
    if (!is_still_there(fd.get(), file)) continue;
    const std::string pid = std::to_string(getpid());
    const bool told = ftruncate(fd.get(), 0) == 0 && pwrite(fd.get(), pid.data(), pid.size(), 0) > 0;
    static_cast<void>(told);  // a full disk is no reason to lose the turn: only a message lacks the pid
    return std::optional<Turn>(Turn(std::move(fd), file));
  }
}

Task<Result<Turn>> Turn::take(fs::path file, milliseconds limit, std::function<void(const std::string&)> on_wait) {
  auto folder = make_folder_of(file);
  if (!folder) co_return folder.error();
  const auto end = std::chrono::steady_clock::now() + limit;
  while (true) {
    auto turn = try_once(file);
    if (!turn) co_return turn.error();
    if (*turn) co_return std::move(**turn);
    const std::string holder = holder_in(file);
    if (on_wait) std::exchange(on_wait, {})(holder);
    if (std::chrono::steady_clock::now() >= end) {
      co_return Error{Code::kTimeout, fmt::format("{} has had {} for {}", holder, file.string(), format_duration(limit)), ""};
    }
    co_await sleep_for(kAskAgain);
  }
}

void Turn::remove_file() {
  if (fd_) unlink(file_.c_str());
}

Result<ProcessLock> ProcessLock::take(const fs::path& file) {
  while (true) {
    UniqueFd fd = open_lock_file(file);
    if (!fd) return lock_error("open", file);
    struct flock lock = whole_file();
    if (fcntl(fd.get(), F_SETLK, &lock) != 0) {
      if (errno != EACCES && errno != EAGAIN) return lock_error("lock", file);
      return Error{Code::kConflict, fmt::format("another process has {}", file.string()), ""};
    }
    if (is_still_there(fd.get(), file)) return ProcessLock(std::move(fd));
  }
}

pid_t ProcessLock::holder(const fs::path& file) {
  const UniqueFd fd(open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  if (!fd) return 0;
  struct flock lock = whole_file();
  if (fcntl(fd.get(), F_GETLK, &lock) != 0 || lock.l_type == F_UNLCK) return 0;
  return lock.l_pid;
}

}  // namespace zdt::host
