#include "rehearsal/node/volume_mounts.h"

#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstring>

#include "base/text.h"
#include "rehearsal/node/service_account.h"

namespace zdt::rehearsal {
namespace {

Error cannot_bind(const std::string& sub_path) {
  return {Code::kEnvironment, fmt::format("cannot mount subPath \"{}\": {}", sub_path, std::strerror(errno)), ""};
}

/// What lies at `sub_path` of the volume; made when it is missing.
Result<host::UniqueFd> open_sub_path(const HeldFolder& volume, const std::string& sub_path, Owner owner) {
  auto found = volume.look_up(sub_path, Links::kBeneath);
  if (found || found.error().code != Code::kNotFound) return found;
  struct stat facts {};
  if (fstat(volume.fd(), &facts) != 0) return cannot_bind(sub_path);
  auto made = volume.make(sub_path, facts.st_mode & 0777, owner);
  if (!made) return made.error();
  return volume.look_up(sub_path);
}

/// An empty file or folder to mount `what` on.
bool make_mount_point(const std::string& place, int what) {
  struct stat facts {};
  if (fstat(what, &facts) != 0) return false;
  if (S_ISDIR(facts.st_mode)) return mkdir(place.c_str(), 0755) == 0;
  return static_cast<bool>(host::UniqueFd(open(place.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644)));
}

Result<std::string> bind_sub_path(const MountedVolume& volume, const std::string& sub_path, const std::string& place,
                                  Owner owner) {
  auto found = open_sub_path(*volume.folder, sub_path, owner);
  if (!found) return found.error();
  const std::string source = fmt::format("/proc/self/fd/{}", found->get());
  if (!make_mount_point(place, found->get()) || mount(source.c_str(), place.c_str(), nullptr, MS_BIND, nullptr) != 0)
    return cannot_bind(sub_path);
  return place;
}

size_t depth(const std::string& path) {
  return static_cast<size_t>(std::count(path.begin(), path.end(), '/'));
}

}  // namespace

Result<std::vector<VolumeMount>> resolve_mounts(const json& container, const Environment& environment,
                                                const Volumes& volumes, const std::string& folder, Owner owner) {
  std::vector<VolumeMount> mounts;
  if (auto own = HeldFolder::make_own(folder); !own) return own.error();
  for (const json& wanted : array_at(container, {"volumeMounts"})) {
    const std::string name = string_at(wanted, {"name"});
    const auto volume = volumes.find(name);
    if (volume == volumes.end())
      return Error{Code::kInvalid, fmt::format("cannot find volume \"{}\" to mount", name), ""};
    VolumeMount mount{volume->second.path, string_at(wanted, {"mountPath"}),
                      bool_at(wanted, {"readOnly"}) || volume->second.read_only};
    auto expression = expand(string_at(wanted, {"subPathExpr"}), environment);
    if (!expression) return expression.error();
    const std::string sub_path = string_at(wanted, {"subPath"}, *expression);
    if (!sub_path.empty()) {
      auto bound = bind_sub_path(volume->second, sub_path, fmt::format("{}/{}", folder, mounts.size()), owner);
      if (!bound) return with_context(fmt::format("failed to prepare subPath for volumeMount \"{}\"", name), bound.error());
      mount.source = *bound;
    }
    mounts.push_back(std::move(mount));
  }
  const auto is_account = [](const VolumeMount& mount) { return mount.destination == kAccountFolder; };
  const auto account = volumes.find(kAccountVolume);
  if (account != volumes.end() && std::none_of(mounts.begin(), mounts.end(), is_account))
    mounts.push_back({account->second.path, kAccountFolder, true});
  std::stable_sort(mounts.begin(), mounts.end(), [](const VolumeMount& left, const VolumeMount& right) {
    return depth(left.destination) < depth(right.destination);
  });
  return mounts;
}

}  // namespace zdt::rehearsal
