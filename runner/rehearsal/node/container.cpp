// A container's way up. container_stop.cpp has its way down, container_probes.cpp what happens between.
#include "rehearsal/node/container.h"

#include <spdlog/spdlog.h>

#include "base/text.h"
#include "host/files.h"
#include "rehearsal/node/bundle.h"
#include "rehearsal/node/container_hook.h"
#include "rehearsal/store/values.h"

namespace zdt::rehearsal {

Container::Container(Pod& pod, bool init, size_t index) : pod_(pod), init_(init), index_(index) {
  state_.name = string_at(spec(), {"name"});
  state_.image = string_at(spec(), {"image"});
  const bool waits_for_init = !array_at(*pod.object, {"spec", "initContainers"}).empty();
  state_.reason = waits_for_init ? "PodInitializing" : "ContainerCreating";
}

const json& Container::spec() const {
  static const json kNone = json::object();
  const json& all = array_at(*pod_.object, {"spec", init_ ? "initContainers" : "containers"});
  return index_ < all.size() ? all[index_] : kNone;  // somebody may have taken it out of the object since
}

ActionTarget Container::target() const { return {id_, pod_.place.pod_ip, spec(), process_spec_}; }

void Container::set_waiting(const std::string& reason, const std::string& message) {
  if (state_.phase == ContainerState::Phase::kTerminated)
    state_.last = std::exchange(state_.current, std::nullopt);
  state_.phase = ContainerState::Phase::kWaiting;
  state_.reason = reason;
  state_.message = message;
  pod_.report();
}

bool Container::restarts() const {
  if (init_ && is_sidecar(spec())) return true;
  if (image_missing_ || config_wrong_) return true;  // has not run at all
  const std::string policy = string_at(*pod_.object, {"spec", "restartPolicy"}, "Always");
  const bool failed = state_.phase == ContainerState::Phase::kTerminated && state_.current->exit_code != 0;
  return init_ ? failed && policy != "Never" : policy == "Always" || (policy == "OnFailure" && failed);
}

/// A start that failed before there was a process counts as a run that ended with 128, as containerd has it.
void Container::fail_start(const std::string& reason, const Error& error) {
  pod_.node->events.warning(*pod_.object, state_.name, "Failed", "Error: " + error.what);
  set_ended(128, 0, reason, error.what);
}

void Container::set_ended(int exit_code, int signal, const std::string& reason, const std::string& message) {
  const WallTime now = std::chrono::system_clock::now();
  state_.phase = ContainerState::Phase::kTerminated;
  state_.started = state_.ready = false;
  state_.current =
      Termination{exit_code, signal, reason, message, state_.container_id, state_.started_at, now};
  ended_ = true;
  pod_.report();
  pod_.changed.notify_all();
}

/// Image and configuration into a bundle on disk.
Task<Result<void>> Container::prepare() {
  NodeContext& node = *pod_.node;
  const Allowance allowance{pod_.range->first > 0, node.options.allow_privileged};
  auto identity = identity_of(*pod_.object, spec(), image_, allowance);
  if (!identity) co_return identity.error();
  auto environment = container_environment(node.store, *pod_.object, spec(), image_, pod_.place);
  if (!environment) co_return environment.error();
  auto arguments = container_arguments(spec(), image_, *environment);
  if (!arguments) co_return arguments.error();
  co_await clean_up();
  id_ = random_token(32);
  // Another folder at each start: nothing that the last one left is in it.
  bundle_ = fmt::format("{}/containers/{}", pod_.folder, id_.substr(0, 16));
  auto mounts = resolve_mounts(spec(), *environment, pod_.volumes, bundle_ + "/mounts", pod_.range->owner(0, 0));
  if (!mounts) co_return mounts.error();
  const BundleInput input{*pod_.object,
                          spec(),
                          image_,
                          std::move(*identity),
                          std::move(*environment),
                          std::move(*arguments),
                          std::move(*mounts),
                          bundle_,
                          pod_.network_path,
                          pod_.users_path,
                          *pod_.range,
                          bool_at(*pod_.object, {"spec", "hostNetwork"}),
                          pod_.place,
                          node.options.dns};
  auto config = write_bundle(input);
  if (!config) co_return config.error();
  process_spec_ = (*config)["process"];
  co_return Result<void>();
}

/// A configuration that no container can be made of; one that runs already goes on.
void Container::refuse_start(const std::string& why) {
  config_wrong_ = true;
  pod_.node->events.warning(*pod_.object, name(), "Failed", "Error: " + why);
  if (!running()) set_waiting("CreateContainerConfigError", why);
}

Task<bool> Container::start(std::shared_ptr<void> keep) {
  starting_ = true;
  bool runs = false;
  std::string thrown;
  try {
    runs = co_await start_once(std::move(keep));
  } catch (const std::exception& failure) {
    if (is_cancellation(failure)) throw;
    thrown = failure.what();
  }
  if (!thrown.empty()) refuse_start("the container cannot be made as it is: " + thrown);
  starting_ = false;
  pod_.changed.notify_all();
  co_return runs;
}

Task<bool> Container::start_once(std::shared_ptr<void> keep) {
  NodeContext& node = *pod_.node;
  if (!state_.current && !state_.last && attempt_ == 0) set_waiting("ContainerCreating");
  image_missing_ = config_wrong_ = false;
  const std::string reference = string_at(spec(), {"image"});
  auto image = node.catalogue.find(reference);
  state_.image = reference;
  if (!image) {
    image_missing_ = true;
    node.events.warning(*pod_.object, name(), "Failed",
                        fmt::format("Failed to pull image \"{}\": {}", reference, image.error().what));
    set_waiting("ErrImagePull", image.error().what);
    co_return false;
  }
  image_ = std::move(*image);
  node.events.normal(*pod_.object, name(), "Pulled",
                     fmt::format("Container image \"{}\" already present on machine", reference));
  auto prepared = co_await prepare();
  if (!prepared) {
    refuse_start(prepared.error().what);
    co_return false;
  }
  bool runs = co_await launch(keep);
  if (runs) runs = co_await run_post_start(keep);
  co_return runs;
}

Task<bool> Container::launch(std::shared_ptr<void> keep) {
  NodeContext& node = *pod_.node;
  previous_log_ = attempt_ == 0 ? nullptr : log_;
  log_ = std::make_shared<LogFile>(node.executor,
                                   fmt::format("{}/logs/{}/{}.log", pod_.folder, state_.name, attempt_));
  if (attempt_ >= 2)
    host::fs::remove(fmt::format("{}/logs/{}/{}.log", pod_.folder, state_.name, attempt_ - 2));
  state_.container_id = "crun://" + id_;
  state_.restart_count = attempt_++;
  state_.started_at = std::chrono::system_clock::now();
  run_began_ = std::chrono::steady_clock::now();
  if (state_.current) state_.last = std::exchange(state_.current, std::nullopt);
  state_.phase = ContainerState::Phase::kWaiting;
  state_.reason = "ContainerCreating";
  state_.message.clear();
  given_up_.clear();
  end_reason_.clear();
  stopping_ = false;

  auto pipes = start_log(node.executor, log_);
  if (!pipes) {
    fail_start("ContainerCannotRun", pipes.error());
    co_return false;
  }
  auto pid = co_await node.crun.create(id_, bundle_, pipes->out.get(), pipes->err.get());
  pipes->out.reset();
  pipes->err.reset();
  if (!pid) {
    fail_start("StartError", pid.error());
    co_return false;
  }
  auto process = ContainerProcess::adopt(node.executor, *pid);
  if (!process) {
    fail_start("ContainerCannotRun", process.error());
    co_return false;
  }
  node.events.normal(*pod_.object, name(), "Created", "Created container: " + name());
  process_.reset();
  process_.emplace(std::move(*process));
  ended_ = false;
  auto started = co_await node.crun.start(id_);
  if (!started) {
    process_.reset();
    fail_start("StartError", started.error());
    co_return false;
  }
  watch_ = Background(node.executor, watch(keep));
  node.events.normal(*pod_.object, name(), "Started", "Started container " + name());
  co_return running();
}

Task<bool> Container::run_post_start(std::shared_ptr<void> keep) {
  const json& handler = object_at(spec(), {"lifecycle", "postStart"});
  if (handler.empty()) co_return running();
  auto hook = start_hook(keep, handler);
  const HookRun* run = hook.get();
  co_await pod_.wait_until([this, run] { return run->ended() || !running() || pod_.stopping; });
  if (!running() || pod_.stopping) co_return running();
  if (!hook->failed()) co_return true;
  pod_.node->events.warning(*pod_.object, name(), "FailedPostStartHook",
                            "PostStartHook failed: " + hook->outcome->value().error().what);
  const SteadyTime limit =
      std::chrono::steady_clock::now() +
      seconds_at(*pod_.object, {"spec", "terminationGracePeriodSeconds"}, 30);
  co_await stop(
      keep, "FailedPostStartHook", [limit] { return limit; }, [] { return true; });
  co_return false;
}

Task<void> Container::watch(std::shared_ptr<void>) {
  const ProcessEnd end = co_await process_->wait();
  for (Background* probe : {&startup_, &readiness_, &liveness_}) probe->stop();
  set_ended(end.code, end.signal, end.code == 0 ? "Completed" : "Error", "");
}

Task<void> Container::clean_up() {
  if (id_.empty()) co_return;
  const std::string id = std::exchange(id_, "");
  co_await pod_.node->crun.remove(id);
  remove_mounted(bundle_ + "/mounts");
  std::error_code failure;
  host::fs::remove_all(bundle_, failure);
  if (failure) spdlog::warn("cannot remove {}: {}", bundle_, failure.message());
}

Task<void> Container::back_off() {
  const auto stopping = [this] { return pod_.stopping; };
  const auto now = std::chrono::steady_clock::now();
  if (config_wrong_) {
    const uint64_t seen = pod_.inputs;
    const SteadyTime again = now + std::chrono::minutes(1);
    co_await pod_.wait_until([this, seen] { return pod_.stopping || pod_.inputs != seen; },
                             [again] { return again; });
    co_return;
  }
  const auto wait = image_missing_ ? image_wait_ : backoff_.next(now - run_began_);
  if (wait.count() == 0) co_return;
  const ObjectPtr seen = pod_.object;
  if (image_missing_) {
    image_wait_ = std::min(2 * image_wait_, std::chrono::seconds(300));
    pod_.node->events.normal(*seen, name(), "BackOff",
                             fmt::format("Back-off pulling image \"{}\"", state_.image));
    set_waiting("ImagePullBackOff",
                fmt::format("Back-off pulling image \"{}\": {}", state_.image, state_.message));
  } else {
    const std::string whom = fmt::format("pod={}_{}({})", pod_.name, pod_.ns, pod_.uid);
    pod_.node->events.warning(
        *seen, name(), "BackOff",
        fmt::format("Back-off restarting failed container {} in {}", name(), whom.substr(4)));
    set_waiting("CrashLoopBackOff",
                fmt::format("back-off {}s restarting failed container={} {}", wait.count(), name(), whom));
  }
  const SteadyTime again = now + wait;
  co_await pod_.wait_until(stopping, [again] { return again; });
}

}  // namespace zdt::rehearsal
