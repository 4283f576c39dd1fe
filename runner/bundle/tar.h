// Tar files, read and written piece by piece (libarchive), so that no member is ever held in memory.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "host/files.h"
#include "host/user_file.h"

struct archive;

namespace zdt::bundle {

namespace fs = std::filesystem;

/// regular  a plain file; everything else (links, devices, folders) has no content here.
struct Member {
  std::string path;
  int64_t size = 0;
  bool regular = true;
};

/// Reads a tar file from its beginning to its end, once. Errors are kInvalid (not a tar file, cut off) or
/// kNotFound and kEnvironment (cannot be read), and name the file.
class TarReader {
 public:
  enum class Compression { kNone, kGzipAllowed };
  static Result<TarReader> open(const fs::path& file, Compression compression = Compression::kNone);

  /// The next member; nothing at the end. What was not read of the one before is skipped.
  Result<std::optional<Member>> next();
  /// The next piece of the member (at most 256 KiB, valid until the next call); empty at its end.
  Result<std::string_view> read();
  /// The whole member. Fails kInvalid when it is longer than `limit`.
  Result<std::string> read_all(size_t limit);

 private:
  struct Free {
    void operator()(archive* handle) const;
  };
  TarReader(fs::path file, archive* handle);
  Error failure(std::string_view action) const;
  fs::path file_;
  std::unique_ptr<archive, Free> archive_;
  std::vector<char> piece_;
};

/// Writes an uncompressed tar file (pax where ustar does not suffice) at a path that a user named (host/user_file.h). Without
/// finish() a regular file is as it was. Errors are kUsage (its folder is missing), kEnvironment (it cannot be written, the
/// disk is full).
class TarWriter {
 public:
  static Result<TarWriter> create(const fs::path& file);
  TarWriter(TarWriter&&) noexcept = default;
  TarWriter& operator=(TarWriter&&) = delete;
  ~TarWriter();

  /// Begins a member of exactly `size` bytes, which write() then brings.
  Result<void> begin(const std::string& path, int64_t size);
  Result<void> write(std::string_view bytes);
  Result<void> finish();

 private:
  struct Free {
    void operator()(archive* handle) const;
  };
  TarWriter(fs::path file, host::UserFile output, archive* handle)
      : file_(std::move(file)), output_(std::move(output)), archive_(handle) {}
  Error failure() const;
  fs::path file_;
  host::UserFile output_;
  std::unique_ptr<archive, Free> archive_;
};

}  // namespace zdt::bundle
