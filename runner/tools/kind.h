// The kind command line: https://kind.sigs.k8s.io/docs/user/quick-start/
#pragma once
#include <set>

#include "host/files.h"
#include "tools/runner.h"

namespace zdt::tools {

/// One cluster of kind. kubeconfig  the file that kind writes to: never the user's.   image  of the nodes, in
/// the place of the configuration's; "": the configuration's.
struct KindCluster {
  std::string name;
  host::fs::path kubeconfig, config;
  std::string image;
};

host::Command kind_get_clusters();
host::Command kind_create(const KindCluster& cluster);
host::Command kind_delete(const KindCluster& cluster);
/// Prints the kubeconfig of a cluster that exists.
host::Command kind_get_kubeconfig(const std::string& name);
host::Command kind_get_nodes(const std::string& name);
host::Command kind_load_images(const std::string& name, const std::vector<std::string>& images);
host::Command kind_load_archive(const std::string& name, const host::fs::path& archive);

/// The clusters that kind knows. Fails as run_tool() does.
Task<Result<std::vector<std::string>>> kind_clusters(Runner runner);
/// The names of a cluster's nodes; empty when it does not exist.
Task<Result<std::vector<std::string>>> kind_nodes(Runner runner, std::string name);

/// An image on a node. id  "sha256:…" of its configuration.   names  as containerd calls it: tags
/// (docker.io/zdt/monolith:v1), and digests (x/y@sha256:…), among them that of the archive that kind loaded it from.
struct NodeImage {
  std::string id;
  std::set<std::string> names;
  /// Whether `digest` is its ID, or that of its manifest.
  bool is(std::string_view digest) const;
  bool operator==(const NodeImage&) const = default;
};
/// The images on each node of the cluster; none when it does not exist.
Task<Result<std::vector<std::vector<NodeImage>>>> kind_images(Runner runner, std::string name);

}  // namespace zdt::tools
