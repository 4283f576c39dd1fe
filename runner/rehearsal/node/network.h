// The pod network: a bridge in the cluster's namespace, and a namespace with one veth end for each pod.
#pragma once
#include <memory>

#include "host/netns.h"
#include "rehearsal/node/address_pool.h"
#include "rehearsal/node/netlink.h"
#include "rehearsal/node/node.h"
#include "rehearsal/node/user_namespace.h"

namespace zdt::rehearsal {

class PodNetwork;

/// A pod's namespaces and address. Its end removes the device, the namespaces and gives the address back.
class PodSandbox {
 public:
  PodSandbox(std::shared_ptr<PodNetwork> network, OwnedNamespaces spaces, std::string device, std::string address)
      : network_(std::move(network)),
        spaces_(std::move(spaces)),
        device_(std::move(device)),
        address_(std::move(address)) {}
  ~PodSandbox();
  PodSandbox(const PodSandbox&) = delete;
  PodSandbox& operator=(const PodSandbox&) = delete;

  const std::string& address() const { return address_; }
  /// "/proc/<our pid>/fd/<n>" of its network namespace, for the runtime.
  std::string path() const;
  /// The same of its user namespace; "" when it has none of its own.
  std::string user_path() const;

 private:
  std::shared_ptr<PodNetwork> network_;
  OwnedNamespaces spaces_;  // without a user namespace where the pod shares this machine's
  std::string device_, address_;
};

class PodNetwork : public std::enable_shared_from_this<PodNetwork> {
 public:
  static constexpr const char* kBridge = "pods0";

  /// Makes the bridge with the pod range's first address and those of the nodes, forwarding, bridge-nf and the route
  /// of the Services' range. Fails kEnvironment, kUsage.
  static Result<std::shared_ptr<PodNetwork>> create(std::shared_ptr<host::NetworkNamespace> cluster,
                                                    const NodeOptions& options,
                                                    const std::string& service_range);

  /// A pod with an address of `node`'s range. range.first > 0: in a user namespace that also owns its network. Fails
  /// kEnvironment.
  Result<std::unique_ptr<PodSandbox>> add_pod(const std::string& node, const UserRange& range);

  std::string gateway() const { return whole_.gateway(); }
  const std::shared_ptr<host::NetworkNamespace>& cluster() const { return cluster_; }

 private:
  friend class PodSandbox;
  PodNetwork(std::shared_ptr<host::NetworkNamespace> cluster, AddressPool whole, RouteSocket routes)
      : cluster_(std::move(cluster)), whole_(std::move(whole)), routes_(std::move(routes)) {}
  Result<void> set_up(const std::string& service_range);
  Result<void> add_node(const NodeIdentity& node);
  void remove(const std::string& device, const std::string& address);

  std::shared_ptr<host::NetworkNamespace> cluster_;
  AddressPool whole_;                          // only its gateway and prefix: pods' addresses come from pools_
  std::map<std::string, AddressPool> pools_;  // by the node's name
  RouteSocket routes_;
  unsigned next_device_ = 1;
};

}  // namespace zdt::rehearsal
