#include "report/junit_cases.h"

#include <algorithm>

#include "report/load_lines.h"

namespace zdt::report {
namespace {

std::string failure_of(const json& assertion) {
  return fmt::format("{}: want {}, got {}", string_at(assertion, {"name"}),
                     stage::shown(at(assertion, {"want"})), stage::shown(at(assertion, {"got"})));
}

std::vector<std::string> failures_of(const StepRecord& step) {
  std::vector<std::string> failures;
  for (const json& assertion : step.assertions) {
    if (!bool_at(assertion, {"passed"})) failures.push_back(failure_of(assertion));
  }
  return failures;
}

/// The losses of the step's loads, as lines; else of the loads of the steps before it.
std::string losses_of(const RunRecord& run, const StepRecord& step) {
  std::string losses;
  for (const StepRecord& each : run.steps) {
    std::string own;
    for (const json& event : each.events) {
      if (string_at(event, {"type"}) != "load-finished" || int_at(event, {"failed"}) + int_at(event, {"unfinished"}) == 0) continue;
      for (const std::string& line : load_lines(event)) own += "\n" + line;
    }
    if (!own.empty()) losses = own;
    if (each.id == step.id) break;
  }
  return losses;
}

std::string or_else(std::string text, std::string_view otherwise) {
  return text.empty() ? std::string(otherwise) : text;
}

void explain(JunitCase& result, const json& error) {
  result.type = string_at(error, {"code"}, "failed");
  result.message = or_else(string_at(error, {"what"}), "no reason was given");
  result.body = result.message;
  if (const std::string hint = string_at(error, {"hint"}); !hint.empty()) result.body += "\nnext: " + hint;
}

JunitCase case_of_step(const RunRecord& run, const StepRecord& step) {
  JunitCase result;
  result.classname = run.script;
  result.name = step.id;
  result.kind = report_word(step.status);
  result.took_ms = step.took_ms;
  result.output = step.output;
  if (result.kind == "skipped") result.message = or_else(step.reason, "no reason was given");
  if (result.kind == "failed" || result.kind == "error") explain(result, step.error);
  const auto failures = failures_of(step);
  if (result.kind != "failed") return result;
  if (!failures.empty()) {
    result.type = "assertion";
    result.body = fmt::format("{}", fmt::join(failures, "\n"));
    if (const std::string hint = string_at(step.error, {"hint"}); !hint.empty()) result.body += "\nnext: " + hint;
  }
  result.body += losses_of(run, step);
  return result;
}

JunitCase case_of_assertion(const RunRecord& run, const StepRecord& step, const json& assertion) {
  JunitCase result;
  result.classname = run.script;
  result.name = fmt::format("{}: {}", step.id, string_at(assertion, {"name"}));
  if (bool_at(assertion, {"passed"})) return result;
  result.kind = "failed";
  result.type = "assertion";
  result.message = result.body = failure_of(assertion);
  result.body += losses_of(run, step);
  return result;
}

/// Whether the assertions alone do not tell how the step ended.
bool says_more_than_its_assertions(const StepRecord& step) {
  const std::string_view word = report_word(step.status);
  if (step.assertions.empty() || word == "error") return true;
  return word == "failed" && failures_of(step).empty();
}

void append_assertions(std::vector<JunitCase>& cases, const RunRecord& run, const StepRecord& step) {
  for (const json& assertion : step.assertions) cases.push_back(case_of_assertion(run, step, assertion));
  if (says_more_than_its_assertions(step)) {
    cases.push_back(case_of_step(run, step));
  }
  cases.back().took_ms = step.took_ms;
  cases.back().output = step.output;
}

/// Whether a testcase says already why the run ended as it did.
bool is_told(const RunRecord& run, const std::vector<JunitCase>& cases) {
  if (run.error.is_null()) return true;
  const std::string why = string_at(run.error, {"what"});
  return std::any_of(cases.begin(), cases.end(), [&](const JunitCase& each) {
    return each.kind != "skipped" && !each.message.empty() &&
           (each.message == why || "clean-up: " + each.message == why);
  });
}

void append_clean_ups(std::vector<JunitCase>& cases, const RunRecord& run) {
  for (const json& clean_up : run.clean_up) {
    auto name = fmt::format("clean-up {}", int_at(clean_up, {"index"}) + 1);
    const std::string status = string_at(clean_up, {"status"});
    cases.push_back(case_of_error(run.script, std::move(name), report_word(status), at(clean_up, {"error"})));
    cases.back().took_ms = int_at(clean_up, {"took_ms"});
  }
}

}  // namespace

JunitCase case_of_error(const std::string& classname, std::string name, std::string_view kind,
                        const json& error) {
  JunitCase result;
  result.classname = classname;
  result.name = std::move(name);
  result.kind = kind;
  explain(result, error);
  return result;
}

std::vector<JunitCase> junit_cases(const RunRecord& run, Granularity granularity) {
  std::vector<JunitCase> cases;
  for (const StepRecord& step : run.steps) {
    if (granularity == Granularity::kStep) {
      cases.push_back(case_of_step(run, step));
    } else {
      append_assertions(cases, run, step);
    }
  }
  append_clean_ups(cases, run);
  if (!is_told(run, cases))
    cases.push_back(case_of_error(run.script, "run", report_word(run.status), run.error));
  return cases;
}

}  // namespace zdt::report
