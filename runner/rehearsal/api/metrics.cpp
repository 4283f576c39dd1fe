// metrics.k8s.io, as `kubectl top` asks it.
// https://kubernetes.io/docs/reference/external-api/metrics.v1beta1/
#include <fmt/format.h>

#include <cmath>

#include "rehearsal/api/call.h"
#include "rehearsal/api/failure.h"

namespace zdt::rehearsal::api {
namespace {

/// Processors in nanoprocessors, memory in kibibytes, as metrics-server writes them.
json usage_json(const Usage& usage) {
  return {{"cpu", fmt::format("{}n", std::llround(usage.cpu * 1e9))},
          {"memory", fmt::format("{}Ki", usage.memory_bytes / 1024)}};
}

/// The metadata of the measured object, as far as selectors and kubectl look at it.
json measured(const ServedType& served, const json& object, WallTime time, milliseconds window) {
  json metadata = {{"name", string_at(object, {"metadata", "name"})},
                   {"creationTimestamp", format_time(std::chrono::system_clock::now())}};
  for (const char* field : {"namespace", "labels"}) {
    if (const json& value = at(object, {"metadata", field}); !value.is_null()) metadata[field] = value;
  }
  return {{"kind", served.type.kind},
          {"apiVersion", served.type.api_version()},
          {"metadata", metadata},
          {"timestamp", format_time(time)},
          {"window", fmt::format("{}s", static_cast<double>(window.count()) / 1000)}};
}

std::vector<ObjectPtr> node_metrics(const Node& node, const Store& store, const ServedType& served) {
  std::vector<ObjectPtr> all;
  for (const NodeUsage& usage : node.node_usage()) {
    const ObjectPtr object = store.find("nodes", "", usage.name);
    if (!object) continue;
    json metrics = measured(served, *object, usage.time, usage.window);
    metrics["usage"] = usage_json(usage.usage);
    all.push_back(std::make_shared<const json>(std::move(metrics)));
  }
  return all;
}

std::vector<ObjectPtr> pod_metrics(const Node& node, const Store& store, const ApiCall& call) {
  std::vector<ObjectPtr> all;
  for (const PodUsage& usage : node.pod_usage()) {
    const ObjectPtr object = store.find("pods", usage.ns, usage.name);
    if (!object || (!call.route.ns.empty() && call.route.ns != usage.ns)) continue;
    json metrics = measured(call.served, *object, usage.time, usage.window);
    metrics["containers"] = json::array();
    for (const ContainerUsage& container : usage.containers) {
      metrics["containers"].push_back({{"name", container.name}, {"usage", usage_json(container.usage)}});
    }
    all.push_back(std::make_shared<const json>(std::move(metrics)));
  }
  return all;
}

}  // namespace

Reply answer_metrics(const Node& node, const Store& store, const ApiCall& call) {
  if (call.exchange.method != "GET" || call.flag("watch")) throw method_not_allowed();
  auto all = call.served.type.plural == "nodes" ? node_metrics(node, store, call.served)
                                                : pod_metrics(node, store, call);
  if (!call.route.name.empty()) {
    for (const ObjectPtr& each : all) {
      if (string_at(*each, {"metadata", "name"}) == call.route.name) return {.body = presented(call, each)};
    }
    throw not_found(call.served.type,
                    call.route.ns.empty() ? call.route.name : call.route.ns + "/" + call.route.name);
  }
  const Selection chosen = call.selection();
  std::erase_if(all, [&](const ObjectPtr& each) { return !chosen.matches(*each); });
  return list_reply(call, std::move(all), store.revision());
}

}  // namespace zdt::rehearsal::api
