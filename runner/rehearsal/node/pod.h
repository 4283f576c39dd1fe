// What the containers of one pod share while it runs.
#pragma once
#include "rehearsal/node/node_context.h"
#include "rehearsal/node/volumes.h"

namespace zdt::rehearsal {

using SteadyTime = std::chrono::steady_clock::time_point;

/// object    the newest state in the store.   folder  the pod's own, below the node's.
/// changed   notified whenever anything that a wait may depend on changes.
/// stopping  the pod goes down (deleted, or done): nothing is started any more, no liveness and startup
/// probes. deadline  when the grace period is over; moves when a second deletion shortens it. inputs    grows
/// when a ConfigMap or Secret of the namespace changes. report    writes the status into the store.
/// network_path, users_path  of its namespaces; users_path "": it shares this machine's users, and range.first is 0.
struct Pod {
  Pod(std::shared_ptr<NodeContext> context, ObjectPtr first)
      : node(std::move(context)), object(std::move(first)), changed(node->executor) {
    uid = string_at(*object, {"metadata", "uid"});
    ns = string_at(*object, {"metadata", "namespace"});
    name = string_at(*object, {"metadata", "name"});
    folder = fmt::format("{}/pods/{}", node->folder, uid);
  }

  /// Waits until `holds` or `limit()`; both are asked again at each change. Returns whether `holds` at the
  /// end.
  Task<bool> wait_until(std::function<bool()> holds, std::function<SteadyTime()> limit) {
    while (!holds()) {
      const auto left = std::chrono::ceil<milliseconds>(limit() - std::chrono::steady_clock::now());
      if (left.count() <= 0) co_return false;
      co_await changed.wait_for(std::min(left, milliseconds(std::chrono::hours(1))));
    }
    co_return true;
  }
  Task<void> wait_until(std::function<bool()> holds) {
    while (!holds()) co_await changed.wait();
  }

  std::shared_ptr<NodeContext> node;
  ObjectPtr object;
  Condition changed;
  std::string uid, ns, name, folder;
  PodPlace place;
  std::string network_path, users_path;
  std::shared_ptr<const UserRange> range = std::make_shared<const UserRange>();
  Volumes volumes;
  bool stopping = false;
  SteadyTime deadline = SteadyTime::max();
  uint64_t inputs = 0;
  std::function<void()> report = [] {};
};

}  // namespace zdt::rehearsal
