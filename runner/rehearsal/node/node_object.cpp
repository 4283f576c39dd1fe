#include "rehearsal/node/node_object.h"

#include <sys/statvfs.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>

#include <thread>

namespace zdt::rehearsal {
namespace {

json resources() {
  struct sysinfo machine {};
  sysinfo(&machine);
  struct statvfs disk {};
  statvfs("/", &disk);
  return {{"cpu", std::to_string(std::thread::hardware_concurrency())},
          {"memory", fmt::format("{}Ki", machine.totalram * machine.mem_unit / 1024)},
          {"ephemeral-storage", fmt::format("{}Ki", disk.f_blocks * disk.f_frsize / 1024)},
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

/// https://kubernetes.io/docs/reference/labels-annotations-taints/
json labels_of_node(const NodeIdentity& node, const utsname& system) {
  const std::string arch = architecture(system);
  json labels = {{"kubernetes.io/hostname", node.name}, {"kubernetes.io/os", "linux"},
                 {"kubernetes.io/arch", arch},          {"beta.kubernetes.io/os", "linux"},
                 {"beta.kubernetes.io/arch", arch},     {"zdt.dev/target", "rehearsal"}};
  if (node.control_plane) {
    labels["node-role.kubernetes.io/control-plane"] = "";
    labels["node.kubernetes.io/exclude-from-external-load-balancers"] = "";
  }
  return labels;
}

}  // namespace

std::vector<NodeIdentity> kind_nodes() {
  return {{"zero-downtime-control-plane", "172.18.0.2", "10.244.0.0/24", true},
          {"zero-downtime-worker", "172.18.0.3", "10.244.1.0/24", false},
          {"zero-downtime-worker2", "172.18.0.4", "10.244.2.0/24", false},
          {"zero-downtime-worker3", "172.18.0.5", "10.244.3.0/24", false}};
}

json node_object(const NodeIdentity& node, WallTime now) {
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
  const json addresses = {{{"type", "InternalIP"}, {"address", node.address}},
                          {{"type", "Hostname"}, {"address", node.name}}};
  json spec = {{"podCIDR", node.pod_range},
               {"podCIDRs", json::array({node.pod_range})},
               {"providerID", "kind://docker/zero-downtime/" + node.name}};
  if (node.control_plane) {
    spec["taints"] = json::array({{{"key", "node-role.kubernetes.io/control-plane"}, {"effect", "NoSchedule"}}});
  }
  return {{"apiVersion", "v1"},
          {"kind", "Node"},
          {"metadata", {{"name", node.name}, {"labels", labels_of_node(node, system)}}},
          {"spec", std::move(spec)},
          {"status",
           {{"capacity", resources()},
            {"allocatable", resources()},
            {"conditions", conditions},
            {"addresses", addresses},
            {"daemonEndpoints", {{"kubeletEndpoint", {{"Port", 10250}}}}},
            {"nodeInfo", node_info(system)}}}};
}

Result<void> register_node(Store& store, const NodeIdentity& node) {
  json object = node_object(node, std::chrono::system_clock::now());
  auto written = store.find("nodes", "", node.name) ? store.update("nodes", std::move(object))
                                                    : store.create("nodes", std::move(object));
  if (!written) return with_context("registering the node " + node.name, written.error());
  return {};
}

}  // namespace zdt::rehearsal
