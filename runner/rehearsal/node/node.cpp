#include "rehearsal/node/node.h"

#include <spdlog/spdlog.h>

#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>

#include "base/guard.h"
#include "host/files.h"
#include "rehearsal/node/exec_session.h"
#include "rehearsal/node/node_folder.h"
#include "rehearsal/node/node_object.h"
#include "rehearsal/node/usage_meter.h"

namespace zdt::rehearsal {
namespace {

constexpr const char* kServiceRange = "10.96.0.0/16";

class RealNode : public Node {
 public:
  explicit RealNode(std::shared_ptr<NodeContext> context) : context_(std::move(context)) {}

  /// Everything at once: no hook, no grace, no report.
  ~RealNode() override {
    changes_ = {};
    context_->events.close();
    for (auto& [uid, pod] : pods_) pod.worker->abandon();
  }

  Task<Result<void>> start() override {
    for (const NodeIdentity& node : context_->options.nodes) {
      auto registered = register_node(context_->store, node);
      if (!registered) co_return registered.error();
    }
    if (getpid() == 1) reaper_ = Background(context_->executor, reap(alive_));
    changes_ = context_->store.subscribe([this](const Event& event) { take(event); });
    metering_ = Background(context_->executor, measure(alive_));
    for (const ObjectPtr& pod : context_->store.list("pods")) {
      if (is_ours(*pod)) begin(pod);
    }
    co_return Result<void>();
  }

  Result<std::unique_ptr<LogReader>> logs(const std::string& ns, const std::string& pod,
                                          const std::string& container, LogOptions options) override;
  Result<std::unique_ptr<ExecSession>> exec(
      const std::string& ns, const std::string& pod, const std::string& container,
      std::vector<std::string> argv, OutputSink take_output) override;
  Result<std::string> network_of(const std::string& ns, const std::string& pod) override;
  std::vector<PodUsage> pod_usage() const override;
  std::vector<NodeUsage> node_usage() const override;

 private:
  struct Entry {
    std::shared_ptr<PodWorker> worker;
    Background life;
  };

  bool is_ours(const json& pod) const {
    return context_->find_node(string_at(pod, {"spec", "nodeName"})) != nullptr;
  }
  void take(const Event& event);
  void begin(const ObjectPtr& pod);
  Task<void> live(std::string uid, std::shared_ptr<PodWorker> worker, std::weak_ptr<bool> alive);
  Task<void> reap(std::weak_ptr<bool> alive);
  Task<void> measure(std::weak_ptr<bool> alive);
  Result<Container*> find(const std::string& ns, const std::string& pod, const std::string& container);

