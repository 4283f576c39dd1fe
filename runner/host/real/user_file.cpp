#include "host/user_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <optional>

#include "base/text.h"

namespace zdt::host {
namespace {

constexpr int kMostLinks = 40;  // as the kernel

Error cannot_write(const fs::path& path, int reason) {
  return {Code::kEnvironment, fmt::format("cannot write {}: {}", path.string(), std::strerror(reason)),
          reason == ENOSPC ? "df -h shows the space" : ""};
}

Error is_a_folder(const fs::path& path) {
  return {Code::kUsage, fmt::format("cannot write {}: it is a folder", path.string()), ""};
}

/// The folder of `path` as it is, and the name in it.
fs::path with_real_folder(const fs::path& path) {
  std::error_code missing;
  const fs::path whole = fs::absolute(path), folder = fs::canonical(whole.parent_path(), missing);
  return missing ? whole.lexically_normal() : folder / whole.filename();
}

/// What the links at `path`, if it is one, lead to at last; it need not exist.
fs::path followed(fs::path path) {
  std::error_code no_link;
  for (int i = 0; i < kMostLinks; ++i) {
    path = with_real_folder(path);
    const fs::path next = fs::read_symlink(path, no_link);
    if (no_link) return path;
    path = next.is_absolute() ? next : path.parent_path() / next;
  }
  return path;
}

/// N of "/proc/self/fd/N".
std::optional<int> own_descriptor(const fs::path& path) {
  const std::string folder = path.parent_path().string(), name = path.filename().string();
  const bool ours = folder == "/dev/fd" || folder == "/proc/self/fd" || folder == fmt::format("/proc/{}/fd", getpid());
  if (!ours || name.empty() || name.size() > 6 || name.find_first_not_of("0123456789") != std::string::npos) return std::nullopt;
  return std::stoi(name);
}

/// The descriptor of this process that `path` names ("/dev/stdout"), by links as well.
std::optional<int> descriptor_named(fs::path path) {
  std::error_code no_link;
  for (int i = 0; i < kMostLinks; ++i) {
    path = with_real_folder(path);
    if (const auto number = own_descriptor(path)) return number;
    const fs::path next = fs::read_symlink(path, no_link);
    if (no_link) return std::nullopt;
    path = next.is_absolute() ? next : path.parent_path() / next;
  }
  return std::nullopt;
}

/// The standard stream that goes to this very file: replacing the file would leave that stream without a name.
std::optional<int> stream_into(const struct stat& file) {
  for (const int fd : {STDOUT_FILENO, STDERR_FILENO}) {
    struct stat stream {};
    if (fstat(fd, &stream) == 0 && stream.st_dev == file.st_dev && stream.st_ino == file.st_ino) return fd;
  }
  return std::nullopt;
}

Result<void> check_folder(const fs::path& target) {
  const fs::path folder = target.parent_path();
  std::error_code none;
  if (!fs::is_directory(folder, none)) {
    return Error{Code::kUsage, fmt::format("cannot write {}: there is no folder {}", target.string(), folder.string()),
                 "mkdir -p " + folder.string()};
  }
  return {};
}

/// Without O_NONBLOCK, and for a FIFO without a reader once there is one.
Result<UniqueFd> open_for_through(const fs::path& path, UniqueFd probe) {
  if (!probe) probe.reset(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY));
  if (!probe) return cannot_write(path, errno);
  const int flags = fcntl(probe.get(), F_GETFL);
  if (flags < 0 || fcntl(probe.get(), F_SETFL, flags & ~O_NONBLOCK) != 0) return cannot_write(path, errno);
  return probe;
}

int write_whole_file(int fd, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno != EINTR) return errno;
    if (written > 0) content.remove_prefix(static_cast<size_t>(written));
  }
  return 0;
}

}  // namespace

