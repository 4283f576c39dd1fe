#include "rehearsal/node/volumes.h"

#include <spdlog/spdlog.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>

#include <algorithm>
#include <cstring>

#include "base/text.h"
#include "base/units.h"
#include "host/files.h"
#include "rehearsal/node/security.h"
#include "rehearsal/node/service_account.h"

namespace zdt::rehearsal {
namespace {

using Files = VolumeFiles;

unsigned mode_of(const json& item, const json& source, unsigned fallback) {
  return static_cast<unsigned>(int_at(item, {"mode"}, int_at(source, {"defaultMode"}, fallback)));
}

/// The keys of a ConfigMap or Secret as they are in the files: data, and binaryData.
Files keyed_content(const json& object, bool secret) {
  Files content;
  for (const auto& [key, value] : object_at(object, {"data"}).items()) {
    content[key].content = secret ? base64_decode(value.get<std::string>()) : value.get<std::string>();
  }
  for (const auto& [key, value] : object_at(object, {"binaryData"}).items()) {
    content[key].content = base64_decode(value.get<std::string>());
  }
  return content;
}

Result<Files> keyed_files(const Store& store, const json& pod, const json& source, const std::string& name,
                          bool secret, unsigned mode) {
  const std::string kind = secret ? "secret" : "configmap";
  const ObjectPtr object = store.find(kind + "s", string_at(pod, {"metadata", "namespace"}), name);
  if (!object && bool_at(source, {"optional"})) return Files{};
  if (!object) return Error{Code::kNotFound, fmt::format("{} \"{}\" not found", kind, name), ""};
  Files all = keyed_content(*object, secret);
  if (array_at(source, {"items"}).empty()) {
    for (auto& [key, file] : all) file.mode = mode_of({}, source, mode);
    return all;
  }
  Files chosen;
  for (const json& item : array_at(source, {"items"})) {
    const auto found = all.find(string_at(item, {"key"}));
    if (found == all.end() && bool_at(source, {"optional"})) continue;
    if (found == all.end()) {
      return Error{Code::kNotFound,
                   fmt::format("{} \"{}\" references non-existent config key: {}", kind, name,
                               string_at(item, {"key"})),
                   ""};
    }
    chosen[string_at(item, {"path"})] = {found->second.content, mode_of(item, source, mode)};
  }
  return chosen;
}

/// A downward volume names containers for resource fields.
const json& container_named(const json& pod, const std::string& name) {
  for (const json& container : array_at(pod, {"spec", "containers"})) {
    if (string_at(container, {"name"}) == name) return container;
  }
  return object_at(pod, {"no such container"});
}

Result<Files> downward_files(const json& pod, const json& source, const PodPlace& place, unsigned mode) {
  Files files;
  for (const json& item : array_at(source, {"items"})) {
    const json& resource = object_at(item, {"resourceFieldRef"});
    auto value =
        resource.empty()
            ? pod_field(pod, string_at(item, {"fieldRef", "fieldPath"}), place)
            : resource_field(pod, container_named(pod, string_at(resource, {"containerName"})), resource);
    if (!value) return value.error();
    files[string_at(item, {"path"})] = {std::move(*value), mode_of(item, source, mode)};
  }
  return files;
}

Result<Files> source_files(const Store& store, const json& pod, const json& source, const PodPlace& place,
                           unsigned mode) {
  if (source.contains("configMap")) {
    return keyed_files(store, pod, source["configMap"], string_at(source, {"configMap", "name"}), false,
                       mode);
  }
  if (source.contains("secret")) {
    const json& secret = source["secret"];
    return keyed_files(store, pod, secret, string_at(secret, {"secretName"}, string_at(secret, {"name"})),
                       true, mode);
  }
  if (source.contains("downwardAPI")) return downward_files(pod, source["downwardAPI"], place, mode);
  if (source.contains("serviceAccountToken")) {
    return Files{{string_at(source, {"serviceAccountToken", "path"}, "token"), VolumeFile{place.token, mode}}};
  }
  return Error{Code::kInvalid,
               fmt::format("the rehearsal cluster does not offer this kind of volume: {}", source.dump()),
               "use emptyDir, configMap, secret, downwardAPI or projected"};
}

/// Half of the machine's memory at the most, as tmpfs has it by default.
double memory_limit(const json& source) {
  constexpr double kDefault = 64e6;
  const auto asked = parse_quantity(string_at(source, {"sizeLimit"}, "0"));
  struct sysinfo machine {};
  sysinfo(&machine);
  const double most = static_cast<double>(machine.totalram) * machine.mem_unit / 2;
  return asked && *asked > 0 ? std::min(*asked, most) : kDefault;
}

Result<void> mount_memory(const HeldFolder& parent, const std::string& name, const json& source, Owner owner) {
  const auto folder = parent.look_up(name);
  if (!folder) return folder.error();
  const std::string place = fmt::format("/proc/self/fd/{}", folder->get());
  const std::string options = fmt::format("mode=0777,size={:.0f},uid={},gid={}", memory_limit(source), owner.user, owner.group);
  if (mount("tmpfs", place.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, options.c_str()) == 0) return {};
  return Error{Code::kEnvironment, fmt::format("cannot mount {}: {}", name, std::strerror(errno)), ""};
}

/// emptyDir: a folder that everybody may write, in memory when asked for.
Result<HeldFolder> make_empty_dir(const HeldFolder& parent, const std::string& name, const json& source,
                                  const VolumeOwner& owner) {
  if (auto there = parent.below(name)) return there;  // from an earlier try
  auto made = parent.make(name, owner.group_reads ? 02777 : 0777, owner.owner);
  if (!made || string_at(source, {"medium"}) != "Memory") return made;
  if (auto mounted = mount_memory(parent, name, source, owner.owner); !mounted) {
    if (auto removed = parent.remove(name); !removed) return removed.error();
    return mounted.error();
  }
  auto in_memory = parent.below(name);
  if (in_memory && owner.group_reads && fchmod(in_memory->fd(), 02777) != 0)
    return Error{Code::kEnvironment, fmt::format("cannot give {} to its group: {}", name, std::strerror(errno)), ""};
  return in_memory;
}

VolumeOwner owner_of(const json& pod, const UserRange& range) {
  const int64_t group = file_system_group(pod);
  return {range.owner(0, group < 0 ? 0 : static_cast<uint32_t>(group)), group >= 0};
}

}  // namespace

Result<Files> volume_files(const Store& store, const json& pod, const json& volume, const PodPlace& place) {
  if (!volume.contains("projected")) return source_files(store, pod, volume, place, 0644);
  Files files;
  const unsigned mode = mode_of({}, volume["projected"], 0644);
  for (const json& source : array_at(volume, {"projected", "sources"})) {
    auto part = source_files(store, pod, source, place, mode);
    if (!part) return part.error();
    for (auto& [name, file] : *part) files[name] = std::move(file);
  }
  return files;
}

namespace {

/// Brings the files of one volume up to date; whether it changed.
Result<bool> write_volume(const Store& store, const json& pod, const json& volume, const PodPlace& place,
                          const HeldFolder& folder, const UserRange& range) {
  auto files = volume_files(store, pod, volume, place);
  if (!files) {
    const std::string name = string_at(volume, {"name"});
    return with_context(fmt::format("MountVolume.SetUp failed for volume \"{}\"", name), files.error());
  }
  return write_volume_folder(folder, *files, owner_of(pod, range));
}

/// A path cannot lead away: the API refuses such a name, and whoever else stores one gets no volume.
Result<void> check_name(const std::string& name) {
  if (is_component(name)) return {};
  return Error{Code::kInvalid, fmt::format("\"{}\" is not the name of a volume", name), ""};
}

Result<HeldFolder> make_volume(const Store& store, const json& pod, const json& volume, const PodPlace& place,
                               const HeldFolder& parent, const UserRange& range) {
  const std::string name = string_at(volume, {"name"});
  if (auto fine = check_name(name); !fine) return fine.error();
  if (volume.contains("emptyDir")) return make_empty_dir(parent, name, volume["emptyDir"], owner_of(pod, range));
  auto folder = parent.make(name, 0755, range.owner(0, 0));
  if (!folder) return folder;
  auto written = write_volume(store, pod, volume, place, *folder, range);
  if (!written) return written.error();
  return folder;
}

}  // namespace

std::vector<json> volumes_of(const Store& store, const json& pod) {
  const json& own = array_at(pod, {"spec", "volumes"});
  std::vector<json> all(own.begin(), own.end());
  if (mounts_account(store, pod)) all.push_back(account_volume());
  return all;
}

Result<Volumes> make_volumes(const Store& store, const json& pod, const PodPlace& place, const std::string& folder,
                             const UserRange& range) {
  auto parent = HeldFolder::make_own(folder);
  if (!parent) return parent.error();
  Volumes volumes;
  for (const json& volume : volumes_of(store, pod)) {
    auto made = make_volume(store, pod, volume, place, *parent, range);
    if (!made) return made.error();
    const std::string name = string_at(volume, {"name"});
    volumes[name] = {folder + "/" + name, std::make_shared<const HeldFolder>(std::move(*made)), !volume.contains("emptyDir")};
  }
  return volumes;
}

Result<bool> refresh_volumes(const Store& store, const json& pod, const PodPlace& place, const Volumes& volumes,
                             const UserRange& range) {
  bool changed = false;
  for (const json& volume : volumes_of(store, pod)) {
    const auto known = volumes.find(string_at(volume, {"name"}));
    if (known == volumes.end() || !known->second.read_only) continue;
    auto written = write_volume(store, pod, volume, place, *known->second.folder, range);
    if (!written) return written.error();
    changed = changed || *written;
  }
  return changed;
}

void remove_mounted(const std::string& folder) {
  std::error_code failure;
  for (host::fs::directory_iterator entry(folder, failure), end; !failure && entry != end; entry.increment(failure))
    umount2(entry->path().c_str(), MNT_DETACH | UMOUNT_NOFOLLOW);
  host::fs::remove_all(folder, failure);
  if (failure) spdlog::warn("cannot remove {}: {}", folder, failure.message());
}

}  // namespace zdt::rehearsal
