// One container of a pod, through all its starts.
#pragma once
#include "rehearsal/node/actions.h"
#include "rehearsal/node/log_file.h"
#include "rehearsal/node/pod.h"
#include "rehearsal/node/restart_backoff.h"
#include "rehearsal/node/status.h"

namespace zdt::rehearsal {

/// Tasks of a container run beside its owner; `keep` holds the pod alive until they have unwound.
class Container {
 public:
  Container(Pod& pod, bool init, size_t index);

  const json& spec() const;  ///< as the pod's newest object has it
  const std::string& name() const { return state_.name; }
  const ContainerState& state() const { return state_; }
  bool running() const { return process_.has_value() && !ended_; }
  /// Running, reported as such, and past its startup probe.
  bool started() const { return running() && state_.started; }
  /// A liveness or startup probe has given it up, and it is to be killed.
  bool given_up() const { return running() && !given_up_.empty(); }
  bool restarts() const;
  /// Between the first and the last line of start().
  bool starting() const { return starting_; }

  /// One start: image, configuration, runtime, postStart. Whether it runs afterwards; if not, its state says
  /// why. Until reveal() it is not reported as running, as the kubelet reports only after a whole round of
  /// starts.
  Task<bool> start(std::shared_ptr<void> keep);
  /// Reports it as running and begins its probes.
  void reveal(std::shared_ptr<void> keep);
  /// Waits out the back-off before the next start; ends early when the pod stops.
  Task<void> back_off();
  /// preStop, its turn, STOPSIGNAL, and SIGKILL when `deadline` has passed, but never sooner than 2 s after
  /// the STOPSIGNAL. Returns when the process has ended.
  Task<void> stop(std::shared_ptr<void> keep, std::string why, std::function<SteadyTime()> deadline,
                  std::function<bool()> is_its_turn);
  /// Kills one that was given up, with the probe's or the pod's grace.
  Task<void> stop_given_up(std::shared_ptr<void> keep);
  void kill_now();
  /// Liveness and startup probes end; readiness goes on.
  void stop_probes_that_kill();

  /// "PodInitializing" -> "ContainerCreating" and the like, while it has not run.
  void set_waiting(const std::string& reason, const std::string& message = "");
  std::shared_ptr<LogFile> log(bool previous) const { return previous ? previous_log_ : log_; }
  ActionTarget target() const;
  pid_t pid() const { return running() ? process_->pid() : -1; }
  /// Removes what the runtime and the disk still hold of its last run.
  Task<void> clean_up();

 private:
  struct HookRun;
  enum class ProbeKind { kStartup, kReadiness, kLiveness };

  Task<bool> start_once(std::shared_ptr<void> keep);
  Task<Result<void>> prepare();
  Task<bool> launch(std::shared_ptr<void> keep);
  Task<bool> run_post_start(std::shared_ptr<void> keep);
  Task<void> run_pre_stop(std::shared_ptr<void> keep, std::function<SteadyTime()> deadline);
  std::unique_ptr<HookRun> start_hook(std::shared_ptr<void> keep, const json& handler);
  Task<void> watch(std::shared_ptr<void> keep);
  Task<void> probe(std::shared_ptr<void> keep, ProbeKind kind, json spec);
  Task<Result<void>> attempt(json probe);
  void take_verdict(ProbeKind kind, bool passed);
  void begin_probe(std::shared_ptr<void> keep, ProbeKind kind, const char* field);
  void set_ended(int exit_code, int signal, const std::string& reason, const std::string& message);
  void refuse_start(const std::string& why);
  void fail_start(const std::string& reason, const Error& error);
  int stop_signal() const;

  Pod& pod_;
  const bool init_;
  const size_t index_;
  ContainerState state_;
  std::string id_, bundle_, given_up_, end_reason_;
  json process_spec_;
  Image image_;
  std::optional<ContainerProcess> process_;
  bool ended_ = false, stopping_ = false, starting_ = false, image_missing_ = false, config_wrong_ = false;
  SteadyTime run_began_;
  std::chrono::seconds image_wait_{10};
  RestartBackoff backoff_;
  std::shared_ptr<LogFile> log_, previous_log_;
  int attempt_ = 0;
  Background watch_, startup_, readiness_, liveness_;
};

}  // namespace zdt::rehearsal
