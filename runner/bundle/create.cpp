#include <fcntl.h>

#include <boost/asio/post.hpp>
#include <cstring>

#include "base/text.h"
#include "bundle/bundle.h"
#include "bundle/sha256.h"
#include "host/unique_fd.h"

namespace zdt::bundle {
namespace {

/// Reads a file in pieces between which the loop runs.
Task<Result<void>> read_pieces(fs::path file, std::function<Result<void>(std::string_view)> take) {
  auto executor = co_await asio::this_coro::executor;
  host::UniqueFd fd(open(file.c_str(), O_RDONLY | O_CLOEXEC));
  std::vector<char> piece(256 << 10);
  while (true) {
    const ssize_t size = fd ? ::read(fd.get(), piece.data(), piece.size()) : -1;
    if (size < 0 && fd && errno == EINTR) continue;
    if (size < 0)
      co_return Error{Code::kEnvironment,
                      fmt::format("cannot read {}: {}", file.string(), std::strerror(errno)), ""};
    if (size == 0) co_return Result<void>();
    auto taken = take(std::string_view(piece.data(), static_cast<size_t>(size)));
    if (!taken) co_return taken.error();
    co_await asio::post(executor, asio::use_awaitable);
  }
}

std::string folder_of(const std::string& kind) {
  if (kind == "chart") return "charts/";
  return kind == "manifest" ? "manifests/" : "images/";
}

/// A path of its own for each file, made of its first name.
std::string member_path(const Piece& piece, std::set<std::string>& taken) {
  std::string name = piece.kind.ends_with("image") ? normal_image(piece.name) : piece.name;
  for (char& c : name) {
    if (!std::isalnum(static_cast<unsigned char>(c)) && c != '.' && c != '-' && c != '_' && c != '+') c = '-';
  }
  if (name.starts_with('.')) name.front() = '-';
  const std::string suffix = piece.kind == "chart" ? ".tgz" : piece.kind == "manifest" ? "" : ".tar";
  std::string path = folder_of(piece.kind) + name + suffix;
  for (int n = 2; !taken.insert(path).second; ++n)
    path = fmt::format("{}{}-{}{}", folder_of(piece.kind), name, n, suffix);
  return path;
}

/// The files of a bundle, in the order in which they go in.
struct Plan {
  Index index;
  std::vector<std::pair<fs::path, size_t>> files;  ///< with the first entry of each
  int64_t bytes = 0;
};

Plan plan_of(const std::vector<Piece>& pieces) {
  Plan plan;
  std::map<std::string, size_t> first;
  std::set<std::string> taken;
  for (const Piece& piece : pieces) {
    const auto known = first.find(piece.file.string());
    Entry entry{.kind = piece.kind, .name = piece.name, .digest = piece.digest};
    if (known != first.end()) {
      entry.path = plan.index.entries[known->second].path;
    } else {
      entry.path = member_path(piece, taken);
      first[piece.file.string()] = plan.index.entries.size();
      plan.files.emplace_back(piece.file, plan.index.entries.size());
      std::error_code unreadable;  // reading it says why
      const auto size = fs::file_size(piece.file, unreadable);
      if (!unreadable) plan.bytes += static_cast<int64_t>(size);
    }
    plan.index.entries.push_back(std::move(entry));
  }
  return plan;
}

class Creation {
 public:
  Creation(Plan plan, Progress progress)
      : plan_(std::move(plan)), progress_(std::move(progress)), total_(2 * plan_.bytes) {}

  /// Fills in sizes and sums.
  Task<Result<void>> measure() {
    for (const auto& [file, first] : plan_.files) {
      Entry& entry = plan_.index.entries[first];
      Sha256 hash;
      entry.size = 0;
      auto read = co_await read_pieces(file, [&](std::string_view piece) {
        hash.add(piece);
        entry.size += static_cast<int64_t>(piece.size());
        step(piece.size(), entry.name);
        return Result<void>();
      });
      if (!read) co_return read.error();
      entry.sha256 = hash.hex();
      for (Entry& other : plan_.index.entries) {
        if (other.path == entry.path) other.size = entry.size, other.sha256 = entry.sha256;
      }
    }
    co_return Result<void>();
  }

  Task<Result<void>> write(TarWriter& tar) {
    for (const auto& [file, first] : plan_.files) {
      const Entry& entry = plan_.index.entries[first];
      auto begun = tar.begin(entry.path, entry.size);
      if (!begun) co_return begun.error();
      Sha256 hash;
      auto read = co_await read_pieces(file, [&](std::string_view piece) {
        hash.add(piece);
        step(piece.size(), entry.name);
        return tar.write(piece);
      });
      if (!read) co_return read.error();
      if (hash.hex() != entry.sha256)
        co_return Error{Code::kInvalid, file.string() + " changed while it was read", "once more"};
    }
    co_return Result<void>();
  }

  Index& index() { return plan_.index; }

 private:
  void step(size_t bytes, const std::string& what) {
    progress_(done_ += static_cast<int64_t>(bytes), total_, what);
  }
  Plan plan_;
  Progress progress_;
  int64_t done_ = 0, total_ = 0;
};

}  // namespace

Task<Result<Index>> create_bundle(fs::path file, std::vector<Piece> pieces, std::vector<Wanted> wanted,
                                  std::string created, Progress progress) {
  Creation creation(plan_of(pieces), std::move(progress));
  creation.index().created = std::move(created);
  creation.index().wanted = std::move(wanted);
  auto measured = co_await creation.measure();
  if (!measured) co_return measured.error();
  const std::string text = index_text(creation.index());
  auto sound = parse_index(text);  // what is written is what a reader accepts
  if (!sound) co_return sound.error();
  auto tar = TarWriter::create(file);
  if (!tar) co_return tar.error();
  auto begun = tar->begin(std::string(kIndexPath), static_cast<int64_t>(text.size()));
  if (!begun) co_return begun.error();
  auto indexed = tar->write(text);
  if (!indexed) co_return indexed.error();
  auto written = co_await creation.write(*tar);
  if (!written) co_return written.error();
  auto finished = tar->finish();
  if (!finished) co_return finished.error();
  co_return std::move(creation.index());
}

}  // namespace zdt::bundle
