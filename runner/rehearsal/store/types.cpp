#include "rehearsal/store/types.h"

namespace zdt::rehearsal {
namespace {

/// The words that a table of types is written in: namespaced or not, subresources, whether somebody acts on
/// it.
enum Trait : unsigned { kNone = 0, kCluster = 1, kStatus = 2, kScale = 4, kStored = 8, kMeasured = 16 };

ResourceType type(std::string group, std::string version, std::string kind, std::string plural,
                  unsigned traits, std::vector<std::string> short_names = {}) {
  ResourceType result;
  result.group = std::move(group);
  result.version = std::move(version);
  for (char c : kind) result.singular += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  result.kind = std::move(kind);
  result.plural = std::move(plural);
  result.namespaced = (traits & kCluster) == 0;
  result.status = (traits & kStatus) != 0;
  result.scale = (traits & kScale) != 0;
  result.acted_on = (traits & kStored) == 0;
  result.measured = (traits & kMeasured) != 0;
  result.short_names = std::move(short_names);
  return result;
}

void add_core(std::vector<ResourceType>& types) {
  types.insert(
      types.end(),
      {
          type("", "v1", "ConfigMap", "configmaps", kNone, {"cm"}),
          type("", "v1", "Endpoints", "endpoints", kNone, {"ep"}),
          type("", "v1", "Event", "events", kNone, {"ev"}),
          type("", "v1", "LimitRange", "limitranges", kStored, {"limits"}),
          type("", "v1", "Namespace", "namespaces", kCluster | kStatus, {"ns"}),
          type("", "v1", "Node", "nodes", kCluster | kStatus, {"no"}),
          type("", "v1", "PersistentVolumeClaim", "persistentvolumeclaims", kStatus | kStored, {"pvc"}),
          type("", "v1", "PersistentVolume", "persistentvolumes", kCluster | kStatus | kStored, {"pv"}),
          type("", "v1", "Pod", "pods", kStatus, {"po"}),
          type("", "v1", "ResourceQuota", "resourcequotas", kStatus | kStored, {"quota"}),
          type("", "v1", "Secret", "secrets", kNone),
          type("", "v1", "ServiceAccount", "serviceaccounts", kNone, {"sa"}),
          type("", "v1", "Service", "services", kStatus, {"svc"}),
      });
}

void add_workloads(std::vector<ResourceType>& types) {
  types.insert(
      types.end(),
      {
          type("apps", "v1", "DaemonSet", "daemonsets", kStatus | kStored, {"ds"}),
          type("apps", "v1", "Deployment", "deployments", kStatus | kScale, {"deploy"}),
          type("apps", "v1", "ReplicaSet", "replicasets", kStatus | kScale, {"rs"}),
          type("apps", "v1", "StatefulSet", "statefulsets", kStatus | kScale | kStored, {"sts"}),
          type("batch", "v1", "CronJob", "cronjobs", kStatus | kStored, {"cj"}),
          type("batch", "v1", "Job", "jobs", kStatus | kStored),
          type("autoscaling", "v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers", kStatus,
               {"hpa"}),
          type("policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets", kStatus, {"pdb"}),
      });
}

void add_network_and_access(std::vector<ResourceType>& types) {
  const std::string rbac = "rbac.authorization.k8s.io";
  types.insert(
      types.end(),
      {
          type("discovery.k8s.io", "v1", "EndpointSlice", "endpointslices", kNone),
          type("networking.k8s.io", "v1", "IngressClass", "ingressclasses", kCluster | kStored),
          type("networking.k8s.io", "v1", "Ingress", "ingresses", kStatus | kStored, {"ing"}),
          type("networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies", kStored, {"netpol"}),
          type("coordination.k8s.io", "v1", "Lease", "leases", kNone),
          type(rbac, "v1", "ClusterRoleBinding", "clusterrolebindings", kCluster),
          type(rbac, "v1", "ClusterRole", "clusterroles", kCluster),
          type(rbac, "v1", "RoleBinding", "rolebindings", kNone),
          type(rbac, "v1", "Role", "roles", kNone),
          type("storage.k8s.io", "v1", "StorageClass", "storageclasses", kCluster | kStored, {"sc"}),
          type("scheduling.k8s.io", "v1", "PriorityClass", "priorityclasses", kCluster | kStored, {"pc"}),
          type("apiextensions.k8s.io", "v1", "CustomResourceDefinition", "customresourcedefinitions",
               kCluster | kStatus, {"crd", "crds"}),
          type("apiregistration.k8s.io", "v1", "APIService", "apiservices", kCluster | kStatus | kStored),
          type("metrics.k8s.io", "v1beta1", "NodeMetrics", "nodes", kCluster | kMeasured),
          type("metrics.k8s.io", "v1beta1", "PodMetrics", "pods", kMeasured),
      });
}

}  // namespace

const std::vector<ResourceType>& builtin_types() {
  static const std::vector<ResourceType> types = [] {
    std::vector<ResourceType> all;
    add_core(all);
    add_workloads(all);
    add_network_and_access(all);
    return all;
  }();
  return types;
}

}  // namespace zdt::rehearsal
