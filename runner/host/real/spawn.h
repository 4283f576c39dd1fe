// Starting a process: its descriptors, environment and process group. Inside of host/real.
#pragma once
#include "host/process.h"
#include "host/unique_fd.h"

namespace zdt::host {

/// in        where its stdin is written to, when the command has input.
/// out, err  where its output is read from, unless that goes to a file.
struct Spawned {
  pid_t pid = -1;
  UniqueFd in, out, err;
};

/// Starts `command` in a process group of its own. It is the caller's to reap, until disown(). Fails kEnvironment.
/// Throws boost::system::system_error when there are no descriptors left.
Result<Spawned> spawn(const Command& command);

/// The process was reaped.
void disown(pid_t pid);
/// Reaps `pid` when it has ended and nobody owns it.
void reap_unless_owned(pid_t pid);

/// SIGKILL to the process groups of all children that somebody owns. Async-signal-safe.
void kill_owned_children() noexcept;

/// Why `command` cannot be started. reason  an errno; ENOENT may also be about its folder or its log file.
Error cannot_start(const Command& command, int reason);

}  // namespace zdt::host
