// What a container is told: its environment, and what the pod's own fields say (the downward API).
#pragma once
#include <string>
#include <vector>

#include "base/json.h"
#include "rehearsal/node/catalogue.h"
#include "rehearsal/node/variables.h"
#include "rehearsal/store/store.h"

namespace zdt::rehearsal {

/// Where a pod runs, for fields that its object does not hold yet.   token  its service account's, for the API.
struct PodPlace {
  std::string pod_ip, host_ip, token = {};
};

/// The variables by which a container finds Services: of default/kubernetes always (KUBERNETES_SERVICE_HOST …), of all
/// with a cluster IP in the pod's namespace unless enableServiceLinks is false.
/// https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
Environment service_environment(const Store& store, const json& pod);

/// The value of a fieldRef's fieldPath. Fails kInvalid for a path that Kubernetes does not offer.
/// https://kubernetes.io/docs/concepts/workloads/pods/downward-api/#available-fields
Result<std::string> pod_field(const json& pod, const std::string& field_path, const PodPlace& place);

/// The value of a resourceFieldRef ("limits.cpu", divided by its divisor and rounded up); "0" without one.
Result<std::string> resource_field(const json& pod, const json& container, const json& reference);

/// The image's environment, then HOSTNAME, the Services', envFrom and env in order; a later entry replaces an earlier one.
/// Fails kNotFound, kInvalid (what no process takes, too): the sentence that stands behind CreateContainerConfigError.
Result<Environment> container_environment(const Store& store, const json& pod, const json& container,
                                          const Image& image, const PodPlace& place);

/// The process's arguments: command and args of the container over the image's, expanded. Fails kInvalid:
/// none at all, or more than a process takes.
Result<std::vector<std::string>> container_arguments(const json& container, const Image& image,
                                                     const Environment& environment);

}  // namespace zdt::rehearsal
