#include "report/terminal_view.h"

#include "base/text.h"
#include "report/load_lines.h"
#include "report/table.h"
#include "report/text.h"

namespace zdt::report {
namespace {

using stage::Event;
using std::chrono::seconds;

constexpr std::string_view kBelow = "      ";  // below a step's title
constexpr std::string_view kDeeper = "        ";
constexpr seconds kProgressEvery{10};

std::string field(const Event& event, std::string_view name) {
  return one_line(string_at(event.data, {name}));
}

std::string took(const Event& event) {
  return format_duration(milliseconds(int_at(event.data, {"took_ms"})));
}

bool passed(const Event& event) { return string_at(event.data, {"status"}) == "passed"; }

}  // namespace

void TerminalView::receive(const Event& event) {
  using Show = void (TerminalView::*)(const Event&);
  static const std::map<std::string_view, Show> kShow{{"run-started", &TerminalView::show_header},
                                                      {"step-started", &TerminalView::show_step},
                                                      {"step-skipped", &TerminalView::show_skipped},
                                                      {"assertion", &TerminalView::show_assertion},
                                                      {"log", &TerminalView::show_log},
                                                      {"load-progress", &TerminalView::show_progress},
                                                      {"load-finished", &TerminalView::show_table},
                                                      {"table", &TerminalView::show_table},
                                                      {"step-finished", &TerminalView::show_finished_step},
                                                      {"diagnosis", &TerminalView::show_diagnosis},
                                                      {"undo-started", &TerminalView::show_undo},
                                                      {"undo-finished", &TerminalView::show_undo},
                                                      {"clean-up-finished", &TerminalView::show_clean_up},
                                                      {"run-finished", &TerminalView::show_summary}};
  tally_.receive(event);
  if (const auto found = kShow.find(event.type); found != kShow.end()) (this->*found->second)(event);
  if (event.type == "observation") {
    line(kBelow, Mark::kObserved,
         fmt::format("{}: {}", field(event, "name"), one_line(stage::shown(at(event.data, {"value"})))));
  }
  if (event.type == "note") line(kBelow, Mark::kWarning, field(event, "text"));
  if (event.type == "checkpoint-broken") {
    line("", Mark::kWarning,
         fmt::format("checkpoint {} does not hold: {}", field(event, "name"), field(event, "why")));
  }
  tick(event.ts);
}

void TerminalView::tick(WallTime now) {
  if (!in_step_) return;
  const auto running = std::chrono::duration_cast<seconds>(now - step_started_);
  live_.show(fmt::format("{}{} s{}{}", kBelow, running.count(), activity_.empty() ? "" : "  ", activity_));
}

void TerminalView::finish(const std::optional<Error>& outside) {
  in_step_ = false;
  live_.erase();
  if (outside && !outside->hint.empty()) hint("", stage::to_json(*outside));
  if (tally_.said_by_last_run(outside)) return;
  line("", tally_.all_passed(outside) ? Mark::kPassed : Mark::kFailed, tally_.last_line(outside));
}

void TerminalView::show_header(const Event& event) {
  if (wrote_) live_.print("");
  wrote_ = true;
  total_ = array_at(event.data, {"steps"}).size();
  const std::string title = field(event, "title");
  std::string facts = field(event, "target").empty() ? "" : "target " + field(event, "target");
  if (!field(event, "run").empty()) facts += (facts.empty() ? "run " : ", run ") + field(event, "run");
  if (bool_at(event.data, {"resumed"})) facts += facts.empty() ? "resumed" : ", resumed";
  live_.print(paint(style_, Colour::kBold, title.empty() ? event.script : title));
  if (!facts.empty()) live_.print(paint(style_, Colour::kDim, facts));
}

std::string TerminalView::counter(const Event& event) const {
  return fmt::format("[{}/{}] ", int_at(event.data, {"index"}) + 1, total_);
}

void TerminalView::show_step(const Event& event) {
  in_step_ = true;
  step_started_ = progress_shown_ = event.ts;
  shown_failure_.clear();
  shown_hint_.clear();
  activity_.clear();
  live_.print(paint(style_, Colour::kBold, counter(event) + field(event, "title")));
}

void TerminalView::show_skipped(const Event& event) {
  live_.print(fmt::format("{}{}  {} {}", counter(event), field(event, "title"), mark(style_, Mark::kSkipped),
                          paint(style_, Colour::kDim, field(event, "reason"))));
}

void TerminalView::show_assertion(const Event& event) {
  const std::string name = field(event, "name");
  if (bool_at(event.data, {"passed"})) return line(kBelow, Mark::kPassed, name);
  const std::string failure =
      fmt::format("{}: want {}, got {}", name, one_line(stage::shown(at(event.data, {"want"}))),
                  one_line(stage::shown(at(event.data, {"got"}))));
  if (shown_failure_.empty()) shown_failure_ = failure;
  line(kBelow, Mark::kFailed, failure);
}

void TerminalView::show_log(const Event& event) {
  const std::string level = string_at(event.data, {"level"}, "info");
  if (level == "debug" || level == "trace") return;
  if (level == "warn" || level == "warning") return line(kBelow, Mark::kWarning, field(event, "text"));
  if (level == "error") return line(kBelow, Mark::kFailed, field(event, "text"));
  if (style_.rewrite && in_step_) {
    activity_ = field(event, "text");
  } else {
    lines(kBelow, string_at(event.data, {"text"}));
  }
}

void TerminalView::show_progress(const Event& event) {
  activity_ = progress_text(event.data);
  if (style_.rewrite || event.ts - progress_shown_ < kProgressEvery) return;
  progress_shown_ = event.ts;
  lines(kBelow, activity_);
}

void TerminalView::show_table(const Event& event) {
  const bool is_load = event.type == "load-finished";
  if (!field(event, "title").empty()) lines(kBelow, field(event, "title"));
  const auto rows = is_load ? load_lines(event.data)
                            : table_lines(array_at(event.data, {"columns"}), array_at(event.data, {"rows"}));
  for (const std::string& row : rows) live_.print(std::string(kBelow) + row);
}

void TerminalView::show_finished_step(const Event& event) {
  in_step_ = false;
  live_.erase();
  if (passed(event)) return line(kBelow, Mark::kPassed, took(event));
  const std::string why = one_line(string_at(event.data, {"error", "what"}));
  const std::string reason = why == shown_failure_ ? "" : ": " + why;
  line(kBelow, Mark::kFailed, fmt::format("{} after {}{}", field(event, "status"), took(event), reason));
  hint(kBelow, at(event.data, {"error"}));
}

void TerminalView::show_diagnosis(const Event& event) {
  for (const json& section : array_at(event.data, {"sections"})) {
    live_.print(std::string(kBelow) + paint(style_, Colour::kBold, one_line(string_at(section, {"title"}))));
    for (const json& text : array_at(section, {"lines"})) lines(kDeeper, stage::shown(text));
  }
}

void TerminalView::show_undo(const Event& event) {
  if (event.type == "undo-started") {
    live_.print(fmt::format("{}undo: {}", kBelow, field(event, "title")));
  } else if (passed(event)) {
    line(kBelow, Mark::kPassed, "undone in " + took(event));
  } else {
    line(kBelow, Mark::kFailed, "not undone: " + one_line(string_at(event.data, {"error", "what"})));
    hint(kBelow, at(event.data, {"error"}));
  }
}

void TerminalView::show_clean_up(const Event& event) {
  if (passed(event)) return;
  line("", Mark::kFailed, "clean-up: " + one_line(string_at(event.data, {"error", "what"})));
  hint("", at(event.data, {"error"}));
}

void TerminalView::show_summary(const Event& event) {
  in_step_ = false;
  live_.erase();
  live_.print("");
  hint("", at(event.data, {"error"}));
  line("", passed(event) ? Mark::kPassed : Mark::kFailed, summary_line(event));
}

void TerminalView::line(std::string_view indent, Mark kind, std::string_view text) {
  live_.print(fmt::format("{}{} {}", indent, mark(style_, kind), text));
}

void TerminalView::lines(std::string_view indent, std::string_view text) {
  const std::string whole = clean(text);
  for (const std::string& part :
       split(whole.ends_with('\n') ? whole.substr(0, whole.size() - 1) : whole, '\n')) {
    live_.print(fmt::format("{}{}", indent, part));
  }
}

void TerminalView::hint(std::string_view indent, const json& error) {
  const std::string next = one_line(string_at(error, {"hint"}));
  if (next.empty() || next == shown_hint_) return;
  shown_hint_ = next;
  live_.print(fmt::format("{}{} next: {}", indent, mark(style_, Mark::kNext), next));
}

}  // namespace zdt::report
