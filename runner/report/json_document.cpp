#include "report/json_document.h"

#include "base/clean.h"

namespace zdt::report {
namespace {

json assertion_of(const json& data) {
  return {{"name", at(data, {"name"})},
          {"status", bool_at(data, {"passed"}) ? "passed" : "failed"},
          {"want", at(data, {"want"})},
          {"got", at(data, {"got"})}};
}

json step_of(const StepRecord& step) {
  json result{{"id", step.id},           {"title", step.title},         {"status", report_word(step.status)},
              {"took_ms", step.took_ms}, {"assertions", json::array()}, {"observations", json::array()}};
  for (const json& data : step.assertions) result["assertions"].push_back(assertion_of(data));
  for (const json& data : step.observations) {
    result["observations"].push_back(
        {{"name", at(data, {"name"})}, {"status", "recorded"}, {"value", at(data, {"value"})}});
  }
  if (!step.checkpoint.empty()) result["checkpoint"] = step.checkpoint;
  if (!step.reason.empty()) result["reason"] = step.reason;
  if (!step.error.is_null()) result["error"] = step.error;
  if (!step.diagnosis.empty()) result["diagnosis"] = step.diagnosis;
  if (!step.events.empty()) result["events"] = step.events;
  return result;
}

json result_of(const RunRecord& run) {
  json result{{"script", run.script},
              {"title", run.title},
              {"status", report_word(run.status)},
              {"resumed", run.resumed},
              {"started", format_time_ms(run.started)},
              {"finished", format_time_ms(run.finished)},
              {"took_ms", run.took_ms},
              {"facts", run.facts},
              {"steps", json::array()}};
  json counts{{"assertions", run.assertions()}};
  for (const char* word : {"passed", "failed", "skipped", "error"}) counts[word] = run.count(word);
  result["counts"] = std::move(counts);
  result.update(run.figures);
  for (const StepRecord& step : run.steps) result["steps"].push_back(step_of(step));
  if (!run.result.empty()) result["result"] = run.result;
  if (!run.error.is_null()) result["error"] = run.error;
  for (json clean_up : run.clean_up) {
    clean_up["status"] = report_word(string_at(clean_up, {"status"}));
    result["clean_up"].push_back(std::move(clean_up));
  }
  return result;
}

/// The gravest word of all runs.
std::string_view word_of(const std::vector<RunRecord>& runs) {
  std::string_view worst = "passed";
  for (const RunRecord& run : runs) {
    const std::string_view word = report_word(run.status);
    if (word == "error" || worst == "passed") worst = word;
  }
  return worst;
}

json metadata_of(const std::vector<RunRecord>& runs, const std::optional<Error>& outside) {
  json metadata = runs.empty() ? json::object() : runs.front().facts;
  metadata["tool"] = "zdt-demo";
  metadata["status"] = outside || runs.empty() ? "error" : word_of(runs);
  if (outside) metadata["error"] = stage::to_json(*outside);
  if (!runs.empty()) {
    metadata["started"] = format_time_ms(runs.front().started);
    metadata["finished"] = format_time_ms(runs.back().finished);
  }
  return metadata;
}

}  // namespace

std::string JsonDocument::finish(const std::optional<Error>& outside) const {
  const auto runs = records_.closed(outside);
  json document{{"version", 1},
                {"metadata", metadata_of(runs, outside)},
                {"config", {{"params", json::object()}}},
                {"results", json::array()}};
  for (const RunRecord& run : runs) {
    document["config"]["params"][run.script] = run.params;
    document["results"].push_back(result_of(run));
  }
  return harmless_json(document.dump(2, ' ', false, json::error_handler_t::replace)) + "\n";
}

}  // namespace zdt::report
