#include "audit/object_set.h"

#include <algorithm>

namespace zdt::audit {
namespace {

const json kNoLabels = json::object();

/// Where the pod's spec is in an object of this kind; "" for kinds without pods.
std::string pod_path_of(const json& object) {
  const std::string kind = string_at(object, {"kind"});
  if (!array_at(object, {"metadata", "ownerReferences"}).empty()) return "";
  if (kind == "Pod") return "/spec";
  for (const char* templated :
       {"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController", "Rollout"}) {
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
        {&containers[i], fmt::format("{}/{}/{}", workload.pod_path, list, i), init, {}, ""});
  }
}

bool service_selects(const json& service, const Workload& workload) {
  const json& selector = object_at(service, {"spec", "selector"});
  if (selector.empty()) return false;
  return selects({{"matchLabels", selector}}, *workload.labels);
}

/// The HPA or ScaledObject of this workload; null when none scales it.
const json* scaler_of(const std::vector<json>& objects, const Workload& workload) {
  for (const json& object : objects) {
    const std::string kind = string_at(object, {"kind"});
    if (kind != "ScaledObject" && kind != "HorizontalPodAutoscaler") continue;
    const json& target = at(object, {"spec", "scaleTargetRef"});
    const bool same = string_at(target, {"name"}) == workload.name.name &&
                      string_at(target, {"kind"}, "Deployment") == workload.name.kind &&
                      namespace_of(object) == namespace_of(*workload.object);
    if (same) return &object;
  }
  return nullptr;
}

/// The least that it leaves; 0 when it says so.
int64_t least_replicas(const json& scaler) {
  const bool keda = string_at(scaler, {"kind"}) == "ScaledObject";
  return int_at(scaler, {"spec", keda ? "minReplicaCount" : "minReplicas"}, keda ? 0 : 1);
}

/// The number of a containerPort, or the port of the pod behind a Service's port.
int64_t target_of(const json& service, const json& port, const Workload& workload) {
  return ObjectSet::target_port(service, int_at(port, {"port"}), workload);
}

/// Whether a Service's port is not for requests: by its name, its target's, or the Service's own.
bool leads_aside(const json& service, const json& port, const Workload& workload) {
  if (names_aside(string_at(port, {"name"})) || names_aside(string_at(port, {"targetPort"}))) return true;
  const int64_t number = target_of(service, port, workload);
  for (const Container& container : workload.containers) {
    for (const json& named : array_at(*container.spec, {"ports"})) {
      if (int_at(named, {"containerPort"}) == number && names_aside(string_at(named, {"name"}))) return true;
    }
  }
  const bool alone = array_at(service, {"spec", "ports"}).size() == 1;
  return alone && string_at(port, {"name"}).empty() && names_aside(string_at(service, {"metadata", "name"}));
}

bool is_aside_service(const json& service, const Workload& workload) {
  const json& ports = array_at(service, {"spec", "ports"});
  return std::all_of(ports.begin(), ports.end(),
                     [&](const json& port) { return leads_aside(service, port, workload); });
}

/// Whether it names a port that is not there for people and Prometheus alone.
bool takes_requests(const Workload& workload, const Container& container) {
  const json& ports = array_at(*container.spec, {"ports"});
  return std::any_of(ports.begin(), ports.end(), [&](const json& port) { return !workload.is_aside(port); });
}

/// Lower case, between whatever is no letter.
std::vector<std::string> words_of(std::string_view name) {
  std::vector<std::string> words(1);
  for (char c : name) {
    if (std::isalpha(static_cast<unsigned char>(c)) != 0) {
      words.back() += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    } else if (!words.back().empty()) {
      words.emplace_back();
    }
  }
  return words;
}

bool any_port_for_requests(const json& pod) {
  for (const json& container : array_at(pod, {"containers"})) {
    for (const json& port : array_at(container, {"ports"})) {
      if (!names_aside(string_at(port, {"name"}))) return true;
    }
  }
  return false;
}

bool has_port(const Container& container, int64_t number) {
  const json& ports = array_at(*container.spec, {"ports"});
  return std::any_of(ports.begin(), ports.end(),
                     [&](const json& port) { return int_at(port, {"containerPort"}) == number; });
}

}  // namespace

