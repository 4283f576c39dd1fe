#include <algorithm>

#include "load/report.h"

namespace zdt::load {
namespace {

json latency_json(const Latency& latency) {
  return {{"count", latency.count},   {"min_us", latency.min_us},   {"mean_us", latency.mean_us},
          {"p50_us", latency.p50_us}, {"p90_us", latency.p90_us},   {"p95_us", latency.p95_us},
          {"p99_us", latency.p99_us}, {"p999_us", latency.p999_us}, {"max_us", latency.max_us}};
}

json outcomes_json(const std::map<Outcome, uint64_t>& outcomes) {
  json object = json::object();
  for (const auto& [outcome, count] : outcomes) object[std::string(name_of(outcome))] = count;
  return object;
}

json counts_json(const Counts& counts) {
  json statuses = json::object();
  for (const auto& [status, count] : counts.statuses) statuses[std::to_string(status)] = count;
  return {{"sent", counts.sent},
          {"ok", counts.ok},
          {"failed", counts.failed},
          {"unfinished", counts.unfinished},
          {"retries", counts.retries},
          {"saved_by_retry", counts.saved_by_retry},
          {"outcomes", outcomes_json(counts.outcomes)},
          {"statuses", std::move(statuses)},
          {"latency", latency_json(counts.latency)}};
}

json phase_json(const Phase& phase) {
  json object = counts_json(phase);
  object["name"] = phase.name;
  object["start_ms"] = phase.start_ms;
  object["end_ms"] = phase.end_ms;
  return object;
}

json second_json(const Second& row) {
  return {{"second", row.second},
          {"sent", row.sent},
          {"ok", row.ok},
          {"failed", row.failed},
          {"p99_us", row.p99_us}};
}

json origins_json(const std::map<std::string, Origin>& origins) {
  json object = json::object();
  for (const auto& [name, origin] : origins) {
    object[name] = {{"ok", origin.ok},
                    {"failed", origin.failed},
                    {"first_ms", origin.first_ms},
                    {"last_ms", origin.last_ms}};
  }
  return object;
}

json url_json(const Url& url) {
  return {{"method", url.method},
          {"url", url.url},
          {"sent", url.sent},
          {"ok", url.ok},
          {"failed", url.failed},
          {"unfinished", url.unfinished},
          {"outcomes", outcomes_json(url.outcomes)}};
}

json bucket_json(const Histogram::Bucket& bucket) {
  return {{"from_us", bucket.from_us}, {"to_us", bucket.to_us}, {"count", bucket.count}};
}

json threshold_json(const ThresholdResult& result) {
  return {{"expression", result.expression},
          {"status", result.passed ? "passed" : "failed"},
          {"value", result.value ? json(*result.value) : json()},
          {"unit", result.unit},
          {"shown", shown(result)},
          {"aborted", result.aborted}};
}

json verdict_json(const Verdict& verdict) {
  return {{"success_rate", verdict.success_rate},
          {"longest_error_window_ms", verdict.longest_error_window_ms},
          {"first_failure_ms", verdict.first_failure_ms},
          {"last_failure_ms", verdict.last_failure_ms},
          {"failure_span_ms", verdict.failure_span_ms},
          {"recovered", verdict.recovered},
          {"time_to_recover_ms", verdict.time_to_recover_ms},
          {"losses_by_phase", json(verdict.losses_by_phase)},
          {"losses_by_version", json(verdict.losses_by_version)}};
}

json self_check_json(const SelfCheck& check) {
  return {{"late_sends", check.late_sends},
          {"lateness_p99_us", check.lateness_p99_us},
          {"queued", check.queued},
          {"dropped_arrivals", check.dropped_arrivals},
          {"unsent_arrivals", check.unsent_arrivals},
          {"asked_per_s", check.asked_per_s},
          {"achieved_per_s", check.achieved_per_s},
          {"connections_opened", check.connections_opened},
          {"ports_exhausted", check.ports_exhausted},
          {"descriptors_exhausted", check.descriptors_exhausted},
          {"memory_exhausted", check.memory_exhausted},
          {"cpu_wait_percent", check.cpu_wait_percent},
          {"retries_prevented", check.retries_prevented},
          {"problems", json(check.problems)}};
}

template <class List, class ToJson>
json list_json(const List& list, ToJson convert) {
  json array = json::array();
  for (const auto& entry : list) array.push_back(convert(entry));
  return array;
}

std::string_view status_of(const Report& report) {
  if (report.ok + report.failed == 0) return "error";
  const auto& thresholds = report.thresholds;
  if (!thresholds.empty())
    return std::all_of(thresholds.begin(), thresholds.end(), [](const auto& one) { return one.passed; }) ? "passed"
                                                                                                       : "failed";
  return report.failed + report.unfinished + report.dropped_arrivals() == 0 ? "passed" : "failed";
}

}  // namespace

const Phase* Report::phase(std::string_view name) const {
  const auto found =
      std::find_if(phases.begin(), phases.end(), [&](const Phase& one) { return one.name == name; });
  return found == phases.end() ? nullptr : &*found;
}

json to_json(const Failure& failure) {
  return {{"at_ms", failure.at_ms},
          {"sent_ms", failure.sent_ms},
          {"wall", format_time_ms(failure.wall)},
          {"phase", failure.phase},
          {"outcome", name_of(failure.outcome)},
          {"status", failure.status},
          {"pod", failure.pod},
          {"version", failure.version},
          {"edge_flags", failure.edge_flags},
          {"upstream", failure.upstream},
          {"endpoint", failure.endpoint},
          {"what", failure.what},
          {"method", failure.method},
          {"url", failure.url}};
}

json to_json(const Loss& loss) {
  return {{"pod", loss.pod},
          {"version", loss.version},
          {"phase", loss.phase},
          {"outcome", loss.outcome},
          {"status", loss.status},
          {"count", loss.count},
          {"first_ms", loss.first_ms},
          {"known_by", loss.known_by},
          {"sentence", loss.sentence}};
}

json to_json(const Report& report) {
  json object = counts_json(report);
  object["status"] = status_of(report);
  object["started"] = format_time_ms(report.started);
  object["duration_ms"] = report.duration_ms;
  object["rate_per_s"] = report.rate_per_s;
  object["aborted"] = report.aborted;
  object["histogram"] = list_json(report.histogram, bucket_json);
  object["urls"] = list_json(report.urls, url_json);
  object["thresholds"] = list_json(report.thresholds, threshold_json);
  object["timeline"] = list_json(report.timeline, second_json);
  object["phases"] = list_json(report.phases, phase_json);
  object["pods"] = origins_json(report.pods);
  object["versions"] = origins_json(report.versions);
  object["failures"] = list_json(report.failures, [](const Failure& failure) { return to_json(failure); });
  object["losses"] = list_json(report.losses, [](const Loss& loss) { return to_json(loss); });
  object["unattributed"] = report.unattributed;
  if (!report.reconciliation.is_null()) object["reconciliation"] = report.reconciliation;
  object["verdict"] = verdict_json(report.verdict);
  object["self_check"] = self_check_json(report.self_check);
  return object;
}

json to_json(const Snapshot& snapshot) {
  return {
      {"elapsed_ms", snapshot.elapsed_ms},
      {"phase", snapshot.phase},
      {"running", snapshot.running},
      {"paused", snapshot.paused},
      {"rate", snapshot.rate},
      {"sent", snapshot.sent},
      {"ok", snapshot.ok},
      {"failed", snapshot.failed},
      {"in_flight", snapshot.in_flight},
      {"unfinished", snapshot.unfinished},
      {"queued", snapshot.queued},
      {"dropped_arrivals", snapshot.dropped_arrivals},
      {"p50_us", snapshot.p50_us},
      {"p99_us", snapshot.p99_us},
      {"second", second_json(snapshot.second)},
      {"outcomes", outcomes_json(snapshot.outcomes)},
      {"failures", list_json(snapshot.failures, [](const Failure& failure) { return to_json(failure); })}};
}

}  // namespace zdt::load
