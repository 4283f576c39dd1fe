#include "audit/quota.h"

#include <algorithm>
#include <set>

#include "base/units.h"

namespace zdt::audit {
namespace {

std::optional<double> quantity_at(const json& object, Path path) {
  const json& value = at(object, path);
  auto quantity = parse_quantity(value.is_string() ? value.get<std::string>() : value.is_number() ? value.dump() : "");
  return quantity ? std::optional(*quantity) : std::nullopt;
}

/// What one container asks of cpu, memory and so on. A request that is missing is its limit.
double amount_of(const json& container, const std::string& list, const std::string& resource) {
  const json& resources = at(container, {"resources"});
  auto amount = quantity_at(resources, {list, resource});
  if (!amount && list == "requests") amount = quantity_at(resources, {"limits", resource});
  return amount.value_or(0);
}

/// What one pod uses of a quota's resource; nothing when pods use none of it (services, count/secrets …).
/// The containers together, or an init container that asks for more.
std::optional<double> use_of_pod(const Workload& workload, const std::string& resource) {
  if (resource == "pods" || resource == "count/pods") return 1;
  std::string list = "requests", name = resource;
  for (const char* prefix : {"requests", "limits"}) {
    if (!resource.starts_with(std::string(prefix) + ".")) continue;
    list = prefix;
    name = resource.substr(list.size() + 1);
  }
  const bool plain = name == resource;
  if (plain && name != "cpu" && name != "memory" && name != "ephemeral-storage") return std::nullopt;
  if (name == "storage") return std::nullopt;
  double together = 0, most = 0;
  for (const json& container : array_at(*workload.pod, {"containers"})) together += amount_of(container, list, name);
  for (const json& container : array_at(*workload.pod, {"initContainers"})) {
    const double amount = amount_of(container, list, name);
    if (string_at(container, {"restartPolicy"}) == "Always") {
      together += amount;
    } else {
      most = std::max(most, amount);
    }
  }
  return std::max(together, most);
}

/// No container asks for or is limited in cpu or memory.
/// https://kubernetes.io/docs/concepts/workloads/pods/pod-qos/#besteffort
bool is_best_effort(const Workload& workload) {
  for (const char* list : {"containers", "initContainers"}) {
    for (const json& container : array_at(*workload.pod, {list})) {
      for (const char* kind : {"requests", "limits"}) {
        const json& amounts = object_at(container, {"resources", kind});
        if (amounts.contains("cpu") || amounts.contains("memory")) return false;
      }
    }
  }
  return true;
}

/// Whether a scope holds for the pods; nothing when that cannot be told.
std::optional<bool> in_scope(const Workload& workload, const std::string& scope, const json& expression) {
  const bool timed = at(*workload.pod, {"activeDeadlineSeconds"}).is_number();
  if (scope == "BestEffort") return is_best_effort(workload);
  if (scope == "NotBestEffort") return !is_best_effort(workload);
  if (scope == "Terminating") return timed;
  if (scope == "NotTerminating") return !timed;
  if (scope != "PriorityClass") return std::nullopt;
  const std::string class_name = string_at(*workload.pod, {"priorityClassName"}), op = string_at(expression, {"operator"}, "Exists");
  const json& values = array_at(expression, {"values"});
  const bool among = std::find(values.begin(), values.end(), class_name) != values.end();
  if (op == "Exists") return !class_name.empty();
  if (op == "DoesNotExist") return class_name.empty();
  if (op == "In") return among;
  return op == "NotIn" ? std::optional(!among) : std::nullopt;
}

/// Whether a quota counts the pods: all its scopes must hold.
std::optional<bool> counts(const json& quota, const Workload& workload) {
  bool all = true;
  const auto consider = [&](std::optional<bool> holds) {
    if (!holds) return false;
    all = all && *holds;
    return true;
  };
  for (const json& scope : array_at(quota, {"spec", "scopes"})) {
    if (!consider(in_scope(workload, scope.is_string() ? scope.get<std::string>() : "", json::object()))) return std::nullopt;
  }
  for (const json& expression : array_at(quota, {"spec", "scopeSelector", "matchExpressions"})) {
    if (!consider(in_scope(workload, string_at(expression, {"scopeName"}), expression))) return std::nullopt;
  }
  return all;
}

}  // namespace

std::string short_resource(const ObjectSet& set, const Workload& workload, int64_t surge, const json& quota) {
  if (!counts(quota, workload).value_or(false)) return "";
  for (const auto& [resource, value] : object_at(quota, {"spec", "hard"}).items()) {
    const auto limit = quantity_at(quota, {"spec", "hard", resource});
    const auto own = use_of_pod(workload, resource);
    if (!limit || !own || *own == 0) continue;
    double wanted = static_cast<double>(surge) * *own;
    std::set<std::string> counted;
    for (const Workload& other : set.workloads()) {
      if (namespace_of(*other.object) != namespace_of(quota) || !counts(quota, other).value_or(false)) continue;
      if (!counted.insert(other.name.text()).second) continue;  // the same one in two files
      wanted += static_cast<double>(other.replicas) * use_of_pod(other, resource).value_or(0);
    }
    // 3 × 0.1 is a little more than 0.3.
    if (wanted > *limit * (1 + 1e-9)) return resource;
  }
  return "";
}

}  // namespace zdt::audit
