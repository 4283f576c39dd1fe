// The node: runs the pods that the store assigns to it (the kubelet's part), and lets the API server look into them.
#pragma once
#include <memory>
#include <optional>

#include "host/netns.h"
#include "host/process.h"
#include "host/task.h"
#include "rehearsal/store/store.h"

namespace zdt::rehearsal {

/// folder     below which pods, logs and bundles lie; private to the cluster, removed with it.
/// catalogue  the image catalogue file (manifests/rehearsal-images.yaml).
/// variables  what ${build}, ${tools} and ${root} in the catalogue stand for.
/// dns        the cluster's DNS server, for resolv.conf.
struct NodeOptions {
  std::string name = "zero-downtime-worker";
  std::string folder;
  std::string catalogue;
  std::map<std::string, std::string> variables;
  std::string dns = "10.96.0.10";
  std::string pod_range = "10.244.0.0/24";
};

/// tail_lines < 0: all. since_seconds < 0: all.
struct LogOptions {
  bool follow = false, timestamps = false, previous = false;
  int64_t tail_lines = -1, since_seconds = -1, limit_bytes = -1;
};

/// A log being read.
class LogReader {
 public:
  virtual ~LogReader() = default;
  /// The next whole lines; nothing at the end (with follow: when the container has ended and all is read).
  virtual Task<std::optional<std::string>> next() = 0;
};

/// A command running in a container.
class ExecSession {
 public:
  virtual ~ExecSession() = default;
  virtual Task<void> write_input(std::string data) = 0;
  virtual void close_input() = 0;
  /// Its exit code, after all output was handed on.
  virtual Task<int> wait() = 0;
};

class Node {
 public:
  /// Joins nothing yet; start() does. `network` is the cluster's namespace (bridge, Services, DNS live there).
  static Result<std::unique_ptr<Node>> create(asio::any_io_executor executor, Store& store, NodeOptions options,
                                              std::shared_ptr<host::NetworkNamespace> network);
  virtual ~Node() = default;

  /// Registers the Node object and begins to run pods. Fails kEnvironment.
  virtual Task<Result<void>> start() = 0;

  /// Fails kNotFound (no such pod or container), kInvalid (not started yet; in Kubernetes' words).
  virtual Result<std::unique_ptr<LogReader>> logs(const std::string& ns, const std::string& pod,
                                                  const std::string& container, LogOptions options) = 0;
  /// container "": the pod's first (or the one its default-container annotation names).
  virtual Result<std::unique_ptr<ExecSession>> exec(
      const std::string& ns, const std::string& pod, const std::string& container, std::vector<std::string> argv,
      std::function<void(host::Stream, std::string_view)> on_output) = 0;
};

}  // namespace zdt::rehearsal
