// The way of a request through sidecars and hops.
#include <algorithm>
#include <array>

#include "audit/hook.h"
#include "audit/image_name.h"
#include "audit/rule.h"
#include "audit/upstreams.h"
#include "base/text.h"

namespace zdt::audit {
namespace {

/// Images through which an application's connections go: when one of them ends first, the connections end.
/// dials_out  it is there for the connections that the application opens, whatever ports that has.
/// Whole repositories without their registry: a rate limiter of Envoy's is no proxy. A server that is a pod's purpose as often
/// as its helper (haproxy, nginx) is not among them.
struct Proxy {
  std::string_view image;
  bool dials_out;
};
constexpr std::array<Proxy, 19> kProxies{{{"envoyproxy/envoy", false},
                                          {"envoyproxy/envoy-distroless", false},
                                          {"envoyproxy/envoy-alpine", false},
                                          {"envoyproxy/envoy-contrib", false},
                                          {"aws-appmesh-envoy", true},
                                          {"istio/proxyv2", true},
                                          {"istio-release/proxyv2", true},
                                          {"linkerd/proxy", true},
                                          {"linkerd-io/proxy", true},
                                          {"hashicorp/consul-dataplane", true},
                                          {"kumahq/kuma-dp", true},
                                          {"daprio/daprd", true},
                                          {"cloud-sql-connectors/cloud-sql-proxy", true},
                                          {"cloudsql-docker/gce-proxy", true},
                                          {"alloydb-connectors/alloydb-auth-proxy", true},
                                          {"pgbouncer/pgbouncer", true},
                                          {"edoburu/pgbouncer", true},
                                          {"bitnami/pgbouncer", true},
                                          {"oauth2-proxy/oauth2-proxy", false}}};

const Proxy* proxy_of(const Container& container) {
  const std::string image = string_at(*container.spec, {"image"});
  const auto found =
      std::find_if(kProxies.begin(), kProxies.end(), [&](const Proxy& one) { return is_repository(image, one.image); });
  return found == kProxies.end() ? nullptr : &*found;
}

bool is_proxy(const Container& container) { return proxy_of(container) != nullptr; }

/// Whether the proxy's own configuration leads to the same pod.
bool leads_within(const Facts& facts, const Workload& workload) {
  return std::any_of(facts.calls.begin(), facts.calls.end(), [&](const Call& call) {
    return call.callee == &workload && call.object.kind == "ConfigMap" &&
           std::any_of(facts.proxies.begin(), facts.proxies.end(), [&](const EnvoyProxy& one) {
             return one.workload == &workload && name_of(*one.map) == call.object;
           });
  });
}

/// Whether another main container is served through the proxy: any, behind one for what it opens; else one that names ports
/// of its own, or that the proxy's configuration leads to.
bool fronts_application(const Facts& facts, const Workload& workload, const Container& proxy) {
  const Proxy* known = proxy_of(proxy);
  return std::any_of(workload.containers.begin(), workload.containers.end(), [&](const Container& one) {
    if (one.native_sidecar || is_proxy(one)) return false;
    const json& ports = array_at(*one.spec, {"ports"});
    const bool answers = std::any_of(ports.begin(), ports.end(), [&](const json& port) { return !workload.is_aside(port); });
    return known->dials_out || answers || leads_within(facts, workload);
  });
}

/// The longest hook of the other main containers; nothing when one cannot be read.
std::optional<milliseconds> longest_other_hook(const Facts& facts, const Workload& workload,
                                               const Container& proxy) {
  milliseconds longest{0};
  for (const Container& container : workload.containers) {
    if (&container == &proxy || container.native_sidecar) continue;
    const HookLength length = prestop_of(facts.set, workload, container);
    if (!length.present) continue;
    if (!length.most) return std::nullopt;
    longest = std::max(longest, *length.most);
  }
  return longest;
}

/// Whether the proxy's own hook outlasts the application: its hook, and its requests after that. One that
/// cannot be read gets the benefit of the doubt.
bool has_buffer(const Facts& facts, const Workload& workload, const Container& proxy) {
  const HookLength own = prestop_of(facts.set, workload, proxy);
  if (!own.present) return false;
  const auto other = longest_other_hook(facts, workload, proxy);
  return !own.most || !other || own.waits || *own.most > *other;
}

/// Moves the container to the native sidecars.
json native_patch(const Workload& workload, const Container& container) {
  json sidecar = *container.spec;
  sidecar["restartPolicy"] = "Always";
  const std::string init = workload.pod_path + "/initContainers";
  const bool exists = !array_at(*workload.pod, {"initContainers"}).empty();
  return json::array({{{"op", "remove"}, {"path", container.path}},
                      exists ? add_operation(init + "/0", std::move(sidecar))
                             : add_operation(init, json::array({std::move(sidecar)}))});
}

/// The upstreams of a container that have no time limit beside them.
std::vector<Upstream> unlimited_upstreams(const Facts& facts, const Workload& workload, const Container& container) {
  std::vector<Upstream> found;
  for (Upstream& upstream : upstreams_of(facts.set, workload, container)) {
    const bool limited = std::any_of(container.variables.begin(), container.variables.end(), [&](const Variable& one) {
      return one.name.starts_with(upstream.prefix) && one.name.find("TIMEOUT", upstream.prefix.size()) != std::string::npos &&
             one.name.find("IDLE") == std::string::npos && one.name.find("KEEPALIVE") == std::string::npos;
    });
    if (!limited) found.push_back(std::move(upstream));
  }
  return found;
}

}  // namespace

void check_sidecar_order(const Facts& facts, const Report& report) {
  for (const Workload& workload : facts.set.workloads()) {
    for (const Container& container : workload.containers) {
      if (container.native_sidecar || !is_proxy(container) || !fronts_application(facts, workload, container) ||
          has_buffer(facts, workload, container))
        continue;
      report
          .add(workload, container.path,
               fmt::format("container {} gets its SIGTERM when the application does, or before: the "
                           "application loses the connections "
                           "that it still needs to finish its requests",
                           container.name()),
               "a native sidecar (an init container with restartPolicy Always), which ends after the "
               "application; before "
               "Kubernetes 1.29 a preStop hook that lasts longer than the application's")
          .patch = native_patch(workload, container);
    }
  }
}

void check_sidecar_start(const Facts& facts, const Report& report) {
  for (const Workload& workload : facts.set.workloads()) {
    for (const Container& container : workload.containers) {
      if (!container.native_sidecar || !is_proxy(container) ||
          at(*container.spec, {"startupProbe"}).is_object())
        continue;
      Finding& finding = report.add(workload, container.path + "/startupProbe",
                                    fmt::format("the application starts as soon as the process of {} runs, "
                                                "not when it listens: its first requests fail",
                                                container.name()),
                                    "a startupProbe; a native sidecar counts as started when it passes");
      const json& readiness = at(*container.spec, {"readinessProbe"});
      if (!readiness.is_object()) continue;
      json probe = readiness;
      probe.erase("initialDelaySeconds");
      probe.erase("successThreshold");
      probe["periodSeconds"] = 1;
      probe["failureThreshold"] = 30;
      finding.patch = json::array({add_operation(finding.path, std::move(probe))});
    }
  }
}

/// No patch: a variable that the program does not read would only end the finding.
void check_upstream_timeout(const Facts& facts, const Report& report) {
  for (const Workload& workload : facts.set.workloads()) {
    for (const Container& container : workload.containers) {
      // A limit may be among what cannot be read (not_judged_in says so).
      const auto upstreams = container.unread_env.empty() ? unlimited_upstreams(facts, workload, container) : std::vector<Upstream>{};
      if (upstreams.empty()) continue;
      std::vector<std::string> names;
      for (const Upstream& upstream : upstreams) names.push_back(upstream.variable);
      report.add(workload, container.path + "/env",
                 fmt::format("no variable of container {} limits how long it connects to and reads from {}: when a pod there dies, "
                             "its requests may hang until the connection times out, minutes later",
                             container.name(), join(names, ", ")),
                 fmt::format("a limit on connecting (2 s, say) and on reading, where the program takes them: {0}CONNECT_TIMEOUT, "
                             "{0}READ_TIMEOUT if it reads those",
                             upstreams.front().prefix));
    }
  }
}

void check_idle_order(const Facts& facts, const Report& report) {
  for (const Call& call : facts.calls) {
    const Answerer answerer = answerer_of(*call.callee, call.port, facts.proxies);
    if (!call.idle || !answerer.idle || *call.idle < *answerer.idle) continue;
    report.add(call.object, call.path,
               fmt::format("{} keeps idle connections for {}, {} closes them after {}: a request that meets "
                           "the closing is lost",
                           call.caller, time_text(*call.idle), answerer.where, time_text(*answerer.idle)),
               "a shorter idle time for the caller than for the callee, at every hop");
  }
}

void check_retries_multiply(const Facts& facts, const Report& report) {
  for (const Call& call : facts.calls) {
    const Answerer answerer = answerer_of(*call.callee, call.port, facts.proxies);
    if (call.retries == 0 || answerer.retries == 0) continue;
    report.add(call.object, call.path,
               fmt::format("{} tries up to {} times, {} up to {} times for each: {} tries for one request, "
                           "when there is least room for them",
                           call.caller, call.retries + 1, answerer.where, answerer.retries + 1,
                           (call.retries + 1) * (answerer.retries + 1)),
               "retries at one hop alone");
  }
}

}  // namespace zdt::audit
