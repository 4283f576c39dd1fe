#include "rehearsal/node/volume_folder.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <set>

#include "base/text.h"
#include "host/files.h"

namespace zdt::rehearsal {
namespace {

using host::fs::path;

Error cannot(const char* action, const path& where) {
  return {Code::kEnvironment, fmt::format("cannot {} {}: {}", action, where.string(), std::strerror(errno)),
          ""};
}

/// Modes are part of a file: with fsGroup, its group may read it.
unsigned effective_mode(const VolumeFile& file, int64_t group) {
  return group < 0 ? file.mode : file.mode | ((file.mode & 0400) >> 3);
}

VolumeFiles present_files(const path& folder) {
  VolumeFiles present;
  std::error_code failure;
  for (const auto& entry : host::fs::recursive_directory_iterator(folder, failure)) {
    if (!entry.is_regular_file()) continue;
    struct stat facts {};
    const auto content = host::read_file(entry.path());
    if (!content || stat(entry.path().c_str(), &facts) != 0) continue;
    present[host::fs::relative(entry.path(), folder)] = {*content, facts.st_mode & 07777};
  }
  return present;
}

bool is_present(const path& generation, const VolumeFiles& files, int64_t group) {
  VolumeFiles wanted = files;
  for (auto& [name, file] : wanted) file.mode = effective_mode(file, group);
  return host::fs::exists(generation) && present_files(generation) == wanted;
}

Result<void> write_generation(const path& generation, const VolumeFiles& files, int64_t group) {
  if (!make_open_folder(generation)) return cannot("make", generation);
  for (const auto& [name, file] : files) {
    const path target = generation / name;
    const bool inside = target.lexically_normal().string().starts_with(generation.string() + "/");
    if (!inside || !make_open_folder(target.parent_path()))
      return Error{Code::kInvalid, "invalid path: " + name, ""};
    const unsigned mode = effective_mode(file, group);
    if (auto written = host::write_file(target, file.content, mode); !written) return written;
    if (group >= 0 && chown(target.c_str(), -1, static_cast<gid_t>(group)) != 0)
      return cannot("chown", target);
    if (chmod(target.c_str(), mode) != 0) return cannot("chmod", target);  // whatever our own umask is
  }
  return {};
}

/// Puts a link `name` -> `target` in place of what is there, in one step.
Result<void> put_link(const path& folder, const std::string& name, const std::string& target) {
  const path fresh = folder / (name + "_tmp");
  unlink(fresh.c_str());
  if (symlink(target.c_str(), fresh.c_str()) != 0) return cannot("link", fresh);
  if (rename(fresh.c_str(), (folder / name).c_str()) != 0) return cannot("rename", fresh);
  return {};
}

/// Links of the first components ("a" for "a/b"), and none for what is no longer there.
Result<void> put_names(const path& folder, const VolumeFiles& files) {
  std::set<std::string> names;
  for (const auto& [name, file] : files) names.insert(path(name).begin()->string());
  for (const auto& entry : host::fs::directory_iterator(folder)) {
    const std::string name = entry.path().filename();
    if (!name.starts_with("..") && !names.contains(name)) host::fs::remove(entry.path());
  }
  for (const std::string& name : names) {
    if (host::fs::is_symlink(folder / name)) continue;
    if (symlink(("..data/" + name).c_str(), (folder / name).c_str()) != 0)
      return cannot("link", folder / name);
  }
  return {};
}

}  // namespace

bool make_open_folder(const std::string& folder, unsigned mode) {
  const path parent = path(folder).parent_path();
  if (!host::fs::is_directory(folder) && !make_open_folder(parent)) return false;
  return (mkdir(folder.c_str(), mode) == 0 || errno == EEXIST) && chmod(folder.c_str(), mode) == 0;
}

Result<bool> write_volume_folder(const std::string& where, const VolumeFiles& files, int64_t group) {
  const path folder = where;
  std::error_code none;
  const path before = host::fs::read_symlink(folder / "..data", none);
  if (!before.empty() && is_present(folder / before, files, group)) return false;
  if (!make_open_folder(folder)) return cannot("make", folder);
  const std::string generation = ".." + random_suffix(10);
  auto done = write_generation(folder / generation, files, group);
  if (done) done = put_link(folder, "..data", generation);
  if (!done) {
    host::fs::remove_all(folder / generation, none);
    return done.error();
  }
  if (auto named = put_names(folder, files); !named) return named.error();
  if (!before.empty()) host::fs::remove_all(folder / before, none);
  return true;
}

}  // namespace zdt::rehearsal
