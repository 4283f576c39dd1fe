#include "rehearsal/controllers/scaled_object_metrics.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "rehearsal/controllers/objects.h"

namespace zdt::rehearsal {
namespace {

constexpr int64_t kMostReplicas = 100;

const json& annotation(const json& object, std::string_view name) {
  return at(object, {"metadata", "annotations", name});
}

/// A field of a trigger's metadata, which are texts. Fails kInvalid.
Result<double> metadata_number(const Trigger& trigger, const char* field, std::optional<double> fallback) {
  const json& value = at(trigger.metadata, {field});
  const std::string text = value.is_string() ? value.get<std::string>() : value.is_null() ? "" : value.dump();
  if (text.empty() && fallback) return *fallback;
  if (text.empty())
    return Error{
        Code::kInvalid,
        fmt::format("error parsing {} metadata: missing required parameter \"{}\"", trigger.type, field), ""};
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  if (*end != '\0' || !std::isfinite(number))
    return Error{Code::kInvalid, fmt::format("error parsing {}: \"{}\" is not a number", field, text), ""};
  return number;
}

std::string metric_type(const Trigger& trigger) {
  const std::string fallback = trigger.is_external() ? "AverageValue" : "Utilization";
  return string_at(trigger.spec, {"metricType"}, string_at(trigger.metadata, {"type"}, fallback));
}

Result<void> read_prometheus(Trigger& trigger) {
  for (const char* field : {"serverAddress", "query"}) {
    if (!string_at(trigger.metadata, {field}).empty()) continue;
    return Error{Code::kInvalid,
                 fmt::format("error parsing prometheus metadata: missing required parameter \"{}\"", field),
                 ""};
  }
  const auto threshold = metadata_number(trigger, "threshold", std::nullopt);
  if (!threshold) return threshold.error();
  const auto activation = metadata_number(trigger, "activationThreshold", 0.0);
  if (!activation) return activation.error();
  trigger.threshold = *threshold;
  trigger.activation_threshold = *activation;
  return {};
}

json external_metric(const json& scaled_object, const Trigger& trigger) {
  const bool average = metric_type(trigger) == "AverageValue";
  json selector = {{"matchLabels", {{"scaledobject.keda.sh/name", key_of(scaled_object).name}}}};
  json target = {{"type", average ? "AverageValue" : "Value"}};
  const auto millis = std::llround(std::clamp(trigger.threshold, -9e12, 9e12) * 1000);
  target[average ? "averageValue" : "value"] =
      millis % 1000 == 0 ? std::to_string(millis / 1000) : fmt::format("{}m", millis);
  json external = {{"metric", {{"name", trigger.metric}, {"selector", std::move(selector)}}},
                   {"target", std::move(target)}};
  return {{"type", "External"}, {"external", std::move(external)}};
}

json resource_metric(const Trigger& trigger) {
  const std::string type = metric_type(trigger), container = string_at(trigger.metadata, {"containerName"});
  const std::string value = string_at(trigger.metadata, {"value"});
  json target = {{"type", type}};
  if (type == "Utilization") target["averageUtilization"] = int32_from(std::trunc(trigger.threshold));
  if (type != "Utilization") target["averageValue"] = value;
  json source = {{"name", trigger.type}, {"target", std::move(target)}};
  if (container.empty()) return {{"type", "Resource"}, {"resource", std::move(source)}};
  source["container"] = container;
  return {{"type", "ContainerResource"}, {"containerResource", std::move(source)}};
}

}  // namespace

Result<std::vector<Trigger>> triggers_of(const json& scaled_object) {
  std::vector<Trigger> all;
  for (const json& spec : array_at(scaled_object, {"spec", "triggers"})) {
    Trigger trigger{all.size(), string_at(spec, {"type"}), "", 0, 0, object_at(spec, {"metadata"}), spec};
    trigger.metric = trigger.type;
    if (trigger.type == "prometheus") {
      trigger.metric = fmt::format("s{}-prometheus", trigger.index);
      if (auto read = read_prometheus(trigger); !read) return read.error();
    } else if (trigger.type == "cpu" || trigger.type == "memory") {
      const bool utilization = metric_type(trigger) == "Utilization";
      const auto value = utilization ? metadata_number(trigger, "value", std::nullopt) : Result<double>(0.0);
      if (!value) return value.error();
      trigger.threshold = *value;
    } else {
      return Error{Code::kInvalid, fmt::format("no scaler found for type: {}", trigger.type),
                   "the rehearsal cluster has prometheus, cpu and memory"};
    }
    all.push_back(std::move(trigger));
  }
  if (all.empty()) return Error{Code::kInvalid, "no triggers defined in the ScaledObject/ScaledJob", ""};
  return all;
}

std::optional<int64_t> paused_replicas(const json& object) {
  const json& value = annotation(object, "autoscaling.keda.sh/paused-replicas");
  const std::string text = value.is_string() ? value.get<std::string>() : "";
  int64_t replicas = 0;
  if (std::from_chars(text.data(), text.data() + text.size(), replicas).ec != std::errc())
    return std::nullopt;
  return replicas;
}

bool is_paused(const json& object) {
  if (paused_replicas(object)) return true;
  const json& value = annotation(object, "autoscaling.keda.sh/paused");
  return value.is_string() && value != "false" && value != "0" && value != "f" && value != "F" &&
         value != "False";
}

std::chrono::seconds polling_interval(const json& scaled_object) {
  return std::chrono::seconds(std::max<int64_t>(int32_at(scaled_object, {"spec", "pollingInterval"}, 30), 1));
}

bool falls_back(const json& scaled_object, const Trigger& trigger, const MetricReadings& readings) {
  const json& fallback = at(scaled_object, {"spec", "fallback"});
  const TriggerReading* reading = readings.find(key_of(scaled_object), trigger.metric);
  return fallback.is_object() && reading != nullptr && metric_type(trigger) == "AverageValue" &&
         reading->failures > int32_at(fallback, {"failureThreshold"});
}

Result<double> trigger_value(const Store& store, const MetricReadings& readings, const Key& key,
                             const std::string& metric) {
  const ObjectPtr scaled_object = store.find(kScaledObjects, key.ns, key.name);
  const TriggerReading* reading = readings.find(key, metric);
  if (!scaled_object || reading == nullptr)
    return Error{Code::kNotFound, "unable to fetch metrics from external metrics API: no metrics returned",
                 ""};
  if (reading->value) return *reading->value;
  const auto triggers = triggers_of(*scaled_object);
  for (const Trigger& trigger : triggers ? *triggers : std::vector<Trigger>()) {
    if (trigger.metric != metric || !falls_back(*scaled_object, trigger, readings)) continue;
    return trigger.threshold * static_cast<double>(int32_at(*scaled_object, {"spec", "fallback", "replicas"}));
  }
  return Error{Code::kFailed, "unable to fetch metrics from external metrics API: " + reading->error, ""};
}

std::string autoscaler_name(const json& scaled_object) {
  return string_at(scaled_object, {"spec", "advanced", "horizontalPodAutoscalerConfig", "name"},
                   "keda-hpa-" + key_of(scaled_object).name);
}

json autoscaler_for(const json& scaled_object, const std::vector<Trigger>& triggers) {
  const auto [ns, name] = key_of(scaled_object);
  const int64_t least = int32_at(scaled_object, {"spec", "minReplicaCount"});
  json reference = {
      {"apiVersion", string_at(scaled_object, {"spec", "scaleTargetRef", "apiVersion"}, "apps/v1")},
      {"kind", string_at(scaled_object, {"spec", "scaleTargetRef", "kind"}, "Deployment")},
      {"name", string_at(scaled_object, {"spec", "scaleTargetRef", "name"})}};
  json spec = {{"scaleTargetRef", std::move(reference)},
               {"minReplicas", least > 0 ? least : 1},
               {"maxReplicas", int32_at(scaled_object, {"spec", "maxReplicaCount"}, kMostReplicas)},
               {"metrics", json::array()}};
  for (const Trigger& trigger : triggers) {
    spec["metrics"].push_back(trigger.is_external() ? external_metric(scaled_object, trigger)
                                                    : resource_metric(trigger));
  }
  const json& behavior = at(scaled_object, {"spec", "advanced", "horizontalPodAutoscalerConfig", "behavior"});
  if (behavior.is_object()) spec["behavior"] = behavior;
  const std::string own = autoscaler_name(scaled_object);
  json labels = {{"app.kubernetes.io/managed-by", "keda-operator"},
                 {"app.kubernetes.io/name", own},
                 {"app.kubernetes.io/part-of", name},
                 {"app.kubernetes.io/version", "2.17.0"},
                 {"scaledobject.keda.sh/name", name}};
  json owner = controller_reference(scaled_object, "keda.sh/v1alpha1", "ScaledObject");
  return {{"apiVersion", "autoscaling/v2"},
          {"kind", "HorizontalPodAutoscaler"},
          {"metadata",
           {{"namespace", ns},
            {"name", own},
            {"labels", std::move(labels)},
            {"ownerReferences", json::array({std::move(owner)})}}},
          {"spec", std::move(spec)}};
}

}  // namespace zdt::rehearsal
