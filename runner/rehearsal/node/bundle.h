// An OCI bundle: the configuration and the small root file system of one container.
// https://github.com/opencontainers/runtime-spec/blob/v1.0.0/config.md
#pragma once
#include <string>
#include <vector>

#include "rehearsal/node/environment.h"
#include "rehearsal/node/security.h"
#include "rehearsal/node/volumes.h"

namespace zdt::rehearsal {

/// folder   the bundle's own.   network  path of the pod's network namespace.   shared_network  it is the
/// node's.
struct BundleInput {
  const json& pod;
  const json& container;
  const Image& image;
  Identity identity;
  Environment environment;
  std::vector<std::string> arguments;
  VolumeFolders volumes;
  std::string folder, network;
  bool shared_network = false;
  PodPlace place;
  std::string dns;
};

/// config.json. Fails kInvalid: a mount of a volume that the pod does not have.
Result<json> oci_config(const BundleInput& input);

/// /etc/hosts and /etc/resolv.conf of the pod.
std::string hosts_file(const json& pod, const std::string& pod_ip);
std::string resolver_file(const json& pod, const std::string& dns);

/// Writes config.json and rootfs/ into the bundle's folder; returns the configuration. Fails as oci_config(),
/// kEnvironment.
Result<json> write_bundle(const BundleInput& input);

}  // namespace zdt::rehearsal
