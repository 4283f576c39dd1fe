// A file at a path that a user named: a report, an offline bundle.
#pragma once
#include "host/files.h"
#include "host/unique_fd.h"

namespace zdt::host {

/// Written beside its name and given it by commit(), so that readers see the old or the new content. A symbolic link is
/// followed: what it leads to is replaced, with its mode and owner kept. What is no regular file (a device, a FIFO, the
/// program's own descriptors as /dev/stdout and /dev/fd/3) is written through and never replaced; so is a file that cannot be
/// replaced, as it is mounted or its folder is read-only. No folder is made.
class UserFile {
 public:
  /// Waits for a reader of a FIFO. Fails kUsage (its folder is missing, it is a folder), kEnvironment.
  static Result<UserFile> open(const fs::path& path);
  UserFile(UserFile&&) noexcept = default;
  UserFile& operator=(UserFile&&) = delete;
  /// Without commit() a regular file is as it was.
  ~UserFile();

  int fd() const { return fd_.get(); }
  /// Fails kEnvironment.
  Result<void> write(std::string_view content);
  Result<void> commit();

 private:
  UserFile() = default;
  Result<void> begin_beside(const fs::path& target, unsigned mode);
  Result<void> replace_content();
  fs::path path_, target_, temporary_;  ///< temporary_  "" when written through
  UniqueFd fd_, old_;                   ///< old_  what is replaced, open for writing
};

/// The whole file. Fails as open() and write() do.
Result<void> write_user_file(const fs::path& path, std::string_view content);

/// Before the work whose result goes there: what open() would refuse, as far as that can be seen without opening it.
Result<void> check_user_file(const fs::path& path);

}  // namespace zdt::host
