#include "rehearsal/node/held_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>

#include "base/text.h"
#include "host/files.h"

namespace zdt::rehearsal {
namespace {

Error beneath_error(std::string_view action, std::string_view name) {
  const int reason = errno;
  // EXDEV: the path leads out of the folder. ELOOP: a link where none is allowed.
  if (reason == EXDEV || reason == ELOOP)
    return {Code::kInvalid, fmt::format("cannot {} \"{}\": it leads out of its volume", action, name), ""};
  return {reason == ENOENT ? Code::kNotFound : Code::kEnvironment,
          fmt::format("cannot {} \"{}\": {}", action, name, std::strerror(reason)), ""};
}

host::UniqueFd open_beneath(int folder, const std::string& relative, int flags, mode_t mode, Links links) {
  open_how how{};
  how.flags = static_cast<__u64>(flags | O_CLOEXEC);
  how.mode = mode;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  if (links == Links::kNone) how.resolve |= RESOLVE_NO_SYMLINKS;
  if (relative.find('\0') != std::string::npos) {
    errno = EINVAL;
    return {};
  }
  return host::UniqueFd(static_cast<int>(syscall(SYS_openat2, folder, relative.c_str(), &how, sizeof how)));
}

bool write_whole(int file, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = ::write(file, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    content.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

/// One folder more: made when it is missing, whatever our umask is.
Result<host::UniqueFd> make_one(int parent, const std::string& name, mode_t mode, Owner owner) {
  const bool fresh = mkdirat(parent, name.c_str(), mode) == 0;
  if (!fresh && errno != EEXIST) return beneath_error("make", name);
  host::UniqueFd made = open_beneath(parent, name, O_RDONLY | O_DIRECTORY, 0, Links::kNone);
  if (!made) return beneath_error("open", name);
  if (fresh && (fchown(made.get(), owner.user, owner.group) != 0 || fchmod(made.get(), mode) != 0))
    return beneath_error("give away", name);
  return made;
}

}  // namespace

bool is_component(std::string_view name) {
  return !name.empty() && name != "." && name != ".." && name.find('/') == std::string_view::npos &&
         name.find('\0') == std::string_view::npos;
}

Result<HeldFolder> HeldFolder::open(const std::string& path) {
  host::UniqueFd folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder)
    return Error{Code::kEnvironment, fmt::format("cannot open {}: {}", path, std::strerror(errno)), ""};
  return HeldFolder(std::move(folder));
}

Result<HeldFolder> HeldFolder::make_own(const std::string& path) {
  const std::string parent = host::fs::path(path).parent_path().string();
  std::error_code unseen;
  if (!parent.empty() && !host::fs::is_directory(parent, unseen)) {
    if (auto made = make_own(parent); !made) return made;
  }
  if (mkdir(path.c_str(), 0711) == 0) {
    chmod(path.c_str(), 0711);  // whatever our umask is
  } else if (errno != EEXIST) {
    return Error{Code::kEnvironment, fmt::format("cannot make {}: {}", path, std::strerror(errno)), ""};
  }
  return open(path);
}

std::string HeldFolder::path(std::string_view name) const {
  return fmt::format("/proc/self/fd/{}{}{}", fd(), name.empty() ? "" : "/", name);
}

Result<host::UniqueFd> HeldFolder::look_up(const std::string& relative, Links links) const {
  host::UniqueFd found = open_beneath(fd(), relative, O_PATH, 0, links);
  if (!found) return beneath_error("open", relative);
  return found;
}

Result<HeldFolder> HeldFolder::below(const std::string& relative) const {
  host::UniqueFd found = open_beneath(fd(), relative, O_RDONLY | O_DIRECTORY, 0, Links::kNone);
  if (!found) return beneath_error("open", relative);
  return HeldFolder(std::move(found));
}

Result<HeldFolder> HeldFolder::make(const std::string& relative, mode_t mode, Owner owner) const {
  host::UniqueFd here(fcntl(fd(), F_DUPFD_CLOEXEC, 0));
  if (!here) return beneath_error("hold", relative);
  for (const std::string& part : split(relative, '/')) {
    if (part.empty() || part == ".") continue;
    if (!is_component(part))
      return Error{Code::kInvalid, fmt::format("cannot make \"{}\": it leads out of its volume", relative), ""};
    auto next = make_one(here.get(), part, mode, owner);
    if (!next) return next.error();
    here = std::move(*next);
  }
  return HeldFolder(std::move(here));
}

Result<void> HeldFolder::write(const std::string& relative, std::string_view content, mode_t mode, Owner owner) const {
  host::UniqueFd file = open_beneath(fd(), relative, O_WRONLY | O_CREAT | O_EXCL, mode, Links::kNone);
  if (!file) return beneath_error("write", relative);
  if (!write_whole(file.get(), content) || fchown(file.get(), owner.user, owner.group) != 0 ||
      fchmod(file.get(), mode) != 0)
    return beneath_error("write", relative);
  return {};
}

Result<std::string> HeldFolder::read(const std::string& relative) const {
  host::UniqueFd file = open_beneath(fd(), relative, O_RDONLY | O_NONBLOCK, 0, Links::kNone);
  struct stat facts {};
  if (!file || fstat(file.get(), &facts) != 0) return beneath_error("read", relative);
  std::string content(static_cast<size_t>(facts.st_size), '\0');
  size_t have = 0;
  for (ssize_t size = 1; size > 0 && have < content.size(); have += static_cast<size_t>(size)) {
    size = ::read(file.get(), content.data() + have, content.size() - have);
    if (size < 0) return beneath_error("read", relative);
  }
  content.resize(have);
  return content;
}

Result<void> HeldFolder::put_link(const std::string& name, const std::string& target) const {
  const std::string fresh = name + "_tmp";
  unlinkat(fd(), fresh.c_str(), 0);
  if (symlinkat(target.c_str(), fd(), fresh.c_str()) != 0) return beneath_error("link", fresh);
  if (renameat(fd(), fresh.c_str(), fd(), name.c_str()) != 0) return beneath_error("rename", fresh);
  return {};
}

std::string HeldFolder::link_at(const std::string& name) const {
  std::string target(256, '\0');
  const ssize_t size = readlinkat(fd(), name.c_str(), target.data(), target.size());
  target.resize(size < 0 ? 0 : static_cast<size_t>(size));
  return target;
}

std::vector<std::string> HeldFolder::names() const {
  std::vector<std::string> all;
  std::error_code failure;
  for (host::fs::directory_iterator entry(path(), failure), end; !failure && entry != end; entry.increment(failure))
    all.push_back(entry->path().filename().string());
  return all;
}

Result<void> HeldFolder::remove(const std::string& name) const {
  std::error_code failure;
  host::fs::remove_all(path(name), failure);  // opens each folder without following links (libstdc++ 12)
  if (!failure) return {};
  return Error{Code::kEnvironment, fmt::format("cannot remove \"{}\": {}", name, failure.message()), ""};
}

}  // namespace zdt::rehearsal
