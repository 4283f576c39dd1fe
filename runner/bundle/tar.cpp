#include "bundle/tar.h"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace zdt::bundle {
namespace {

constexpr size_t kPiece = 256 << 10;

struct EntryFree {
  void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};

std::string reason_of(archive* handle) {
  const char* text = archive_error_string(handle);
  return text == nullptr ? "unknown error" : text;
}

}  // namespace

void TarReader::Free::operator()(archive* handle) const { archive_read_free(handle); }
void TarWriter::Free::operator()(archive* handle) const { archive_write_free(handle); }

TarReader::TarReader(fs::path file, archive* handle)
    : file_(std::move(file)), archive_(handle), piece_(kPiece) {}

Error TarReader::failure(std::string_view action) const {
  return {Code::kInvalid, fmt::format("{}: {}: {}", file_.string(), action, reason_of(archive_.get())), ""};
}

Result<TarReader> TarReader::open(const fs::path& file, Compression compression) {
  if (access(file.c_str(), R_OK) != 0) {
    return Error{errno == ENOENT ? Code::kNotFound : Code::kEnvironment,
                 fmt::format("cannot read {}: {}", file.string(), std::strerror(errno)), ""};
  }
  TarReader reader(file, archive_read_new());
  archive* handle = reader.archive_.get();
  archive_read_support_format_tar(handle);
  if (compression == Compression::kGzipAllowed) archive_read_support_filter_gzip(handle);
  if (archive_read_open_filename(handle, file.c_str(), kPiece) != ARCHIVE_OK)
    return reader.failure("not a tar file");
  return reader;
}

Result<std::optional<Member>> TarReader::next() {
  archive_entry* entry = nullptr;
  const int status = archive_read_next_header(archive_.get(), &entry);
  if (status == ARCHIVE_EOF) return std::optional<Member>();
  if (status != ARCHIVE_OK && status != ARCHIVE_WARN) return failure("damaged or cut off");
  const char* path = archive_entry_pathname(entry);
  if (path == nullptr) return Error{Code::kInvalid, file_.string() + ": a member has no readable name", ""};
  const bool regular = archive_entry_filetype(entry) == AE_IFREG && archive_entry_hardlink(entry) == nullptr;
  return std::optional<Member>(Member{path, archive_entry_size(entry), regular});
}

Result<std::string_view> TarReader::read() {
  const la_ssize_t size = archive_read_data(archive_.get(), piece_.data(), piece_.size());
  if (size < 0) return failure("damaged or cut off");
  return std::string_view(piece_.data(), static_cast<size_t>(size));
}

Result<std::string> TarReader::read_all(size_t limit) {
  std::string content;
  while (true) {
    auto piece = read();
    if (!piece) return piece.error();
    if (piece->empty()) return content;
    if (content.size() + piece->size() > limit) {
      return Error{Code::kInvalid,
                   fmt::format("{}: a member is longer than the {} bytes it may have", file_.string(), limit),
                   ""};
    }
    content.append(*piece);
  }
}

Error TarWriter::failure() const {
  const int number = archive_errno(archive_.get());
  const char* hint = number == ENOSPC ? "the disk is full: choose another folder, or make room" : "";
  return {Code::kEnvironment, fmt::format("cannot write {}: {}", file_.string(), reason_of(archive_.get())),
          hint};
}

Result<TarWriter> TarWriter::create(const fs::path& file) {
  auto output = host::UserFile::open(file);
  if (!output) return output.error();
  TarWriter writer(file, std::move(*output), archive_write_new());
  archive* handle = writer.archive_.get();
  archive_write_set_format_pax_restricted(handle);
  archive_write_add_filter_none(handle);
  archive_write_set_bytes_per_block(handle, static_cast<int>(kPiece));
  archive_write_set_bytes_in_last_block(handle, 10'240);
  if (archive_write_open_fd(handle, writer.output_.fd()) != ARCHIVE_OK) return writer.failure();
  return writer;
}

TarWriter::~TarWriter() {
  if (!archive_) return;
  archive_write_fail(archive_.get());  // else freeing it would pad and close a file that is not whole
}

Result<void> TarWriter::begin(const std::string& path, int64_t size) {
  std::unique_ptr<archive_entry, EntryFree> entry(archive_entry_new());
  archive_entry_set_pathname(entry.get(), path.c_str());
  archive_entry_set_size(entry.get(), size);
  archive_entry_set_filetype(entry.get(), AE_IFREG);
  archive_entry_set_perm(entry.get(), 0644);
  if (archive_write_header(archive_.get(), entry.get()) != ARCHIVE_OK) return failure();
  return {};
}

Result<void> TarWriter::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const la_ssize_t written = archive_write_data(archive_.get(), bytes.data(), bytes.size());
    if (written < 0) return failure();
    if (written == 0)
      return Error{Code::kEnvironment, fmt::format("{}: a file grew while it was read", file_.string()), ""};
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return {};
}

Result<void> TarWriter::finish() {
  if (archive_write_close(archive_.get()) != ARCHIVE_OK) return failure();
  archive_.reset();
  return output_.commit();
}

}  // namespace zdt::bundle
