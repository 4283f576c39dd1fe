#include "report/junit_cases.h"

#include <algorithm>

namespace zdt::report {
namespace {

std::string failure_of(const json& assertion) {
  return fmt::format("{}: want {}, got {}", string_at(assertion, {"name"}), stage::shown(at(assertion, {"want"})),
                     stage::shown(at(assertion, {"got"})));
}

std::vector<std::string> failures_of(const StepRecord& step) {
  std::vector<std::string> failures;
  for (const json& assertion : step.assertions) {
    if (!bool_at(assertion, {"passed"})) failures.push_back(failure_of(assertion));
  }
  return failures;
}

std::string or_else(std::string text, std::string_view otherwise) { return text.empty() ? std::string(otherwise) : text; }

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
  result.assertions = step.assertions.size();
  result.output = step.output;
  if (result.kind == "skipped") result.message = or_else(step.reason, "no reason was given");
  if (result.kind == "failed" || result.kind == "error") explain(result, step.error);
  const auto failures = failures_of(step);
  if (result.kind != "failed" || failures.empty()) return result;
  result.type = "assertion";
  result.body = fmt::format("{}", fmt::join(failures, "\n"));
  if (const std::string hint = string_at(step.error, {"hint"}); !hint.empty()) result.body += "\nnext: " + hint;
  return result;
}

JunitCase case_of_assertion(const RunRecord& run, const StepRecord& step, const json& assertion) {
  JunitCase result;
  result.classname = run.script;
  result.name = fmt::format("{}: {}", step.id, string_at(assertion, {"name"}));
  result.assertions = 1;
  if (bool_at(assertion, {"passed"})) return result;
  result.kind = "failed";
  result.type = "assertion";
  result.message = result.body = failure_of(assertion);
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
    cases.back().assertions = 0;
  }
  cases.back().took_ms = step.took_ms;
  cases.back().output = step.output;
}

bool is_told_by_a_step(const RunRecord& run) {
  return std::any_of(run.steps.begin(), run.steps.end(), [&](const StepRecord& step) {
    return !step.error.is_null() && string_at(step.error, {"what"}) == string_at(run.error, {"what"});
  });
}

}  // namespace

JunitCase run_case(const std::string& classname, std::string_view kind, const json& error) {
  JunitCase result;
  result.classname = classname;
  result.name = "run";
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
  if (!run.error.is_null() && !is_told_by_a_step(run)) cases.push_back(run_case(run.script, report_word(run.status), run.error));
  return cases;
}

}  // namespace zdt::report
