// What is known of a pod's life while a load ran, and where in it a moment falls.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/units.h"

namespace zdt::load {

/// Something began (on) or ended.
struct Turn {
  WallTime at;
  bool on = true;
};

/// Wall times of the machine that sends; absent or empty: not seen. Lists in order of time.
/// version    what it runs, "" when unknown.   has_hook  its main container has a preStop hook.
/// has_readiness_probe  without one Kubernetes calls it ready as soon as its containers run.
/// answered   its first good answer to this load.
/// deleted    its deletion began.   signalled  its main container got SIGTERM.   gone  the object was
/// removed. process    its main container started, exited.   ready  its Ready condition. endpoint   whether
/// an EndpointSlice offered it as ready.
struct PodLife {
  std::string pod, version;
  std::vector<std::string> addresses;
  bool has_hook = false, has_readiness_probe = true;
  std::optional<WallTime> created, answered, deleted, hook_started, hook_ended, signalled, gone;
  std::vector<Turn> process, ready, endpoint;
};

/// kBeforeReady: also of a pod that has no readiness probe, was created while the load ran, and had given no
/// good answer yet. kNoEndpoint: of no pod; nobody stood behind the Service. kNotReady: it had been ready,
/// and no deletion is known. kDeleted: its deletion began, and neither a hook nor the signal is known of that
/// moment.
enum class LifePhase {
  kUnknown,
  kNoEndpoint,
  kBeforeReady,
  kReady,
  kNotReady,
  kDeleted,
  kHook,
  kAfterSigterm,
  kAfterExit,
};

/// "unknown", "no-endpoint", "before-ready", "ready", "not-ready", "deleted", "hook", "after-sigterm",
/// "after-exit".
std::string_view name_of(LifePhase phase);

/// began  of the load.
LifePhase phase_at(const PodLife& life, WallTime at, WallTime began);

/// The last turn not after `at`, the first one after it with `on`, the last one of all; null when there is
/// none.
const Turn* last_turn(const std::vector<Turn>& turns, WallTime at);
const Turn* next_turn(const std::vector<Turn>& turns, WallTime at, bool on);

}  // namespace zdt::load
