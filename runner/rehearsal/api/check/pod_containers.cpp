#include <fmt/format.h>

#include "rehearsal/api/check/pod.h"

namespace zdt::rehearsal::api {
namespace {

void check_container_port(const json& port, const Where& where, std::set<std::string>& names, Causes& causes) {
  const std::string& name = text_of(port, "name");
  if (!name.empty()) {
    const std::string broken = broken_port_name_rule(name);
    if (!broken.empty()) causes.invalid(where / "name", name, broken);
    if (!names.insert(name).second) causes.duplicate(where / "name", name);
  }
  const json& number = at(port, {"containerPort"});
  if (int_at(number, {}) == 0) {
    causes.required(where / "containerPort");
  } else {
    check_port_number(number, where / "containerPort", causes);
  }
  if (int_at(port, {"hostPort"}) != 0) check_port_number(port["hostPort"], where / "hostPort", causes);
  check_protocol(port, where, causes);
}

void check_container_ports(const json& container, const Where& where, Causes& causes) {
  std::set<std::string> names;
  const json& ports = array_at(container, {"ports"});
  for (size_t i = 0; i < ports.size() && !causes.full(); ++i)
    check_container_port(ports[i], where.item("ports", i), names, causes);
}

/// Host ports that two containers want. Init containers run one by one, each has its own set.
void check_host_ports(const json& container, const Where& where, std::set<std::string>& taken, Causes& causes) {
  const json& ports = array_at(container, {"ports"});
  for (size_t i = 0; i < ports.size() && !causes.full(); ++i) {
    const int64_t number = int_at(ports[i], {"hostPort"});
    if (number == 0) continue;
    const std::string key = fmt::format("{}/{}/{}", string_at(ports[i], {"protocol"}, "TCP"),
                                        text_of(ports[i], "hostIP"), number);
    const Where here = where.item("ports", i);
    if (!taken.insert(key).second) causes.duplicate(here / "hostPort", key);
  }
}

void check_resize(const json& container, const Where& where, std::string_view pod_policy, Causes& causes) {
  const json& policies = array_at(container, {"resizePolicy"});
  for (size_t i = 0; i < policies.size() && !causes.full(); ++i) {
    const Where here = where / "resizePolicy";
    const std::string &resource = text_of(policies[i], "resourceName"), &policy = text_of(policies[i], "restartPolicy");
    if (resource != "cpu" && resource != "memory") causes.unsupported(here, resource, {"cpu", "memory"});
    if (policy != "NotRequired" && policy != "RestartContainer") {
      causes.unsupported(here, policy, {"NotRequired", "RestartContainer"});
    } else if (pod_policy == "Never" && policy != "NotRequired") {
      causes.invalid(here, policy, "must be 'NotRequired' when `restartPolicy` is 'Never'");
    }
  }
}

/// What all kinds of containers have in common.
void check_common(const json& container, const Where& where, const ContainerContext& context, Causes& causes) {
  if (check_required(container, "name", where, causes))
    check_field(container, "name", broken_label_rule, where, causes);
  check_required(container, "image", where, causes);
  check_choice(container, "terminationMessagePolicy", {"File", "FallbackToLogsOnError"}, where, causes);
  check_choice(container, "imagePullPolicy", {"Always", "IfNotPresent", "Never"}, where, causes);
  check_container_ports(container, where, causes);
  check_environment(container, where, causes);
  check_mounts(container, where, context, causes);
  check_resources(at(container, {"resources"}), where / "resources", causes);
  check_resize(container, where, context.restart_policy, causes);
  check_container_security(at(container, {"securityContext"}), where / "securityContext", causes);
}

/// The three lists of one pod, in the order in which Kubernetes looks at them.
class ContainerLists {
 public:
  ContainerLists(const json& spec, const Where& where, const ContainerContext& context, Causes& causes)
      : spec_(spec), where_(where), context_(context), causes_(causes) {}

  void check() {
    if (array_at(spec_, {"containers"}).empty()) causes_.required(where_ / "containers");
    each("containers", [this](const json& container, const Where& where) { main(container, where); });
    each("initContainers", [this](const json& container, const Where& where) { init(container, where); });
    each("ephemeralContainers", [this](const json& container, const Where& where) { ephemeral(container, where); });
  }

 private:
  template <class Check>
  void each(std::string_view list, Check check) {
    const json& containers = array_at(spec_, {list});
    for (size_t i = 0; i < containers.size() && !causes_.full(); ++i) {
      const Where here = where_.item(list, i);
      check_common(containers[i], here, context_, causes_);
      const std::string& name = text_of(containers[i], "name");
      if (!name.empty() && !names_.insert(name).second) causes_.duplicate(here / "name", name);
      check(containers[i], here);
    }
  }

  void main(const json& container, const Where& where) {
    check_lifecycle(at(container, {"lifecycle"}), where / "lifecycle", context_.grace_seconds, causes_);
    check_probes(container, where, context_.grace_seconds, true, causes_);
    if (is_set(container, "restartPolicy"))
      causes_.forbidden(where / "restartPolicy", "may not be set for non-init containers");
    check_host_ports(container, where, host_ports_, causes_);
  }

  void init(const json& container, const Where& where) {
    check_choice(container, "restartPolicy", {"Always"}, where, causes_);
    const bool sidecar = text_of(container, "restartPolicy") == "Always";
    if (sidecar)
      check_lifecycle(at(container, {"lifecycle"}), where / "lifecycle", context_.grace_seconds, causes_);
    check_probes(container, where, context_.grace_seconds, sidecar, causes_);
    std::set<std::string> own;
    check_host_ports(container, where, own, causes_);
  }

  void ephemeral(const json& container, const Where& where) {
    constexpr const char* kForbidden = "cannot be set for an Ephemeral Container";
    for (const char* field : {"ports", "livenessProbe", "readinessProbe", "startupProbe", "lifecycle", "resizePolicy"}) {
      if (is_set(container, field)) causes_.forbidden(where / field, kForbidden);
    }
    if (!object_at(container, {"resources"}).empty()) causes_.forbidden(where / "resources", kForbidden);
    const json& mounts = array_at(container, {"volumeMounts"});
    for (size_t i = 0; i < mounts.size() && !causes_.full(); ++i) {
      const Where here = where.item("volumeMounts", i);
      if (!text_of(mounts[i], "subPath").empty()) causes_.forbidden(here / "subPath", kForbidden);
      if (!text_of(mounts[i], "subPathExpr").empty()) causes_.forbidden(here / "subPathExpr", kForbidden);
    }
  }

  const json& spec_;
  const Where& where_;
  const ContainerContext& context_;
  Causes& causes_;
  std::set<std::string> names_, host_ports_;
};

}  // namespace

void check_containers(const json& spec, const Where& where, const ContainerContext& context, Causes& causes) {
  ContainerLists(spec, where, context, causes).check();
}

}  // namespace zdt::rehearsal::api
