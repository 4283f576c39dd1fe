#include "audit/placement.h"

#include <algorithm>

namespace zdt::audit {
namespace {

bool is_shared(const json& claim) {
  const json& modes = array_at(claim, {"spec", "accessModes"});
  return std::any_of(modes.begin(), modes.end(),
                     [](const json& mode) { return mode == "ReadWriteMany" || mode == "ReadOnlyMany"; });
}

/// Whether every container that mounts the volume does so readOnly.
bool is_read_only(const json& pod, const json& volume) {
  for (const char* list : {"containers", "initContainers"}) {
    for (const json& container : array_at(pod, {list})) {
      for (const json& mount : array_at(container, {"volumeMounts"})) {
        if (at(mount, {"name"}) == at(volume, {"name"}) && !bool_at(mount, {"readOnly"})) return false;
      }
    }
  }
  return true;
}

/// Why one pod alone can write to a volume; "" when several can.
std::string one_writer(const ObjectSet& set, const Workload& workload, const json& volume) {
  const std::string name = string_at(volume, {"name"});
  if (volume.contains("persistentVolumeClaim")) {
    const std::string claim_name = string_at(volume, {"persistentVolumeClaim", "claimName"});
    const json* claim = set.find("PersistentVolumeClaim", namespace_of(*workload.object), claim_name);
    if (claim == nullptr) return fmt::format("the claim {} of volume {} may have one writer", claim_name, name);
    return is_shared(*claim) ? "" : fmt::format("the claim {} of volume {} has one writer", claim_name, name);
  }
  for (const char* disk : {"gcePersistentDisk", "awsElasticBlockStore", "azureDisk", "cinder", "vsphereVolume", "rbd", "iscsi",
                           "fc", "scaleIO", "storageos", "photonPersistentDisk", "flexVolume"}) {
    if (volume.contains(disk)) return fmt::format("the disk of volume {} may have one writer", name);
  }
  const bool files = volume.contains("hostPath") && string_at(volume, {"hostPath", "type"}) != "Socket" &&
                     string_at(volume, {"hostPath", "type"}) != "CharDevice";
  if (files && !is_read_only(*workload.pod, volume)) return fmt::format("the node's files in volume {} may have one writer", name);
  return "";
}

std::string host_port(const json& pod) {
  for (const char* list : {"containers", "initContainers"}) {
    for (const json& container : array_at(pod, {list})) {
      for (const json& port : array_at(container, {"ports"})) {
        const bool of_host = bool_at(pod, {"hostNetwork"});
        const int64_t number = int_at(port, {"hostPort"}, of_host ? int_at(port, {"containerPort"}) : 0);
        if (number > 0) return fmt::format("the port {} of a node can be held by one pod", number);
      }
    }
  }
  return "";
}

std::string own_anti_affinity(const Workload& workload) {
  for (const json& term : array_at(*workload.pod, {"affinity", "podAntiAffinity", "requiredDuringSchedulingIgnoredDuringExecution"})) {
    if (selects(at(term, {"labelSelector"}), *workload.labels))
      return "podAntiAffinity keeps its pods apart, so that one more may find no node";
  }
  return "";
}

}  // namespace

Placement placement_of(const ObjectSet& set, const Workload& workload) {
  for (const json& volume : array_at(*workload.pod, {"volumes"})) {
    std::string reason = volume.is_object() ? one_writer(set, workload, volume) : "";
    if (!reason.empty()) return {true, std::move(reason)};
  }
  const std::string port = host_port(*workload.pod);
  return {false, port.empty() ? own_anti_affinity(workload) : port};
}

}  // namespace zdt::audit
