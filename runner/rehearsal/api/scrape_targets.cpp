#include "rehearsal/api/scrape_targets.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace zdt::rehearsal::api {
namespace {

constexpr const char* kServiceNameLabel = "kubernetes.io/service-name";

/// Meta labels of one target; all values are texts, and an empty one counts as none.
class Labels {
 public:
  void set(const std::string& name, const std::string& value) { all_["__meta_kubernetes_" + name] = value; }
  /// NAME_KEY and NAMEpresent_KEY for each pair.
  void set_all(const std::string& name, const json& pairs) {
    for (const auto& [key, value] : pairs.items()) {
      std::string label = key;
      for (char& c : label) c = std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
      if (value.is_string()) set(name + "_" + label, value.get<std::string>());
      set(name + "present_" + label, "true");
    }
  }
  const json& all() const { return all_; }

 private:
  json all_ = json::object();
};

std::string scraped_name(const json& object) { return string_at(object, {"metadata", "name"}); }

json target(const std::string& address, const Labels& labels) {
  return {{"targets", json::array({address})}, {"labels", labels.all()}};
}

bool is_ready(const json& pod) {
  for (const json& condition : array_at(pod, {"status", "conditions"})) {
    if (string_at(condition, {"type"}) == "Ready") return string_at(condition, {"status"}) == "True";
  }
  return false;
}

void describe_pod(Labels& labels, const json& pod) {
  labels.set("namespace", string_at(pod, {"metadata", "namespace"}));
  labels.set("pod_name", scraped_name(pod));
  labels.set("pod_uid", string_at(pod, {"metadata", "uid"}));
  labels.set("pod_ip", string_at(pod, {"status", "podIP"}));
  labels.set("pod_host_ip", string_at(pod, {"status", "hostIP"}));
  labels.set("pod_phase", string_at(pod, {"status", "phase"}));
  labels.set("pod_ready", is_ready(pod) ? "true" : "false");
  labels.set("pod_node_name", string_at(pod, {"spec", "nodeName"}));
  labels.set_all("pod_label", object_at(pod, {"metadata", "labels"}));
  labels.set_all("pod_annotation", object_at(pod, {"metadata", "annotations"}));
}

void describe_container(Labels& labels, const json& container, const json& port, bool init) {
  labels.set("pod_container_name", string_at(container, {"name"}));
  labels.set("pod_container_image", string_at(container, {"image"}));
  labels.set("pod_container_init", init ? "true" : "false");
  labels.set("pod_container_port_name", string_at(port, {"name"}));
  labels.set("pod_container_port_number", std::to_string(int_at(port, {"containerPort"})));
  labels.set("pod_container_port_protocol", string_at(port, {"protocol"}, "TCP"));
}

using EachPort = std::function<void(const json& container, const json& port, bool init)>;

void for_each_port(const json& pod, const EachPort& each) {
  for (const char* list : {"containers", "initContainers"}) {
    for (const json& container : array_at(pod, {"spec", list})) {
      for (const json& port : array_at(container, {"ports"})) each(container, port, list[0] == 'i');
    }
  }
}

void add_pod(json& targets, const json& pod) {
  const std::string address = string_at(pod, {"status", "podIP"});
  if (address.empty()) return;
  for_each_port(pod, [&](const json& container, const json& port, bool init) {
    Labels labels;
    describe_pod(labels, pod);
    describe_container(labels, container, port, init);
    targets.push_back(target(fmt::format("{}:{}", address, int_at(port, {"containerPort"})), labels));
  });
}

void describe_slice(Labels& labels, const Store& store, const json& slice) {
  const std::string ns = string_at(slice, {"metadata", "namespace"});
  labels.set("namespace", ns);
  labels.set("endpointslice_name", scraped_name(slice));
  labels.set("endpointslice_address_type", string_at(slice, {"addressType"}));
  labels.set_all("endpointslice_label", object_at(slice, {"metadata", "labels"}));
  const ObjectPtr service =
      store.find("services", ns, string_at(slice, {"metadata", "labels", kServiceNameLabel}));
  if (!service) return;
  labels.set("service_name", scraped_name(*service));
  labels.set_all("service_label", object_at(*service, {"metadata", "labels"}));
  labels.set_all("service_annotation", object_at(*service, {"metadata", "annotations"}));
}

void describe_endpoint(Labels& labels, const Store& store, const json& endpoint, const json& port) {
  labels.set("endpointslice_port", std::to_string(int_at(port, {"port"})));
  labels.set("endpointslice_port_name", string_at(port, {"name"}));
  labels.set("endpointslice_port_protocol", string_at(port, {"protocol"}, "TCP"));
  for (const char* condition : {"ready", "serving", "terminating"}) {
    const json& value = at(endpoint, {"conditions", condition});
    if (value.is_boolean())
      labels.set(std::string("endpointslice_endpoint_conditions_") + condition,
                 value.get<bool>() ? "true" : "false");
  }
  const json& reference = object_at(endpoint, {"targetRef"});
  if (reference.empty()) return;
  labels.set("endpointslice_address_target_kind", string_at(reference, {"kind"}));
  labels.set("endpointslice_address_target_name", string_at(reference, {"name"}));
  const ObjectPtr pod =
      store.find("pods", string_at(reference, {"namespace"}), string_at(reference, {"name"}));
  if (!pod || string_at(reference, {"kind"}) != "Pod") return;
  describe_pod(labels, *pod);
  for_each_port(*pod, [&](const json& container, const json& own, bool init) {
    if (int_at(own, {"containerPort"}) == int_at(port, {"port"}))
      describe_container(labels, container, own, init);
  });
}

void add_slice(json& targets, const Store& store, const json& slice) {
  Labels common;
  describe_slice(common, store, slice);
  for (const json& port : array_at(slice, {"ports"})) {
    for (const json& endpoint : array_at(slice, {"endpoints"})) {
      Labels labels = common;
      describe_endpoint(labels, store, endpoint, port);
      for (const json& address : array_at(endpoint, {"addresses"}))
        targets.push_back(
            target(fmt::format("{}:{}", address.get<std::string>(), int_at(port, {"port"})), labels));
    }
  }
}

}  // namespace

json scrape_targets(const Store& store, const std::string& role, const std::vector<std::string>& namespaces) {
  const bool pods = role == "pod";
  json targets = json::array();
  for (const ObjectPtr& object : store.list(pods ? "pods" : "endpointslices.discovery.k8s.io")) {
    const std::string ns = string_at(*object, {"metadata", "namespace"});
    if (!namespaces.empty() && std::find(namespaces.begin(), namespaces.end(), ns) == namespaces.end())
      continue;
    if (pods) add_pod(targets, *object);
    if (!pods) add_slice(targets, store, *object);
  }
  return targets;
}

}  // namespace zdt::rehearsal::api
