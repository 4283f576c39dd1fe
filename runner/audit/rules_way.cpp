// The way of a request through sidecars and hops.
#include <algorithm>

#include "audit/hook.h"
#include "audit/rule.h"
#include "base/text.h"

namespace zdt::audit {
namespace {

/// Images through which an application's connections go: when one of them ends first, the connections end.
bool is_proxy(const Container& container) {
  const std::string image = string_at(*container.spec, {"image"});
  for (const char* part :
       {"envoy", "proxyv2", "linkerd2-proxy", "linkerd-proxy", "cloud-sql-proxy", "cloudsql-proxy",
        "gce-proxy", "pgbouncer", "haproxy", "oauth2-proxy", "twemproxy", "mcrouter", "dapr"}) {
    if (image.find(part) != std::string::npos) return true;
  }
  return false;
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

bool has_application(const Workload& workload) {
  return std::any_of(workload.containers.begin(), workload.containers.end(),
                     [](const Container& one) { return !one.native_sidecar && !is_proxy(one); });
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

/// Whether it is a URL of requests to another pod: a proxy in the same one is not what dies.
bool leaves_the_pod(const std::string& url) {
  const bool requests = url.starts_with("http://") || url.starts_with("https://");
  const std::string host = url.substr(std::min(url.find("//"), url.size()));
  return requests && !host.starts_with("//127.") && !host.starts_with("//localhost") &&
         !host.starts_with("//[::1]");
}

/// The URLs in a container's environment that have no time limit beside them, by the variables' common
/// beginning.
std::vector<std::string> unlimited_upstreams(const Container& container) {
  std::vector<std::string> prefixes;
  for (const json& variable : array_at(*container.spec, {"env"})) {
    const std::string name = string_at(variable, {"name"}), value = string_at(variable, {"value"});
    if (!name.ends_with("_URL") || !leaves_the_pod(value)) continue;
    const std::string prefix = name.substr(0, name.size() - 3);
    const json& all = array_at(*container.spec, {"env"});
    const bool limited = std::any_of(all.begin(), all.end(), [&](const json& one) {
      const std::string other = string_at(one, {"name"});
      return other == prefix + "TIMEOUT" || other == prefix + "CONNECT_TIMEOUT" ||
             other == prefix + "READ_TIMEOUT";
    });
    if (!limited) prefixes.push_back(prefix);
  }
  return prefixes;
}

json timeout_patch(const Container& container, const std::vector<std::string>& prefixes) {
  json patch = json::array();
  for (const std::string& prefix : prefixes) {
    patch.push_back(
        add_operation(container.path + "/env/-", {{"name", prefix + "CONNECT_TIMEOUT"}, {"value", "2s"}}));
    patch.push_back(
        add_operation(container.path + "/env/-", {{"name", prefix + "READ_TIMEOUT"}, {"value", "10s"}}));
  }
  return patch;
}

}  // namespace

void check_sidecar_order(const Facts& facts, const Report& report) {
  for (const Workload& workload : facts.set.workloads()) {
    if (!has_application(workload)) continue;
    for (const Container& container : workload.containers) {
      if (container.native_sidecar || !is_proxy(container) || has_buffer(facts, workload, container))
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

void check_upstream_timeout(const Facts& facts, const Report& report) {
  for (const Workload& workload : facts.set.workloads()) {
    for (const Container& container : workload.containers) {
      const auto prefixes = unlimited_upstreams(container);
      if (prefixes.empty()) continue;
      std::vector<std::string> names;
      for (const std::string& prefix : prefixes) names.push_back(prefix + "URL");
      report
          .add(workload, container.path + "/env",
               fmt::format("container {} calls {} without a limit on connecting and reading: when a pod "
                           "there dies, its requests hang "
                           "until the connection times out, minutes later",
                           container.name(), join(names, ", ")),
               fmt::format("{0}CONNECT_TIMEOUT 2s, {0}READ_TIMEOUT 10s (the program has to read them)",
                           prefixes.front()))
          .patch = timeout_patch(container, prefixes);
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
