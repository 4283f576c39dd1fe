#include "rehearsal/node/volume_folder.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <set>

#include "base/text.h"

namespace zdt::rehearsal {
namespace {

constexpr const char* kData = "..data";

/// Modes are part of a file: with fsGroup, its group may read it.
unsigned effective_mode(const VolumeFile& file, const VolumeOwner& owner) {
  return owner.group_reads ? file.mode | ((file.mode & 0400) >> 3) : file.mode;
}

/// Parts that no file of a volume may have: the kubelet's validatePath has the same rules.
Result<void> check_path(const std::string& name) {
  const auto parts = split(name, '/');
  const bool fine = std::all_of(parts.begin(), parts.end(), [](const std::string& part) { return is_component(part); });
  if (fine && !name.starts_with("..")) return {};
  return Error{Code::kInvalid, "invalid path: " + name, ""};
}

std::string folder_of(const std::string& name) {
  const size_t slash = name.rfind('/');
  return slash == std::string::npos ? "" : name.substr(0, slash);
}

bool has_file(const HeldFolder& generation, const std::string& name, const VolumeFile& file, unsigned mode) {
  const auto found = generation.look_up(name);
  struct stat facts {};
  if (!found || fstat(found->get(), &facts) != 0 || !S_ISREG(facts.st_mode)) return false;
  if ((facts.st_mode & 07777) != mode) return false;
  const auto content = generation.read(name);
  return content && *content == file.content;
}

/// The number of files in the generation, its folders not counted.
size_t count_files(const HeldFolder& folder) {
  size_t count = 0;
  for (const std::string& name : folder.names()) {
    auto found = folder.look_up(name);
    struct stat facts {};
    if (!found || fstat(found->get(), &facts) != 0) continue;
    if (!S_ISDIR(facts.st_mode)) {
      ++count;
    } else if (auto inner = folder.below(name)) {
      count += count_files(*inner);
    }
  }
  return count;
}

/// Whether the volume holds `files` already.
bool is_present(const HeldFolder& folder, const std::string& name, const VolumeFiles& files, const VolumeOwner& owner) {
  if (!is_component(name)) return false;
  const auto generation = folder.below(name);
  if (!generation || count_files(*generation) != files.size()) return false;
  return std::all_of(files.begin(), files.end(), [&](const auto& file) {
    return has_file(*generation, file.first, file.second, effective_mode(file.second, owner));
  });
}

Result<void> write_generation(const HeldFolder& folder, const std::string& name, const VolumeFiles& files,
                              const VolumeOwner& owner) {
  auto generation = folder.make(name, 0755, owner.owner);
  if (!generation) return generation.error();
  for (const auto& [file_name, file] : files) {
    if (auto fine = check_path(file_name); !fine) return fine;
    auto made = generation->make(folder_of(file_name), 0755, owner.owner);
    if (!made) return made.error();
    auto written = generation->write(file_name, file.content, effective_mode(file, owner), owner.owner);
    if (!written) return written;
  }
  return {};
}

/// Links of the first components ("a" for "a/b"), and none for what is no longer there.
Result<void> put_names(const HeldFolder& folder, const VolumeFiles& files) {
  std::set<std::string> names;
  for (const auto& [name, file] : files) names.insert(split(name, '/').front());
  for (const std::string& name : folder.names()) {
    if (name.starts_with("..") || names.contains(name)) continue;
    if (auto removed = folder.remove(name); !removed) return removed;
  }
  for (const std::string& name : names) {
    const std::string target = std::string(kData) + "/" + name;
    if (folder.link_at(name) == target) continue;
    if (auto linked = folder.put_link(name, target); !linked) return linked;
  }
  return {};
}

}  // namespace

Result<bool> write_volume_folder(const HeldFolder& folder, const VolumeFiles& files, const VolumeOwner& owner) {
  const std::string before = folder.link_at(kData);
  if (is_present(folder, before, files, owner)) {
    if (auto named = put_names(folder, files); !named) return named.error();  // an earlier change may have stopped there
    return false;
  }
  const std::string generation = ".." + random_suffix(10);
  auto done = write_generation(folder, generation, files, owner);
  if (done) done = folder.put_link(kData, generation);
  if (!done) {
    if (auto removed = folder.remove(generation); !removed) return removed.error();
    return done.error();
  }
  if (auto named = put_names(folder, files); !named) return named.error();
  if (is_component(before)) {
    if (auto removed = folder.remove(before); !removed) return removed.error();
  }
  return true;
}

}  // namespace zdt::rehearsal
