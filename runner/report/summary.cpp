#include "report/summary.h"

#include "report/text.h"

namespace zdt::report {
namespace {

std::string counts_of(const json& data) {
  return fmt::format("{} passed, {} failed, {} skipped, {} assertions, {}", int_at(data, {"passed"}),
                     int_at(data, {"failed"}), int_at(data, {"skipped"}), int_at(data, {"assertions"}),
                     format_duration(milliseconds(int_at(data, {"took_ms"}))));
}

/// A run without an assertion has shown nothing that could have failed: it is done, and has not passed.
std::string word_of(const json& data) {
  const std::string status = string_at(data, {"status"});
  const bool nothing_asserted = int_at(data, {"passed"}) > 0 && int_at(data, {"assertions"}) == 0;
  return status == "passed" && nothing_asserted ? "done, nothing was asserted" : status;
}

}  // namespace

std::string summary_line(const stage::Event& run_finished) {
  const std::string status = word_of(run_finished.data);
  const std::string why = first_line(string_at(run_finished.data, {"error", "what"})).first;
  const std::string name = run_finished.script.empty() ? "zdt-demo" : run_finished.script;
  if (why.empty()) return fmt::format("{} {}: {}", name, status, counts_of(run_finished.data));
  return fmt::format("{} {}: {} ({})", name, status, why, counts_of(run_finished.data));
}

std::string result_line(const std::string& script, const std::string& result) { return fmt::format("{}  {}", script, result); }

std::string chain_line(const stage::Event& run_finished) {
  const json& data = run_finished.data;
  if (int_at(data, {"most_at_once"}) < 2) return "";
  const json& more = at(data, {"orchestration_percent"});
  return fmt::format("steps waited {} on the longest chain, the run took {} (+{} %)",
                     format_duration(milliseconds(int_at(data, {"longest_chain_ms"}))),
                     format_duration(milliseconds(int_at(data, {"took_ms"}))),
                     more.is_number() ? more.get<double>() : 0.0);
}

void Tally::receive(const stage::Event& event) {
  if (event.type == "run-started") open_ = event.script;
  if (event.type == "run-started") result_.clear();
  if (event.type == "result") result_ = one_line(string_at(event.data, {"text"}));
  if (event.type != "run-finished") return;
  ++finished_;
  open_.clear();
  last_ = summary_line(event);
  const bool passed = string_at(event.data, {"status"}) == "passed";
  if (!result_.empty() && passed) last_ = fmt::format("{} ({})", result_line(event.script, result_), counts_of(event.data));
  if (!result_.empty() && !passed) last_ += "; " + result_;
  if (passed) ++passed_;
  if (!passed && first_problem_.empty()) first_problem_ = last_;
}

std::string Tally::last_line(const std::optional<Error>& outside) const {
  if (outside) {
    const bool interrupted = outside->code == Code::kCancelled;
    return fmt::format("{} {}: {}", open_.empty() ? "zdt-demo" : open_, interrupted ? "interrupted" : "error",
                       first_line(outside->what).first);
  }
  if (!open_.empty()) return fmt::format("{} error: it ended without a result", open_);
  if (finished_ == 0) return "zdt-demo: nothing ran";
  if (finished_ == 1) return last_;
  const std::string counts =
      fmt::format("{} scripts: {} passed, {} did not", finished_, passed_, finished_ - passed_);
  return first_problem_.empty() ? counts : fmt::format("{}; first: {}", counts, first_problem_);
}

bool Tally::all_passed(const std::optional<Error>& outside) const {
  return !outside && open_.empty() && passed_ == finished_;
}

bool Tally::said_by_last_run(const std::optional<Error>& outside) const {
  return !outside && open_.empty() && finished_ == 1;
}

}  // namespace zdt::report
