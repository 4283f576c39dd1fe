// Files: whole reads, atomic writes, temporary folders.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>

#include "base/error.h"

namespace zdt::host {

namespace fs = std::filesystem;

inline constexpr size_t kLargestFile = 1 << 30;

/// The whole file. Fails kNotFound, kEnvironment (among it: it has more than `most` bytes, as a device without an end has).
Result<std::string> read_file(const fs::path& path, size_t most = kLargestFile);

/// Writes a temporary file beside `path`, then renames it: readers see the old or the new content, never a part.
/// Parent folders are made (mode 0700). Fails kEnvironment.
Result<void> write_file(const fs::path& path, std::string_view content, unsigned mode = 0600);

/// A folder below $TMPDIR, mode 0700, removed with the object.
class TempDir {
 public:
  explicit TempDir(std::string_view prefix);
  ~TempDir();
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

}  // namespace zdt::host
