#include "load/lives.h"

#include <algorithm>

namespace zdt::load {
namespace {

bool has_come(const std::optional<WallTime>& moment, WallTime at) { return moment && *moment <= at; }

/// A signal that a restart followed (a failed liveness probe's) is of the process before.
bool is_signalled(const PodLife& life, WallTime at) {
  if (!has_come(life.signalled, at)) return false;
  const Turn* turn = last_turn(life.process, at);
  return turn == nullptr || !turn->on || turn->at <= *life.signalled;
}

bool has_exited(const PodLife& life, WallTime at) {
  if (has_come(life.gone, at)) return true;
  const Turn* turn = last_turn(life.process, at);
  return turn != nullptr && !turn->on;
}

/// Between the deletion and the signal. A hook that logs nothing is known by its being there and by the
/// signal, which comes when it has ended
/// (kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination-flow).
LifePhase phase_before_signal(const PodLife& life, WallTime at) {
  if (has_come(life.hook_ended, at)) return LifePhase::kDeleted;
  if (has_come(life.hook_started, at)) return LifePhase::kHook;
  const bool known_by_signal = life.has_hook && life.signalled && !life.hook_started;
  return known_by_signal ? LifePhase::kHook : LifePhase::kDeleted;
}

bool is_silent_start(const PodLife& life, WallTime at, WallTime began) {
  const bool is_new =
      life.created && *life.created >= began - std::chrono::seconds(1);  // a time of whole seconds
  return !life.has_readiness_probe && is_new && (!life.answered || *life.answered > at);
}

LifePhase phase_before_deletion(const PodLife& life, WallTime at, WallTime began) {
  if (is_silent_start(life, at, began)) return LifePhase::kBeforeReady;
  const Turn* ready = last_turn(life.ready, at);
  if (ready != nullptr && ready->on) return LifePhase::kReady;
  const bool was_ready = std::any_of(life.ready.begin(), life.ready.end(),
                                     [at](const Turn& turn) { return turn.on && turn.at <= at; });
  return was_ready ? LifePhase::kNotReady : LifePhase::kBeforeReady;
}

}  // namespace

std::string_view name_of(LifePhase phase) {
  switch (phase) {
    case LifePhase::kUnknown:
      return "unknown";
    case LifePhase::kNoEndpoint:
      return "no-endpoint";
    case LifePhase::kBeforeReady:
      return "before-ready";
    case LifePhase::kReady:
      return "ready";
    case LifePhase::kNotReady:
      return "not-ready";
    case LifePhase::kDeleted:
      return "deleted";
    case LifePhase::kHook:
      return "hook";
    case LifePhase::kAfterSigterm:
      return "after-sigterm";
    case LifePhase::kAfterExit:
      return "after-exit";
  }
  return "unknown";
}

const Turn* last_turn(const std::vector<Turn>& turns, WallTime at) {
  const auto later =
      std::find_if(turns.begin(), turns.end(), [at](const Turn& turn) { return turn.at > at; });
  return later == turns.begin() ? nullptr : &*std::prev(later);
}

const Turn* next_turn(const std::vector<Turn>& turns, WallTime at, bool on) {
  const auto found = std::find_if(turns.begin(), turns.end(),
                                  [=](const Turn& turn) { return turn.at > at && turn.on == on; });
  return found == turns.end() ? nullptr : &*found;
}

LifePhase phase_at(const PodLife& life, WallTime at, WallTime began) {
  if (has_exited(life, at)) return LifePhase::kAfterExit;
  if (is_signalled(life, at)) return LifePhase::kAfterSigterm;
  if (has_come(life.deleted, at)) return phase_before_signal(life, at);
  return phase_before_deletion(life, at, began);
}

}  // namespace zdt::load
