#include "stage/journal.h"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cstring>

#include "stage/journal_lines.h"

namespace zdt::stage {
namespace {

namespace fs = host::fs;

Error journal_error(std::string_view action, const fs::path& path, int error_number) {
  return {Code::kEnvironment,
          fmt::format("cannot {} {}: {}", action, path.string(), std::strerror(error_number)), ""};
}

/// So that the file's name, too, is there after a power failure.
bool sync_folder(const fs::path& folder) {
  host::UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return fd && ::fsync(fd.get()) == 0;
}

/// Whether the event has to be on disk before the run goes on.
bool is_durable(const Event& event) {
  return event.type == "checkpoint" || event.type == "run-finished" || event.type == "run-given-up" || event.type == "undo-finished" ||
         (event.type == "step-finished" && event.data.contains("checkpoint"));
}

ssize_t write_once(int fd, std::string_view line) {
  ssize_t written = 0;
  do {
    written = ::write(fd, line.data(), line.size());
  } while (written < 0 && errno == EINTR);
  return written;
}

}  // namespace

Result<std::unique_ptr<Journal>> Journal::open(const fs::path& folder) {
  const fs::path path = folder / "journal.jsonl";
  host::UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!fd) return journal_error("open", path, errno);
  if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return journal_error("lock", path, errno);
    return Error{Code::kConflict, fmt::format("another zdt-demo is writing {}", path.string()), ""};
  }
  auto text = host::read_file(path);
  if (!text) return text.error();
  auto lines = read_journal_lines(*text, path.string());
  if (!lines) return lines.error();
  const auto size = static_cast<int64_t>(lines->length);
  if (lines->cut && ::ftruncate(fd.get(), size) != 0)
    return journal_error("cut the last line of", path, errno);
  if (size == 0 && !sync_folder(folder)) return journal_error("sync", folder, errno);
  return std::unique_ptr<Journal>(new Journal(std::move(fd), path, size));
}

void Journal::receive(const Event& event) {
  if (!health_) return;
  append(to_line(event));
  if (health_ && !hidden_.empty()) give_name();
  if (health_ && is_durable(event)) sync();
}

void Journal::append(std::string_view line) {
  const ssize_t written = write_once(fd_.get(), line);
  if (written == static_cast<ssize_t>(line.size())) {
    size_ += written;
    return;
  }
  fail("write", written < 0 ? errno : ENOSPC);
  // A part of the line may be there. Whoever reads or opens the journal ignores it, should this fail, too.
  if (written > 0 && ::ftruncate(fd_.get(), size_) != 0) {
    spdlog::error("{}: the last line is cut: {}", path_.string(), std::strerror(errno));
  }
}

void Journal::sync() {
  if (::fsync(fd_.get()) != 0) fail("sync", errno);
}

void Journal::fail(std::string_view action, int error_number) {
  Error error = journal_error(action, path_, error_number);
  error.what += "; what follows is not recorded and cannot be resumed";
  error.hint = "df -h shows the space";
  spdlog::error(error.what);
  health_ = std::move(error);
}

}  // namespace zdt::stage
