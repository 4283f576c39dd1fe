#include "rehearsal/node/node_object.h"

#include <sys/sysinfo.h>
#include <sys/utsname.h>

#include <thread>

namespace zdt::rehearsal {
namespace {

json resources() {
  struct sysinfo machine {};
  sysinfo(&machine);
  return {{"cpu", std::to_string(std::thread::hardware_concurrency())},
          {"memory", fmt::format("{}Ki", machine.totalram * machine.mem_unit / 1024)},
          {"pods", "110"}};
}

std::string architecture(const utsname& system) {
  const std::string machine = system.machine;
  return machine == "x86_64" ? "amd64" : machine == "aarch64" ? "arm64" : machine;
}

json condition(const char* type, bool value, const char* reason, const char* message,
               const std::string& now) {
  return {{"type", type},       {"status", value ? "True" : "False"}, {"reason", reason},
          {"message", message}, {"lastHeartbeatTime", now},           {"lastTransitionTime", now}};
}

json node_info(const utsname& system) {
  return {{"kubeletVersion", "v1.33.0"},
          {"kubeProxyVersion", "v1.33.0"},
          {"osImage", "zdt-demo rehearsal"},
          {"kernelVersion", system.release},
          {"operatingSystem", "linux"},
          {"architecture", architecture(system)},
          {"containerRuntimeVersion", "crun://1.8.1"},
          {"machineID", ""},
          {"systemUUID", ""},
          {"bootID", ""}};
}

}  // namespace

json node_object(const NodeOptions& options, const std::string& address, WallTime now) {
  utsname system{};
  uname(&system);
  const std::string time = format_time(now);
  const json conditions = {
      condition("MemoryPressure", false, "KubeletHasSufficientMemory",
                "kubelet has sufficient memory available", time),
      condition("DiskPressure", false, "KubeletHasNoDiskPressure", "kubelet has no disk pressure", time),
      condition("PIDPressure", false, "KubeletHasSufficientPID", "kubelet has sufficient PID available",
                time),
      condition("Ready", true, "KubeletReady", "kubelet is posting ready status", time)};
  const json addresses = {{{"type", "InternalIP"}, {"address", address}},
                          {{"type", "Hostname"}, {"address", options.name}}};
  return {{"apiVersion", "v1"},
          {"kind", "Node"},
          {"metadata",
           {{"name", options.name},
            {"labels",
             {{"kubernetes.io/hostname", options.name},
              {"kubernetes.io/os", "linux"},
              {"kubernetes.io/arch", architecture(system)},
              {"zdt.dev/target", "rehearsal"}}}}},
          {"spec", {{"podCIDR", options.pod_range}, {"podCIDRs", json::array({options.pod_range})}}},
          {"status",
           {{"capacity", resources()},
            {"allocatable", resources()},
            {"conditions", conditions},
            {"addresses", addresses},
            {"daemonEndpoints", {{"kubeletEndpoint", {{"Port", 10250}}}}},
            {"nodeInfo", node_info(system)}}}};
}

Result<void> register_node(Store& store, const NodeOptions& options, const std::string& address) {
  json node = node_object(options, address, std::chrono::system_clock::now());
  auto written = store.find("nodes", "", options.name) ? store.update("nodes", std::move(node))
                                                       : store.create("nodes", std::move(node));
  if (!written) return with_context("registering the node", written.error());
  return {};
}

}  // namespace zdt::rehearsal
