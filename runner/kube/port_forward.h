// A port on 127.0.0.1 that leads to a pod, for people (never for load: it pins one pod).
//
// The wire is the kubelet's own WebSocket protocol, v4.channel.k8s.io with ?ports=, one WebSocket for each
// connection: channel 0 carries data, channel 1 an error, and the first two bytes of each are the port.
// kube-apiserver hands such a request on to the kubelet in every version; only "SPDY/3.1+portforward.k8s.io"
// (kubectl since 1.31, kube-apiserver since 1.30) ends at the API server, and it carries SPDY frames, which
// nothing else needs any more. kubernetes/pkg/registry/core/pod/rest/subresources.go
// (PortForwardREST.Connect), k8s.io/kubelet/pkg/cri/streaming/portforward/websocket.go
#pragma once
#include "kube/client.h"

namespace zdt::kube {

/// service     a Service's name, or "pod/NAME".   ns  "": the connection's.
/// port        of the Service (or of the pod): its number or its name.
/// local_port  0: any free one.   only_that_port  whether another one will not do when it is taken.
struct Forward {
  std::string ns, service, port;
  uint16_t local_port = 0;
  bool only_that_port = false;
};

/// Listens while it lives; its end closes its connections. A connection goes to the pod that the one before
/// went to, as long as that is ready, else to another ready one. One loop.
class PortForward {
 public:
  /// Fails kNotFound (no such Service or pod), kUsage (it has no such port), kEnvironment (no ready pod; the
  /// local port is taken), and as Client does.
  static Task<Result<std::unique_ptr<PortForward>>> open(asio::any_io_executor executor,
                                                         Connection connection, Forward forward);
  ~PortForward();

  uint16_t local_port() const;
  /// http://127.0.0.1:PORT, or https:// when the Service's port is 443 or is called so.
  std::string url() const;
  /// The pod that the newest connection went to.
  std::string pod() const;
  void close();

 private:
  struct State;
  explicit PortForward(std::shared_ptr<State> state);
  std::shared_ptr<State> state_;
  Background accepting_;
};

}  // namespace zdt::kube
