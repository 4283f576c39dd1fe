#include "rehearsal/controllers/autoscaler.h"

#include <fmt/format.h>

#include <algorithm>

#include "rehearsal/controllers/objects.h"
#include "rehearsal/controllers/scaled_object_metrics.h"
#include "rehearsal/controllers/scheduler_snapshot.h"

namespace zdt::rehearsal {

/// One look at one autoscaler; status is what it will say.
struct HorizontalAutoscaler::Look {
  const json& autoscaler;
  Scale scale;
  json status;
  WallTime now;

  void set(const std::string& type, bool value, const std::string& reason, const std::string& message) {
    json written = {
        {"type", type}, {"status", value ? "True" : "False"}, {"reason", reason}, {"message", message}};
    written["lastTransitionTime"] = format_time(now);
    for (json& each : status["conditions"]) {
      if (each["type"] != type) continue;
      if (each["status"] == written["status"]) written["lastTransitionTime"] = each["lastTransitionTime"];
      each = std::move(written);
      return;
    }
    status["conditions"].push_back(std::move(written));
  }
};

namespace {

constexpr auto kSyncPeriod = std::chrono::seconds(15);  // --horizontal-pod-autoscaler-sync-period
constexpr std::string_view kAutoscalerComponent = "horizontal-pod-autoscaler";

}  // namespace

HorizontalAutoscaler::HorizontalAutoscaler(Store& store, std::shared_ptr<MetricReadings> readings, Clock now)
    : store_(store), readings_(std::move(readings)), now_(std::move(now)) {}

/// Not after its own writes to the status.
std::vector<Key> HorizontalAutoscaler::concerned(const Event& event) {
  if (event.resource != kAutoscalers) return {};
  if (event.change == Change::kDeleted) histories_.erase(string_at(*event.object, {"metadata", "uid"}));
  const bool same = event.previous && event.change == Change::kModified &&
                    at(*event.previous, {"spec"}) == at(*event.object, {"spec"});
  return same || event.change == Change::kDeleted ? std::vector<Key>{}
                                                  : std::vector<Key>{key_of(*event.object)};
}

Result<Outcome> HorizontalAutoscaler::reconcile(const Key& key) {
  const ObjectPtr autoscaler = store_.find(kAutoscalers, key.ns, key.name);
  if (!autoscaler || is_deleting(*autoscaler)) return Outcome{};
  Look look{*autoscaler, {}, sound_status(*autoscaler), now_()};
  look.status["observedGeneration"] = int_at(*autoscaler, {"metadata", "generation"});
  if (!look.status.contains("currentMetrics")) look.status["currentMetrics"] = nullptr;
  auto scale = read_scale(store_, key.ns, at(*autoscaler, {"spec", "scaleTargetRef"}));
  if (!scale) {
    record_event(store_, *autoscaler, "Warning", "FailedGetScale", scale.error().what, kAutoscalerComponent,
                 now_());
    look.set("AbleToScale", false, "FailedGetScale",
             "the HPA controller was unable to get the target's current scale: " + scale.error().what);
  } else {
    look.scale = std::move(*scale);
    look.set("AbleToScale", true, "SucceededGetScale",
             "the HPA controller was able to get the target's current scale");
    ScaleHistory& history = histories_[string_at(*autoscaler, {"metadata", "uid"})];
    if (history.empty()) history.note_wish(look.scale.wanted, now_());
    Decision decision = decide(look);
    if (decision.rescale) rescale(look, decision);
    look.status["currentReplicas"] = look.scale.wanted;
    look.status["desiredReplicas"] = decision.replicas;
  }
  if (auto written = write_status(look); !written) return written.error();
  return Outcome{std::chrono::duration_cast<milliseconds>(kSyncPeriod)};
}

HorizontalAutoscaler::Decision HorizontalAutoscaler::decide(Look& look) {
  const int64_t current = look.scale.wanted;
  const ReplicaRange range{int32_at(look.autoscaler, {"spec", "minReplicas"}, 1),
                           int32_at(look.autoscaler, {"spec", "maxReplicas"}, 1)};
  if (current == 0 && range.least != 0) {
    look.set("ScalingActive", false, "ScalingDisabled",
             "scaling is disabled since the replica count of the target is zero");
    return {0, "", false};
  }
  if (current > range.most) return {range.most, "Current number of replicas above Spec.MaxReplicas", true};
  if (current < range.least) return {range.least, "Current number of replicas below Spec.MinReplicas", true};
  const auto proposal = ask_metrics(look);
  if (!proposal) return {int32_at(look.status, {"desiredReplicas"}), "", false};
  return follow(look, *proposal, range);
}

Measurements HorizontalAutoscaler::measure(const Scale& scale) const {
  Measurements measured{scale, store_.list("pods", scale.key.ns), readings_->pod_usage(), {}, now_()};
  std::erase_if(measured.pods,
                [&](const ObjectPtr& pod) { return !matches_selector(scale.selector, labels_of(*pod)); });
  measured.external = [this, ns = scale.key.ns](const json& source) {
    const std::string owner =
        string_at(source, {"metric", "selector", "matchLabels", "scaledobject.keda.sh/name"});
    return trigger_value(store_, *readings_, {ns, owner}, string_at(source, {"metric", "name"}));
  };
  return measured;
}

/// computeReplicasForMetrics: the largest proposal; nothing when none can be had, or when one is missing and
/// the others would scale down.
std::optional<Proposal> HorizontalAutoscaler::ask_metrics(Look& look) {
  const json& metrics = array_at(look.autoscaler, {"spec", "metrics"});
  const Measurements measured = measure(look.scale);
  std::optional<Proposal> best;
  json statuses = json::array();
  std::string first_failure, first_reason, first_what;
  size_t failed = 0;
  for (const json& metric : metrics) {
    const auto proposal = propose(metric, measured);
    if (proposal) {
      statuses.push_back(proposal->status);
      if (!best || proposal->replicas > best->replicas) best = *proposal;
      continue;
    }
    if (failed++ > 0) continue;
    first_what = proposal.error().what;
    first_reason = failure_reason(metric);
    first_failure = fmt::format("failed to get {}: {}", failure_subject(metric), first_what);
    record_event(store_, look.autoscaler, "Warning", first_reason, first_what, kAutoscalerComponent, now_());
  }
  look.status["currentMetrics"] = statuses.empty() ? json(nullptr) : statuses;
  if (!best || (failed > 0 && best->replicas < look.scale.wanted)) {
    look.set("ScalingActive", false, first_reason,
             "the HPA was unable to compute the replica count: " + first_what);
    record_event(store_, look.autoscaler, "Warning", "FailedComputeMetricsReplicas",
                 fmt::format("invalid metrics ({} invalid out of {}), first error is: {}", failed,
                             metrics.size(), first_failure),
                 kAutoscalerComponent, now_());
    return std::nullopt;
  }
  look.set("ScalingActive", true, "ValidMetricFound",
           "the HPA was able to successfully calculate a replica count from " + best->metric);
  return best;
}

HorizontalAutoscaler::Decision HorizontalAutoscaler::follow(Look& look, const Proposal& proposal,
                                                            ReplicaRange range) {
  const int64_t current = look.scale.wanted;
  ScaleHistory& history = histories_[string_at(look.autoscaler, {"metadata", "uid"})];
  const Allowance stable = history.stabilize(look.autoscaler, current, proposal.replicas, now_());
  look.set("AbleToScale", true, stable.reason, stable.message);
  const Allowance allowed = history.limit(look.autoscaler, current, stable.replicas, range, now_());
  look.set("ScalingLimited", allowed.replicas != stable.replicas, allowed.reason, allowed.message);
  const std::string reason =
      proposal.replicas > current ? proposal.metric + " above target" : "All metrics below target";
  return {allowed.replicas, reason, allowed.replicas != current};
}

void HorizontalAutoscaler::rescale(Look& look, Decision& decision) {
  const std::string what = fmt::format("New size: {}; reason: {}", decision.replicas, decision.reason);
  if (const auto written = write_scale(store_, look.scale, decision.replicas); !written) {
    look.set("AbleToScale", false, "FailedUpdateScale",
             "the HPA controller was unable to update the target scale: " + written.error().what);
    record_event(store_, look.autoscaler, "Warning", "FailedRescale",
                 what + "; error: " + written.error().what, kAutoscalerComponent, now_());
    decision.replicas = look.scale.wanted;
    return;
  }
  look.set("AbleToScale", true, "SucceededRescale",
           fmt::format("the HPA controller was able to update the target scale to {}", decision.replicas));
  record_event(store_, look.autoscaler, "Normal", "SuccessfulRescale", what, kAutoscalerComponent, now_());
  histories_[string_at(look.autoscaler, {"metadata", "uid"})].note_change(look.scale.wanted,
                                                                          decision.replicas, now_());
  look.status["lastScaleTime"] = format_time(now_());
}

Result<void> HorizontalAutoscaler::write_status(const Look& look) {
  const auto [ns, name] = key_of(look.autoscaler);
  const auto written =
      store_.modify(kAutoscalers, ns, name, [&](json& changed) { changed["status"] = look.status; });
  if (!written) return written.error();
  return {};
}

}  // namespace zdt::rehearsal
