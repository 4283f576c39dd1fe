#include <fmt/format.h>

#include <set>

#include "rehearsal/api/names.h"
#include "rehearsal/api/validation.h"

namespace zdt::rehearsal::api {
namespace {

void validate_probe(const json& probe, const std::string& field, bool readiness, Causes& causes) {
  int handlers = 0;
  for (const char* handler : {"exec", "httpGet", "tcpSocket", "grpc"})
    handlers += probe.contains(handler) ? 1 : 0;
  if (handlers == 0) causes.required(field, "must specify a handler type");
  if (handlers > 1) causes.forbidden(field, "may not specify more than 1 handler type");
  for (const char* number : {"initialDelaySeconds", "timeoutSeconds", "periodSeconds", "failureThreshold"}) {
    const int64_t value = int_at(probe, {number});
    if (value < 0)
      causes.invalid(fmt::format("{}.{}", field, number), value, "must be greater than or equal to 0");
  }
  const int64_t successes = int_at(probe, {"successThreshold"}, 1);
  if (!readiness && successes != 1) causes.invalid(field + ".successThreshold", successes, "must be 1");
  if (probe.contains("httpGet") && at(probe, {"httpGet", "port"}).is_null())
    causes.required(field + ".httpGet.port");
}

void validate_ports(const json& container, const std::string& field, Causes& causes) {
  const json& ports = array_at(container, {"ports"});
  for (size_t i = 0; i < ports.size(); ++i) {
    const std::string here = fmt::format("{}.ports[{}].containerPort", field, i);
    const json& port = at(ports[i], {"containerPort"});
    if (port.is_null()) {
      causes.required(here);
    } else if (const int64_t number = int_at(ports[i], {"containerPort"}); number < 1 || number > 65535) {
      causes.invalid(here, port, "must be between 1 and 65535, inclusive");
    }
  }
}

void validate_mounts(const json& container, const std::string& field, const std::set<std::string>& volumes,
                     Causes& causes) {
  std::set<std::string> paths;
  const json& mounts = array_at(container, {"volumeMounts"});
  for (size_t i = 0; i < mounts.size(); ++i) {
    const std::string here = fmt::format("{}.volumeMounts[{}]", field, i);
    const std::string name = string_at(mounts[i], {"name"}), path = string_at(mounts[i], {"mountPath"});
    if (!volumes.contains(name)) causes.missing_reference(here + ".name", name);
    if (path.empty()) causes.required(here + ".mountPath");
    if (!path.empty() && !paths.insert(path).second)
      causes.invalid(here + ".mountPath", path, "must be unique");
  }
}

void validate_environment(const json& container, const std::string& field, Causes& causes) {
  const json& variables = array_at(container, {"env"});
  for (size_t i = 0; i < variables.size(); ++i) {
    if (string_at(variables[i], {"name"}).empty()) causes.required(fmt::format("{}.env[{}].name", field, i));
  }
}

/// Containers of one list; names are unique over all lists of the pod.
class Containers {
 public:
  Containers(Causes& causes, std::set<std::string> volumes) : causes_(causes), volumes_(std::move(volumes)) {}

  void validate(const json& containers, const std::string& field, bool init) {
    for (size_t i = 0; i < containers.size(); ++i) one(containers[i], fmt::format("{}[{}]", field, i), init);
  }

 private:
  void one(const json& container, const std::string& field, bool init) {
    const std::string name = string_at(container, {"name"});
    const std::string rule = name.empty() ? "" : broken_label_rule(name);
    if (name.empty()) causes_.required(field + ".name");
    if (!rule.empty()) causes_.invalid(field + ".name", name, rule);
    if (!name.empty() && !names_.insert(name).second) causes_.duplicate(field + ".name", name);
    if (string_at(container, {"image"}).empty()) causes_.required(field + ".image");
    validate_ports(container, field, causes_);
    validate_environment(container, field, causes_);
    validate_mounts(container, field, volumes_, causes_);
    probes(container, field, init);
  }

  void probes(const json& container, const std::string& field, bool init) {
    const std::string policy = string_at(container, {"restartPolicy"});
    const bool sidecar = init && policy == "Always";
    if (!init && !policy.empty())
      causes_.forbidden(field + ".restartPolicy", "may not be set for non-init containers");
    for (const char* name : {"livenessProbe", "readinessProbe", "startupProbe"}) {
      const json& probe = at(container, {name});
      if (!probe.is_object()) continue;
      const std::string here = fmt::format("{}.{}", field, name);
      if (init && !sidecar)
        causes_.forbidden(here, "may not be set for init containers without restartPolicy=Always");
      validate_probe(probe, here, std::string_view(name) == "readinessProbe", causes_);
    }
    if (init && !sidecar && container.contains("lifecycle")) {
      causes_.forbidden(field + ".lifecycle",
                        "may not be set for init containers without restartPolicy=Always");
    }
  }

  Causes& causes_;
  std::set<std::string> volumes_, names_;
};

std::set<std::string> validate_volumes(const json& spec, const std::string& field, Causes& causes) {
  std::set<std::string> names;
  const json& volumes = array_at(spec, {"volumes"});
  for (size_t i = 0; i < volumes.size(); ++i) {
    const std::string here = fmt::format("{}.volumes[{}].name", field, i);
    const std::string name = string_at(volumes[i], {"name"});
    if (name.empty()) causes.required(here);
    if (!name.empty() && !names.insert(name).second) causes.duplicate(here, name);
  }
  return names;
}

}  // namespace

void validate_pod_spec(const json& spec, const std::string& field, Causes& causes) {
  Containers containers(causes, validate_volumes(spec, field, causes));
  if (array_at(spec, {"containers"}).empty()) causes.required(field + ".containers");
  containers.validate(array_at(spec, {"containers"}), field + ".containers", false);
  containers.validate(array_at(spec, {"initContainers"}), field + ".initContainers", true);
  const json& restart = at(spec, {"restartPolicy"});
  const std::string policy = string_at(spec, {"restartPolicy"}, "Always");
  if (policy != "Always" && policy != "OnFailure" && policy != "Never") {
    causes.unsupported(field + ".restartPolicy", restart, {"Always", "OnFailure", "Never"});
  }
  const int64_t grace = int_at(spec, {"terminationGracePeriodSeconds"});
  if (grace < 0) {
    causes.invalid(field + ".terminationGracePeriodSeconds", grace, "must be greater than or equal to 0");
  }
}

}  // namespace zdt::rehearsal::api
