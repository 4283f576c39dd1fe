// A bundle: one uncompressed tar file with everything that deploy-all takes from the network, and an index of
// it. The work goes on in pieces between which the loop runs, so that it can be interrupted and nothing else
// waits for it.
#pragma once
#include <set>

#include "bundle/index.h"
#include "bundle/tar.h"
#include "host/task.h"

namespace zdt::bundle {

/// Called after each piece: bytes so far, bytes in all, and what is at work.
using Progress = std::function<void(int64_t done, int64_t total, const std::string& what)>;

/// Something that goes into a bundle: a file and what it is. An archive with several images is several
/// pieces.
struct Piece {
  std::string kind, name, digest;
  fs::path file;
};

/// Writes `file` from the pieces; afterwards it is whole, or as it was before. Fails kEnvironment (a piece
/// cannot be read, the disk is full), kInvalid (a piece changed meanwhile, or two have one name).
Task<Result<Index>> create_bundle(fs::path file, std::vector<Piece> pieces, std::vector<Wanted> wanted,
                                  std::string created, Progress progress);

/// The index alone. Fails kNotFound, kEnvironment, kInvalid.
Result<Index> read_index(const fs::path& file);

/// problems  one sentence each; empty when every size and SHA-256 is right and no member is missing, unknown
/// or twice.
struct Verified {
  Index index;
  std::vector<std::string> problems;
};
/// Reads the whole file. Fails as read_index() does.
Task<Result<Verified>> verify_bundle(fs::path file, Progress progress);

/// A bundle in use. Members are taken out when they are asked for, into `folder`, and only with the right
/// digest.
class Bundle {
 public:
  /// Fails as read_index() does.
  static Result<std::shared_ptr<Bundle>> open(const fs::path& file, const fs::path& folder);

  const fs::path& file() const { return file_; }
  const Index& index() const { return index_; }
  /// The member's content as a file. Fails kNotFound (no such entry), kInvalid (wrong size or digest, cut
  /// off), kEnvironment (cannot be written).
  Task<Result<fs::path>> extract(std::string kind, std::string name);

 private:
  Bundle(fs::path file, fs::path folder, Index index)
      : file_(std::move(file)), folder_(std::move(folder)), index_(std::move(index)) {}
  fs::path file_, folder_;
  Index index_;
  std::set<std::string> extracted_;
};

}  // namespace zdt::bundle
