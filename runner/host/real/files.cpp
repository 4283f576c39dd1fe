#include "host/files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <array>
#include <cstring>

#include "base/text.h"
#include "host/descriptors.h"
#include "host/unique_fd.h"

namespace zdt::host {
namespace {

Error file_error(std::string_view action, const fs::path& path, Code code = Code::kEnvironment) {
  Error error = system_error_of(fmt::format("cannot {} {}", action, path.string()), errno);
  error.code = code;
  return error;
}

bool write_all(int fd, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    content.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

/// Makes `folder` and its missing parents, each mode 0700.
bool make_folders(const fs::path& folder) {
  std::error_code ignored;  // what cannot be looked at cannot be made either, and mkdir says why
  if (folder.empty() || fs::is_directory(folder, ignored)) return true;
  return make_folders(folder.parent_path()) && (mkdir(folder.c_str(), 0700) == 0 || errno == EEXIST);
}

}  // namespace

Result<std::string> read_file(const fs::path& path, size_t most) {
  UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return file_error("read", path, errno == ENOENT ? Code::kNotFound : Code::kEnvironment);
  std::string content;
  std::array<char, 16384> piece;
  while (true) {
    const ssize_t size = ::read(fd.get(), piece.data(), piece.size());
    if (size == 0) return content;
    if (size > 0) content.append(piece.data(), static_cast<size_t>(size));
    if (content.size() > most) return Error{Code::kEnvironment, fmt::format("cannot read {}: it has more than {} MiB", path.string(), most >> 20), ""};
    if (size < 0 && errno != EINTR) return file_error("read", path);
  }
}

Result<void> write_file(const fs::path& path, std::string_view content, unsigned mode) {
  if (!make_folders(path.parent_path())) return file_error("make the folder of", path);
  const fs::path temporary = path.string() + ".new-" + random_suffix(6);
  UniqueFd fd(open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
  if (!fd) return file_error("write", temporary);
  if (!write_all(fd.get(), content) || rename(temporary.c_str(), path.c_str()) != 0) {
    Error failure = file_error("write", path);
    unlink(temporary.c_str());
    return failure;
  }
  return {};
}

TempDir::TempDir(std::string_view prefix) {
  path_ = fs::temp_directory_path() / fmt::format("{}-XXXXXX", prefix);
  std::string pattern = path_.string();
  if (mkdtemp(pattern.data()) == nullptr) throw fs::filesystem_error("mkdtemp", path_, std::error_code(errno, std::system_category()));
  path_ = pattern;
}

TempDir::~TempDir() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

}  // namespace zdt::host
