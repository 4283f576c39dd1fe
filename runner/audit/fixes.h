// From findings to files: an overlay of JSON patches, and fixed Dockerfiles.
#pragma once
#include "audit/finding.h"

namespace zdt::audit {

/// The operations that an object needs, in the order in which they are applied.
struct ObjectPatch {
  ObjectName object;
  json operations = json::array();
};

/// objects, dockerfiles  what the input becomes.   patches  what was done to which object.
/// left  findings that remain: no machine can write their fix.
struct Fixes {
  std::vector<ObjectPatch> patches;
  std::vector<json> objects;
  std::vector<DockerfileText> dockerfiles;
  std::vector<Finding> left;
};

/// Applies the fix of every finding at or above `level`, and audits again until none is left that a fix would
/// change: one fix may ask for another (a new hook for a longer grace period), or make
/// another matter less (no liveness probe, once there is a readiness probe): it is made all the same.
Fixes make_fixes(const Input& input, const Options& options, Level level);

/// One file of the folder that --fix writes.
struct FixFile {
  std::string name, content;
};

/// An object that the input has twice in one file (or from no file): kustomize builds no overlay with both. "" without one.
std::string twice_in_one_file(const Input& input);

/// A kustomization over `base` with a patch file for each object, and the Dockerfiles that changed. base what
/// stands under `resources:` (a folder, seen from the new one); "": the objects themselves are written beside
/// it. An object that stands in two files would be refused there: then there is an overlay for each file, in a folder of its own.
/// Objects without a name (generateName) are left out, as kustomize refuses them.
std::vector<FixFile> overlay_of(const Input& input, const Fixes& fixes, const std::string& base);

}  // namespace zdt::audit
