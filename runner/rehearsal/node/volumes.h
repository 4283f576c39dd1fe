// A pod's volumes: folders below the pod's own, filled from ConfigMaps, Secrets and the pod's fields.
#pragma once
#include <map>
#include <string>

#include "base/json.h"
#include "rehearsal/node/environment.h"
#include "rehearsal/store/store.h"

namespace zdt::rehearsal {

/// name of the volume -> its folder.
using VolumeFolders = std::map<std::string, std::string>;

/// The files of a configMap, secret, downwardAPI or projected volume: path -> content and mode. A
/// serviceAccountToken source gives an empty file: there is nothing to talk to with it. Fails kNotFound (a
/// source that is not optional), kInvalid.
struct VolumeFile {
  std::string content;
  unsigned mode = 0644;
};
Result<std::map<std::string, VolumeFile>> volume_files(const Store& store, const json& pod,
                                                       const json& volume, const PodPlace& place);

/// Makes every volume of the pod below `folder`. Fails as volume_files(), and kInvalid for a kind that this
/// cluster does not offer (only emptyDir, configMap, secret, downwardAPI and projected are). Fit to be called
/// again after a failure.
Result<VolumeFolders> make_volumes(const Store& store, const json& pod, const PodPlace& place,
                                   const std::string& folder);

/// Unmounts what make_volumes() mounted (emptyDir in memory) and removes `folder`.
void remove_volumes(const std::string& folder);

}  // namespace zdt::rehearsal