std::optional<std::string> Container::env(std::string_view variable) const {
  for (const Variable& one : variables) {
    if (one.name == variable) return one.value;
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
  if (!services.empty() || lent_ports) return true;
  return std::any_of(containers.begin(), containers.end(),
                     [&](const Container& one) { return takes_requests(*this, one); });
}

bool Workload::is_aside(const json& port) const {
  if (names_aside(string_at(port, {"name"}))) return true;
  const int64_t number = int_at(port, {"containerPort"});
  bool led_to = false, aside = true;
  for (const auto* list : {&services, &aside_services}) {
    for (const json* service : *list) {
      for (const json& entry : array_at(*service, {"spec", "ports"})) {
        if (target_of(*service, entry, *this) != number) continue;
        led_to = true;
        aside = aside && leads_aside(*service, entry, *this);
      }
    }
  }
  return led_to && aside;
}

std::vector<const Container*> Workload::serving() const {
  std::vector<const Container*> found;
  for (const Container& container : containers) {
    const bool targeted = std::any_of(services.begin(), services.end(), [&](const json* service) {
      const json& ports = array_at(*service, {"spec", "ports"});
      return std::any_of(ports.begin(), ports.end(), [&](const json& port) {
        return has_port(container, target_of(*service, port, *this)) && !leads_aside(*service, port, *this);
      });
    });
    if (targeted) found.push_back(&container);
  }
  if (!found.empty() || !serves()) return found;
  for (const Container& container : containers) {
    if (takes_requests(*this, container)) found.push_back(&container);
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
  return (name.kind == "Deployment" && rolled_by.empty()) ||
         (name.kind == "Rollout" && !at(*object, {"spec", "strategy"}).contains("blueGreen"));
}

ObjectSet::ObjectSet(const std::vector<json>& objects) : objects_(objects) {
  for (const json& object : objects_) add_workload(object);
  for (Workload& workload : workloads_) connect(workload);
}

void ObjectSet::add_workload(const json& object) {
  Workload workload;
  workload.object = &object;
  workload.name = name_of(object);
  const json& reference = at(object, {"spec", "workloadRef"});
  const bool refers = workload.name.kind == "Rollout" && reference.is_object();
  const json* other =
      refers ? find(string_at(reference, {"kind"}, "Deployment"), namespace_of(object), string_at(reference, {"name"}))
             : nullptr;
  if (refers && other == nullptr) return unresolved_.push_back(&object);
  const json& templated = refers ? *other : object;
  workload.pod_path = pod_path_of(templated);
  if (workload.pod_path.empty()) return;
  const bool is_pod = workload.pod_path == "/spec";
  const json& owner = is_pod ? templated : at(templated, {"spec", "template"});
  workload.pod = &at(owner, {"spec"});
  const json& labels = at(owner, {"metadata", "labels"});
  workload.labels = labels.is_object() ? &labels : &kNoLabels;
  if (!refers) {
    add_containers(workload, "containers");
    add_containers(workload, "initContainers");
  }
  if (refers) workload.lent_ports = any_port_for_requests(*workload.pod);
  workload.replicas = is_pod ? 1 : int_at(object, {"spec", "replicas"}, 1);
  workloads_.push_back(std::move(workload));
}

/// env wins over envFrom, and the last of several in either.
/// https://kubernetes.io/docs/tasks/configure-pod-container/configure-pod-configmap/
void ObjectSet::read_variables(Workload& workload, Container& container) const {
  std::map<std::string, Variable> read;
  const std::string ns = namespace_of(*workload.object);
  for (const json& source : array_at(*container.spec, {"envFrom"})) {
    const std::string map_name = string_at(source, {"configMapRef", "name"});
    const json* map = map_name.empty() ? nullptr : find("ConfigMap", ns, map_name);
    if (map == nullptr && container.unread_env.empty())
      container.unread_env = map_name.empty() ? "Secret/" + string_at(source, {"secretRef", "name"}) : "ConfigMap/" + map_name;
    if (map == nullptr) continue;
    for (const auto& [key, value] : object_at(*map, {"data"}).items()) {
      const std::string name = string_at(source, {"prefix"}) + key;
      read[name] = {name, container.path + "/envFrom",
                    value.is_string() ? std::optional(value.get<std::string>()) : std::nullopt};
    }
  }
  const json& entries = array_at(*container.spec, {"env"});
  for (size_t i = 0; i < entries.size(); ++i) {
    const std::string name = string_at(entries[i], {"name"});
    Variable variable{name, fmt::format("{}/env/{}", container.path, i), std::nullopt};
    const json& key = at(entries[i], {"valueFrom", "configMapKeyRef"});
    const json* map = key.is_object() ? find("ConfigMap", ns, string_at(key, {"name"})) : nullptr;
    const json& value = map != nullptr ? at(*map, {"data", string_at(key, {"key"})}) : at(entries[i], {"value"});
    if (value.is_string()) variable.value = value.get<std::string>();
    read[name] = std::move(variable);
  }
  for (auto& [name, variable] : read) container.variables.push_back(std::move(variable));
}

void ObjectSet::connect(Workload& workload) {
  for (Container& container : workload.containers) read_variables(workload, container);
  for (const json& object : objects_) {
    if (string_at(object, {"kind"}) != "Service" || namespace_of(object) != namespace_of(*workload.object) ||
        !service_selects(object, workload))
      continue;
    (is_aside_service(object, workload) ? workload.aside_services : workload.services).push_back(&object);
  }
  for (const Workload& other : workloads_) {
    const json& reference = at(*other.object, {"spec", "workloadRef"});
    const bool rolled = other.name.kind == "Rollout" && string_at(reference, {"name"}) == workload.name.name &&
                        string_at(reference, {"kind"}, "Deployment") == workload.name.kind &&
                        namespace_of(*other.object) == namespace_of(*workload.object);
    if (rolled) workload.rolled_by = other.name.text();
  }
  const json* scaler = scaler_of(objects_, workload);
  workload.autoscaled = scaler != nullptr;
  if (scaler != nullptr && least_replicas(*scaler) > 0) workload.replicas = least_replicas(*scaler);
  if (!workload.rolled_by.empty()) workload.replicas = 0;
}

ObjectName ObjectSet::name_of(const json& object) const {
  ObjectName name = audit::name_of(object);
  if (!objects_.empty() && &object >= objects_.data() && &object < objects_.data() + objects_.size())
    name.index = static_cast<size_t>(&object - objects_.data());
  return name;
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
  const std::string generated = string_at(object, {"metadata", "generateName"});
  return {string_at(object, {"apiVersion"}), string_at(object, {"kind"}), string_at(object, {"metadata", "namespace"}),
          string_at(object, {"metadata", "name"}, generated), kNoIndex};
}

bool names_aside(std::string_view name) {
  for (const std::string& word : words_of(name)) {
    for (const char* beginning : {"metric", "health", "prometheus", "debug", "pprof", "telemetry"}) {
      if (word.starts_with(beginning)) return true;
    }
    for (const char* whole : {"prom", "admin", "administration", "management", "mgmt", "probe", "probes", "monitoring", "monitor", "stats",
                              "jmx", "liveness", "readiness", "exporter"}) {
      if (word == whole) return true;
    }
  }
  return false;
}

std::string namespace_of(const json& object) {
  const std::string ns = string_at(object, {"metadata", "namespace"});
  return ns.empty() ? "default" : ns;
}

}  // namespace zdt::audit
