// PodDisruptionBudgets (pkg/apis/policy/validation) and HorizontalPodAutoscalers (pkg/apis/autoscaling/validation).
#include "rehearsal/api/check/kinds.h"
#include "rehearsal/api/check/pod.h"
#include "rehearsal/api/check/quantity.h"

namespace zdt::rehearsal::api {
namespace {

constexpr int64_t kMostWindow = 3600, kMostPeriod = 1800;

void check_positive(const json& object, std::string_view field, const Where& where, const char* words,
                    Causes& causes) {
  const json& value = at(object, {field});
  if (value.is_number() && int_at(value, {}) <= 0) causes.invalid(where / field, value, words);
}

void check_target(const json& target, const Where& where, Causes& causes) {
  if (text_of(target, "type").empty()) {
    causes.required(where / "type", "must specify a metric target type");
  } else {
    check_choice(target, "type", {"AverageValue", "Utilization", "Value"}, where, causes);
  }
  check_positive(target, "averageUtilization", where, "must be greater than 0", causes);
  for (const char* field : {"value", "averageValue"}) {
    const json& amount = at(target, {field});
    check_quantity(amount, where / field, causes);
    const auto exact = exact_quantity(amount.is_number() ? amount.dump() : text(amount));
    if (exact && *exact == 0) causes.invalid(where / field, amount, "must be positive");
  }
}

void check_metric(const json& metric, const Where& where, Causes& causes) {
  const std::string& type = text_of(metric, "type");
  if (type.empty()) return causes.required(where / "type", "must specify a metric source type");
  struct Source {
    const char *type, *field;
  };
  for (const Source source : {Source{"ContainerResource", "containerResource"}, Source{"External", "external"},
                              Source{"Object", "object"}, Source{"Pods", "pods"}, Source{"Resource", "resource"}}) {
    if (type != source.type) continue;
    const json& content = at(metric, {source.field});
    const Where here = where / source.field;
    if (!content.is_object())
      return causes.required(here, "must populate information for the given metric source");
    const bool resource = type == "Resource" || type == "ContainerResource";
    if (resource && text_of(content, "name").empty())
      causes.required(here / "name", "must specify a resource name");
    if (!resource && string_at(content, {"metric", "name"}).empty())
      causes.required(here / "metric.name", "must specify a metric name");
    if (type == "ContainerResource" && text_of(content, "container").empty())
      causes.required(here / "container", "must specify a container");
    return check_target(at(content, {"target"}), here / "target", causes);
  }
  causes.unsupported(where / "type", type, {"ContainerResource", "External", "Object", "Pods", "Resource"});
}

void check_scaling_policy(const json& policy, const Where& where, Causes& causes) {
  const std::string& type = text_of(policy, "type");
  if (type != "Percent" && type != "Pods") causes.unsupported(where / "type", type, {"Percent", "Pods"});
  for (const char* field : {"value", "periodSeconds"}) {
    if (int_at(policy, {field}) <= 0) causes.invalid(where / field, int_at(policy, {field}), "must be greater than zero");
  }
  if (int_at(policy, {"periodSeconds"}) > kMostPeriod)
    causes.invalid(where / "periodSeconds", policy["periodSeconds"], "must be less than or equal to 1800");
}

void check_scaling_rules(const json& rules, const Where& where, Causes& causes) {
  if (!rules.is_object()) return;
  const json& window = at(rules, {"stabilizationWindowSeconds"});
  const int64_t seconds = int_at(window, {});
  if (seconds < 0) causes.invalid(where / "stabilizationWindowSeconds", window, "must be greater than or equal to zero");
  if (seconds > kMostWindow)
    causes.invalid(where / "stabilizationWindowSeconds", window, "must be less than or equal to 3600");
  check_choice(rules, "selectPolicy", {"Disabled", "Max", "Min"}, where, causes);
  const json& policies = array_at(rules, {"policies"});
  if (policies.empty()) causes.required(where / "policies", "must specify at least one Policy");
  for (size_t i = 0; i < policies.size() && !causes.full(); ++i)
    check_scaling_policy(policies[i], where.item("policies", i), causes);
}

}  // namespace

void check_disruption_budget(const json& budget, Causes& causes) {
  const json& spec = object_at(budget, {"spec"});
  const Where where("spec");
  if (is_set(spec, "minAvailable") && is_set(spec, "maxUnavailable"))
    causes.invalid(where, spec, "minAvailable and maxUnavailable cannot be both set");
  for (const char* field : {"minAvailable", "maxUnavailable"})
    check_number_or_percent(at(spec, {field}), where / field, causes);
  check_selector(at(spec, {"selector"}), where / "selector", causes);
  check_choice(spec, "unhealthyPodEvictionPolicy", {"AlwaysAllow", "IfHealthyBudget"}, where, causes);
}

void check_autoscaler(const json& autoscaler, Causes& causes) {
  const json& spec = object_at(autoscaler, {"spec"});
  const Where where("spec"), reference = where / "scaleTargetRef";
  const int64_t least = int_at(spec, {"minReplicas"}, 1), most = int_at(spec, {"maxReplicas"});
  if (least < 1) causes.invalid(where / "minReplicas", least, "must be greater than or equal to 1");
  if (most < 1) causes.invalid(where / "maxReplicas", most, "must be greater than 0");
  if (most < least) causes.invalid(where / "maxReplicas", most, "must be greater than or equal to `minReplicas`");
  for (const char* field : {"kind", "name"}) {
    if (check_required(at(spec, {"scaleTargetRef"}), field, reference, causes))
      check_field(spec["scaleTargetRef"], field, broken_path_segment_rule, reference, causes);
  }
  const json& metrics = array_at(spec, {"metrics"});
  for (size_t i = 0; i < metrics.size() && !causes.full(); ++i)
    check_metric(metrics[i], where.item("metrics", i), causes);
  const Where behavior = where / "behavior";
  for (const char* direction : {"scaleUp", "scaleDown"})
    check_scaling_rules(at(spec, {"behavior", direction}), behavior / direction, causes);
}

}  // namespace zdt::rehearsal::api
