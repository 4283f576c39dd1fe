// The last wall before the machine's devices: a control group in which a BPF program lets through what every container
// has (null, zero, full, random, urandom, tty, terminals), whoever opens it and however the node of the device came to be.
// https://docs.kernel.org/admin-guide/cgroup-v2.html#device-controller
#pragma once
#include <string>

#include "base/error.h"

namespace zdt::rehearsal {

/// Moves the calling process, and with it all that it will start, into a new control group below its own, whose path is
/// written to `record` first. To be called where the machine's cgroup2 is mounted. Fails kEnvironment: there is none, or
/// the kernel does not allow it; then nothing has changed.
Result<void> guard_devices(const std::string& record);

/// Removes the control group that `record` names, when its processes have ended. Nothing to do where there is no record.
/// Fails kEnvironment.
Result<void> remove_device_guard(const std::string& record);

}  // namespace zdt::rehearsal
