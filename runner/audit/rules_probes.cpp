// Readiness diverts, liveness kills: so the one is quick, the other slow and patient.
#include <algorithm>

#include "audit/rule.h"

namespace zdt::audit {
namespace {

/// A probe's times in seconds, with the API's defaults.
/// https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/#configure-probes
struct ProbeTimes {
  int64_t delay = 0, period = 10, failures = 3;
  explicit ProbeTimes(const json& probe)
      : delay(int_at(probe, {"initialDelaySeconds"})),
        period(int_at(probe, {"periodSeconds"}, 10)),
        failures(int_at(probe, {"failureThreshold"}, 3)) {}
  /// From the first failure to the verdict, about.
  int64_t window() const { return period * failures; }
  /// The earliest verdict after the start.
  int64_t earliest() const { return delay + period * (failures - 1); }
};

const json& probe_of(const Container& container, const char* which) { return at(*container.spec, {which}); }

/// A port of requests that a TCP connection can be opened to: one that a Service leads to before others; 0 without.
int64_t port_to_ask(const Workload& workload, const Container& container) {
  int64_t first = 0;
  for (const json& port : array_at(*container.spec, {"ports"})) {
    const int64_t number = int_at(port, {"containerPort"});
    if (number < 1 || string_at(port, {"protocol"}, "TCP") != "TCP" || workload.is_aside(port)) continue;
    if (first == 0) first = number;
    for (const json* service : workload.services) {
      for (const json& entry : array_at(*service, {"spec", "ports"})) {
        const bool led_to = ObjectSet::target_port(*service, int_at(entry, {"port"}), workload) == number;
        if (led_to && string_at(entry, {"protocol"}, "TCP") == "TCP") return number;
      }
    }
  }
  return first;
}

/// What a probe asks: as the other probe of this container, else a TCP connection to one of its ports; null when it has none
/// that the kubelet can connect to and that is the application's.
/// https://kubernetes.io/docs/tasks/configure-pod-container/configure-liveness-readiness-startup-probes/#define-a-tcp-liveness-probe
json handler_of(const Workload& workload, const Container& container, const char* other) {
  for (const char* handler : {"httpGet", "tcpSocket", "grpc"}) {
    const json& known = at(probe_of(container, other), {handler});
    if (known.is_object()) return {{handler, known}};
  }
  const int64_t port = port_to_ask(workload, container);
  if (port == 0) return nullptr;
  return {{"tcpSocket", {{"port", port}}}};
}

void set_probe_patch(Finding& finding, json probe, int64_t period, int64_t timeout, int64_t failures) {
  if (probe.is_null()) return;
  probe["periodSeconds"] = period;
  probe["timeoutSeconds"] = timeout;
  probe["failureThreshold"] = failures;
  finding.patch = json::array({add_operation(finding.path, std::move(probe))});
}

using ContainerCheck = void (*)(const Workload&, const Container&, const Report&);

void for_each_serving(const Facts& facts, const Report& report, ContainerCheck check) {
  for (const Workload& workload : facts.set.workloads()) {
    for (const Container* container : workload.serving()) check(workload, *container, report);
  }
}

void readiness_of(const Workload& workload, const Container& container, const Report& report) {
  if (probe_of(container, "readinessProbe").is_object()) return;
  Finding& finding =
      report.add(workload, container.path + "/readinessProbe",
                 fmt::format("container {} counts as ready as soon as its process runs: requests that come "
                             "before it listens fail",
                             container.name()),
                 "a readinessProbe every 3 s; best an httpGet that answers 503 while it drains");
  set_probe_patch(finding, handler_of(workload, container, "livenessProbe"), 3, 2, 2);
}

/// With a readiness probe a container that hangs is at least left alone: what it costs is capacity, not
/// requests.
void liveness_missing_in(const Workload& workload, const Container& container, const Report& report) {
  if (probe_of(container, "livenessProbe").is_object()) return;
  const bool diverted = probe_of(container, "readinessProbe").is_object();
  Finding& finding = report.add(
      workload, container.path + "/livenessProbe",
      diverted
          ? fmt::format("container {} is never restarted when it hangs: its share of the capacity is lost",
                        container.name())
          : fmt::format("container {} is never restarted when it hangs, and goes on being chosen: its "
                        "requests are lost until "
                        "somebody looks",
                        container.name()),
      "a livenessProbe every 10 s that forgives six failures");
  if (diverted) finding.level = Level::kNote;
  set_probe_patch(finding, handler_of(workload, container, "readinessProbe"), 10, 5, 6);
}

void patience_of(const Workload& workload, const Container& container, const Report& report) {
  const json& liveness = probe_of(container, "livenessProbe");
  const json& readiness = probe_of(container, "readinessProbe");
  if (!liveness.is_object() || !readiness.is_object()) return;
  const ProbeTimes live(liveness), ready(readiness);
  if (live.period >= ready.period && live.window() > ready.window()) return;
  const int64_t period = std::max<int64_t>(10, 2 * ready.period);
  const int64_t failures = std::max<int64_t>(6, ready.window() / period + 1);
  Finding& finding =
      report.add(workload, container.path + "/livenessProbe",
                 fmt::format("container {} is killed after {} s of silence (every {} s) and taken out of the "
                             "Service only after {} s "
                             "(every {} s): a busy moment restarts it, with all requests that it holds",
                             container.name(), live.window(), live.period, ready.window(), ready.period),
                 fmt::format("periodSeconds {}, failureThreshold {}", period, failures));
  finding.patch = json::array({add_operation(finding.path + "/periodSeconds", period),
                               add_operation(finding.path + "/failureThreshold", failures)});
}

void earliness_of(const Workload& workload, const Container& container, const Report& report) {
  const json& liveness = probe_of(container, "livenessProbe");
  const json& readiness = probe_of(container, "readinessProbe");
  if (!liveness.is_object() || !readiness.is_object() || probe_of(container, "startupProbe").is_object())
    return;
  const ProbeTimes live(liveness), ready(readiness);
  const bool sooner = live.delay < ready.delay, kills_first = live.earliest() <= ready.delay + ready.period;
  if (!sooner && !kills_first) return;
  const int64_t patience = 30 * ((ready.delay + ready.window() + 30) / 30);
  Finding& finding = report.add(
      workload, container.path + "/startupProbe",
      fmt::format("liveness begins {} s after the start of container {} and may kill it at {} s, readiness "
                  "waits until {} s: a "
                  "slow start ends in a restart instead of a late one",
                  live.delay, container.name(), live.earliest(), ready.delay),
      fmt::format("a startupProbe that gives it {} s, and holds back the other two until it passes",
                  patience));
  set_probe_patch(finding, handler_of(workload, container, "readinessProbe"), 1, 1, patience);
}

}  // namespace

void check_readiness_missing(const Facts& facts, const Report& report) {
  for_each_serving(facts, report, readiness_of);
}

void check_liveness_missing(const Facts& facts, const Report& report) {
  for_each_serving(facts, report, liveness_missing_in);
}

void check_liveness_impatient(const Facts& facts, const Report& report) {
  for_each_serving(facts, report, patience_of);
}

void check_liveness_early(const Facts& facts, const Report& report) {
  for_each_serving(facts, report, earliness_of);
}

}  // namespace zdt::audit
