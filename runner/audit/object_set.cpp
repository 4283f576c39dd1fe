#include "audit/object_set.h"

#include <algorithm>

namespace zdt::audit {
namespace {

const json kNoLabels = json::object();

/// Where the pod's spec is in an object of this kind; "" for kinds without pods.
std::string pod_path_of(const json& object) {
  const std::string kind = string_at(object, {"kind"});
  if (kind == "Pod") return array_at(object, {"metadata", "ownerReferences"}).empty() ? "/spec" : "";
  for (const char* templated : {"Deployment", "StatefulSet", "DaemonSet", "Rollout"}) {
    if (kind == templated && at(object, {"spec", "template", "spec"}).is_object())
      return "/spec/template/spec";
  }
  return "";
}

void add_containers(Workload& workload, const char* list) {
  const json& containers = array_at(*workload.pod, {list});
  const bool init = std::string_view(list) == "initContainers";
  for (size_t i = 0; i < containers.size(); ++i) {
    if (init && string_at(containers[i], {"restartPolicy"}) != "Always") continue;
    workload.containers.push_back(
        {&containers[i], fmt::format("{}/{}/{}", workload.pod_path, list, i), init});
  }
}

bool service_selects(const json& service, const Workload& workload) {
  const json& selector = object_at(service, {"spec", "selector"});
  if (selector.empty()) return false;
  return selects({{"matchLabels", selector}}, *workload.labels);
}

/// The least that an HPA or a ScaledObject leaves of this workload; 0 when none scales it.
int64_t least_replicas(const std::vector<json>& objects, const Workload& workload) {
  for (const json& object : objects) {
    const std::string kind = string_at(object, {"kind"});
    const bool keda = kind == "ScaledObject";
    if (!keda && kind != "HorizontalPodAutoscaler") continue;
    const json& target = at(object, {"spec", "scaleTargetRef"});
    const bool same = string_at(target, {"name"}) == workload.name.name &&
                      string_at(target, {"kind"}, "Deployment") == workload.name.kind &&
                      namespace_of(object) == namespace_of(*workload.object);
    if (same) return int_at(object, {"spec", keda ? "minReplicaCount" : "minReplicas"}, keda ? 0 : 1);
  }
  return 0;
}

/// Whether it names a port that is not there for people and Prometheus alone.
bool takes_requests(const Container& container) {
  const json& ports = array_at(*container.spec, {"ports"});
  return std::any_of(ports.begin(), ports.end(), [](const json& port) {
    const std::string name = string_at(port, {"name"});
    for (const char* aside : {"metrics", "prom", "admin", "debug", "health", "probe"}) {
      if (name.find(aside) != std::string::npos) return false;
    }
    return true;
  });
}

bool has_port(const Container& container, int64_t number) {
  const json& ports = array_at(*container.spec, {"ports"});
  return std::any_of(ports.begin(), ports.end(),
                     [&](const json& port) { return int_at(port, {"containerPort"}) == number; });
}

}  // namespace

std::optional<std::string> Container::env(std::string_view variable) const {
  for (const json& entry : array_at(*spec, {"env"})) {
    if (string_at(entry, {"name"}) == variable && at(entry, {"value"}).is_string())
      return string_at(entry, {"value"});
  }
  return std::nullopt;
}

std::optional<std::string> Container::flag(std::string_view name) const {
  const std::string wanted = fmt::format("--{}", name);
  bool next = false;
  for (const char* list : {"command", "args"}) {
    for (const json& word : array_at(*spec, {list})) {
      if (!word.is_string()) continue;
      const std::string text = word.get<std::string>();
      if (next) return text;
      if (text.starts_with(wanted + "=")) return text.substr(wanted.size() + 1);
      next = text == wanted;
    }
  }
  return std::nullopt;
}

bool Workload::serves() const {
  if (!services.empty()) return true;
  return std::any_of(containers.begin(), containers.end(), takes_requests);
}

std::vector<const Container*> Workload::serving() const {
  std::vector<const Container*> found;
  for (const Container& container : containers) {
    const bool targeted = std::any_of(services.begin(), services.end(), [&](const json* service) {
      const json& ports = array_at(*service, {"spec", "ports"});
      return std::any_of(ports.begin(), ports.end(), [&](const json& port) {
        return has_port(container, ObjectSet::target_port(*service, int_at(port, {"port"}), *this));
      });
    });
    if (targeted) found.push_back(&container);
  }
  if (!found.empty() || !serves()) return found;
  for (const Container& container : containers) {
    if (takes_requests(container)) found.push_back(&container);
  }
  if (found.empty() && !containers.empty()) found.push_back(&containers.front());
  return found;
}

const Container* Workload::owner_of(int64_t port) const {
  const auto found = std::find_if(containers.begin(), containers.end(),
                                  [&](const Container& one) { return has_port(one, port); });
  return found == containers.end() ? nullptr : &*found;
}

bool Workload::rolls() const {
  return name.kind == "Deployment" ||
         (name.kind == "Rollout" && !at(*object, {"spec", "strategy"}).contains("blueGreen"));
}

ObjectSet::ObjectSet(const std::vector<json>& objects) : objects_(objects) {
  for (const json& object : objects_) add_workload(object);
  for (Workload& workload : workloads_) connect(workload);
}

void ObjectSet::add_workload(const json& object) {
  Workload workload;
  workload.pod_path = pod_path_of(object);
  if (workload.pod_path.empty()) return;
  const bool templated = workload.pod_path != "/spec";
  const json& owner = templated ? at(object, {"spec", "template"}) : object;
  workload.object = &object;
  workload.name = name_of(object);
  workload.pod = &at(owner, {"spec"});
  const json& labels = at(owner, {"metadata", "labels"});
  workload.labels = labels.is_object() ? &labels : &kNoLabels;
  add_containers(workload, "containers");
  add_containers(workload, "initContainers");
  workload.replicas = templated ? int_at(object, {"spec", "replicas"}, 1) : 1;
  workloads_.push_back(std::move(workload));
}

void ObjectSet::connect(Workload& workload) {
  for (const json& object : objects_) {
    if (string_at(object, {"kind"}) == "Service" && namespace_of(object) == namespace_of(*workload.object) &&
        service_selects(object, workload)) {
      workload.services.push_back(&object);
    }
  }
  const int64_t least = least_replicas(objects_, workload);
  if (least > 0) workload.replicas = least;
}

std::vector<const json*> ObjectSet::all(std::string_view kind) const {
  std::vector<const json*> found;
  for (const json& object : objects_) {
    if (string_at(object, {"kind"}) == kind) found.push_back(&object);
  }
  return found;
}

const json* ObjectSet::find(std::string_view kind, std::string_view ns, std::string_view name) const {
  const std::string wanted = ns.empty() ? "default" : std::string(ns);
  for (const json& object : objects_) {
    if (string_at(object, {"kind"}) == kind && string_at(object, {"metadata", "name"}) == name &&
        namespace_of(object) == wanted) {
      return &object;
    }
  }
  return nullptr;
}

int64_t ObjectSet::target_port(const json& service, int64_t port, const Workload& workload) {
  for (const json& entry : array_at(service, {"spec", "ports"})) {
    if (int_at(entry, {"port"}) != port) continue;
    const json& target = at(entry, {"targetPort"});
    if (!target.is_string()) return int_at(entry, {"targetPort"}, port);
    for (const Container& container : workload.containers) {
      for (const json& named : array_at(*container.spec, {"ports"})) {
        if (at(named, {"name"}) == target) return int_at(named, {"containerPort"});
      }
    }
  }
  return 0;
}

ObjectName name_of(const json& object) {
  return {string_at(object, {"apiVersion"}), string_at(object, {"kind"}),
          string_at(object, {"metadata", "namespace"}), string_at(object, {"metadata", "name"})};
}

std::string namespace_of(const json& object) {
  const std::string ns = string_at(object, {"metadata", "namespace"});
  return ns.empty() ? "default" : ns;
}

}  // namespace zdt::audit
