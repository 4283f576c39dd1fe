#include "bundle/index.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "bundle/sha256.h"

namespace zdt::bundle {
namespace {

constexpr size_t kMostEntries = 10'000, kLongestName = 512;
constexpr int64_t kLargestMember = int64_t{64} << 30;

const std::map<std::string, std::string, std::less<>> kFolders{
    {"image", "images/"}, {"node-image", "images/"}, {"chart", "charts/"}, {"manifest", "manifests/"}};

bool is_printable(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](unsigned char c) { return c > 0x20 && c < 0x7f; });
}

/// One folder deep, and of characters that mean nothing to a shell or a file system.
bool is_member_path(const std::string& path, const std::string& folder) {
  if (!path.starts_with(folder) || path.size() == folder.size() || path.size() > kLongestName) return false;
  const std::string_view name = std::string_view(path).substr(folder.size());
  return name.front() != '.' && std::all_of(name.begin(), name.end(), [](unsigned char c) {
           return std::isalnum(c) || c == '.' || c == '-' || c == '_' || c == '+';
         });
}

/// What is wrong with the entry, or "".
std::string fault_of(const Entry& entry) {
  const auto folder = kFolders.find(entry.kind);
  if (folder == kFolders.end()) return fmt::format("kind \"{}\" is unknown", entry.kind);
  if (entry.name.empty() || entry.name.size() > kLongestName || !is_printable(entry.name))
    return "its name is not one";
  if (!is_sha256(entry.sha256)) return "sha256 is not 64 hex digits";
  if (!entry.digest.empty() && !(entry.digest.starts_with("sha256:") && is_sha256(entry.digest.substr(7)))) {
    return "digest is not sha256:…";
  }
  if (entry.size < 0 || entry.size > kLargestMember)
    return fmt::format("size {} is out of bounds", entry.size);
  if (!is_member_path(entry.path, folder->second))
    return fmt::format("path \"{}\" is not allowed", entry.path);
  return "";
}

Error broken(const std::string& what) {
  return {Code::kInvalid, "index.json: " + what, "this is no bundle of zdt-demo, or a damaged one"};
}

Entry entry_from(const json& value) {
  return {string_at(value, {"kind"}),   string_at(value, {"name"}),  string_at(value, {"digest"}),
          string_at(value, {"sha256"}), int_at(value, {"size"}, -1), string_at(value, {"path"})};
}

/// Names that come twice, and paths that two entries describe differently.
Result<void> check_unique(const std::vector<Entry>& entries) {
  std::set<std::pair<std::string, std::string>> names;
  std::map<std::string, const Entry*> paths;
  for (const Entry& entry : entries) {
    const std::string name = entry.kind.ends_with("image") ? normal_image(entry.name) : entry.name;
    if (!names.emplace(entry.kind, name).second)
      return broken(fmt::format("{} {} comes twice", entry.kind, entry.name));
    const Entry& first = *paths.emplace(entry.path, &entry).first->second;
    if (first.sha256 != entry.sha256 || first.size != entry.size) {
      return broken(fmt::format("{} is described in two ways", entry.path));
    }
  }
  return {};
}

}  // namespace

std::string index_text(const Index& index) {
  json entries = json::array(), wanted = json::array();
  for (const Entry& entry : index.entries) {
    entries.push_back({{"kind", entry.kind},
                       {"name", entry.name},
                       {"digest", entry.digest},
                       {"sha256", entry.sha256},
                       {"size", entry.size},
                       {"path", entry.path}});
  }
  for (const Wanted& one : index.wanted) wanted.push_back({{"kind", one.kind}, {"name", one.name}});
  return json{{"version", kFormatVersion},
              {"created", index.created},
              {"entries", entries},
              {"wanted", wanted}}
             .dump(2) +
         "\n";
}

Result<Index> parse_index(std::string_view text) {
  auto document = parse_json(text, "index.json");
  if (!document) return broken("is not JSON");
  if (int_at(*document, {"version"}) != kFormatVersion) {
    return broken(fmt::format("format version {}, want {}", int_at(*document, {"version"}), kFormatVersion));
  }
  const json& entries = array_at(*document, {"entries"});
  if (entries.size() > kMostEntries || array_at(*document, {"wanted"}).size() > kMostEntries)
    return broken("too many entries");
  Index index;
  index.created = string_at(*document, {"created"});
  for (const json& value : entries) {
    Entry entry = entry_from(value);
    const std::string fault = fault_of(entry);
    if (!fault.empty()) return broken(fmt::format("entry {}: {}", index.entries.size() + 1, fault));
    index.entries.push_back(std::move(entry));
  }
  for (const json& one : array_at(*document, {"wanted"})) {
    index.wanted.push_back({string_at(one, {"kind"}), string_at(one, {"name"})});
  }
  auto unique = check_unique(index.entries);
  if (!unique) return unique.error();
  return index;
}

std::string normal_image(std::string_view reference) {
  std::string name(reference);
  for (const char* prefix : {"docker.io/", "index.docker.io/", "library/"}) {
    if (name.starts_with(prefix)) name.erase(0, std::string_view(prefix).size());
  }
  const size_t digest = name.find('@');
  const size_t slash = name.rfind('/', digest);
  const size_t tag = name.find(':', slash == std::string::npos ? 0 : slash);
  const bool tagged = tag != std::string::npos && tag < digest;
  if (digest != std::string::npos) return tagged ? name.substr(0, digest) : name;
  return tagged ? name : name + ":latest";
}

const Entry* find_entry(const Index& index, std::string_view kind, std::string_view name) {
  const bool image = kind.ends_with("image");
  const std::string wanted = image ? normal_image(name) : std::string(name);
  const auto found = std::find_if(index.entries.begin(), index.entries.end(), [&](const Entry& entry) {
    return entry.kind == kind && (image ? normal_image(entry.name) : entry.name) == wanted;
  });
  return found == index.entries.end() ? nullptr : &*found;
}

std::vector<Wanted> missing_in(const Index& index, const std::vector<Wanted>& wanted) {
  std::vector<Wanted> missing;
  for (const Wanted& one : wanted) {
    if (find_entry(index, one.kind, one.name) == nullptr) missing.push_back(one);
  }
  return missing;
}

}  // namespace zdt::bundle
