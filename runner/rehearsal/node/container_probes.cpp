#include "rehearsal/node/container.h"
#include "rehearsal/node/probes.h"

namespace zdt::rehearsal {

void Container::reveal(std::shared_ptr<void> keep) {
  if (!running() || state_.phase == ContainerState::Phase::kRunning) return;
  state_.phase = ContainerState::Phase::kRunning;
  state_.started = !spec().contains("startupProbe");
  state_.ready = !spec().contains("readinessProbe");
  if (!pod_.stopping) begin_probe(keep, ProbeKind::kStartup, "startupProbe");
  if (!pod_.stopping && state_.started) begin_probe(keep, ProbeKind::kLiveness, "livenessProbe");
  if (state_.started) begin_probe(keep, ProbeKind::kReadiness, "readinessProbe");
  pod_.report();
  pod_.changed.notify_all();
}

void Container::begin_probe(std::shared_ptr<void> keep, ProbeKind kind, const char* field) {
  if (!spec().contains(field)) return;
  Background& task = kind == ProbeKind::kStartup    ? startup_
                     : kind == ProbeKind::kLiveness ? liveness_
                                                    : readiness_;
  task = Background(pod_.node->executor, probe(std::move(keep), kind, spec()[field]));
}

void Container::stop_probes_that_kill() {
  startup_.stop();
  liveness_.stop();
}

/// What an attempt throws is its failure.
Task<Result<void>> Container::attempt(json probe) {
  std::string thrown;
  try {
    auto result = co_await probe_once(*pod_.node, std::move(probe), target());
    co_return result;
  } catch (const std::exception& failure) {
    if (is_cancellation(failure)) throw;
    thrown = failure.what();
  }
  co_return Error{Code::kInvalid, thrown, ""};
}

Task<void> Container::probe(std::shared_ptr<void> keep, ProbeKind kind, json probe) {
  const ProbeTiming timing = timing_of(probe);
  const char* name_of_kind = kind == ProbeKind::kStartup     ? "Startup"
                             : kind == ProbeKind::kReadiness ? "Readiness"
                                                             : "Liveness";
  ProbeVerdict verdict(timing);
  SteadyTime next = std::max(run_began_ + timing.initial_delay, std::chrono::steady_clock::now());
  while (true) {
    asio::steady_timer timer(pod_.node->executor, next);
    co_await timer.async_wait(asio::use_awaitable);
    auto result = co_await attempt(probe);
    if (!running() || given_up()) co_return;
    if (!result) {
      pod_.node->events.warning(*pod_.object, name(), "Unhealthy",
                                fmt::format("{} probe failed: {}", name_of_kind, result.error().what));
    }
    if (const auto passed = verdict.add(result.has_value())) take_verdict(kind, *passed);
    if (kind == ProbeKind::kStartup && state_.started) {
      // Liveness and readiness begin only now.
      if (!pod_.stopping) begin_probe(keep, ProbeKind::kLiveness, "livenessProbe");
      begin_probe(keep, ProbeKind::kReadiness, "readinessProbe");
      co_return;
    }
    // As a ticker does: a slow attempt does not move the later ones, and missed ones are left out.
    next = std::max(next + timing.period, std::chrono::steady_clock::now());
  }
}

void Container::take_verdict(ProbeKind kind, bool passed) {
  if (kind == ProbeKind::kReadiness) {
    state_.ready = passed;
  } else if (passed) {
    state_.started = true;
  } else if (!pod_.stopping) {
    given_up_ = kind == ProbeKind::kStartup ? "startup" : "liveness";
  }
  pod_.report();
  pod_.changed.notify_all();
}

}  // namespace zdt::rehearsal
