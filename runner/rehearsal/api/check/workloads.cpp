#include "rehearsal/api/check/kinds.h"
#include "rehearsal/api/check/pod.h"
#include "rehearsal/api/defaults.h"
#include "rehearsal/api/selector.h"

namespace zdt::rehearsal::api {
namespace {

bool is_zero_bound(const json& bound) {
  if (bound.is_string()) return text(bound).find_first_not_of("0%") == std::string::npos;
  return bound.is_number() && int_at(bound, {}, -1) == 0;
}

/// The selector, and that it matches the template's labels. kind  as the message has it.
void check_workload_selector(const json& spec, const Where& where, const char* kind, Causes& causes) {
  const json& selector = at(spec, {"selector"});
  if (selector.is_null()) return causes.required(where / "selector");
  const size_t broken = causes.all().size();
  check_selector(selector, where / "selector", causes);
  if (object_at(selector, {"matchLabels"}).empty() && array_at(selector, {"matchExpressions"}).empty())
    return causes.invalid(where / "selector", selector, std::string("empty selector is invalid for ") + kind);
  if (causes.all().size() != broken) return;
  const json& labels = object_at(spec, {"template", "metadata", "labels"});
  if (!LabelSelector::from_json(selector).matches(labels))
    causes.invalid(where / "template.metadata.labels", labels, "`selector` does not match template `labels`");
}

/// The template of what keeps its pods running.
void check_lasting_template(const json& spec, const Where& where, const char* kind, Causes& causes) {
  const Where pattern = where / "template";
  check_pod_template(object_at(spec, {"template"}), pattern, causes);
  const std::string policy = string_at(spec, {"template", "spec", "restartPolicy"}, "Always");
  if (policy != "Always") causes.unsupported(pattern / "spec.restartPolicy", policy, {"Always"});
  if (!at(spec, {"template", "spec", "activeDeadlineSeconds"}).is_null()) {
    causes.forbidden(pattern / "spec.activeDeadlineSeconds",
                     std::string("activeDeadlineSeconds in ") + kind + " is not Supported");
  }
}

void check_both_zero(const json& rolling, const Where& where, Causes& causes) {
  if (!is_zero_bound(at(rolling, {"maxSurge"})) || !is_zero_bound(at(rolling, {"maxUnavailable"}))) return;
  causes.invalid(where / "maxUnavailable", at(rolling, {"maxUnavailable"}), "may not be 0 when `maxSurge` is 0");
}

void check_deployment_strategy(const json& spec, const Where& where, Causes& causes) {
  const json& strategy = at(spec, {"strategy"});
  check_choice(strategy, "type", {"Recreate", "RollingUpdate"}, where, causes);
  const std::string type = string_at(strategy, {"type"}, "RollingUpdate");
  const json& rolling = at(strategy, {"rollingUpdate"});
  const Where here = where / "rollingUpdate";
  if (type == "Recreate" && rolling.is_object())
    causes.forbidden(here, "may not be specified when strategy `type` is 'Recreate'");
  if (type != "RollingUpdate") return;
  check_number_or_percent(at(rolling, {"maxUnavailable"}), here / "maxUnavailable", causes);
  check_number_or_percent(at(rolling, {"maxSurge"}), here / "maxSurge", causes, false);
  check_both_zero(rolling, here, causes);
}

void check_stateful_strategy(const json& spec, const Where& where, Causes& causes) {
  const json& strategy = at(spec, {"updateStrategy"});
  check_choice(strategy, "type", {"RollingUpdate", "OnDelete"}, where, causes);
  const Where here = where / "rollingUpdate";
  check_not_negative(at(strategy, {"rollingUpdate"}), "partition", here, causes);
  const json& most = at(strategy, {"rollingUpdate", "maxUnavailable"});
  check_number_or_percent(most, here / "maxUnavailable", causes);
  if (!most.is_null() && is_zero_bound(most)) causes.invalid(here / "maxUnavailable", most, "cannot be 0");
}

void check_counts_of(const json& spec, const Where& where, Causes& causes) {
  for (const char* field : {"replicas", "minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds"})
    check_not_negative(spec, field, where, causes);
}

}  // namespace

void check_deployment(const json& deployment, Causes& causes) {
  const json& spec = object_at(deployment, {"spec"});
  const Where where("spec");
  check_counts_of(spec, where, causes);
  check_workload_selector(spec, where, "deployment", causes);
  check_lasting_template(spec, where, "ReplicaSet", causes);
  check_deployment_strategy(spec, where / "strategy", causes);
  const json& deadline = at(spec, {"progressDeadlineSeconds"});
  if (deadline.is_number() && int_at(deadline, {}) <= int_at(spec, {"minReadySeconds"}))
    causes.invalid(where / "progressDeadlineSeconds", deadline, "must be greater than minReadySeconds");
}

void check_replica_set(const json& set, Causes& causes) {
  const json& spec = object_at(set, {"spec"});
  const Where where("spec");
  check_counts_of(spec, where, causes);
  check_workload_selector(spec, where, "deployment", causes);
  check_lasting_template(spec, where, "ReplicaSet", causes);
}

void check_stateful_set(const json& set, Causes& causes) {
  const json& spec = object_at(set, {"spec"});
  const Where where("spec");
  check_counts_of(spec, where, causes);
  check_choice(spec, "podManagementPolicy", {"OrderedReady", "Parallel"}, where, causes);
  check_stateful_strategy(spec, where / "updateStrategy", causes);
  check_workload_selector(spec, where, "statefulset", causes);
  check_field(spec, "serviceName", broken_service_rule, where, causes);
  check_not_negative(at(spec, {"ordinals"}), "start", where / "ordinals", causes);
  // A template mounts the claims as volumes of their names.
  json pattern = object_at(spec, {"template"});
  for (const json& claim : array_at(spec, {"volumeClaimTemplates"})) {
    const std::string name = string_at(claim, {"metadata", "name"});
    json& pod = pattern["spec"];
    if (!pod.is_object() || name.empty()) continue;
    json volume = {{"name", name}, {"persistentVolumeClaim", {{"claimName", name}}}};
    if (at(pod, {"volumes"}).is_null() || at(pod, {"volumes"}).is_array()) pod["volumes"].push_back(std::move(volume));
  }
  json whole = spec;
  if (pattern.is_object() && !pattern.empty()) whole["template"] = std::move(pattern);
  check_lasting_template(whole, where, "StatefulSet", causes);
}

void check_daemon_set(const json& set, Causes& causes) {
  const json& spec = object_at(set, {"spec"});
  const Where where("spec");
  check_counts_of(spec, where, causes);
  check_workload_selector(spec, where, "daemonset", causes);
  check_lasting_template(spec, where, "DaemonSet", causes);
  const Where strategy = where / "updateStrategy";
  check_choice(at(spec, {"updateStrategy"}), "type", {"RollingUpdate", "OnDelete"}, strategy, causes);
  const json& rolling = at(spec, {"updateStrategy", "rollingUpdate"});
  const Where here = strategy / "rollingUpdate";
  for (const char* field : {"maxUnavailable", "maxSurge"})
    check_number_or_percent(at(rolling, {field}), here / field, causes);
}

void check_rollout(const json& rollout, Causes& causes) {
  const Where spec("spec");
  for (const char* field : {"replicas", "minReadySeconds", "revisionHistoryLimit", "progressDeadlineSeconds"})
    check_not_negative(at(rollout, {"spec"}), field, spec, causes);
  json pattern = object_at(rollout, {"spec", "template"});
  if (!at(pattern, {"spec"}).is_object()) return;
  default_pod_spec(pattern["spec"]);
  check_pod_template(pattern, spec / "template", causes);
}

void check_workload_status(const json& workload, Causes& causes) {
  const json& status = object_at(workload, {"status"});
  const Where where("status");
  for (const char* field : {"replicas", "updatedReplicas", "readyReplicas", "availableReplicas", "unavailableReplicas",
                            "fullyLabeledReplicas", "currentReplicas", "observedGeneration", "collisionCount"}) {
    check_not_negative(status, field, where, causes);
  }
  const int64_t replicas = int_at(status, {"replicas"});
  for (const char* field : {"updatedReplicas", "readyReplicas", "availableReplicas", "fullyLabeledReplicas"}) {
    const json& count = at(status, {field});
    if (int_at(count, {}) > replicas) causes.invalid(where / field, count, "cannot be greater than status.replicas");
  }
  if (int_at(status, {"availableReplicas"}) > int_at(status, {"readyReplicas"}))
    causes.invalid(where / "availableReplicas", status["availableReplicas"], "cannot be greater than readyReplicas");
}

}  // namespace zdt::rehearsal::api
