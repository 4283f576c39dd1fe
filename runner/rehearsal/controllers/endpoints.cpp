#include "rehearsal/controllers/endpoints.h"

#include <algorithm>

#include "rehearsal/controllers/objects.h"

namespace zdt::rehearsal {
namespace {

constexpr const char* kManagedByLabel = "endpointslice.kubernetes.io/managed-by";
constexpr const char* kManager = "endpointslice-controller.k8s.io";
constexpr const char* kHeadlessLabel = "service.kubernetes.io/headless";

bool is_selecting(const json& service) {
  return !object_at(service, {"spec", "selector"}).empty() &&
         string_at(service, {"spec", "type"}) != "ExternalName";
}

json slice_labels(const json& service) {
  json labels = labels_of(service);
  labels[kServiceNameLabel] = key_of(service).name;
  labels[kManagedByLabel] = kManager;
  if (string_at(service, {"spec", "clusterIP"}) == "None") labels[kHeadlessLabel] = "";
  return labels;
}

json new_slice(const json& service) {
  const auto [ns, name] = key_of(service);
  json owners = json::array({controller_reference(service, "v1", "Service")});
  return {{"apiVersion", "discovery.k8s.io/v1"},
          {"kind", "EndpointSlice"},
          {"addressType", "IPv4"},
          {"metadata",
           {{"namespace", ns}, {"generateName", name + "-"}, {"ownerReferences", std::move(owners)}}}};
}

/// Takes the slice out that has the ports of `group`, else null.
ObjectPtr take_matching(std::vector<ObjectPtr>& slices, const EndpointGroup& group) {
  auto match = std::find_if(slices.begin(), slices.end(), [&](const ObjectPtr& slice) {
    return array_at(*slice, {"ports"}) == group.ports;
  });
  if (match == slices.end()) return nullptr;
  ObjectPtr slice = *match;
  slices.erase(match);
  return slice;
}

}  // namespace

EndpointController::EndpointController(Store& store) : store_(store) {}

std::vector<Key> EndpointController::concerned(const Event& event) {
  const std::string ns = key_of(*event.object).ns;
  if (event.resource == "services") return {key_of(*event.object)};
  if (event.resource == "endpoints") return {key_of(*event.object)};
  if (event.resource == kEndpointSlices) {
    const json& labels = labels_of(*event.object);
    if (string_at(labels, {kManagedByLabel}) != kManager) return {};
    return {{ns, string_at(labels, {kServiceNameLabel})}};
  }
  if (event.resource != "pods") return {};
  std::vector<Key> keys;
  for (const ObjectPtr& service : store_.list("services", ns)) {
    const json& selector = at(*service, {"spec", "selector"});
    const bool before = event.previous && holds_labels(labels_of(*event.previous), selector);
    if (before || holds_labels(labels_of(*event.object), selector)) keys.push_back(key_of(*service));
  }
  return keys;
}

Result<Outcome> EndpointController::reconcile(const Key& key) {
  const ObjectPtr service = store_.find("services", key.ns, key.name);
  if (!service || is_deleting(*service)) {
    const auto removed = remove_all(key);
    if (!removed) return removed.error();
    return Outcome{};
  }
  if (!is_selecting(*service)) return Outcome{};
  const auto pods = pods_behind(store_, *service);
  auto written = write_slices(*service, endpoint_groups(*service, pods));
  if (written) written = write_endpoints(*service, endpoint_subsets(*service, pods));
  if (!written) return written.error();
  return Outcome{};
}

std::vector<ObjectPtr> EndpointController::own_slices(const Key& key) const {
  auto slices = store_.list(kEndpointSlices, key.ns);
  std::erase_if(slices, [&](const ObjectPtr& slice) {
    const json& labels = labels_of(*slice);
    return string_at(labels, {kServiceNameLabel}) != key.name ||
           string_at(labels, {kManagedByLabel}) != kManager;
  });
  return slices;
}

/// A slice stays with the ports that it has, so that watchers see endpoints change rather than slices come
/// and go.
Result<void> EndpointController::write_slices(const json& service, std::vector<EndpointGroup> groups) {
  auto slices = own_slices(key_of(service));
  std::vector<EndpointGroup> homeless;
  for (EndpointGroup& group : groups) {
    const ObjectPtr slice = take_matching(slices, group);
    if (!slice) homeless.push_back(std::move(group));
    if (!slice) continue;
    if (auto written = write_slice(service, slice, std::move(group)); !written) return written;
  }
  for (EndpointGroup& group : homeless) {
    ObjectPtr slice;
    if (!slices.empty()) {
      slice = slices.back();
      slices.pop_back();
    }
    if (auto written = write_slice(service, slice, std::move(group)); !written) return written;
  }
  for (const ObjectPtr& slice : slices) {
    const auto removed = store_.remove(kEndpointSlices, key_of(*slice).ns, key_of(*slice).name);
    if (!removed) return removed.error();
  }
  return {};
}

Result<void> EndpointController::write_slice(const json& service, const ObjectPtr& slice,
                                             EndpointGroup group) {
  json wanted = slice ? *slice : new_slice(service);
  wanted["metadata"]["labels"] = slice_labels(service);
  wanted["ports"] = std::move(group.ports);
  wanted["endpoints"] = std::move(group.endpoints);
  const auto written = slice ? store_.update(kEndpointSlices, std::move(wanted))
                             : store_.create(kEndpointSlices, std::move(wanted));
  if (!written) return written.error();
  return {};
}

Result<void> EndpointController::write_endpoints(const json& service, json subsets) {
  const auto [ns, name] = key_of(service);
  const ObjectPtr current = store_.find("endpoints", ns, name);
  json wanted = current ? *current : json{{"apiVersion", "v1"}, {"kind", "Endpoints"}};
  wanted["metadata"]["namespace"] = ns;
  wanted["metadata"]["name"] = name;
  wanted["metadata"]["labels"] = labels_of(service);
  wanted["metadata"]["labels"]["endpoints.kubernetes.io/managed-by"] = "endpoint-controller";
  wanted["subsets"] = std::move(subsets);
  const auto written =
      current ? store_.update("endpoints", std::move(wanted)) : store_.create("endpoints", std::move(wanted));
  if (!written) return written.error();
  return {};
}

Result<void> EndpointController::remove_all(const Key& key) {
  for (const ObjectPtr& slice : own_slices(key)) {
    const auto removed = store_.remove(kEndpointSlices, key.ns, key_of(*slice).name);
    if (!removed) return removed.error();
  }
  if (!store_.find("endpoints", key.ns, key.name)) return {};
  const auto removed = store_.remove("endpoints", key.ns, key.name);
  if (!removed) return removed.error();
  return {};
}

}  // namespace zdt::rehearsal
