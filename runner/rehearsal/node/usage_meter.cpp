#include "rehearsal/node/usage_meter.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "base/text.h"
#include "host/files.h"

namespace zdt::rehearsal {
namespace {

constexpr auto kResolution = std::chrono::seconds(15);

/// Fields 14 to 17 of /proc/PID/stat, user and system time of the process and of its reaped children, in
/// seconds. The name in field 2 may hold spaces, so counting begins behind it.
/// https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
double cpu_seconds_of(const std::string& stat) {
  const size_t behind_name = stat.rfind(')');
  if (behind_name == std::string::npos) return 0;
  const auto fields = split(stat.substr(behind_name + 1), ' ');  // fields[1] is field 3
  double ticks = 0;
  for (size_t field = 12; field <= 15 && field < fields.size(); ++field) ticks += std::stod(fields[field]);
  return ticks / static_cast<double>(sysconf(_SC_CLK_TCK));
}

/// Resident less shared pages of /proc/PID/statm.
int64_t memory_of(const std::string& statm) {
  const auto fields = split(statm, ' ');
  if (fields.size() < 3) return 0;
  return (std::stoll(fields[1]) - std::stoll(fields[2])) * sysconf(_SC_PAGESIZE);
}

bool is_number(const std::string& name) {
  return !name.empty() && name.find_first_not_of("0123456789") == std::string::npos;
}

/// Nothing when there are not two samples yet.
std::optional<Usage> usage_between(const std::deque<UsageSample>& samples) {
  if (samples.size() < 2) return std::nullopt;
  const UsageSample &first = samples.front(), &last = samples.back();
  const double seconds = std::chrono::duration<double>(last.time - first.time).count();
  if (seconds <= 0) return std::nullopt;
  return Usage{std::max(last.cpu_seconds - first.cpu_seconds, 0.0) / seconds, last.memory_bytes};
}

}  // namespace

uint64_t process_namespace_of(pid_t pid) {
  struct stat space {};
  return stat(fmt::format("/proc/{}/ns/pid", pid).c_str(), &space) == 0 ? space.st_ino : 0;
}

std::map<uint64_t, UsageSample> sample_process_namespaces() {
  std::map<uint64_t, UsageSample> samples;
  std::error_code failure;
  for (const auto& entry : host::fs::directory_iterator("/proc", failure)) {
    const std::string name = entry.path().filename();
    if (!is_number(name)) continue;
    const auto stat = host::read_file(entry.path() / "stat"), statm = host::read_file(entry.path() / "statm");
    const uint64_t space = process_namespace_of(std::stoi(name));
    if (!stat || !statm || space == 0) continue;  // it ended meanwhile
    UsageSample& sample = samples[space];
    sample.time = std::chrono::steady_clock::now();
    sample.cpu_seconds += cpu_seconds_of(*stat);
    sample.memory_bytes += memory_of(*statm);
  }
  return samples;
}

void UsageMeter::add(const std::string& id, Known fresh, const UsageSample& sample) {
  auto& samples = known_.try_emplace(id, std::move(fresh)).first->second.samples;
  samples.push_back(sample);
  while (samples.size() > 2 && samples.back().time - samples[1].time >= kResolution) samples.pop_front();
}

void UsageMeter::sample(const std::map<std::string, const PodWorker*>& pods) {
  const auto spaces = sample_process_namespaces();
  const uint64_t own = process_namespace_of(getpid());
  std::set<std::string> seen = {""};
  if (const auto found = spaces.find(own); found != spaces.end()) add("", {}, found->second);
  for (const auto& [uid, worker] : pods) {
    for (const RunningContainer& container : worker->running()) {
      const auto found = spaces.find(process_namespace_of(container.pid));
      if (found == spaces.end() || found->first == own) continue;
      add(container.id, {uid, container.name, {}}, found->second);
      seen.insert(container.id);
    }
  }
  std::erase_if(known_, [&](const auto& entry) { return !seen.contains(entry.first); });
  time_ = std::chrono::system_clock::now();
}

std::vector<ContainerUsage> UsageMeter::usage_of(const std::string& pod_uid) const {
  std::vector<ContainerUsage> all;
  for (const auto& [id, known] : known_) {
    if (id.empty() || known.pod_uid != pod_uid) continue;
    if (const auto usage = usage_between(known.samples)) all.push_back({known.container, *usage});
  }
  return all;
}

std::optional<Usage> UsageMeter::own_usage() const {
  const auto own = known_.find("");
  return own == known_.end() ? std::nullopt : usage_between(own->second.samples);
}

milliseconds UsageMeter::window() const {
  const auto own = known_.find("");
  if (own == known_.end() || own->second.samples.empty()) return milliseconds(0);
  return std::chrono::round<milliseconds>(own->second.samples.back().time - own->second.samples.front().time);
}

}  // namespace zdt::rehearsal
