// The nodes: one agent runs the pods that the store assigns to any of them (the kubelets' part), and lets the API server
// look into them.
#pragma once
#include <memory>
#include <optional>

#include "host/netns.h"
#include "host/process.h"
#include "host/task.h"
#include "rehearsal/store/store.h"
#include "rehearsal/store/usage.h"

namespace zdt::rehearsal {

/// One node, as its Node object says it.
/// address    its InternalIP, which the cluster's network namespace has.
/// pod_range  the part of the cluster's pod range that its pods get their addresses from.
struct NodeIdentity {
  std::string name, address, pod_range;
  bool control_plane = false;
};

/// A control plane and three workers with the names and address ranges that Kind gives them.
std::vector<NodeIdentity> kind_nodes();

/// folder     below which pods, logs and bundles lie; private to the cluster, removed with it.
/// catalogue  the image catalogue file (manifests/rehearsal-images.yaml).
/// variables  what ${build}, ${tools} and ${root} in the catalogue stand for.
/// dns        the cluster's DNS server, for resolv.conf.
/// usage_interval  between two looks at what the containers use.
/// allow_privileged  privileged containers run, and capabilities that reach beyond a container are given.
/// account_token  the API token of a pod's service account; "" while the account does not exist.
struct NodeOptions {
  std::vector<NodeIdentity> nodes = kind_nodes();
  std::string folder;
  std::string catalogue;
  std::map<std::string, std::string> variables;
  std::string dns = "10.96.0.10";
  std::string pod_range = "10.244.0.0/16";
  milliseconds usage_interval{5'000};
  bool allow_privileged = false;
  std::function<std::string(const json& pod)> account_token = [](const json&) { return std::string(); };
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

/// Takes what a command says; the next is read when it has returned.
using OutputSink = std::function<Task<void>(host::Stream, std::string)>;

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
  /// Joins nothing yet; start() does. `network` is the cluster's namespace (bridge, Services, DNS live there). To be
  /// called in a mount namespace of its own, with an empty tmpfs on /sys/fs/cgroup (node_folder.h). Fails kEnvironment.
  static Result<std::unique_ptr<Node>> create(asio::any_io_executor executor, Store& store, NodeOptions options,
                                              std::shared_ptr<host::NetworkNamespace> network);
  virtual ~Node() = default;

  /// Registers the Node objects and begins to run pods. Fails kEnvironment.
  virtual Task<Result<void>> start() = 0;

  /// Fails kNotFound (no such pod or container), kInvalid (not started yet; in Kubernetes' words).
  virtual Result<std::unique_ptr<LogReader>> logs(const std::string& ns, const std::string& pod,
                                                  const std::string& container, LogOptions options) = 0;
  /// container "": the pod's first (or the one its default-container annotation names).
  virtual Result<std::unique_ptr<ExecSession>> exec(
      const std::string& ns, const std::string& pod, const std::string& container, std::vector<std::string> argv,
      OutputSink take_output) = 0;

  /// The path of the pod's network namespace, to join. Fails kNotFound, kInvalid (it has none yet).
  virtual Result<std::string> network_of(const std::string& ns, const std::string& pod) = 0;

  /// Of the pods that have run long enough to tell, and of all nodes. A node has its pods' usage; the control plane's
  /// has that of the cluster's own processes on top.
  virtual std::vector<PodUsage> pod_usage() const = 0;
  virtual std::vector<NodeUsage> node_usage() const = 0;
};

}  // namespace zdt::rehearsal
