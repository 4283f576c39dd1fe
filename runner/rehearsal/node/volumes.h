// A pod's volumes: folders below the pod's own, filled from ConfigMaps, Secrets and the pod's fields.
#pragma once
#include <map>
#include <string>

#include "base/json.h"
#include "rehearsal/node/environment.h"
#include "rehearsal/node/volume_folder.h"
#include "rehearsal/store/store.h"

namespace zdt::rehearsal {

/// name of the volume -> its folder.
using VolumeFolders = std::map<std::string, std::string>;

/// The files of a configMap, secret, downwardAPI or projected volume. A serviceAccountToken source gives place.token.
/// Fails kNotFound (a source that is not optional), kInvalid.
Result<VolumeFiles> volume_files(const Store& store, const json& pod, const json& volume, const PodPlace& place);

/// The volumes that the pod names, and that of its service account (service_account.h).
std::vector<json> volumes_of(const Store& store, const json& pod);

/// Makes every volume of the pod below `folder`. Fails as volume_files(), and kInvalid for a kind that this
/// cluster does not offer (only emptyDir, configMap, secret, downwardAPI and projected are). Fit to be called
/// again after a failure.
Result<VolumeFolders> make_volumes(const Store& store, const json& pod, const PodPlace& place,
                                   const std::string& folder);

/// Brings the volumes that make_volumes() made up to date with their sources, each all at once; whether one changed.
/// Fails as volume_files(); then the volume keeps what it holds.
Result<bool> refresh_volumes(const Store& store, const json& pod, const PodPlace& place, const VolumeFolders& folders);

/// Unmounts what make_volumes() mounted (emptyDir in memory) and removes `folder`.
void remove_volumes(const std::string& folder);

}  // namespace zdt::rehearsal