  std::shared_ptr<NodeContext> context_;
  std::map<std::string, Entry> pods_;  // by uid
  UsageMeter meter_;
  Background reaper_, metering_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  Store::Subscription changes_;
};

/// Called inside a change of the store, so nothing here changes it: work begins with the next turn of the
/// loop.
void RealNode::take(const Event& event) {
  const json& object = *event.object;
  if (event.resource == "configmaps" || event.resource == "secrets") {
    for (auto& [uid, pod] : pods_) {
      if (pod.worker->pod().ns == string_at(object, {"metadata", "namespace"}))
        pod.worker->notice_new_inputs();
    }
  }
  if (event.resource != "pods") return;
  // By its uid first: a pod that runs here is ours, also when its object has lost the node's name.
  const auto known = pods_.find(string_at(object, {"metadata", "uid"}));
  if (known != pods_.end()) {
    if (event.change == Change::kDeleted) return known->second.worker->set_removed();
    return known->second.worker->update(event.object);
  }
  if (event.change != Change::kDeleted && is_ours(object)) begin(event.object);
}

void RealNode::begin(const ObjectPtr& pod) {
  const std::string uid = string_at(*pod, {"metadata", "uid"});
  auto worker = std::make_shared<PodWorker>(context_, pod);
  Entry& entry = pods_[uid];
  entry.worker = worker;
  asio::post(context_->executor, [this, uid, worker, alive = std::weak_ptr<bool>(alive_)] {
    if (alive.expired()) return;
    const auto found = pods_.find(uid);
    if (found != pods_.end()) found->second.life = Background(context_->executor, live(uid, worker, alive));
  });
}

/// `alive` tells whether this node is still there when the pod's life is over.
Task<void> RealNode::live(std::string uid, std::shared_ptr<PodWorker> worker, std::weak_ptr<bool> alive) {
  co_await PodWorker::run(std::move(worker));
  if (!alive.expired()) pods_.erase(uid);
}

/// Orphans come to PID 1, and nobody else would reap them.
Task<void> RealNode::reap(std::weak_ptr<bool> alive) {
  asio::signal_set child_ended(co_await asio::this_coro::executor, SIGCHLD);
  while (true) {
    co_await child_ended.async_wait(asio::use_awaitable);
    if (alive.expired()) co_return;
    guarded("the reaper of orphans", [this] {
      host::reap_orphans([this](pid_t pid) {
        for (const auto& [uid, pod] : pods_) {
          if (pod.worker->owns(pid)) return true;
        }
        return false;
      });
    });
  }
}

Task<void> RealNode::measure(std::weak_ptr<bool> alive) {
  while (!alive.expired()) {
    const milliseconds interval = context_->options.usage_interval;
    std::map<std::string, const PodWorker*> workers;
    for (const auto& [uid, pod] : pods_) workers[uid] = pod.worker.get();
    guarded("the usage meter", [&] { meter_.sample(workers); });
    co_await sleep_for(interval);
  }
}

std::vector<PodUsage> RealNode::pod_usage() const {
  std::vector<PodUsage> all;
  for (const auto& [uid, entry] : pods_) {
    const Pod& pod = entry.worker->pod();
    PodUsage usage{pod.ns, pod.name, meter_.time(), meter_.window(), meter_.usage_of(uid)};
    if (!usage.containers.empty()) all.push_back(std::move(usage));
  }
  return all;
}

std::vector<NodeUsage> RealNode::node_usage() const {
  std::vector<NodeUsage> all;
  const auto own = meter_.own_usage();
  if (!own) return all;
  for (const NodeIdentity& node : context_->options.nodes) {
    all.push_back({node.name, meter_.time(), meter_.window(), node.control_plane ? *own : Usage{}});
    for (const auto& [uid, entry] : pods_) {
      if (entry.worker->node_name() != node.name) continue;
      for (const ContainerUsage& container : meter_.usage_of(uid)) all.back().usage += container.usage;
    }
  }
  return all;
}

Result<Container*> RealNode::find(const std::string& ns, const std::string& name,
                                  const std::string& container) {
  for (auto& [uid, entry] : pods_) {
    const Pod& pod = entry.worker->pod();
    if (pod.ns != ns || pod.name != name) continue;
    if (Container* found = entry.worker->find(container); found != nullptr) return found;
    return Error{Code::kNotFound, fmt::format("container {} is not valid for pod {}", container, name), ""};
  }
  if (const ObjectPtr unassigned = context_->store.find("pods", ns, name)) {
    return Error{Code::kInvalid, fmt::format("pod {} does not have a host assigned", name), ""};
  }
  return Error{Code::kNotFound, fmt::format("pods \"{}\" not found", name), ""};
}

Result<std::unique_ptr<LogReader>> RealNode::logs(const std::string& ns, const std::string& pod,
                                                  const std::string& name, LogOptions options) {
  auto container = find(ns, pod, name);
  if (!container) return container.error();
  const Container& found = **container;
  if (const auto log = found.log(options.previous)) return read_log(log, options);
  if (options.previous) {
    return Error{
        Code::kInvalid,
        fmt::format("previous terminated container \"{}\" in pod \"{}\" not found", found.name(), pod), ""};
  }
  return Error{Code::kInvalid,
               fmt::format("container \"{}\" in pod \"{}\" is waiting to start: {}", found.name(), pod,
                           found.state().message.empty() ? found.state().reason : found.state().message),
               ""};
}

Result<std::unique_ptr<ExecSession>> RealNode::exec(
    const std::string& ns, const std::string& pod, const std::string& name, std::vector<std::string> argv,
    OutputSink take_output) {
  auto container = find(ns, pod, name);
  if (!container) return container.error();
  if (!(*container)->running()) {
    return Error{Code::kInvalid, fmt::format("container not found (\"{}\")", (*container)->name()),
                 "it does not run"};
  }
  return start_exec(*context_, (*container)->target(), argv, std::move(take_output));
}

Result<std::string> RealNode::network_of(const std::string& ns, const std::string& pod) {
  for (auto& [uid, entry] : pods_) {
    const Pod& found = entry.worker->pod();
    if (found.ns != ns || found.name != pod) continue;
    if (!found.network_path.empty()) return found.network_path;
    return Error{Code::kInvalid, fmt::format("pod {} has no network yet", pod), ""};
  }
  return Error{Code::kNotFound, fmt::format("pods \"{}\" not found", pod), ""};
}

Result<void> check_tools() {
  for (const char* tool : {"crun"}) {
    if (host::find_program(tool).empty()) {
      return Error{Code::kEnvironment, fmt::format("{} is not installed", tool), "zdt-demo setup"};
    }
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<Node>> Node::create(asio::any_io_executor executor, Store& store, NodeOptions options,
                                           std::shared_ptr<host::NetworkNamespace> network) {
  if (auto tools = check_tools(); !tools) return tools.error();
  auto catalogue = Catalogue::load(options.catalogue, options.variables);
  if (!catalogue) return catalogue.error();
  auto pods = PodNetwork::create(std::move(network), options, kServiceRange);
  if (!pods) return pods.error();
  auto folder = mount_node_folder(host::fs::absolute(options.folder).string());
  if (!folder) return folder.error();
  auto context = std::make_shared<NodeContext>(executor, store, std::move(options), std::move(*folder),
                                               std::move(*catalogue), std::move(*pods));
  if (auto usable = check_user_namespaces(); !usable) {
    context->no_user_namespaces = usable.error().what;
    spdlog::warn("pods share the users of this machine: {}", usable.error().what);
  }
  return std::unique_ptr<Node>(std::make_unique<RealNode>(std::move(context)));
}

}  // namespace zdt::rehearsal
