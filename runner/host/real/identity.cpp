#include "host/identity.h"

#include "base/text.h"
#include "host/files.h"
#include "host/process.h"

namespace zdt::host {
namespace {

std::string boot_id() {
  auto text = read_file("/proc/sys/kernel/random/boot_id");
  return text ? trim(*text) : "";
}

std::string own_pid_namespace() {
  std::error_code hidden;
  return fs::read_symlink("/proc/self/ns/pid", hidden).string();
}

}  // namespace

ProcessIdentity identity_of(pid_t pid) { return {boot_id(), own_pid_namespace(), pid, start_time_of(pid)}; }

std::optional<bool> still_runs(const ProcessIdentity& process) {
  if (process.boot != boot_id() || process.pid_namespace != own_pid_namespace()) return std::nullopt;
  return process.pid > 0 && !process.start_time.empty() && start_time_of(process.pid) == process.start_time;
}

}  // namespace zdt::host
