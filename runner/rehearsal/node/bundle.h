// An OCI bundle: the configuration and the small root file system of one container.
// https://github.com/opencontainers/runtime-spec/blob/v1.0.0/config.md
#pragma once
#include <string>
#include <vector>

#include "rehearsal/node/environment.h"
#include "rehearsal/node/security.h"
#include "rehearsal/node/volume_mounts.h"

namespace zdt::rehearsal {

/// folder          the bundle's own.
/// network, users  paths of the pod's namespaces; users "": this machine's.   shared_network  network is the node's.
/// range           the pod's users on this machine.
struct BundleInput {
  const json& pod;
  const json& container;
  const Image& image;
  Identity identity;
  Environment environment;
  std::vector<std::string> arguments;
  std::vector<VolumeMount> mounts;
  std::string folder, network, users;
  UserRange range;
  bool shared_network = false;
  PodPlace place;
  std::string dns;
};

/// config.json.
json oci_config(const BundleInput& input);

/// /etc/hosts and /etc/resolv.conf of the pod.
std::string hosts_file(const json& pod, const std::string& pod_ip);
std::string resolver_file(const json& pod, const std::string& dns);
/// The pod's host name: its name, cut to 63 characters as the kubelet cuts it, unless it has one of its own.
std::string host_name(const json& pod);

/// Writes config.json and rootfs/ into the bundle's folder, which is not there yet; returns the configuration. Fails
/// kEnvironment.
Result<json> write_bundle(const BundleInput& input);

}  // namespace zdt::rehearsal
