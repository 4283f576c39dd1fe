#include "audit/image_name.h"

#include <algorithm>

#include "base/text.h"

namespace zdt::audit {
namespace {

std::string_view without_digest(std::string_view image) { return image.substr(0, image.find('@')); }

/// Where a tag's colon is; the end when there is none. A registry's port comes before the last slash.
size_t tag_at(std::string_view image) {
  const size_t slash = image.rfind('/');
  return std::min(image.find(':', slash == std::string_view::npos ? 0 : slash), image.size());
}

}  // namespace

/// The first part is a registry when it has a dot or a port, or is localhost.
/// https://pkg.go.dev/github.com/distribution/reference
std::string repository_of(std::string_view image) {
  std::string_view name = without_digest(image);
  name = name.substr(0, tag_at(name));
  const size_t slash = name.find('/');
  const std::string_view first = name.substr(0, slash);
  const bool registry = slash != std::string_view::npos && (first.find_first_of(".:") != std::string_view::npos || first == "localhost");
  if (registry) name.remove_prefix(slash + 1);
  if (name.starts_with("library/")) name.remove_prefix(8);
  return std::string(name);
}

bool is_repository(std::string_view image, std::string_view known) {
  const std::string repository = repository_of(image);
  if (repository == known) return true;
  return known.find('/') != std::string_view::npos && repository.ends_with("/" + std::string(known));
}

bool is_busybox_image(std::string_view image) {
  const std::string repository = repository_of(image);
  const std::string_view whole = without_digest(image);
  const std::string tag = lower(whole.substr(tag_at(whole)));
  return repository == "alpine" || repository == "busybox" || tag.find("alpine") != std::string::npos ||
         tag.find("busybox") != std::string::npos;
}

bool is_bare_image(std::string_view image) {
  const std::string repository = repository_of(image);
  for (const char* bare : {"scratch", "debian", "ubuntu", "alpine", "busybox", "fedora", "centos", "rockylinux", "almalinux", "amazonlinux",
                           "oraclelinux", "archlinux", "opensuse/leap", "buildpack-deps"}) {
    if (repository == bare) return true;
  }
  return repository.starts_with("distroless/");
}

}  // namespace zdt::audit
