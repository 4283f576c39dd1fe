// ConfigMaps and Secrets that change while a pod runs. A kubelet looks every minute; here it is at once.
// https://kubernetes.io/docs/concepts/configuration/configmap/#mounted-configmaps-are-updated-automatically
#include <spdlog/spdlog.h>

#include "base/guard.h"
#include "rehearsal/node/pod_worker.h"

namespace zdt::rehearsal {
namespace {

/// An annotation of the pod, ":PORT/PATH": where a POST makes it read its files anew.
constexpr const char* kReload = "rehearsal.zdt.dev/reload";

}  // namespace

Task<void> PodWorker::follow_inputs(uint64_t seen, std::shared_ptr<PodWorker> self) {
  while (true) {
    co_await pod_.wait_until([this, seen] { return pod_.stopping || pod_.inputs != seen; });
    if (pod_.stopping) co_return;
    seen = pod_.inputs;
    Result<bool> changed = false;
    const std::string thrown = failure_of([&] {
      changed = refresh_volumes(pod_.node->store, *pod_.object, pod_.place, pod_.volumes, *pod_.range);
    });
    if (!thrown.empty()) changed = Error{Code::kInvalid, "the volumes cannot be read: " + thrown, ""};
    if (!changed) pod_.node->events.warning(*pod_.object, "", "FailedMount", changed.error().what);
    const std::string where = string_at(*pod_.object, {"metadata", "annotations", kReload});
    if (!changed || !*changed || where.empty()) continue;
    reloading_ = Background(pod_.node->executor, request_reload(where, self));
  }
}

/// The part of a config-reloader sidecar. A program that does not answer yet reads the files when it starts,
/// but it may have begun before they changed: so this goes on until it has answered.
Task<void> PodWorker::request_reload(std::string where, [[maybe_unused]] std::shared_ptr<PodWorker> self) {
  while (!pod_.stopping) {
    http::Request request;
    request.method = "POST";
    request.url = "http://" + pod_.place.pod_ip + where;
    request.network = pod_.node->network->cluster();
    auto answer = co_await pod_.node->http.send(std::move(request));
    if (answer && answer->status < 300) co_return;
    if (answer && answer->status != 503) {
      pod_.node->events.warning(
          *pod_.object, "", "FailedReload",
          fmt::format("POST {}: {} {}", where, answer->status, answer->body.substr(0, 300)));
      co_return;
    }
    const SteadyTime again = std::chrono::steady_clock::now() + milliseconds(300);
    co_await pod_.wait_until([this] { return pod_.stopping; }, [again] { return again; });
  }
}

}  // namespace zdt::rehearsal
