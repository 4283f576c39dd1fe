// A pod's way down.
// https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination
#include <spdlog/spdlog.h>

#include <algorithm>

#include "host/files.h"
#include "rehearsal/node/pod_worker.h"
#include "rehearsal/store/values.h"

namespace zdt::rehearsal {

Task<void> PodWorker::stop_one(Container& container, std::function<bool()> turn, std::shared_ptr<PodWorker>) {
  Pod& pod = pod_;
  // A start under way ends soon: it begins nothing more when the pod stops.
  co_await pod.wait_until([&container] { return !container.starting(); });
  co_await container.stop(
      shared_from_this(), "Stopping container " + container.name(), [&pod] { return pod.deadline; },
      std::move(turn));
}

/// All at once; a sidecar's turn for its signal comes when every main container and every later sidecar has
/// ended. https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#termination-with-sidecars
Task<void> PodWorker::stop_all() {
  const auto self = shared_from_this();
  if (!deleting_ && !removed_) {  // done by itself: its sidecars get the pod's own grace
    pod_.deadline = std::chrono::steady_clock::now() +
                    seconds_at(*pod_.object, {"spec", "terminationGracePeriodSeconds"}, 30);
  }
  std::vector<Task<void>> work;
  for (auto& container : main_)
    work.push_back(stop_one(
        *container, [] { return true; }, self));
  for (size_t i = 0; i < init_.size(); ++i) {
    auto turn = [this, i] {
      const auto ended = [](const auto& container) { return !container->running(); };
      return !is_sidecar(init_[i]->spec()) ||
             (std::all_of(main_.begin(), main_.end(), ended) &&
              std::all_of(init_.begin() + static_cast<long>(i) + 1, init_.end(), ended));
    };
    work.push_back(stop_one(*init_[i], std::move(turn), self));
  }
  co_await all_of(std::move(work));
  for (Supervision& supervision : supervisions_) co_await supervision.task.join();
}

/// Each part goes on whatever the one before it threw: nothing may be left behind, and nobody may wait for ever.
Task<void> PodWorker::come_down() {
  std::string thrown;
  try {
    co_await stop_all();
  } catch (const std::exception& failure) {
    if (is_cancellation(failure)) throw;
    thrown = failure.what();
  }
  if (!thrown.empty()) {
    spdlog::error("{}/{}: stopping the pod: {}", pod_.ns, pod_.name, thrown);
    for (auto* containers : {&init_, &main_}) {
      for (auto& container : *containers) container->kill_now();
    }
  }
  thrown.clear();
  try {
    co_await clean_up();
  } catch (const std::exception& failure) {
    if (is_cancellation(failure)) throw;
    thrown = failure.what();
  }
  if (!thrown.empty()) spdlog::error("{}/{}: cleaning up after the pod: {}", pod_.ns, pod_.name, thrown);
}

Task<void> PodWorker::clean_up() {
  for (auto* containers : {&init_, &main_}) {
    for (auto& container : *containers) co_await container->clean_up();
  }
  state_.ended = true;
  state_.network_ready = false;
  report();
  sandbox_.reset();
  remove_mounted(pod_.folder + "/volumes");
}

void PodWorker::leave_store() {
  std::error_code failure;
  host::fs::remove_all(pod_.folder, failure);
  if (failure) spdlog::warn("cannot remove {}: {}", pod_.folder, failure.message());
  if (removed_ || abandoned_) return;
  // Grace 0 says that nothing of it runs: the store removes it, unless a finalizer still holds it.
  const auto left = pod_.node->store.modify("pods", pod_.ns, pod_.name, [this](json& pod) {
    if (string_at(pod, {"metadata", "uid"}) == pod_.uid) pod["metadata"]["deletionGracePeriodSeconds"] = 0;
  });
  if (!left) spdlog::debug("the pod {}/{} was gone already: {}", pod_.ns, pod_.name, left.error().what);
}

}  // namespace zdt::rehearsal
