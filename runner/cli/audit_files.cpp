#include "cli/audit_files.h"

#include <algorithm>

#include "base/yaml.h"

namespace zdt::cli {
namespace {

namespace fs = host::fs;

std::vector<fs::path> sorted_entries(const fs::path& folder) {
  std::vector<fs::path> entries;
  std::error_code failed;
  for (fs::directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed)) entries.push_back(at->path());
  std::sort(entries.begin(), entries.end());
  return entries;
}

bool is_manifest(const fs::path& path) {
  const std::string extension = path.extension().string();
  return extension == ".yaml" || extension == ".yml" || extension == ".json";
}

/// What a kustomization names under the fields that take files or folders, as it was written.
std::vector<std::string> entries_of(const fs::path& kustomization) {
  std::vector<std::string> entries;
  auto text = host::read_file(kustomization);
  if (!text) return entries;  // the build says so
  auto read = parse_yaml(*text, kustomization.string());
  if (!read) return entries;
  for (const char* field : {"resources", "bases", "components", "patchesStrategicMerge", "patches", "patchesJson6902", "crds",
                            "configurations", "generators", "transformers", "validators", "replacements"}) {
    for (const json& entry : array_at(*read, {field})) {
      const std::string path = entry.is_string() ? entry.get<std::string>() : string_at(entry, {"path"});
      if (!path.empty() && path.find('\n') == std::string::npos) entries.push_back(path);
    }
  }
  return entries;
}

/// https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/resource/
bool is_remote(const std::string& entry) {
  return entry.find("://") != std::string::npos || entry.starts_with("git@") || entry.starts_with("github.com/") ||
         entry.find("?ref=") != std::string::npos || entry.starts_with("gitlab.com/") || entry.starts_with("bitbucket.org/");
}

class Walk {
 public:
  FolderFiles read(const fs::path& folder) {
    visit(folder);
    std::erase_if(found_.manifests, [&](const fs::path& path) { return taken(path); });
    std::erase_if(found_.kustomized, [&](const fs::path& path) { return taken(path); });
    return std::move(found_);
  }

 private:
  bool taken(const fs::path& path) const { return taken_.contains(fs::weakly_canonical(path).string()); }

  void visit(const fs::path& folder) {
    const fs::path kustomization = kustomization_in(folder);
    if (!kustomization.empty()) {
      found_.kustomized.push_back(folder);
      for (const std::string& entry : entries_of(kustomization)) {
        if (!is_remote(entry)) taken_.insert(fs::weakly_canonical(folder / entry).string());
      }
    }
    for (const fs::path& path : sorted_entries(folder)) {
      std::error_code none;
      if (fs::is_directory(path, none)) {
        if (!fs::is_symlink(path, none) && path.filename() != ".git") visit(path);
      } else if (is_dockerfile(path)) {
        found_.dockerfiles.push_back(path);
      } else if (kustomization.empty() && is_manifest(path)) {
        found_.manifests.push_back(path);
      }
    }
  }

  FolderFiles found_;
  std::set<std::string> taken_;
};

std::string remote_within(const fs::path& folder, std::set<std::string>& seen) {
  if (!seen.insert(fs::weakly_canonical(folder).string()).second) return "";
  for (const std::string& entry : entries_of(kustomization_in(folder))) {
    if (is_remote(entry)) return entry;
    std::error_code none;
    const std::string below = fs::is_directory(folder / entry, none) ? remote_within(folder / entry, seen) : "";
    if (!below.empty()) return below;
  }
  return "";
}

}  // namespace

bool is_dockerfile(const fs::path& path) {
  const std::string name = path.filename().string();
  return name.starts_with("Dockerfile") || name.starts_with("Containerfile") || name.ends_with(".Dockerfile");
}

fs::path kustomization_in(const fs::path& folder) {
  for (const char* name : {"kustomization.yaml", "kustomization.yml", "Kustomization"}) {
    std::error_code none;
    if (fs::is_regular_file(folder / name, none)) return folder / name;
  }
  return {};
}

FolderFiles files_in(const fs::path& folder) { return Walk().read(folder); }

std::string remote_base(const fs::path& kustomized) {
  std::set<std::string> seen;
  return remote_within(kustomized, seen);
}

}  // namespace zdt::cli
