// What makes a Rollout's specification one that cannot be acted on.
#include <fmt/format.h>

#include "rehearsal/controllers/objects.h"
#include "rehearsal/controllers/rollout_spec.h"

namespace zdt::rehearsal {
namespace {

std::string invalid(std::string_view field, const json& value, std::string_view why) {
  return fmt::format("{}: Invalid value: {}: {}", field, value.dump(), why);
}

std::string missing(std::string_view field, std::string_view why) {
  return fmt::format("{}: Required value: {}", field, why);
}

std::string not_here(std::string_view field, std::string_view why) {
  return fmt::format("{}: Forbidden: the rehearsal cluster {}", field, why);
}

bool is_zero(const json& value) {
  if (value.is_number()) return int32_of(value, 1) == 0;
  return value == json("0%") || value == json("0");
}

std::string selector_fault(const json& rollout) {
  if (!at(rollout, {"spec", "workloadRef"}).is_null()) {
    return not_here("spec.workloadRef", "takes the template from the Rollout itself only");
  }
  const json& selector = at(rollout, {"spec", "selector"});
  if (selector.is_null()) return missing("spec.selector", "Rollout has missing field '.spec.selector'");
  if (array_at(selector, {"matchExpressions"}).empty() && object_at(selector, {"matchLabels"}).empty()) {
    return invalid("spec.selector", selector, "empty selector is invalid for deployment");
  }
  const json& labels = object_at(rollout, {"spec", "template", "metadata", "labels"});
  if (!selects(selector, labels)) {
    return invalid("spec.template.metadata.labels", labels, "`selector` does not match template `labels`");
  }
  const int64_t deadline = int32_at(rollout, {"spec", "progressDeadlineSeconds"}, 600);
  if (deadline > int32_at(rollout, {"spec", "minReadySeconds"})) return "";
  return invalid("spec.progressDeadlineSeconds", deadline, "must be greater than minReadySeconds");
}

std::string strategy_fault(const json& rollout) {
  const json& strategy = object_at(rollout, {"spec", "strategy"});
  const bool blue_green = at(strategy, {"blueGreen"}).is_object(),
             canary = at(strategy, {"canary"}).is_object();
  if (blue_green && canary) {
    return invalid("spec.strategy.strategy", "blueGreen: true canary: true",
                   "Multiple Strategies can not be listed");
  }
  if (blue_green) return not_here("spec.strategy.blueGreen", "acts on canary only");
  if (!canary) {
    return missing("spec.strategy.strategy",
                   "Rollout has missing field '.spec.strategy.canary or .spec.strategy.blueGreen'");
  }
  if (canary_of(rollout).contains("trafficRouting")) {
    return not_here("spec.strategy.canary.trafficRouting",
                    "has no traffic router: the weight is the share of the pods");
  }
  return canary_of(rollout).contains("analysis")
             ? not_here("spec.strategy.canary.analysis", "runs no analysis")
             : "";
}

std::string canary_fault(const json& canary) {
  const json& surge = at(canary, {"maxSurge"});
  if (!surge.is_null() && is_zero(surge) && is_zero(at(canary, {"maxUnavailable"}))) {
    return invalid("spec.strategy.maxSurge", surge, "MaxSurge and MaxUnavailable both can not be zero");
  }
  const std::string stable = string_at(canary, {"stableService"});
  if (!stable.empty() && stable == string_at(canary, {"canaryService"})) {
    return invalid(
        "spec.strategy.stableService", stable,
        "This rollout uses the same service for the stable and canary services, but two different services "
        "are required.");
  }
  if (canary.contains("scaleDownDelaySeconds")) {
    return invalid("spec.strategy.scaleDownDelaySeconds", canary["scaleDownDelaySeconds"],
                   "Canary scaleDownDelaySeconds can only be used with traffic routing");
  }
  if (!bool_at(canary, {"dynamicStableScale"})) return "";
  return invalid("spec.strategy.dynamicStableScale", true,
                 "Canary dynamicStableScale can only be used with traffic routing");
}

std::string step_fault(const json& step, const std::string& field) {
  if (step.contains("setCanaryScale")) {
    return missing("spec.strategy.trafficRouting", "SetCanaryScale requires TrafficRouting to be set");
  }
  if (step.contains("setHeaderRoute")) {
    return invalid(field + ".setHeaderRoute", step["setHeaderRoute"],
                   "SetHeaderRoute requires TrafficRouting, supports Istio and ALB and Apisix");
  }
  if (step.contains("setMirrorRoute")) {
    return invalid(field + ".setMirrorRoute", step["setMirrorRoute"],
                   "SetMirrorRoute requires TrafficRouting, supports Istio and Plugins");
  }
  for (const char* kind : {"analysis", "experiment", "plugin"}) {
    if (step.contains(kind)) return not_here(field + "." + kind, "knows the steps setWeight and pause only");
  }
  const bool weighs = step.contains("setWeight");
  if (weighs == is_pause(step)) {
    return invalid(field, step,
                   weighs ? "Step can only have one of the following set: setWeight or pause"
                          : "Step must have one of the following set: experiment, setWeight, setCanaryScale, "
                            "plugin or pause");
  }
  const int64_t weight = int32_at(step, {"setWeight"}, weighs ? -1 : 0);
  if (weight < 0 || weight > 100) {
    return invalid(field + ".setWeight", step["setWeight"], "SetWeight needs to be between 0 and 100");
  }
  if (weighs || pause_duration(step).value_or(milliseconds(0)).count() >= 0) return "";
  return invalid(field + ".pause.duration", at(step, {"pause", "duration"}),
                 "Duration needs to be greater than 0");
}

std::string service_fault(const Store& store, const json& rollout) {
  for (const char* role : {"stableService", "canaryService"}) {
    const std::string name = string_at(canary_of(rollout), {role});
    if (name.empty() || store.find("services", key_of(rollout).ns, name)) continue;
    return invalid(fmt::format("spec.strategy.canary.{}", role), name,
                   fmt::format("service \"{}\" not found", name));
  }
  return "";
}

}  // namespace

std::string rollout_fault(const Store& store, const json& rollout) {
  std::string fault = selector_fault(rollout);
  if (fault.empty()) fault = strategy_fault(rollout);
  if (fault.empty()) fault = canary_fault(canary_of(rollout));
  for (size_t i = 0; fault.empty() && i < steps_of(rollout).size(); ++i) {
    fault = step_fault(steps_of(rollout)[i], fmt::format("spec.strategy.steps[{}]", i));
  }
  return fault.empty() ? service_fault(store, rollout) : fault;
}

}  // namespace zdt::rehearsal
