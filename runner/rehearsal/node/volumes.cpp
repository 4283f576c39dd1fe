#include "rehearsal/node/volumes.h"

#include <spdlog/spdlog.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>

#include "base/text.h"
#include "base/units.h"
#include "host/files.h"
#include "rehearsal/node/security.h"
#include "rehearsal/node/service_account.h"

namespace zdt::rehearsal {
namespace {

using host::fs::path;
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

/// emptyDir: a folder that everybody may write, in memory when asked for.
Result<void> make_empty_dir(const path& folder, const json& source, int64_t group) {
  if (host::fs::is_directory(folder)) return {};
  if (!make_open_folder(folder, 0777)) return Error{Code::kEnvironment, "cannot make " + folder.string(), ""};
  if (string_at(source, {"medium"}) == "Memory") {
    const auto size = parse_quantity(string_at(source, {"sizeLimit"}, "0"));
    const std::string options = fmt::format("mode=0777,size={:.0f}", size && *size > 0 ? *size : 64e6);
    if (mount("tmpfs", folder.c_str(), "tmpfs", MS_NOSUID | MS_NODEV, options.c_str()) != 0) {
      return Error{Code::kEnvironment,
                   fmt::format("cannot mount {}: {}", folder.string(), std::strerror(errno)), ""};
    }
  }
  if (group < 0) return {};
  if (chown(folder.c_str(), -1, static_cast<gid_t>(group)) != 0 || chmod(folder.c_str(), 02777) != 0) {
    return Error{Code::kEnvironment, fmt::format("cannot give {} to group {}", folder.string(), group), ""};
  }
  return {};
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
                          const std::string& folder) {
  auto files = volume_files(store, pod, volume, place);
  if (!files) {
    const std::string name = string_at(volume, {"name"});
    return with_context(fmt::format("MountVolume.SetUp failed for volume \"{}\"", name), files.error());
  }
  return write_volume_folder(folder, *files, file_system_group(pod));
}

}  // namespace

std::vector<json> volumes_of(const Store& store, const json& pod) {
  const json& own = array_at(pod, {"spec", "volumes"});
  std::vector<json> all(own.begin(), own.end());
  if (mounts_account(store, pod)) all.push_back(account_volume());
  return all;
}

Result<VolumeFolders> make_volumes(const Store& store, const json& pod, const PodPlace& place,
                                   const std::string& folder) {
  VolumeFolders folders;
  for (const json& volume : volumes_of(store, pod)) {
    const std::string name = string_at(volume, {"name"});
    const path target = path(folder) / name;
    folders[name] = target.string();
    if (volume.contains("emptyDir")) {
      if (auto made = make_empty_dir(target, volume["emptyDir"], file_system_group(pod)); !made) return made.error();
      continue;
    }
    auto written = write_volume(store, pod, volume, place, target);
    if (!written) return written.error();
  }
  return folders;
}

Result<bool> refresh_volumes(const Store& store, const json& pod, const PodPlace& place, const VolumeFolders& folders) {
  bool changed = false;
  for (const json& volume : volumes_of(store, pod)) {
    const auto folder = folders.find(string_at(volume, {"name"}));
    if (folder == folders.end() || volume.contains("emptyDir")) continue;
    auto written = write_volume(store, pod, volume, place, folder->second);
    if (!written) return written.error();
    changed = changed || *written;
  }
  return changed;
}

void remove_volumes(const std::string& folder) {
  std::error_code ignored;
  for (const auto& volume : host::fs::directory_iterator(folder, ignored))
    umount2(volume.path().c_str(), MNT_DETACH);
  host::fs::remove_all(folder, ignored);
}

}  // namespace zdt::rehearsal
