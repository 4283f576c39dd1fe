#include "report/record.h"

#include <algorithm>
#include <array>

#include "report/load_lines.h"
#include "report/table.h"
#include "report/text.h"

namespace zdt::report {
namespace {

using stage::Event;

/// What run-started says besides the circumstances.
constexpr std::array<std::string_view, 5> kOwnFields{"title", "params", "steps", "resumed", "format"};

StepRecord untouched(const StepRecord& step) {
  StepRecord fresh;
  fresh.id = step.id;
  fresh.title = step.title;
  fresh.checkpoint = step.checkpoint;
  return fresh;
}

/// The event as lines for a person; empty when there is nothing to read.
std::vector<std::string> lines_of(const Event& event) {
  const json& data = event.data;
  if (event.type == "log")
    return {fmt::format("{}: {}", string_at(data, {"level"}, "info"), string_at(data, {"text"}))};
  if (event.type == "note") return {string_at(data, {"text"})};
  if (event.type == "result") return {"result: " + string_at(data, {"text"})};
  if (event.type == "observation") {
    return {fmt::format("{}: {}", string_at(data, {"name"}), stage::shown(at(data, {"value"})))};
  }
  if (event.type == "load-finished") return load_lines(data);
  if (event.type == "table") {
    auto lines = table_lines(array_at(data, {"columns"}), array_at(data, {"rows"}));
    lines.insert(lines.begin(), string_at(data, {"title"}));
    return lines;
  }
  std::vector<std::string> lines;
  for (const json& section : array_at(data, {"sections"})) {
    lines.push_back(string_at(section, {"title"}));
    for (const json& line : array_at(section, {"lines"})) lines.push_back("  " + stage::shown(line));
  }
  return lines;
}

void close_step(StepRecord& step, const json& run_error) {
  if (step.status.empty()) {
    step.status = "skipped";
    step.reason = "not reached";
  }
  if (step.status != "running") return;
  step.status = "error";
  step.error = run_error;
}

void close_run(RunRecord& run, const std::optional<Error>& outside) {
  if (run.status.empty()) {
    const bool interrupted = outside && outside->code == Code::kCancelled;
    run.status = interrupted ? "interrupted" : "error";
    run.error = stage::to_json(outside.value_or(Error{Code::kFailed, "it ended without a result", ""}));
  }
  for (StepRecord& step : run.steps) close_step(step, run.error);
}

}  // namespace

int RunRecord::count(std::string_view word) const {
  return static_cast<int>(std::count_if(
      steps.begin(), steps.end(), [&](const StepRecord& step) { return report_word(step.status) == word; }));
}

int RunRecord::assertions() const {
  size_t total = 0;
  for (const StepRecord& step : steps) total += step.assertions.size();
  return static_cast<int>(total);
}

std::string_view report_word(std::string_view status) {
  for (std::string_view word : {"passed", "failed", "skipped"}) {
    if (status == word) return word;
  }
  return "error";
}

void RunRecords::receive(const Event& event) {
  if (event.type == "run-started") return start(event);
  if (event.type == "run-finished") return finish(event);
  if (!has_open_run()) return;
  runs_.back().finished = event.ts;
  if (event.type == "clean-up-finished" && event.data.contains("error"))
    runs_.back().clean_up.push_back(event.data);
  if (event.type == "result") runs_.back().result = one_line(string_at(event.data, {"text"}));
  if (StepRecord* step = step_of(event)) receive_in_step(*step, event);
}

std::vector<RunRecord> RunRecords::closed(const std::optional<Error>& outside) const {
  std::vector<RunRecord> runs = runs_;
  for (RunRecord& run : runs) close_run(run, outside);
  return runs;
}

std::optional<Error> RunRecords::left_over(const std::optional<Error>& outside) const {
  return has_open_run() ? std::nullopt : outside;
}

void RunRecords::start(const Event& event) {
  RunRecord run;
  run.script = event.script;
  run.title = string_at(event.data, {"title"});
  run.started = run.finished = event.ts;
  run.resumed = bool_at(event.data, {"resumed"});
  run.params = object_at(event.data, {"params"});
  run.facts = event.data;
  for (std::string_view field : kOwnFields) run.facts.erase(std::string(field));
  for (const json& listed : array_at(event.data, {"steps"})) {
    StepRecord step;
    step.id = string_at(listed, {"id"});
    step.title = string_at(listed, {"title"});
    step.checkpoint = string_at(listed, {"checkpoint"});
    run.steps.push_back(std::move(step));
  }
  runs_.push_back(std::move(run));
}

void RunRecords::finish(const Event& event) {
  if (!has_open_run()) {  // it was over before it could start
    RunRecord run;
    run.script = event.script.empty() ? "zdt-demo" : event.script;
    run.started = event.ts;
    runs_.push_back(std::move(run));
  }
  RunRecord& run = runs_.back();
  run.finished = event.ts;
  run.status = string_at(event.data, {"status"}, "error");
  run.error = at(event.data, {"error"});
  run.took_ms = int_at(event.data, {"took_ms"});
  for (const char* name : {"longest_chain_ms", "most_at_once", "orchestration_percent"}) {
    if (event.data.contains(name)) run.figures[name] = event.data[name];
  }
}

StepRecord* RunRecords::step_of(const Event& event) {
  auto& steps = runs_.back().steps;
  auto found =
      std::find_if(steps.begin(), steps.end(), [&](const StepRecord& step) { return step.id == event.step; });
  return found == steps.end() ? nullptr : &*found;
}

void RunRecords::receive_in_step(StepRecord& step, const Event& event) {
  const json& data = event.data;
  const bool undone = event.type == "undo-finished" && string_at(data, {"status"}) == "passed";
  if (event.type == "step-started" || undone) step = untouched(step);
  if (event.type == "step-started") step.status = "running";
  if (event.type == "step-skipped") {
    step.status = "skipped";
    step.reason = string_at(data, {"reason"});
  }
  if (event.type == "step-finished") {
    step.status = string_at(data, {"status"}, "error");
    step.took_ms = int_at(data, {"took_ms"});
    step.error = at(data, {"error"});
  }
  if (event.type == "assertion") step.assertions.push_back(data);
  if (event.type == "observation") step.observations.push_back(data);
  if (event.type == "diagnosis") step.diagnosis = array_at(data, {"sections"});
  if (event.type == "load-finished" || event.type == "table" || event.type == "note") {
    json kept = data;
    kept["type"] = event.type;
    step.events.push_back(std::move(kept));
  }
  for (const std::string& line : lines_of(event)) step.output += clean(line) + "\n";
}

}  // namespace zdt::report
