// Any cluster that a kubeconfig names. Never made, never removed by us.
#pragma once
#include "cluster/target.h"

namespace zdt::cluster {

class Context : public Target {
 public:
  /// label  what name() says: "context:NAME".
  Context(host::fs::path kubeconfig, std::string context, std::string label)
      : kubeconfig_(std::move(kubeconfig)), context_(std::move(context)), label_(std::move(label)) {}
  std::string name() const override { return label_; }
  bool has(std::string_view) const override { return false; }
  Task<Result<bool>> up() override;
  host::fs::path kubeconfig_file() const override { return kubeconfig_; }
  Result<kube::Connection> connection() override {
    return kube::with_remedy(kube::load_kubeconfig(kubeconfig_, context_), "kubectl --context " + context_ + " version");
  }
  /// A LoadBalancer's address, else a NodePort on the first node's InternalIP; never a port-forward, which would pin one
  /// pod and hide or invent losses.
  Task<Result<Entrance>> entrance(std::string service, int port) override;

 private:
  host::fs::path kubeconfig_;
  std::string context_, label_;
};

}  // namespace zdt::cluster
