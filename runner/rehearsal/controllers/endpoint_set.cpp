#include "rehearsal/controllers/endpoint_set.h"

#include <algorithm>

#include "rehearsal/controllers/objects.h"
#include "rehearsal/controllers/pods.h"

namespace zdt::rehearsal {
namespace {

std::string protocol_of(const json& port) { return string_at(port, {"protocol"}, "TCP"); }

/// The number behind a port name among `containers`; 0 when none has it. `sidecars`: only those that stay.
int64_t named_port(const json& containers, const std::string& name, const std::string& protocol,
                   bool sidecars) {
  for (const json& container : containers) {
    if (sidecars && string_at(container, {"restartPolicy"}) != "Always") continue;
    for (const json& port : array_at(container, {"ports"})) {
      if (string_at(port, {"name"}) == name && protocol_of(port) == protocol)
        return port_at(port, {"containerPort"}).value_or(0);
    }
  }
  return 0;
}

/// FindPort of kubernetes/pkg/api/v1/pod: containers first, then native sidecars. 0: the pod has no such
/// port.
int64_t target_port(const json& port, const json& pod) {
  const json& target = at(port, {"targetPort"});
  const bool unset = target.is_null() || (target.is_number() && int32_of(target) == 0);  // as Go clients write it
  if (unset) return port_at(port, {"port"}).value_or(0);
  if (!target.is_string()) return port_at(port, {"targetPort"}).value_or(0);
  const std::string name = target.get<std::string>();
  const int64_t number = named_port(array_at(pod, {"spec", "containers"}), name, protocol_of(port), false);
  if (number != 0) return number;
  return named_port(array_at(pod, {"spec", "initContainers"}), name, protocol_of(port), true);
}

json ports_of(const json& service, const json& pod) {
  json ports = json::array();
  for (const json& port : array_at(service, {"spec", "ports"})) {
    const int64_t number = target_port(port, pod);
    if (number == 0) continue;
    json entry = {{"name", string_at(port, {"name"})}, {"port", number}, {"protocol", protocol_of(port)}};
    if (const json& application = at(port, {"appProtocol"}); !application.is_null())
      entry["appProtocol"] = application;
    ports.push_back(std::move(entry));
  }
  return ports;
}

/// The pod's address in its one spelling; "" when it has none that is one.
std::string pod_address(const json& pod) {
  const auto address = ipv4_at(pod, {"status", "podIP"});
  return address ? address->text() : "";
}

bool publishes_unready(const json& service) { return bool_at(service, {"spec", "publishNotReadyAddresses"}); }

json target_of(const json& pod) {
  const auto [ns, name] = key_of(pod);
  return {{"kind", "Pod"}, {"namespace", ns}, {"name", name}, {"uid", string_at(pod, {"metadata", "uid"})}};
}

/// A pod's own name below a headless Service (spec.hostname and spec.subdomain).
std::string hostname_in(const json& service, const json& pod) {
  const bool same = string_at(pod, {"spec", "subdomain"}) == key_of(service).name;
  return same ? string_at(pod, {"spec", "hostname"}) : "";
}

json endpoint_of(const json& service, const json& pod) {
  const bool serving = is_ready(pod), terminating = is_deleting(pod);
  const bool ready = publishes_unready(service) || (serving && !terminating);
  json endpoint = {{"addresses", json::array({pod_address(pod)})},
                   {"conditions", {{"ready", ready}, {"serving", serving}, {"terminating", terminating}}},
                   {"targetRef", target_of(pod)}};
  if (const std::string node = string_at(pod, {"spec", "nodeName"}); !node.empty())
    endpoint["nodeName"] = node;
  if (const std::string name = hostname_in(service, pod); !name.empty()) endpoint["hostname"] = name;
  return endpoint;
}

json classic_address(const json& service, const json& pod) {
  json address = {{"ip", pod_address(pod)}, {"targetRef", target_of(pod)}};
  if (const std::string node = string_at(pod, {"spec", "nodeName"}); !node.empty())
    address["nodeName"] = node;
  if (const std::string name = hostname_in(service, pod); !name.empty()) address["hostname"] = name;
  return address;
}

/// The entry of `list` whose "ports" are `ports`, made when there is none.
json& entry_for(json& list, const json& ports) {
  for (json& each : list) {
    if (each["ports"] == ports) return each;
  }
  list.push_back({{"ports", ports}});
  return list.back();
}

}  // namespace

std::vector<ObjectPtr> pods_behind(const Store& store, const json& service) {
  auto pods = store.list("pods", key_of(service).ns);
  std::erase_if(pods, [&](const ObjectPtr& pod) {
    return has_ended(*pod) || pod_address(*pod).empty() ||
           !holds_labels(labels_of(*pod), at(service, {"spec", "selector"}));
  });
  return pods;
}

std::vector<EndpointGroup> endpoint_groups(const json& service, const std::vector<ObjectPtr>& pods) {
  std::vector<EndpointGroup> groups;
  for (const ObjectPtr& pod : pods) {
    json ports = ports_of(service, *pod);
    auto group =
        std::find_if(groups.begin(), groups.end(), [&](const auto& each) { return each.ports == ports; });
    if (group == groups.end())
      group = groups.insert(groups.end(), EndpointGroup{std::move(ports), json::array()});
    group->endpoints.push_back(endpoint_of(service, *pod));
  }
  if (groups.empty()) groups.emplace_back();
  return groups;
}

json endpoint_subsets(const json& service, const std::vector<ObjectPtr>& pods) {
  json subsets = json::array();
  for (const ObjectPtr& pod : pods) {
    if (is_deleting(*pod) && !publishes_unready(service)) continue;
    json& subset = entry_for(subsets, ports_of(service, *pod));
    const bool ready = is_ready(*pod) || publishes_unready(service);
    subset[ready ? "addresses" : "notReadyAddresses"].push_back(classic_address(service, *pod));
  }
  for (json& subset : subsets) {
    if (subset["ports"].empty()) subset.erase("ports");
  }
  return subsets;
}

}  // namespace zdt::rehearsal
