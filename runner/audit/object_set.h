// The objects of an audit, indexed: which pods a Service chooses, how many there are, what they mount.
#pragma once
#include "audit/finding.h"

namespace zdt::audit {

/// An environment variable.   value  nothing: it comes from where nothing can be read (a Secret, a field).
/// path  of its entry in the workload's object; of the container's envFrom when it comes from there.
struct Variable {
  std::string name, path;
  std::optional<std::string> value;
};

/// A container that runs as long as its pod. path  of it in the workload's object, as a JSON pointer.
/// native_sidecar  an init container with restartPolicy Always; starts before and ends after the main ones.
struct Container {
  const json* spec = nullptr;
  std::string path;
  bool native_sidecar = false;
  /// What env and envFrom set, the ConfigMaps of the set read. An entry of env wins.
  std::vector<Variable> variables = {};
  /// The first source of envFrom that is not in the set ("Secret/x"); "": all were read.
  std::string unread_env = {};
  std::string name() const { return string_at(*spec, {"name"}); }
  /// The value of an environment variable; nothing when it is missing or cannot be read.
  std::optional<std::string> env(std::string_view variable) const;
  /// What follows --FLAG in command and args, as --FLAG=value or --FLAG value; nothing when it is not there.
  std::optional<std::string> flag(std::string_view name) const;
};

/// Anything with a pod template, or a Pod without an owner. A Rollout with a workloadRef has its pods' spec in the other
/// object: then `containers` is empty, and what is said of the pods is said of that one.
/// pod_path   of the pod's spec in the object.    replicas  the autoscaler's minimum where there is one; 0 of what a
/// Rollout replaces. services   that choose its pods, and lead to more than metrics, administration or health.
/// autoscaled  by a HorizontalPodAutoscaler or ScaledObject.   rolled_by  the Rollout whose workloadRef names it.
/// lent_ports  of a Rollout with a workloadRef: that object's containers name ports for requests.
struct Workload {
  const json* object = nullptr;
  ObjectName name;
  std::string pod_path;
  const json* pod = nullptr;
  const json* labels = nullptr;
  std::vector<Container> containers;
  std::vector<const json*> services;
  /// Services that choose its pods for metrics, administration or health alone.
  std::vector<const json*> aside_services;
  int64_t replicas = 1;
  bool autoscaled = false, lent_ports = false;
  std::string rolled_by;

  /// A Service leads to it, or, where the set has none that does, a container names a port (other
  /// than for metrics, administration and health).
  bool serves() const;
  /// Whether this port takes no requests: its name, or the names of all Services' ports that lead to it, say metrics,
  /// administration or health.
  bool is_aside(const json& port) const;
  /// The containers that take its requests: those that own a Service's target port; else those with ports;
  /// else the first. None when it does not serve.
  std::vector<const Container*> serving() const;
  /// The container with this port; null when none names it.
  const Container* owner_of(int64_t port) const;
  /// Whether a rolling update replaces its pods, more than one at a time if it says so (Deployment, Rollout's
  /// canary).
  bool rolls() const;
};

class ObjectSet {
 public:
  /// `objects` must outlive it.
  explicit ObjectSet(const std::vector<json>& objects);
  ObjectSet(const ObjectSet&) = delete;
  ObjectSet& operator=(const ObjectSet&) = delete;

  const std::vector<Workload>& workloads() const { return workloads_; }
  /// All of one kind, in their order.
  std::vector<const json*> all(std::string_view kind) const;
  /// ns  "" and "default" are the same. Null when there is none.
  const json* find(std::string_view kind, std::string_view ns, std::string_view name) const;
  /// The number behind a Service's port (by number), as these pods have it; 0 when the Service has no such
  /// port.
  static int64_t target_port(const json& service, int64_t port, const Workload& workload);

  /// name_of, with the object's index.
  ObjectName name_of(const json& object) const;
  /// Rollouts whose workloadRef names nothing in the set.
  const std::vector<const json*>& unresolved() const { return unresolved_; }

 private:
  void add_workload(const json& object);
  void connect(Workload& workload);
  void read_variables(Workload& workload, Container& container) const;
  std::vector<const json*> unresolved_;
  const std::vector<json>& objects_;
  std::vector<Workload> workloads_;
};

ObjectName name_of(const json& object);
/// Whether one of a port's or Service's name's words (http-metrics, admin.port) is of metrics, administration or health.
bool names_aside(std::string_view name);
/// metadata.namespace, or "default".
std::string namespace_of(const json& object);
/// A LabelSelector (matchLabels, matchExpressions). An empty one chooses everything, a missing one nothing.
/// https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/
bool selects(const json& selector, const json& labels);
/// An IntOrString of `whole`: a number, or a percentage, rounded up or down. Nothing when it is neither.
std::optional<int64_t> share_of(const json& value, int64_t whole, bool round_up);
/// "5", "5s", "500ms"; 0 or more. Nothing when it is no time.
std::optional<milliseconds> time_in(std::string_view text);

}  // namespace zdt::audit
