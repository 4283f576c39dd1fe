#include "rehearsal/controllers/scheduler_snapshot.h"

#include <algorithm>

#include "rehearsal/controllers/objects.h"
#include "rehearsal/controllers/pods.h"

namespace zdt::rehearsal {
namespace {

const json kNoTaint;

double quantity(const json& value) {
  const auto amount = parse_quantity(value.is_string() ? value.get<std::string>() : value.dump());
  return amount ? *amount : 0;
}

Amounts amounts_at(const json& object, Path path) {
  Amounts amounts;
  for (const auto& [resource, value] : object_at(object, path).items()) amounts[resource] = quantity(value);
  return amounts;
}

void add(Amounts& sum, const Amounts& more) {
  for (const auto& [resource, amount] : more) sum[resource] += amount;
}

void take_larger(Amounts& kept, const Amounts& other) {
  for (const auto& [resource, amount] : other) kept[resource] = std::max(kept[resource], amount);
}

}  // namespace

const json& NodeView::labels() const { return labels_of(*object); }

Amounts requests_of(const json& pod) {
  Amounts running, largest_start, sidecars;
  for (const json& init : array_at(pod, {"spec", "initContainers"})) {
    Amounts start = amounts_at(init, {"resources", "requests"});
    if (string_at(init, {"restartPolicy"}) == "Always") add(sidecars, start), start.clear();
    add(start, sidecars);
    take_larger(largest_start, start);
  }
  for (const json& container : array_at(pod, {"spec", "containers"})) {
    add(running, amounts_at(container, {"resources", "requests"}));
  }
  add(running, sidecars);
  take_larger(running, largest_start);
  add(running, amounts_at(pod, {"spec", "overhead"}));
  running["pods"] = 1;
  return running;
}

Snapshot take_snapshot(const Store& store) {
  Snapshot snapshot;
  std::map<std::string, size_t> places;
  for (const ObjectPtr& node : store.list("nodes")) {
    places[key_of(*node).name] = snapshot.nodes.size();
    snapshot.nodes.push_back(
        {node, key_of(*node).name, {}, amounts_at(*node, {"status", "allocatable"}), {}});
  }
  for (const ObjectPtr& pod : store.list("pods")) {
    const auto place = places.find(string_at(*pod, {"spec", "nodeName"}));
    if (place == places.end() || has_ended(*pod)) continue;
    NodeView& node = snapshot.nodes[place->second];
    node.pods.push_back(pod);
    add(node.requested, requests_of(*pod));
  }
  for (const ObjectPtr& space : store.list("namespaces")) snapshot.namespaces[key_of(*space).name] = space;
  return snapshot;
}

void put_on(Snapshot& snapshot, const std::string& node, ObjectPtr pod) {
  for (NodeView& each : snapshot.nodes) {
    if (each.name != node) continue;
    add(each.requested, requests_of(*pod));
    each.pods.push_back(std::move(pod));
    return;
  }
}

bool matches_selector(const json& selector, const json& labels) {
  if (!selector.is_object()) return false;
  const bool empty =
      object_at(selector, {"matchLabels"}).empty() && array_at(selector, {"matchExpressions"}).empty();
  return empty || selects(selector, labels);
}

bool tolerates(const json& pod, const json& taint) {
  const json& tolerations = array_at(pod, {"spec", "tolerations"});
  return std::any_of(tolerations.begin(), tolerations.end(), [&](const json& toleration) {
    const std::string effect = string_at(toleration, {"effect"}), key = string_at(toleration, {"key"});
    if (!effect.empty() && effect != string_at(taint, {"effect"})) return false;
    if (!key.empty() && key != string_at(taint, {"key"})) return false;
    if (string_at(toleration, {"operator"}) == "Exists") return true;
    return !key.empty() && string_at(toleration, {"value"}) == string_at(taint, {"value"});
  });
}

const json& untolerated_taint(const json& pod, const json& node, const std::vector<std::string>& effects) {
  for (const json& taint : array_at(node, {"spec", "taints"})) {
    const bool concerned =
        std::find(effects.begin(), effects.end(), string_at(taint, {"effect"})) != effects.end();
    if (concerned && !tolerates(pod, taint)) return taint;
  }
  return kNoTaint;
}

}  // namespace zdt::rehearsal
