// The rehearsal cluster's process: store, API, controllers, node, Services and DNS put together. It runs as PID 1 of a
// process namespace of its own (cluster/rehearsal starts it so), so that nothing in it survives it.
#pragma once
#include "host/host.h"

namespace zdt::rehearsal {

/// folder      the cluster's state, mode 0700; kubeconfig, CA, logs and pods lie there, and it goes with `cluster down`.
/// port        of the API on 127.0.0.1; 0: any free one.
/// definitions the folder of the CustomResourceDefinitions that the cluster has from the start.
/// allow_privileged  privileged containers run, with what they reach of this machine.
/// sync_delay  between a change of an EndpointSlice and the Services' rules (kube-proxy's lag).
struct ServerSettings {
  std::string folder;
  std::string catalogue;
  std::string definitions;
  std::map<std::string, std::string> variables;
  uint16_t port = 0;
  milliseconds sync_delay{1000};
  bool allow_privileged = false;
};

/// Serves until SIGTERM or SIGINT, then stops every pod at once and returns. `on_ready` is called when the API answers
/// and the node is Ready; by then `folder`/kubeconfig exists. Fails kEnvironment.
Task<Result<void>> serve(ServerSettings settings, std::function<void()> on_ready);

}  // namespace zdt::rehearsal
