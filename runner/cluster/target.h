// Where a script acts. One small interface; each kind of cluster is a class behind it.
#pragma once
#include "host/host.h"
#include "host/netns.h"
#include "kube/kubeconfig.h"

namespace zdt::cluster {

/// A way to send load to a Service without a forwarder: the URL, and the network namespace from which it can be
/// reached ("" : from here).
struct Entrance {
  std::string url;
  std::string network;
};

class Target {
 public:
  virtual ~Target() = default;
  /// rehearsal · kind · context:NAME
  virtual std::string name() const = 0;
  /// Whether the target offers something that not all do: "create" (up() can make it), "inside" (load and requests can
  /// start inside the cluster's network).
  virtual bool has(std::string_view capability) const = 0;
  /// Makes sure that the cluster runs; makes it where the target can. True when it was made now. Fails kEnvironment.
  virtual Task<Result<bool>> up() = 0;
  /// How to reach its API. Fails kEnvironment when it is not there.
  virtual Result<kube::Connection> connection() = 0;
  /// How to reach `port` of a Service. `service` is "name" or "namespace/name". Fails kEnvironment with what to do when
  /// nothing leads there.
  virtual Task<Result<Entrance>> entrance(std::string service, int port) = 0;
};

/// The target that `wanted` names: rehearsal, kind, context:NAME or auto.
/// kubeconfig "": $KUBECONFIG, else ~/.kube/config (never read for the rehearsal cluster). Fails kUsage.
Result<std::unique_ptr<Target>> make_target(host::Host& host, const std::string& wanted, const std::string& kubeconfig);

/// What "auto" means on this machine, and why, as one sentence.
struct AutoChoice {
  std::string name, reason;
};
AutoChoice choose_target(const host::Host& host);

}  // namespace zdt::cluster
