#include "bundle/bundle.h"

#include <fcntl.h>

#include <boost/asio/post.hpp>
#include <cstring>

#include "bundle/sha256.h"
#include "host/unique_fd.h"

namespace zdt::bundle {
namespace {

constexpr size_t kIndexLimit = 4 << 20;

/// Lets the loop do what else there is; unwinds when cancelled.
Task<void> let_others_run() {
  auto executor = co_await asio::this_coro::executor;
  co_await asio::post(executor, asio::use_awaitable);
}

Error refused(const fs::path& file, const std::string& what) {
  return {Code::kInvalid, fmt::format("{}: {}", file.string(), what),
          "zdt-demo bundle verify " + file.string()};
}

/// The reader behind the index, which is the first member.
Result<std::pair<TarReader, Index>> open_indexed(const fs::path& file) {
  auto reader = TarReader::open(file);
  if (!reader) return reader.error();
  auto first = reader->next();
  if (!first) return first.error();
  if (!*first || (*first)->path != kIndexPath || !(*first)->regular)
    return refused(file, "its first member is not index.json");
  auto text = reader->read_all(kIndexLimit);
  if (!text) return text.error();
  auto index = parse_index(*text);
  if (!index) return with_context(file.string(), index.error());
  return std::pair<TarReader, Index>(std::move(*reader), std::move(*index));
}

/// One entry for each path.
std::map<std::string, const Entry*> by_path(const Index& index) {
  std::map<std::string, const Entry*> paths;
  for (const Entry& entry : index.entries) paths.emplace(entry.path, &entry);
  return paths;
}

/// A copy on its way: nothing of it stays unless it is kept.
class PartFile {
 public:
  static Result<PartFile> make(const fs::path& file) {
    PartFile part(file.string() + ".part");
    std::error_code exists;
    fs::create_directories(file.parent_path(), exists);
    part.fd_.reset(open(part.path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!part.fd_) return part.failure();
    return part;
  }
  PartFile(PartFile&& other) noexcept : path_(std::exchange(other.path_, "")), fd_(std::move(other.fd_)) {}
  PartFile& operator=(PartFile&&) = delete;
  ~PartFile() {
    if (!path_.empty()) unlink(path_.c_str());
  }

  Result<void> write(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t written = ::write(fd_.get(), bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return failure();
      bytes.remove_prefix(static_cast<size_t>(written));
    }
    return {};
  }
  Result<void> keep_as(const fs::path& file) {
    if (rename(path_.c_str(), file.c_str()) != 0) return failure();
    path_.clear();
    return {};
  }

 private:
  explicit PartFile(std::string path) : path_(std::move(path)) {}
  Error failure() const {
    return {Code::kEnvironment, fmt::format("cannot write {}: {}", path_, std::strerror(errno)),
            errno == ENOSPC ? "the disk is full" : ""};
  }
  std::string path_;
  host::UniqueFd fd_;
};

/// Reads the member to its end and gives every piece to `take`. Returns its SHA-256.
Task<Result<std::string>> drain(TarReader& reader, std::function<Result<void>(std::string_view)> take) {
  Sha256 hash;
  while (true) {
    auto piece = reader.read();
    if (!piece) co_return piece.error();
    if (piece->empty()) co_return hash.hex();
    hash.add(*piece);
    auto taken = take(*piece);
    if (!taken) co_return taken.error();
    co_await let_others_run();
  }
}

/// What is wrong with a member before it is read, or "".
std::string member_fault(const Member& member, const std::map<std::string, const Entry*>& paths,
                         std::set<std::string>& seen) {
  const auto entry = paths.find(member.path);
  if (!member.regular) return fmt::format("{} is not a plain file", member.path);
  if (entry == paths.end()) return fmt::format("{} is not in the index", member.path);
  if (!seen.insert(member.path).second) return fmt::format("{} comes twice", member.path);
  if (entry->second->size == member.size) return "";
  return fmt::format("{} has {} bytes, want {}", member.path, member.size, entry->second->size);
}

}  // namespace

Result<Index> read_index(const fs::path& file) {
  auto opened = open_indexed(file);
  if (!opened) return opened.error();
  return std::move(opened->second);
}

Task<Result<Verified>> verify_bundle(fs::path file, Progress progress) {
  auto opened = open_indexed(file);
  if (!opened) co_return opened.error();
  Verified verified{std::move(opened->second), {}};
  TarReader& reader = opened->first;
  const auto paths = by_path(verified.index);
  std::set<std::string> seen;
  int64_t done = 0, total = 0;
  for (const auto& [path, entry] : paths) total += entry->size;
  while (true) {
    auto member = reader.next();
    if (!member) verified.problems.push_back(member.error().what);
    if (!member || !*member) break;
    const std::string fault = member_fault(**member, paths, seen);
    if (!fault.empty()) verified.problems.push_back(fault);
    if (!fault.empty()) continue;
    const Entry& entry = *paths.at((*member)->path);
    auto sum = co_await drain(reader, [&](std::string_view piece) {
      progress(done += static_cast<int64_t>(piece.size()), total, entry.name);
      return Result<void>();
    });
    if (!sum) verified.problems.push_back(fmt::format("{}: {}", entry.path, sum.error().what));
    if (!sum) break;
    if (*sum != entry.sha256)
      verified.problems.push_back(fmt::format("{}: SHA-256 {}, want {}", entry.path, *sum, entry.sha256));
  }
  for (const auto& [path, entry] : paths) {
    if (!seen.contains(path))
      verified.problems.push_back(fmt::format("{} ({} {}) is missing", path, entry->kind, entry->name));
  }
  co_return verified;
}

Result<std::shared_ptr<Bundle>> Bundle::open(const fs::path& file, const fs::path& folder) {
  auto index = read_index(file);
  if (!index) return index.error();
  return std::shared_ptr<Bundle>(new Bundle(fs::absolute(file), folder, std::move(*index)));
}

Task<Result<fs::path>> Bundle::extract(std::string kind, std::string name) {
  const Entry* found = find_entry(index_, kind, name);
  if (found == nullptr) {
    co_return Error{Code::kNotFound, fmt::format("{} has no {} {}", file_.string(), kind, name),
                    "zdt-demo bundle list " + file_.string()};
  }
  const Entry entry = *found;
  const fs::path target = folder_ / entry.path;
  if (extracted_.contains(entry.path) && fs::exists(target)) co_return target;
  auto reader = TarReader::open(file_);
  if (!reader) co_return reader.error();
  while (true) {
    auto member = reader->next();
    if (!member) co_return member.error();
    if (!*member) co_return refused(file_, entry.path + " is missing");
    if ((*member)->path != entry.path) continue;
    if (!(*member)->regular || (*member)->size != entry.size)
      co_return refused(file_, entry.path + " is not what the index says");
    break;
  }
  auto part = PartFile::make(target);
  if (!part) co_return part.error();
  auto sum = co_await drain(*reader, [&](std::string_view piece) { return part->write(piece); });
  if (!sum) co_return sum.error();
  if (*sum != entry.sha256)
    co_return refused(file_, fmt::format("{}: SHA-256 {}, want {}", entry.path, *sum, entry.sha256));
  auto kept = part->keep_as(target);
  if (!kept) co_return kept.error();
  extracted_.insert(entry.path);
  co_return target;
}

}  // namespace zdt::bundle
