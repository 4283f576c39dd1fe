#include <csignal>

#include "rehearsal/node/container.h"
#include "rehearsal/node/container_hook.h"
#include "rehearsal/store/values.h"

namespace zdt::rehearsal {

int Container::stop_signal() const {
  const int own = signal_number(string_at(spec(), {"lifecycle", "stopSignal"}));
  return own > 0 ? own : image_.stop_signal;
}

namespace {

/// A free coroutine with everything by value: it may outlast the object that started it.
Task<void> run_hook_beside(std::shared_ptr<NodeContext> node, json handler, ActionTarget target,
                           std::shared_ptr<std::optional<Result<void>>> outcome, Pod& pod,
                           std::shared_ptr<void>) {
  Result<void> result = Result<void>();
  try {
    result = co_await run_hook(*node, std::move(handler), std::move(target));
  } catch (const std::exception& failure) {
    if (is_cancellation(failure)) throw;
    result = Error{Code::kInvalid, failure.what(), ""};
  }
  *outcome = std::move(result);
  pod.changed.notify_all();
}

}  // namespace

std::unique_ptr<Container::HookRun> Container::start_hook(std::shared_ptr<void> keep, const json& handler) {
  auto hook = std::make_unique<HookRun>();
  hook->task = Background(pod_.node->executor, run_hook_beside(pod_.node, handler, target(), hook->outcome,
                                                               pod_, std::move(keep)));
  return hook;
}

Task<void> Container::run_pre_stop(std::shared_ptr<void> keep, std::function<SteadyTime()> deadline) {
  const json& handler = object_at(spec(), {"lifecycle", "preStop"});
  if (handler.empty() || deadline() <= std::chrono::steady_clock::now()) co_return;
  const auto hook = start_hook(keep, handler);
  const HookRun* run = hook.get();
  co_await pod_.wait_until([this, run] { return run->ended() || !running(); }, deadline);
  if (hook->failed() && running()) {
    pod_.node->events.warning(*pod_.object, name(), "FailedPreStopHook",
                              "PreStopHook failed: " + hook->outcome->value().error().what);
  }
}

/// The order of the kubelet's killContainer (pkg/kubelet/kuberuntime/kuberuntime_container.go): hook, turn,
/// signal.
Task<void> Container::stop(std::shared_ptr<void> keep, std::string why, std::function<SteadyTime()> deadline,
                           std::function<bool()> is_its_turn) {
  const auto ended = [this] { return !running(); };
  if (running() && !stopping_) {
    stopping_ = true;
    pod_.node->events.normal(*pod_.object, name(), "Killing", why);
    co_await run_pre_stop(keep, deadline);
    // Both named: GCC 12 destroys a closure that stands in the awaited call twice when the wait is cut off.
    const std::function<bool()> may_go = [this, is_its_turn] { return !running() || is_its_turn(); };
    co_await pod_.wait_until(may_go, deadline);
    if (running()) process_->signal(stop_signal());
    // A hook that used up the grace period still leaves this much (minimumGracePeriodInSeconds).
    const SteadyTime soonest = std::chrono::steady_clock::now() + std::chrono::seconds(2);
    const std::function<SteadyTime()> not_sooner = [deadline, soonest] { return std::max(deadline(), soonest); };
    co_await pod_.wait_until(ended, not_sooner);
  } else {
    co_await pod_.wait_until(ended, deadline);  // somebody else stops it already
  }
  kill_now();
  co_await pod_.wait_until(ended);
}

Task<void> Container::stop_given_up(std::shared_ptr<void> keep) {
  const std::string probe = given_up_ == "startup" ? "startupProbe" : "livenessProbe";
  const int64_t pods = int32_at(*pod_.object, {"spec", "terminationGracePeriodSeconds"}, 30);
  const SteadyTime limit =
      std::chrono::steady_clock::now() +
      seconds_at(spec(), {probe, "terminationGracePeriodSeconds"}, pods);
  Pod& pod = pod_;
  // The pod's own end may come sooner.
  co_await stop(
      keep, fmt::format("Container {} failed {} probe, will be restarted", name(), given_up_),
      [limit, &pod] { return std::min(limit, pod.deadline); }, [] { return true; });
}

void Container::kill_now() {
  if (running()) process_->signal(SIGKILL);
}

}  // namespace zdt::rehearsal
