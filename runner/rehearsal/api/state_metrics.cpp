#include "rehearsal/api/state_metrics.h"

#include <fmt/format.h>

#include <map>
#include <vector>

namespace zdt::rehearsal::api {
namespace {

using MetricLabels = std::vector<std::pair<std::string, std::string>>;

/// Samples by metric, since all of one metric stand together.
class Metrics {
 public:
  void add(const std::string& name, const MetricLabels& labels, int64_t value) {
    std::string text;
    for (const auto& [label, content] : labels) {
      text += fmt::format("{}{}={}", text.empty() ? "" : ",", label, json(content).dump());
    }
    samples_[name] += fmt::format("{}{{{}}} {}\n", name, text, value);
  }

  std::string text() const {
    std::string all;
    for (const auto& [name, lines] : samples_) {
      const bool counts = name.ends_with("_total");
      all += fmt::format("# TYPE {} {}\n{}", name, counts ? "counter" : "gauge", lines);
    }
    return all;
  }

 private:
  std::map<std::string, std::string> samples_;
};

std::string ns_of(const json& object) { return string_at(object, {"metadata", "namespace"}); }
std::string object_name(const json& object) { return string_at(object, {"metadata", "name"}); }

void add_deployment(Metrics& metrics, const json& deployment) {
  const MetricLabels labels = {{"namespace", ns_of(deployment)}, {"deployment", object_name(deployment)}};
  metrics.add("kube_deployment_spec_replicas", labels, int_at(deployment, {"spec", "replicas"}, 1));
  for (const auto& [name, field] :
       std::map<std::string, std::string>{{"", "replicas"},
                                          {"_ready", "readyReplicas"},
                                          {"_available", "availableReplicas"},
                                          {"_updated", "updatedReplicas"},
                                          {"_unavailable", "unavailableReplicas"}}) {
    metrics.add("kube_deployment_status_replicas" + name, labels, int_at(deployment, {"status", field}));
  }
}

bool pod_is_ready(const json& pod) {
  for (const json& condition : array_at(pod, {"status", "conditions"})) {
    if (string_at(condition, {"type"}) == "Ready") return string_at(condition, {"status"}) == "True";
  }
  return false;
}

void add_pod(Metrics& metrics, const json& pod) {
  const MetricLabels labels = {{"namespace", ns_of(pod)}, {"pod", object_name(pod)}};
  const auto with = [&labels](const std::string& name, const std::string& value) {
    MetricLabels more = labels;
    more.emplace_back(name, value);
    return more;
  };
  metrics.add("kube_pod_status_ready", with("condition", "true"), pod_is_ready(pod) ? 1 : 0);
  metrics.add("kube_pod_status_phase", with("phase", string_at(pod, {"status", "phase"}, "Unknown")), 1);
  for (const json& container : array_at(pod, {"status", "containerStatuses"})) {
    metrics.add("kube_pod_container_status_restarts_total", with("container", string_at(container, {"name"})),
                int_at(container, {"restartCount"}));
  }
}

void add_rollout(Metrics& metrics, const json& rollout) {
  const MetricLabels labels = {{"namespace", ns_of(rollout)}, {"name", object_name(rollout)}};
  MetricLabels info = labels;
  info.emplace_back("strategy",
                    rollout.contains("/spec/strategy/blueGreen"_json_pointer) ? "blueGreen" : "canary");
  info.emplace_back("phase", string_at(rollout, {"status", "phase"}, "Progressing"));
  metrics.add("rollout_info", info, 1);
  const int64_t desired = int_at(rollout, {"spec", "replicas"}, 1);
  const int64_t available = int_at(rollout, {"status", "availableReplicas"});
  metrics.add("rollout_info_replicas_desired", labels, desired);
  metrics.add("rollout_info_replicas_available", labels, available);
  metrics.add("rollout_info_replicas_unavailable", labels, std::max<int64_t>(desired - available, 0));
  metrics.add("rollout_info_replicas_updated", labels, int_at(rollout, {"status", "updatedReplicas"}));
}

}  // namespace

std::string state_metrics(const Store& store) {
  Metrics metrics;
  for (const ObjectPtr& deployment : store.list("deployments.apps")) add_deployment(metrics, *deployment);
  for (const ObjectPtr& pod : store.list("pods")) add_pod(metrics, *pod);
  for (const ObjectPtr& rollout : store.list("rollouts.argoproj.io")) add_rollout(metrics, *rollout);
  return metrics.text();
}

}  // namespace zdt::rehearsal::api
