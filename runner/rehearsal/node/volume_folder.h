// The folder of a volume whose files come from objects: they change all at once, as the kubelet's do. It is mounted
// read-only, and everything in it is reached through a descriptor, so no container can lead the server elsewhere.
// https://github.com/kubernetes/kubernetes/blob/v1.33.0/pkg/volume/util/atomic_writer.go
#pragma once
#include <map>
#include <string>

#include "rehearsal/node/held_folder.h"

namespace zdt::rehearsal {

struct VolumeFile {
  std::string content;
  unsigned mode = 0644;
  bool operator==(const VolumeFile&) const = default;
};
/// path below the volume -> the file.
using VolumeFiles = std::map<std::string, VolumeFile>;

/// owner      whom the files are given to.   group_reads  their group may read them, whatever their mode (fsGroup).
struct VolumeOwner {
  Owner owner;
  bool group_reads = false;
};

/// Makes `folder` hold exactly `files`. Each is a link through `..data` into a hidden folder; a change is one rename of
/// `..data`, so that readers see all of the old or all of the new, and whoever watches the folder sees a move. True when
/// something changed. Fails kInvalid (a path that leads out), kEnvironment; then the volume keeps what it holds.
Result<bool> write_volume_folder(const HeldFolder& folder, const VolumeFiles& files, const VolumeOwner& owner);

}  // namespace zdt::rehearsal
