// From files, kustomize folders and tables to applied objects.
#pragma once
#include "host/host.h"
#include "kube/client.h"

namespace zdt::script {

/// The objects that `what` means: a path below the project (a kustomize folder, built with kubectl; or a YAML file), an
/// object or a list of objects. Fails kScript (file and line), kEnvironment (kubectl is missing).
Task<Result<std::vector<json>>> read_manifests(const host::Host& host, json what);

/// ns      of objects that name none; "": the connection's.
/// images  the name of an image (without tag) to another name: as kustomize's `images:`, for a registry of one's own.
struct ApplyOptions {
  std::string ns;
  std::map<std::string, std::string> images;
};

/// Applies them in an order that works (namespaces and CRDs first). All are read, and tried with dryRun, before the first
/// is applied, so that a broken manifest applies nothing.
/// Returns a list of {kind, name, ns, change = "created" | "configured" | "unchanged"}.
Task<Result<json>> apply_manifests(const host::Host& host, kube::Client& client, json what, ApplyOptions options);

/// Gives the containers in `object`, at any depth, their images' new names.
void rename_images(json& object, const std::map<std::string, std::string>& images);

}  // namespace zdt::script
