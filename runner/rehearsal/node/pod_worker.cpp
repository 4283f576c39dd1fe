#include "rehearsal/node/pod_worker.h"

#include <spdlog/spdlog.h>

#include <algorithm>

#include "base/guard.h"
#include "host/files.h"
#include "rehearsal/store/values.h"

namespace zdt::rehearsal {

PodWorker::PodWorker(std::shared_ptr<NodeContext> node, ObjectPtr object)
    : pod_(std::move(node), std::move(object)) {
  pod_.report = [this] { report(); };
  node_name_ = string_at(*pod_.object, {"spec", "nodeName"});
  const NodeIdentity* home = pod_.node->find_node(node_name_);
  state_.host_ip = pod_.place.host_ip = home == nullptr ? "" : home->address;
  state_.start_time = std::chrono::system_clock::now();
  for (size_t i = 0; i < array_at(*pod_.object, {"spec", "initContainers"}).size(); ++i) {
    init_.push_back(std::make_unique<Container>(pod_, true, i));
  }
  for (size_t i = 0; i < array_at(*pod_.object, {"spec", "containers"}).size(); ++i) {
    main_.push_back(std::make_unique<Container>(pod_, false, i));
  }
}

Task<void> PodWorker::run(std::shared_ptr<PodWorker> self) { co_await self->live(); }

Task<void> PodWorker::live() {
  std::string thrown;
  try {
    co_await come_up();
  } catch (const std::exception& failure) {
    if (is_cancellation(failure)) throw;
    thrown = failure.what();
  }
  if (!thrown.empty()) fail(thrown);
  co_await pod_.wait_until([this] { return pod_.stopping || is_done(); });
  set_stopping();
  co_await come_down();
  co_await pod_.wait_until([this] { return deleting_ || removed_; });
  guarded("a pod that leaves the store", [this] { leave_store(); });
}

Task<void> PodWorker::come_up() {
  take_deletion();
  const bool ready = co_await set_up();
  bool initialized = false;
  if (ready && !pod_.stopping) initialized = co_await start_init_containers();
  if (initialized) co_await start_main_containers();
}

void PodWorker::fail(const std::string& thrown) {
  const std::string words = "the pod cannot be run as it is: " + thrown;
  spdlog::error("{}/{}: {}", pod_.ns, pod_.name, words);
  pod_.node->events.warning(*pod_.object, "", "Failed", "Error: " + words);
  for (auto* containers : {&init_, &main_}) {
    for (auto& container : *containers) {
      const bool waits = container->state().phase == ContainerState::Phase::kWaiting && !container->running();
      if (waits) container->set_waiting("CreateContainerConfigError", words);
    }
  }
}

void PodWorker::update(ObjectPtr pod) {
  const json before = std::exchange(pod_.object, std::move(pod))->value("metadata", json::object());
  for (const char* field : {"labels", "annotations"}) {  // what a downward volume may show
    if (at(before, {field}) != at(*pod_.object, {"metadata", field})) ++pod_.inputs;
  }
  take_deletion();
  pod_.changed.notify_all();
}

/// The grace period runs from the deletion; a later one can only shorten it.
void PodWorker::take_deletion() {
  if (at(*pod_.object, {"metadata", "deletionTimestamp"}).is_null()) return;
  const auto grace = seconds_at(*pod_.object, {"metadata", "deletionGracePeriodSeconds"}, 30);
  pod_.deadline = std::min(pod_.deadline, std::chrono::steady_clock::now() + grace);
  deleting_ = true;
  set_stopping();
}

void PodWorker::set_removed() {
  removed_ = true;
  pod_.deadline = std::chrono::steady_clock::now();
  set_stopping();
}

void PodWorker::set_stopping() {
  pod_.stopping = true;
  for (auto* containers : {&init_, &main_}) {
    for (auto& container : *containers) container->stop_probes_that_kill();
  }
  pod_.changed.notify_all();
}

void PodWorker::notice_new_inputs() {
  ++pod_.inputs;
  pod_.changed.notify_all();
}

void PodWorker::abandon() {
  abandoned_ = true;
  set_stopping();
  for (auto* containers : {&init_, &main_}) {
    for (auto& container : *containers) container->kill_now();
  }
}

Container* PodWorker::find(const std::string& name) {
  const std::string wanted =
      name.empty()
          ? string_at(*pod_.object, {"metadata", "annotations", "kubectl.kubernetes.io/default-container"})
          : name;
  for (auto* containers : {&main_, &init_}) {
    for (auto& container : *containers) {
      if (container->name() == wanted) return container.get();
    }
  }
  return name.empty() && !main_.empty() ? main_.front().get() : nullptr;
}

std::vector<RunningContainer> PodWorker::running() const {
  std::vector<RunningContainer> all;
  for (auto* containers : {&init_, &main_}) {
    for (const auto& container : *containers) {
      if (!container->running()) continue;
      all.push_back({container->name(), container->state().container_id, container->pid()});
    }
  }
  return all;
}

bool PodWorker::owns(pid_t pid) const {
  const auto owns_it = [pid](const auto& container) { return container->pid() == pid; };
  return std::any_of(init_.begin(), init_.end(), owns_it) || std::any_of(main_.begin(), main_.end(), owns_it);
}

/// Whoever reports goes on whatever becomes of the report: others wait for what it does next.
void PodWorker::report() {
  if (removed_ || abandoned_) return;
  const std::string thrown = failure_of([this] { write_status(); });
  if (thrown.empty()) return;
  spdlog::error("{}/{}: the status cannot be written: {}", pod_.ns, pod_.name, thrown);
  guarded("a pod's event",
          [&] { pod_.node->events.warning(*pod_.object, "", "FailedSync", "the status cannot be written: " + thrown); });
}

void PodWorker::write_status() {
  state_.init.clear();
  state_.main.clear();
  for (auto& container : init_) state_.init.push_back(container->state());
  for (auto& container : main_) state_.main.push_back(container->state());
  const auto written = pod_.node->store.modify("pods", pod_.ns, pod_.name, [this](json& pod) {
    if (string_at(pod, {"metadata", "uid"}) != pod_.uid) return;
    pod["status"] = status_of(pod, state_, std::chrono::system_clock::now());
  });
  if (!written) spdlog::debug("the pod {}/{} has gone: {}", pod_.ns, pod_.name, written.error().what);
}

Task<bool> PodWorker::set_up() {
  report();
  const bool has_network = co_await set_up_network();
  if (!has_network) co_return false;
  state_.network_ready = true;
  report();
  const bool has_volumes = co_await set_up_volumes();
  co_return has_volumes;
}

/// With users of its own where the machine and the pod allow it.
Result<std::unique_ptr<PodSandbox>> PodWorker::make_sandbox() {
  NodeContext& node = *pod_.node;
  const bool possible = node.no_user_namespaces.empty();
  if (!possible && wants_user_namespace(*pod_.object)) return Error{Code::kEnvironment, node.no_user_namespaces, ""};
  if (possible && allows_user_namespace(*pod_.object)) {
    pod_.range = node.ranges->take();
    if (!pod_.range) {
      pod_.range = std::make_shared<const UserRange>();
      return Error{Code::kEnvironment, "no range of users is left for the pod", ""};
    }
  }
  return node.network->add_pod(node_name_, *pod_.range);
}

Task<bool> PodWorker::set_up_network() {
  if (bool_at(*pod_.object, {"spec", "hostNetwork"})) {
    pod_.network_path = pod_.node->network->cluster()->path();
    pod_.place.pod_ip = state_.pod_ip = state_.host_ip;
    co_return true;
  }
  while (!pod_.stopping) {
    auto sandbox = make_sandbox();
    if (sandbox) {
      sandbox_ = std::move(*sandbox);
      pod_.network_path = sandbox_->path();
      pod_.users_path = sandbox_->user_path();
      pod_.place.pod_ip = state_.pod_ip = sandbox_->address();
      co_return true;
    }
    pod_.node->events.warning(*pod_.object, "", "FailedCreatePodSandBox",
                              "Failed to create pod sandbox: " + sandbox.error().what);
    const SteadyTime again = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    co_await pod_.wait_until([this] { return pod_.stopping; }, [again] { return again; });
  }
  co_return false;
}

Task<bool> PodWorker::set_up_volumes() {
  milliseconds wait{500};  // as the kubelet's: doubled up to two minutes (pkg/util/goroutinemap/exponentialbackoff)
  while (!pod_.stopping) {
    const uint64_t seen = pod_.inputs;
    Result<Volumes> made = Error{};
    const std::string thrown = failure_of([&] {
      pod_.place.token = pod_.node->options.account_token(*pod_.object);
      made = make_volumes(pod_.node->store, *pod_.object, pod_.place, pod_.folder + "/volumes", *pod_.range);
    });
    if (!thrown.empty()) made = Error{Code::kInvalid, "the volumes cannot be read: " + thrown, ""};
    if (made) {
      pod_.volumes = std::move(*made);
      following_ = Background(pod_.node->executor, follow_inputs(seen, shared_from_this()));
      co_return true;
    }
    pod_.node->events.warning(*pod_.object, "", "FailedMount", made.error().what);
    const SteadyTime again = std::chrono::steady_clock::now() + wait;
    wait = std::min(2 * wait, milliseconds(122'000));
    co_await pod_.wait_until([this, seen] { return pod_.stopping || pod_.inputs != seen; },
                             [again] { return again; });
  }
  co_return false;
}

/// True when all have let the main containers start.
Task<bool> PodWorker::start_init_containers() {
  for (auto& container : init_) {
    if (is_sidecar(container->spec())) {
      co_await container->start(shared_from_this());
      begin_supervision(*container);
      Container* sidecar = container.get();
      co_await pod_.wait_until([this, sidecar] { return pod_.stopping || sidecar->started(); });
    } else {
      const bool succeeded = co_await run_init_container(*container);
      if (!succeeded) co_return false;
    }
    if (pod_.stopping) co_return false;
  }
  co_return true;
}

/// Runs it until it succeeds; false when the pod stops, or when it failed for good.
Task<bool> PodWorker::run_init_container(Container& container) {
  while (!pod_.stopping) {
    co_await container.start(shared_from_this());
    container.reveal(shared_from_this());
    co_await pod_.wait_until([this, &container] { return pod_.stopping || !container.running(); });
    if (pod_.stopping) co_return false;
    const auto& end = container.state().current;
    if (end && end->exit_code == 0) co_return true;
    if (!container.restarts()) {
      init_failed_ = true;
      co_return false;
    }
    co_await container.back_off();
  }
  co_return false;
}

/// One after the other, each with its postStart, and reported together: the kubelet's SyncPod does so.
Task<void> PodWorker::start_main_containers() {
  for (auto& container : main_) {
    if (!pod_.stopping) co_await container->start(shared_from_this());
  }
  for (auto& container : main_) begin_supervision(*container);
}

void PodWorker::begin_supervision(Container& container) {
  supervisions_.push_back({&container, {}});
  supervisions_.back().task = Background(pod_.node->executor, supervise(container, shared_from_this()));
}

/// Keeps it running until the pod stops or it has ended for good.
Task<void> PodWorker::supervise(Container& container, std::shared_ptr<PodWorker> self) {
  while (!pod_.stopping) {
    container.reveal(self);
    co_await pod_.wait_until([&] { return pod_.stopping || !container.running() || container.given_up(); });
    if (pod_.stopping) break;
    if (container.given_up()) co_await container.stop_given_up(self);
    if (pod_.stopping || !container.restarts()) break;
    co_await container.back_off();
    if (!pod_.stopping) co_await container.start(self);
  }
  container.reveal(self);
  self->pod_.changed.notify_all();
}

/// Whether every main container, or the init container that failed, has ended for good.
bool PodWorker::is_done() const {
  if (init_failed_) return true;
  return !main_.empty() && std::all_of(main_.begin(), main_.end(), [](const auto& container) {
    return container->state().phase == ContainerState::Phase::kTerminated && !container->restarts();
  });
}

}  // namespace zdt::rehearsal
