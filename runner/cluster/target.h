// Where a script acts. One small interface; each kind of cluster is a class behind it.
#pragma once
#include "host/host.h"
#include "host/netns.h"
#include "kube/kubeconfig.h"

namespace zdt::cluster {

/// A way to send load to a Service without a forwarder: the URL, and the network namespace from which it can
/// be reached ("" : from here).
struct Entrance {
  std::string url;
  std::string network;
};

/// What becomes of a cluster of ours that exists already.
/// always   it is made anew.   ask  a person says whether; null: it is used.
struct Recreation {
  bool always = false;
  std::function<Task<bool>(std::string question)> ask;
};

class Target {
 public:
  virtual ~Target() = default;
  /// rehearsal · kind · context:NAME
  virtual std::string name() const = 0;
  /// Whether the target offers something that not all do: "create" (up() can make it, down() remove it),
  /// "inside" (load and requests can start inside the cluster's network), "docker" (images come from this
  /// machine's Docker), "operators" (Argo Rollouts, KEDA, Prometheus' operator, Gateway API and metrics are
  /// part of the cluster).
  virtual bool has(std::string_view capability) const = 0;
  /// Makes sure that the cluster runs; makes it where the target can. True when it was made now. Fails
  /// kEnvironment, and as what on_up() names does.
  virtual Task<Result<bool>> up() = 0;
  /// Removes the cluster. True when there was something to remove. Fails kEnvironment: it is not ours to
  /// remove.
  virtual Task<Result<bool>> down();
  /// How many nodes it is made with; 0: it is not ours to know.
  virtual int node_count() const { return 0; }
  /// How to reach its API. Fails kEnvironment when it is not there.
  virtual Result<kube::Connection> connection() = 0;
  /// The file that connection() was read from, for kubectl and helm. It may not exist yet.
  virtual host::fs::path kubeconfig_file() const { return {}; }
  /// How to reach `port` of a Service. `service` is "name" or "namespace/name". Fails kEnvironment with what
  /// to do when nothing leads there.
  virtual Task<Result<Entrance>> entrance(std::string service, int port) = 0;

  /// Which cluster it is, whatever its address: the uid of namespace kube-system, which lives as long as the
  /// cluster.
  Task<Result<std::string>> identity();

  /// From now on `say` is told what up() and down() do, one sentence at a time.
  void tell(std::function<void(const std::string&)> say) { say_ = std::move(say); }
  /// From now on up() ends with this when the cluster runs.
  void on_up(std::function<Task<Result<void>>()> entered) { entered_ = std::move(entered); }
  /// What up() does with a cluster of ours that exists already.
  void on_existing(Recreation recreation) { recreation_ = std::move(recreation); }

 protected:
  void say(const std::string& sentence) const {
    if (say_) say_(sentence);
  }

  /// What each up() ends with.   made  whether the cluster was made now, or why it does not run.
  Task<Result<bool>> after_up(Result<bool> made);

  /// Why the cluster that up() found, and that is ours, is to be made anew; "": it is used. Decided once.
  Task<std::string> reason_to_recreate(std::string cluster);

 private:
  std::function<void(const std::string&)> say_;
  Recreation recreation_;
  std::function<Task<Result<void>>()> entered_;
};

/// kubeconfig  "": $KUBECONFIG, else ~/.kube/config (read for context:NAME alone).
/// kind_config  what a Kind cluster is made from; "": manifests/kind-config.yaml.
struct TargetOptions {
  std::string kubeconfig;
  std::string kind_config;
};

/// The target that `wanted` names: rehearsal, kind, context:NAME or auto. Fails kUsage.
Result<std::unique_ptr<Target>> make_target(host::Host& host, const std::string& wanted,
                                            TargetOptions options);
Result<std::unique_ptr<Target>> make_target(host::Host& host, const std::string& wanted,
                                            const std::string& kubeconfig);

/// What "auto" means on this machine, and why, as one sentence: kind when docker (with its daemon), kind,
/// kubectl and helm all answer within 2 s, else rehearsal. Starts each once and waits for it.
struct AutoChoice {
  std::string name, reason;
};
AutoChoice choose_target(const host::Host& host);

}  // namespace zdt::cluster
