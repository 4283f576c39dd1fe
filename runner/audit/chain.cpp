#include "audit/chain.h"

#include <re2/re2.h>

#include <algorithm>

#include "audit/upstreams.h"
#include "base/text.h"

namespace zdt::audit {
namespace {

int64_t retries_to(const EnvoyConfig& config, const std::string& cluster) {
  int64_t most = 0;
  for (const EnvoyListener& listener : config.listeners) {
    for (const EnvoyRoute& route : listener.routes) {
      const bool leads =
          std::find(route.clusters.begin(), route.clusters.end(), cluster) != route.clusters.end();
      if (leads) most = std::max(most, route.retries);
    }
  }
  return most;
}

void add_envoy_calls(const ObjectSet& set, const EnvoyProxy& proxy, std::vector<Call>& calls) {
  for (const EnvoyCluster& cluster : proxy.config.clusters) {
    for (const EnvoyEndpoint& endpoint : cluster.endpoints) {
      for (const Destination& place : destinations_of(set, *proxy.workload, {endpoint.host, endpoint.port})) {
        Call call{set.name_of(*proxy.map), "/data/" + proxy.key, "", place.workload, place.port, {}, 0};
        call.caller = fmt::format("Envoy's cluster {} in {}", cluster.name, proxy.workload->name.text());
        if (cluster.idle.count() > 0) call.idle = cluster.idle;
        call.retries = retries_to(proxy.config, cluster.name);
        calls.push_back(std::move(call));
      }
    }
  }
}

/// The first of these variables that is a time.
std::optional<milliseconds> time_of(const Container& container, const std::vector<std::string>& variables) {
  for (const std::string& variable : variables) {
    const auto value = container.env(variable);
    if (auto time = value ? time_in(*value) : std::nullopt) return time;
  }
  return std::nullopt;
}

int64_t number_of(const Container& container, const std::vector<std::string>& variables) {
  for (const std::string& variable : variables) {
    const std::string value = container.env(variable).value_or("");
    if (!value.empty() && value.size() < 4 && std::all_of(value.begin(), value.end(), ::isdigit))
      return std::stoll(value);
  }
  return 0;
}

/// X_URL and its like, X_RETRIES, X_IDLE_TIMEOUT.
void add_container_calls(const ObjectSet& set, const Workload& workload, const Container& container,
                         std::vector<Call>& calls) {
  for (const Upstream& upstream : upstreams_of(set, workload, container)) {
    const std::string& prefix = upstream.prefix;
    for (const Destination& place : destinations_of(set, workload, upstream.address)) {
      Call call{workload.name, upstream.path, "", place.workload, place.port, {}, 0};
      call.caller = fmt::format("container {} of {}", container.name(), workload.name.text());
      call.idle = time_of(container, {prefix + "IDLE_TIMEOUT", prefix + "KEEPALIVE_TIMEOUT"});
      call.retries = number_of(container, {prefix + "RETRIES", prefix + "MAX_RETRIES"});
      calls.push_back(std::move(call));
    }
  }
}

/// How long AWS' load balancer in front of a Service keeps an idle connection, where an annotation says it.
/// https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/guide/service/annotations/
std::optional<milliseconds> balancer_idle(const json& service) {
  static const RE2 kAttribute(R"((?:^|,)\s*idle_timeout\.timeout_seconds=(\d{1,5}))", RE2::Latin1);
  const json& annotations = at(service, {"metadata", "annotations"});
  const std::string own =
      string_at(annotations, {"service.beta.kubernetes.io/aws-load-balancer-connection-idle-timeout"});
  if (!own.empty()) return time_in(own);
  const std::string attributes =
      string_at(annotations, {"alb.ingress.kubernetes.io/load-balancer-attributes"});
  std::string seconds;
  if (!RE2::PartialMatch(attributes, kAttribute, &seconds)) return std::nullopt;
  return time_in(seconds);
}

/// What balancers keep is said on a Service, or on an Ingress that leads to Services.
void add_balancer_call(const ObjectSet& set, const json& object, const json* service, int64_t port,
                       std::vector<Call>& calls) {
  const auto idle = balancer_idle(object);
  if (!idle || service == nullptr) return;
  for (const Workload& workload : set.workloads()) {
    if (std::find(workload.services.begin(), workload.services.end(), service) == workload.services.end())
      continue;
    Call call{set.name_of(object),
              "/metadata/annotations",
              "",
              &workload,
              ObjectSet::target_port(*service, port, workload),
              idle,
              0};
    call.caller = fmt::format("the load balancer of {}", call.object.text());
    calls.push_back(std::move(call));
  }
}

void add_balancer_calls(const ObjectSet& set, std::vector<Call>& calls) {
  for (const json* service : set.all("Service")) {
    for (const json& port : array_at(*service, {"spec", "ports"})) {
      add_balancer_call(set, *service, service, int_at(port, {"port"}), calls);
    }
  }
  for (const json* ingress : set.all("Ingress")) {
    for (const json& rule : array_at(*ingress, {"spec", "rules"})) {
      for (const json& path : array_at(rule, {"http", "paths"})) {
        const json& backend = at(path, {"backend", "service"});
        const json* service = set.find("Service", namespace_of(*ingress), string_at(backend, {"name"}));
        add_balancer_call(set, *ingress, service, int_at(backend, {"port", "number"}), calls);
      }
    }
  }
}

/// How long a container keeps idle connections, where its variables or flags say so.
std::optional<milliseconds> keep_alive_of(const Container& container) {
  const auto said = time_of(
      container, {"KEEP_ALIVE", "KEEPALIVE", "KEEP_ALIVE_TIMEOUT", "KEEPALIVE_TIMEOUT", "IDLE_TIMEOUT"});
  if (said) return said;
  for (const char* name :
       {"keep-alive", "keepalive", "keep-alive-timeout", "keepalive-timeout", "idle-timeout"}) {
    if (auto value = container.flag(name)) return time_in(*value);
  }
  return std::nullopt;
}

}  // namespace

std::vector<Call> calls_of(const ObjectSet& set, const std::vector<EnvoyProxy>& proxies) {
  std::vector<Call> calls;
  for (const EnvoyProxy& proxy : proxies) add_envoy_calls(set, proxy, calls);
  for (const Workload& workload : set.workloads()) {
    for (const Container& container : workload.containers)
      add_container_calls(set, workload, container, calls);
  }
  add_balancer_calls(set, calls);
  return calls;
}

Answerer answerer_of(const Workload& workload, int64_t port, const std::vector<EnvoyProxy>& proxies) {
  for (const EnvoyProxy& proxy : proxies) {
    const EnvoyListener* listener = proxy.workload == &workload ? proxy.config.listener_on(port) : nullptr;
    if (listener == nullptr) continue;
    Answerer answerer{{}, 0, fmt::format("Envoy's listener {} of {}", listener->name, workload.name.text())};
    if (listener->idle.count() > 0) answerer.idle = listener->idle;
    for (const EnvoyRoute& route : listener->routes)
      answerer.retries = std::max(answerer.retries, route.retries);
    return answerer;
  }
  const Container* container = workload.owner_of(port);
  if (container == nullptr) return {};
  return {keep_alive_of(*container), 0,
          fmt::format("container {} of {}", container->name(), workload.name.text())};
}

}  // namespace zdt::audit
