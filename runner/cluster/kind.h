// Kubernetes in Docker, made with the kind command line: the cluster zero-downtime of
// manifests/kind-config.yaml.
#pragma once
#include "base/json.h"
#include "cluster/target.h"
#include "host/lock.h"
#include "tools/kind.h"

namespace zdt::cluster {

/// runner    starts docker and kind; null: host::run.
/// planned   the runner only writes commands down, so that no file appears.
/// patience  how long an existing cluster may take to answer before it counts as half-created.
/// config    what the cluster is made from; "": manifests/kind-config.yaml.
struct KindOptions {
  bool planned = false;
  host::fs::path config;
  tools::Runner runner;
  milliseconds patience{20'000};
};

/// One of the configuration's ways in: NodePort -> address on this machine.
struct PortMapping {
  int node_port = 0, host_port = 0;
  std::string address;
};

/// up() and down() take turns among all programs that share the state folder: one that finds the other under way waits for it.
class Kind : public Target {
 public:
  static constexpr const char* kName = "zero-downtime";

  explicit Kind(host::Host& host, KindOptions options = {});
  std::string name() const override { return "kind"; }
  bool has(std::string_view capability) const override {
    return capability == "create" || capability == "docker";
  }
  /// Makes the cluster when it is not there, or uses the one that exists. One whose API does not answer (an
  /// earlier creation was interrupted) is removed by its name and made anew. Fails kEnvironment: docker is
  /// missing, too old, or its daemon does not answer; kind is missing; the disk is full; a quota. kFailed:
  /// kind's own last line of error.
  Task<Result<bool>> up() override;
  Task<Result<bool>> down() override;
  int node_count() const override;
  /// Through our own kubeconfig (mode 0600, below the state folder), never the user's.
  Result<kube::Connection> connection() override;
  host::fs::path kubeconfig_file() const override { return cluster_.kubeconfig; }
  /// A NodePort that the configuration maps to this machine, else a LoadBalancer's address
  /// (cloud-provider-kind).
  Task<Result<Entrance>> entrance(std::string service, int port) override;

  const tools::KindCluster& cluster() const { return cluster_; }
  /// The configuration that the cluster was made from, as it was then (a copy beside our kubeconfig), else
  /// the one that it would be made from.
  host::fs::path used_config() const;

 private:
  host::fs::path config_copy() const;
  Task<Result<host::Turn>> take_turn();
  Task<Result<bool>> in_turn();
  Task<Result<bool>> make_or_use();
  Task<Result<bool>> exists();
  Task<Result<void>> remove();
  Task<Result<void>> create();
  Task<Result<void>> choose_node_image();
  Task<Result<void>> use_existing();
  Task<Result<void>> answers();
  Task<void> check_mappings();

  host::Host& host_;
  KindOptions options_;
  tools::KindCluster cluster_;
};

/// The image of its first node, "" when it names none. Fails as port_mappings() does.
Result<std::string> node_image(const host::fs::path& config);

/// The mappings of a kind configuration. Fails kScript: the file cannot be read or is not YAML.
Result<std::vector<PortMapping>> port_mappings(const host::fs::path& config);

/// How to reach a Service of a cluster with these mappings: the URL, or why nothing leads there
/// (kEnvironment).
Result<Entrance> kind_entrance(const json& service, int port, const std::vector<PortMapping>& mappings);

}  // namespace zdt::cluster
