// A pod's volumes: folders below the pod's own, filled from ConfigMaps, Secrets and the pod's fields.
#pragma once
#include <map>
#include <memory>
#include <string>

#include "base/json.h"
#include "rehearsal/node/environment.h"
#include "rehearsal/node/user_namespace.h"
#include "rehearsal/node/volume_folder.h"
#include "rehearsal/store/store.h"

namespace zdt::rehearsal {

/// A volume that is there.
/// path       where the runtime finds it.   folder  the same, held open.
/// read_only  its files come from objects: no container writes into it, whatever its mount says.
struct MountedVolume {
  std::string path;
  std::shared_ptr<const HeldFolder> folder;
  bool read_only = false;
};
/// By the volume's name.
using Volumes = std::map<std::string, MountedVolume>;

/// The files of a configMap, secret, downwardAPI or projected volume. A serviceAccountToken source gives place.token.
/// Fails kNotFound (a source that is not optional), kInvalid.
Result<VolumeFiles> volume_files(const Store& store, const json& pod, const json& volume, const PodPlace& place);

/// The volumes that the pod names, and that of its service account (service_account.h).
std::vector<json> volumes_of(const Store& store, const json& pod);

/// Makes every volume of the pod below `folder`, for the users of `range`. Fails as volume_files(), and kInvalid for a
/// name that is no component of a path and for a kind that this cluster does not offer (only emptyDir, configMap, secret,
/// downwardAPI and projected are). Fit to be called again after a failure.
Result<Volumes> make_volumes(const Store& store, const json& pod, const PodPlace& place, const std::string& folder,
                             const UserRange& range);

/// Brings the volumes that make_volumes() made up to date with their sources, each all at once; whether one changed.
/// Fails as volume_files(); then the volume keeps what it holds.
Result<bool> refresh_volumes(const Store& store, const json& pod, const PodPlace& place, const Volumes& volumes,
                             const UserRange& range);

/// Unmounts what is mounted on the entries of `folder` and removes it with what is left in it. What cannot be removed goes to
/// the log.
void remove_mounted(const std::string& folder);

}  // namespace zdt::rehearsal
