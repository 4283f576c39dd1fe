// The machine itself: processors, memory, disk, and what kind of Docker there is.
#include <linux/capability.h>
#include <sched.h>
#include <unistd.h>

#include <cstdlib>

#include "script/prerequisites.h"

namespace zdt::script {
namespace {

std::string gib(int64_t bytes) { return fmt::format("{:.1f} GiB", static_cast<double>(bytes) / (1 << 30)); }

Finding machine_finding(std::string what, std::string found, std::string needed, bool enough,
                        std::string hint) {
  return {std::move(what),
          std::move(found),
          std::move(needed),
          enough ? "ok" : "warning",
          enough ? "" : std::move(hint),
          "",
          {},
          false};
}

}  // namespace

std::string docker_flavour(const json& info) {
  const std::string context = string_at(info, {"ClientInfo", "Context"}),
                    system = string_at(info, {"OperatingSystem"});
  if (context.starts_with("colima") || string_at(info, {"Name"}).starts_with("colima")) return "colima";
  for (const json& option : array_at(info, {"SecurityOptions"})) {
    if (option.is_string() && option.get<std::string>().starts_with("name=rootless")) return "rootless";
  }
  return system.find("Docker Desktop") != std::string::npos ? "desktop" : "";
}

Machine this_machine(const host::Host& host) {
  Machine machine;
  cpu_set_t set;
  machine.cpus = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
  machine.memory_bytes = int64_t{sysconf(_SC_PHYS_PAGES)} * sysconf(_SC_PAGESIZE);
  std::error_code unreadable;
  host::fs::path folder = host.state;
  while (!folder.empty() && folder != folder.parent_path() && !host::fs::exists(folder, unreadable))
    folder = folder.parent_path();
  const auto space = host::fs::space(folder, unreadable);
  machine.disk_free_bytes = unreadable ? 0 : static_cast<int64_t>(space.available);
  return machine;
}

Privileges own_privileges() {
  Privileges own{geteuid(), 0};
  const auto status = host::read_file("/proc/self/status");
  const std::string text = status ? *status : "", name = "CapEff:\t";  // proc_pid_status(5)
  const size_t at = text.find(name);
  if (at != std::string::npos) own.capabilities = std::strtoull(text.c_str() + at + name.size(), nullptr, 16);
  return own;
}

Finding judge_privileges(const Privileges& own, const std::string& target) {
  std::string lacks;
  for (const auto& [bit, name] : {std::pair{CAP_SYS_ADMIN, "CAP_SYS_ADMIN"}, {CAP_NET_ADMIN, "CAP_NET_ADMIN"}}) {
    if ((own.capabilities >> bit & 1) == 0) lacks += (lacks.empty() ? "without " : " and ") + std::string(name);
  }
  Finding finding{"root", own.uid == 0 ? lacks : fmt::format("uid {}", own.uid), "any", "ok", "", "", {"rehearsal"}, false};
  if (own.uid == 0 && lacks.empty()) finding.found = "uid 0";
  if (own.uid == 0 && lacks.empty()) return finding;
  finding.verdict = "missing";
  finding.blocks = target == "rehearsal";
  finding.hint = own.uid != 0 ? "sudo ./zdt-demo …: the rehearsal cluster makes namespaces, mounts and nftables rules"
                              : "start this container with more (docker run --privileged), or this shell as the machine's root";
  return finding;
}

std::vector<Finding> judge_machine(const Machine& machine, const Prerequisites& wanted,
                                   const std::string& flavour) {
  const bool colima = flavour == "colima";
  const auto advice = [&](const std::string& colima_flag, const char* otherwise) {
    return colima ? fmt::format("colima stop && colima start {}", colima_flag) : std::string(otherwise);
  };
  const double memory = static_cast<double>(machine.memory_bytes),
               disk = static_cast<double>(machine.disk_free_bytes);
  return {machine_finding("CPUs", std::to_string(machine.cpus), std::to_string(wanted.cpus),
                          machine.cpus >= wanted.cpus,
                          advice(fmt::format("--cpu {}", wanted.cpus), "measured latencies will be higher")),
          machine_finding("memory", gib(machine.memory_bytes), gib(wanted.memory_gib << 30),
                          memory >= 0.95 * static_cast<double>(wanted.memory_gib << 30),
                          advice(fmt::format("--memory {}", wanted.memory_gib),
                                 "close what takes memory, or leave observability out")),
          machine_finding("free disk", gib(machine.disk_free_bytes), gib(wanted.disk_gib << 30),
                          disk >= static_cast<double>(wanted.disk_gib << 30),
                          advice("--disk 60", "docker system prune, or make room elsewhere"))};
}

}  // namespace zdt::script
