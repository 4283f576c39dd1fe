#include "script/load_report.h"

namespace zdt::script {
namespace {

double ms(uint64_t us) { return static_cast<double>(us) / 1000; }

json latency_ms(const load::Latency& latency, std::string_view suffix) {
  const auto key = [suffix](std::string_view name) { return std::string(name) + std::string(suffix); };
  return {{key("p50"), ms(latency.p50_us)}, {key("p90"), ms(latency.p90_us)}, {key("p99"), ms(latency.p99_us)},
          {key("max"), ms(latency.max_us)}, {key("mean"), latency.mean_us / 1000}};
}

json origins(const std::map<std::string, load::Origin>& from) {
  json result = json::object();
  for (const auto& [name, origin] : from) result[name] = {{"ok", origin.ok}, {"failed", origin.failed}};
  return result;
}

}  // namespace

json progress_data(const load::Snapshot& snapshot) {
  return {{"sent", snapshot.sent},     {"ok", snapshot.ok},       {"failed", snapshot.failed},
          {"in_flight", snapshot.in_flight}, {"rate", snapshot.rate},   {"phase", snapshot.phase},
          {"p50_ms", ms(snapshot.p50_us)},   {"p99_ms", ms(snapshot.p99_us)}, {"elapsed_ms", snapshot.elapsed_ms},
          {"running", snapshot.running}};
}

json finished_data(const load::Report& report, const std::string& url) {
  json data = load::to_json(report);
  data["url"] = url;
  data.erase("histogram");  // the journal keeps the percentiles
  data["latency"] = latency_ms(report.latency, "_ms");
  data["pods"] = origins(report.pods);
  data["versions"] = origins(report.versions);
  json first = json::array();
  for (size_t i = 0; i < report.failures.size() && i < 5; ++i) first.push_back(load::to_json(report.failures[i]));
  data["first_failures"] = std::move(first);
  return data;
}

json script_report(const load::Report& report) {
  json result = load::to_json(report);
  for (size_t i = 0; i < report.phases.size(); ++i) result["phases"][i]["latency"] = latency_ms(report.phases[i].latency, "");
  result["latency"] = latency_ms(report.latency, "");
  result["pods"] = origins(report.pods);
  result["versions"] = origins(report.versions);
  return result;
}

}  // namespace zdt::script
