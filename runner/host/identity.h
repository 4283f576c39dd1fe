// Which process a number means: a later process may get the number of one that has ended.
#pragma once
#include <sys/types.h>

#include <optional>
#include <string>

namespace zdt::host {

/// boot        of the kernel: differs after each start of the machine.   pid_namespace  the one that `pid` is counted in.
/// start_time  as start_time_of() has it; "" when there is no such process.
struct ProcessIdentity {
  std::string boot, pid_namespace;
  pid_t pid = 0;
  std::string start_time;
  bool operator==(const ProcessIdentity&) const = default;
};

ProcessIdentity identity_of(pid_t pid);

/// Whether it still runs; nothing when that cannot be seen from here (another machine, another start of this one, another PID
/// namespace).
std::optional<bool> still_runs(const ProcessIdentity& process);

}  // namespace zdt::host
