#pragma once

#include "config.h"

namespace monolith {

/// Exit codes of run_process().
inline constexpr int kExitClean = 0;
inline constexpr int kExitCutOff = 1;      // the drain timeout passed with requests still in flight
inline constexpr int kExitCannotBind = 1;  // the address is taken or not ours

/// Runs the server until SIGTERM or SIGINT, and returns the exit code. Handles both signals from its first
/// moment on, the startup delay included: as PID 1 of a container it would otherwise ignore them.
///
/// graceful on   drain as Connection describes, within config.drain_timeout. A second SIGTERM is logged and
/// changes
///               nothing (a hook may send one of its own); a second SIGINT ends the process at once.
/// graceful off  does not return: the process ends at once with 128 + the signal's number, whatever is in
/// flight.
int run_process(const Config& config);

}  // namespace monolith