Result<UserFile> UserFile::open(const fs::path& path) {
  UserFile file;
  file.path_ = path;
  if (const auto number = descriptor_named(path)) {
    file.fd_.reset(fcntl(*number, F_DUPFD_CLOEXEC, 3));
    if (!file.fd_) return cannot_write(path, errno);
    return file;
  }
  // The kernel decides whether the links on the way may be followed (fs.protected_symlinks).
  UniqueFd probe(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  const int reason = probe ? 0 : errno;
  if (reason == EISDIR) return is_a_folder(path);
  if (reason != 0 && reason != ENOENT && reason != ENXIO) return cannot_write(path, reason);
  const fs::path target = followed(path);
  struct stat found {};
  if (reason == ENOENT) {
    auto begun = file.begin_beside(target, 0666);
    if (!begun) return begun.error();
    return file;
  }
  if ((probe ? fstat(probe.get(), &found) : stat(path.c_str(), &found)) != 0) return cannot_write(path, errno);
  const auto stream = stream_into(found);
  if (S_ISREG(found.st_mode) && !stream) {
    file.old_ = std::move(probe);
    auto begun = file.begin_beside(target, found.st_mode & 07777);
    if (!begun) return begun.error();
    if (file.temporary_.empty()) return file;
    // As it was, as far as we may.
    if (fchown(file.fd(), found.st_uid, found.st_gid) == 0 || errno == EPERM) fchmod(file.fd(), found.st_mode & 07777);
    return file;
  }
  auto through = open_for_through(path, stream ? UniqueFd(fcntl(*stream, F_DUPFD_CLOEXEC, 3)) : std::move(probe));
  if (!through) return through.error();
  file.fd_ = std::move(*through);
  return file;
}

/// Where nothing can be made beside it, the content of what is there is replaced.
Result<void> UserFile::begin_beside(const fs::path& target, unsigned mode) {
  auto folder = check_folder(target);
  if (!folder) return folder;
  target_ = target;
  const fs::path beside = target.string() + ".new-" + random_suffix(6);
  fd_.reset(::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
  if (fd_) {
    temporary_ = beside;
    return {};
  }
  if (!old_) return cannot_write(path_, errno);
  if (ftruncate(old_.get(), 0) != 0) return cannot_write(path_, errno);
  fd_ = std::move(old_);
  return {};
}

UserFile::~UserFile() {
  if (!temporary_.empty()) unlink(temporary_.c_str());
}

Result<void> UserFile::write(std::string_view content) {
  const int reason = write_whole_file(fd_.get(), content);
  if (reason != 0) return cannot_write(path_, reason);
  return {};
}

Result<void> UserFile::commit() {
  if (!temporary_.empty() && ::rename(temporary_.c_str(), target_.c_str()) != 0) {
    if (!old_) return cannot_write(path_, errno);
    auto replaced = replace_content();
    if (!replaced) return replaced;
    unlink(temporary_.c_str());
  }
  temporary_.clear();
  // Network file systems tell a full disk or quota only now.
  if (::close(fd_.release()) != 0 && errno != EINTR) return cannot_write(path_, errno);
  return {};
}

/// A file that is a mount of its own cannot be renamed over: it gets the content.
Result<void> UserFile::replace_content() {
  const UniqueFd from(::open(temporary_.c_str(), O_RDONLY | O_CLOEXEC));
  if (!from || ftruncate(old_.get(), 0) != 0) return cannot_write(path_, errno);
  std::array<char, 65'536> piece;
  while (true) {
    const ssize_t size = ::read(from.get(), piece.data(), piece.size());
    if (size == 0) return {};
    if (size < 0) return cannot_write(path_, errno);
    const int reason = write_whole_file(old_.get(), {piece.data(), static_cast<size_t>(size)});
    if (reason != 0) return cannot_write(path_, reason);
  }
}

Result<void> write_user_file(const fs::path& path, std::string_view content) {
  auto file = UserFile::open(path);
  if (!file) return file.error();
  auto written = file->write(content);
  if (!written) return written;
  return file->commit();
}

Result<void> check_user_file(const fs::path& path) {
  if (descriptor_named(path)) return {};
  struct stat found {};
  if (stat(path.c_str(), &found) != 0) {
    if (errno != ENOENT) return cannot_write(path, errno);
    const fs::path target = followed(path);
    auto folder = check_folder(target);
    if (folder && access(target.parent_path().c_str(), W_OK | X_OK) != 0) return cannot_write(path, errno);
    return folder;
  }
  if (S_ISDIR(found.st_mode)) return is_a_folder(path);
  if (access(path.c_str(), W_OK) != 0) return cannot_write(path, errno);
  return {};
}

}  // namespace zdt::host
