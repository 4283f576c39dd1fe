#include "rehearsal/controllers/autoscaling_replicas.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "rehearsal/controllers/autoscaling_samples.h"
#include "rehearsal/controllers/objects.h"
#include "rehearsal/controllers/pods.h"

namespace zdt::rehearsal {
namespace {

constexpr double kTolerance = 0.1;

std::string quantity_text(double millis) {
  const auto rounded = std::llround(std::clamp(std::isnan(millis) ? 0.0 : millis, -9e15, 9e15));
  return rounded % 1000 == 0 ? std::to_string(rounded / 1000) : fmt::format("{}m", rounded);
}

bool within_tolerance(double ratio) { return std::abs(1 - ratio) <= kTolerance; }

const json& source_of(const json& metric) {
  const std::string type = string_at(metric, {"type"});
  if (type == "Resource") return at(metric, {"resource"});
  return at(metric, {type == "External" ? "external" : "containerResource"});
}

/// How far the usage of the pods is above (over 1) or below what is wanted of them.
double ratio_of(const Millis& used, const Millis& wanted) {
  double total = 0, target = 0;
  for (const auto& [pod, amount] : used) {
    total += amount;
    const auto found = wanted.find(pod);
    target += found == wanted.end() ? 0 : found->second;
  }
  return target == 0 ? 1 : total / target;
}

/// wanted  of each pod; at `missing_share` of it a pod without a sample is taken to be when scaling down.
int64_t replicas_for(Samples samples, const Millis& wanted, double missing_share, int64_t current) {
  const double ratio = ratio_of(samples.used, wanted);
  const bool up_with_unready = !samples.unready.empty() && ratio > 1;
  if (!up_with_unready && samples.missing.empty()) {
    if (within_tolerance(ratio)) return current;
    return int32_from(ratio * static_cast<double>(samples.ready_count), current);
  }
  for (const std::string& pod : samples.missing) {
    const auto found = wanted.find(pod);
    const double target = found == wanted.end() ? 0 : found->second;
    if (ratio < 1) samples.used[pod] = target * missing_share;
    if (ratio > 1) samples.used[pod] = 0;
  }
  if (up_with_unready) {
    for (const std::string& pod : samples.unready) samples.used[pod] = 0;
  }
  const double again = ratio_of(samples.used, wanted);
  if (within_tolerance(again) || (ratio < 1) != (again < 1)) return current;
  const int64_t proposed = int32_from(again * static_cast<double>(samples.used.size()), current);
  return (again < 1 && proposed > current) || (again > 1 && proposed < current) ? current : proposed;
}

Error no_samples(const Measurements& measured, const std::string& resource, const std::string& prefix) {
  const bool anything = !measured.usage.empty();
  return {Code::kInvalid,
          prefix + (anything ? "did not receive metrics for targeted pods (pods might be unready)"
                             : fmt::format("unable to get metrics for resource {}: no metrics returned from "
                                           "resource metrics API",
                                           resource)),
          ""};
}

double sum_of(const Millis& amounts) {
  double sum = 0;
  for (const auto& [pod, amount] : amounts) sum += amount;
  return sum;
}

Result<Proposal> propose_utilization(const Measurements& measured, const json& source, const Samples& samples,
                                     json current) {
  const std::string resource = string_at(source, {"name"}), container = string_at(source, {"container"});
  const int64_t target = int32_at(source, {"target", "averageUtilization"});
  const auto requested = requests_of_pods(measured, resource, container);
  if (!requested)
    return Error{Code::kInvalid,
                 fmt::format("failed to get {} utilization: {}", resource, requested.error().what), ""};
  Millis wanted;
  for (const auto& [pod, amount] : *requested) wanted[pod] = amount * static_cast<double>(target) / 100;
  if (target <= 0)
    return Error{Code::kInvalid, fmt::format("failed to get {} utilization: averageUtilization must be above 0", resource), ""};
  const double share = std::max<double>(100, static_cast<double>(target)) / static_cast<double>(target);
  current["averageUtilization"] =
      int32_from(std::floor(ratio_of(samples.used, wanted) * static_cast<double>(target) + 1e-9));
  return Proposal{replicas_for(samples, wanted, share, measured.scale.wanted),
                  fmt::format("{} {} utilization (percentage of request)", resource,
                              container.empty() ? "resource" : "container resource"),
                  std::move(current)};
}

Proposal propose_average(const Measurements& measured, const json& source, const Samples& samples,
                         json current) {
  Millis wanted;
  for (const ObjectPtr& pod : measured.pods)
    wanted[key_of(*pod).name] = millis_of(at(source, {"target", "averageValue"}));
  return {replicas_for(samples, wanted, 1, measured.scale.wanted),
          fmt::format("{} {}", string_at(source, {"name"}),
                      source.contains("container") ? "container resource" : "resource"),
          std::move(current)};
}

Result<Proposal> propose_resource(const json& metric, const Measurements& measured) {
  const json& source = source_of(metric);
  const std::string resource = string_at(source, {"name"}), container = string_at(source, {"container"});
  const bool average = !at(source, {"target", "averageValue"}).is_null();
  const Samples samples = group_pods(measured, resource, container);
  const std::string prefix = average ? fmt::format("failed to get {} usage: ", resource)
                                     : fmt::format("failed to get {} utilization: ", resource);
  if (samples.used.empty()) return no_samples(measured, resource, prefix);
  const double mean = sum_of(samples.used) / static_cast<double>(samples.used.size());
  json current = {{"averageValue", quantity_text(resource == "cpu" ? mean : std::round(mean / 1000) * 1000)}};
  auto proposal = average ? Result<Proposal>(propose_average(measured, source, samples, std::move(current)))
                          : propose_utilization(measured, source, samples, std::move(current));
  if (!proposal) return proposal;
  const char* field = container.empty() ? "resource" : "containerResource";
  json status = {{"name", resource}, {"current", proposal->status}};
  if (!container.empty()) status["container"] = container;
  proposal->status = {{"type", string_at(metric, {"type"})}, {field, std::move(status)}};
  return proposal;
}

/// A LabelSelector as Go prints it, which is what the messages hold.
std::string go_selector(const json& selector) {
  std::string labels;
  for (const auto& [name, value] : object_at(selector, {"matchLabels"}).items())
    labels += fmt::format("{}: {},", name, value.is_string() ? value.get<std::string>() : value.dump());
  return fmt::format(
      "&LabelSelector{{MatchLabels:map[string]string{{{}}},MatchExpressions:[]LabelSelectorRequirement{{}},}"
      "}",
      labels);
}

Result<Proposal> propose_external(const json& metric, const Measurements& measured) {
  const json& source = source_of(metric);
  const std::string name = string_at(source, {"metric", "name"});
  const auto value = measured.external(source);
  if (!value) {
    return Error{Code::kInvalid,
                 fmt::format("unable to get external metric {}/{}/{}: {}", measured.scale.key.ns, name,
                             go_selector(at(source, {"metric", "selector"})), value.error().what),
                 ""};
  }
  const Scale& scale = measured.scale;
  const json& per_pod = at(source, {"target", "averageValue"});
  const double millis = *value * 1000,
               target = millis_of(per_pod.is_null() ? at(source, {"target", "value"}) : per_pod);
  const double pods = static_cast<double>(std::max<int64_t>(scale.current, 0));
  int64_t replicas = scale.current;
  json current;
  if (!per_pod.is_null()) {
    const double ratio = pods == 0 ? 0 : millis / (target * pods);
    if (pods == 0 || !within_tolerance(ratio)) replicas = int32_from(millis / target, scale.current);
    current = {{"averageValue", quantity_text(pods == 0 ? 0 : std::ceil(millis / pods))}};
  } else {
    const auto ready = std::count_if(measured.pods.begin(), measured.pods.end(),
                                     [](const ObjectPtr& pod) { return is_active(*pod) && is_ready(*pod); });
    const double ratio = millis / target;
    if (scale.wanted == 0) replicas = int32_from(ratio, scale.current);
    if (scale.wanted != 0)
      replicas = within_tolerance(ratio)
                     ? scale.wanted
                     : int32_from(ratio * static_cast<double>(ready), scale.wanted);
    current = {{"value", quantity_text(millis)}};
  }
  json status = {{"type", "External"},
                 {"external", {{"metric", at(source, {"metric"})}, {"current", std::move(current)}}}};
  return Proposal{
      replicas, fmt::format("external metric {}({})", name, go_selector(at(source, {"metric", "selector"}))),
      std::move(status)};
}

}  // namespace

Result<Proposal> propose(const json& metric, const Measurements& measured) {
  const std::string type = string_at(metric, {"type"});
  if (type == "External") return propose_external(metric, measured);
  if (type == "Resource" || type == "ContainerResource") return propose_resource(metric, measured);
  return Error{Code::kInvalid, fmt::format("unknown metric source type \"{}\"", type), ""};
}

std::string failure_reason(const json& metric) {
  const std::string type = string_at(metric, {"type"});
  const bool known = type == "External" || type == "Resource" || type == "ContainerResource";
  return known ? "FailedGet" + type + "Metric" : "InvalidMetricSourceType";
}

std::string failure_subject(const json& metric) {
  const std::string type = string_at(metric, {"type"});
  if (type == "External") return "external metric " + string_at(metric, {"external", "metric", "name"});
  return string_at(source_of(metric), {"name"}) +
         (type == "Resource" ? " resource metric value" : " container metric value");
}

}  // namespace zdt::rehearsal
