// index.json, the first member of a bundle: what is in it (docs/bundle.md has every field).
#pragma once
#include "base/json.h"

namespace zdt::bundle {

inline constexpr int kFormatVersion = 1;
inline constexpr std::string_view kIndexPath = "index.json";

/// kind    image, node-image, chart or manifest.
/// name    an image's reference, "argo-rollouts-2.40.5" of a chart, a manifest's name.
/// digest  an image's, as its archive tells it ("sha256:…"); else empty.
/// sha256  of the member's content; size in bytes.   path  the member. Images of one archive share it.
struct Entry {
  std::string kind, name, digest, sha256;
  int64_t size = 0;
  std::string path;
};

/// Something that has to be in a bundle.
struct Wanted {
  std::string kind, name;
  auto operator<=>(const Wanted&) const = default;
};

/// created  RFC 3339.   wanted  what the makers' manifests and charts named.
struct Index {
  std::string created;
  std::vector<Entry> entries;
  std::vector<Wanted> wanted;
};

std::string index_text(const Index& index);
/// Trusts nothing: kinds, names, digests, sizes and paths are checked, and bounded (10,000 entries, names of
/// 512 bytes, members of 64 GiB). Fails kInvalid.
Result<Index> parse_index(std::string_view text);

/// "busybox" and "docker.io/library/busybox:latest" are one image. A digest goes where there is a tag as
/// well.
std::string normal_image(std::string_view reference);

/// Null when there is none. Names of images compare in their normal form.
const Entry* find_entry(const Index& index, std::string_view kind, std::string_view name);

/// Those of `wanted` that the index does not have.
std::vector<Wanted> missing_in(const Index& index, const std::vector<Wanted>& wanted);

}  // namespace zdt::bundle
