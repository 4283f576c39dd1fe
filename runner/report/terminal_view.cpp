#include "report/terminal_view.h"

#include "base/text.h"
#include "report/load_lines.h"
#include "report/table.h"
#include "report/text.h"

namespace zdt::report {
namespace {

using stage::Event;
using std::chrono::seconds;

constexpr std::string_view kDeeper = "        ";
constexpr seconds kProgressEvery{10};

std::string field(const Event& event, std::string_view name) {
  return one_line(string_at(event.data, {name}));
}

std::string took(const Event& event) {
  return format_duration(milliseconds(int_at(event.data, {"took_ms"})));
}

constexpr size_t kMostOfAValue = 60;

/// At most three decimals: "2.104", "0.5".
std::string decimal(double value) {
  std::string text = fmt::format("{:.3f}", value);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.ends_with('.')) text.pop_back();
  return text;
}

std::string shortened(const json& value) {
  const std::string text = value.is_number_float() ? decimal(value.get<double>()) : one_line(stage::shown(value));
  return width_of(text) <= kMostOfAValue ? text : fitted(text, kMostOfAValue - 3) + "...";
}

/// What a passed assertion saw, and what it wanted unless that is the same: "0", "305 (want below 800ms)". Its name alone may
/// read as bad news ("failed requests").
std::string seen_in(const Event& event) {
  const json& want = at(event.data, {"want"});
  const std::string got = shortened(at(event.data, {"got"}));
  return want == at(event.data, {"got"}) || want == "eventually" ? got : fmt::format("{} (want {})", got, shortened(want));
}

bool passed(const Event& event) { return string_at(event.data, {"status"}) == "passed"; }

}  // namespace

void TerminalView::receive(const Event& event) {
  if (!held_) return show(event);
  if (event.type != "load-progress") waiting_.push_back(event);
}

void TerminalView::hold(bool open) {
  if (open) live_.erase();
  held_ = open;
  if (open) return;
  for (const Event& event : std::exchange(waiting_, {})) show(event);
}

void TerminalView::show(const Event& event) {
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
  current_ = event.step;
  if (const auto found = kShow.find(event.type); found != kShow.end()) (this->*found->second)(event);
  if (event.type == "observation") {
    line(kBelow, Mark::kObserved,
         fmt::format("{}: {}", field(event, "name"), one_line(stage::shown(at(event.data, {"value"})))));
  }
  if (event.type == "result") line(kBelow, Mark::kObserved, field(event, "text"));
  if (event.type == "note") line(kBelow, Mark::kWarning, field(event, "text"));
  if (event.type == "checkpoint-broken") {
    line("", Mark::kWarning,
         fmt::format("checkpoint {} does not hold: {}", field(event, "name"), field(event, "why")));
  }
  tick(event.ts);
}

void TerminalView::finish(const std::optional<Error>& outside) {
  hold(false);
  running_.clear();
  live_.erase();
  if (outside && !outside->hint.empty()) hint("", stage::to_json(*outside));
  if (tally_.said_by_last_run(outside)) return;
  line("", tally_.all_passed(outside) ? Mark::kPassed : Mark::kFailed, tally_.last_line(outside));
}

void TerminalView::show_header(const Event& event) {
  if (wrote_) live_.print("");
  wrote_ = true;
  total_ = array_at(event.data, {"steps"}).size();
  not_selected_ = 0;
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
  std::erase_if(running_, [&](const Shown& step) { return step.id == event.step; });
  beside_ = !running_.empty();
  const std::string heading = counter(event) + field(event, "title");
  running_.push_back({event.step, heading, event.ts, event.ts, "", "", {}});
  titles_[event.step] = heading;
  speaker_ = event.step;
  shown_hint_.clear();
  live_.print(paint(style_, Colour::kBold, heading));
}

void TerminalView::show_skipped(const Event& event) {
  if (field(event, "reason") == "not selected") return void(++not_selected_);
  speaker_.clear();
  live_.print(fmt::format("{}{}  {} {}", counter(event), field(event, "title"), mark(style_, Mark::kSkipped),
                          paint(style_, Colour::kDim, field(event, "reason"))));
}

void TerminalView::show_assertion(const Event& event) {
  const std::string name = field(event, "name");
  if (at(event.data, {"want"}) == "eventually") {  // the tries are over
    for (const std::string& row : std::exchange(shown_of(event).trial_load, {})) print(kBelow, row);
  }
  if (bool_at(event.data, {"passed"})) return line(kBelow, Mark::kPassed, fmt::format("{}: {}", name, seen_in(event)));
  const std::string failure =
      fmt::format("{}: want {}, got {}", name, one_line(stage::shown(at(event.data, {"want"}))),
                  one_line(stage::shown(at(event.data, {"got"}))));
  if (std::string& first = shown_of(event).failure; first.empty()) first = failure;
  line(kBelow, Mark::kFailed, failure);
}

void TerminalView::show_log(const Event& event) {
  const std::string level = string_at(event.data, {"level"}, "info");
  if (level == "debug" || level == "trace") return;
  if (level == "warn" || level == "warning") return line(kBelow, Mark::kWarning, field(event, "text"));
  if (level == "error") return line(kBelow, Mark::kFailed, field(event, "text"));
  if (style_.rewrite && !running_.empty()) {
    shown_of(event).activity = field(event, "text");
  } else {
    lines(kBelow, string_at(event.data, {"text"}));
  }
}

void TerminalView::show_progress(const Event& event) {
  Shown& step = shown_of(event);
  step.activity = progress_text(event.data);
  if (style_.rewrite || event.ts - step.progress_shown < kProgressEvery) return;
  step.progress_shown = event.ts;
  lines(kBelow, step.activity);
}

void TerminalView::show_table(const Event& event) {
  const bool is_load = event.type == "load-finished";
  if (is_load && bool_at(event.data, {"trial"})) return void(shown_of(event).trial_load = load_lines(event.data));
  if (!field(event, "title").empty()) lines(kBelow, field(event, "title"));
  const auto rows = is_load ? load_lines(event.data)
                            : table_lines(array_at(event.data, {"columns"}), array_at(event.data, {"rows"}));
  for (const std::string& row : rows) print(kBelow, row);
}

void TerminalView::show_finished_step(const Event& event) {
  ended_ = shown_of(event);
  std::erase_if(running_, [&](const Shown& step) { return step.id == event.step; });
  live_.erase();
  if (passed(event) && beside_ && speaker_ != event.step) {
    speaker_.clear();
    return live_.print(fmt::format("{}  {} {}", ended_.heading, mark(style_, Mark::kPassed), took(event)));
  }
  if (passed(event)) return line(kBelow, Mark::kPassed, took(event));
  const std::string why = one_line(string_at(event.data, {"error", "what"}));
  ended_.reason = first_line(string_at(event.data, {"error", "what"})).first;
  const std::string end = fmt::format("{} after {}", field(event, "status"), took(event));
  for (const std::string& row : ended_.trial_load) print(kBelow, row);
  if (why == ended_.failure) {
    line(kBelow, Mark::kFailed, end);
    hint(kBelow, at(event.data, {"error"}));
  } else {
    failure(kBelow, end + ": ", event);
  }
}

void TerminalView::show_diagnosis(const Event& event) {
  for (const json& section : array_at(event.data, {"sections"})) {
    print(kBelow, paint(style_, Colour::kBold, one_line(string_at(section, {"title"}))));
    for (const json& text : array_at(section, {"lines"})) lines(kDeeper, stage::shown(text));
  }
  // What is above may have pushed the reason from the screen.
  if (!ended_.reason.empty()) line(kBelow, Mark::kFailed, ended_.reason);
}

void TerminalView::show_undo(const Event& event) {
  if (event.type == "undo-started") {
    print(kBelow, "undo: " + field(event, "title"));
  } else if (passed(event)) {
    line(kBelow, Mark::kPassed, "undone in " + took(event));
  } else {
    failure(kBelow, "not undone: ", event);
  }
}

void TerminalView::show_clean_up(const Event& event) {
  if (passed(event)) return;
  failure("", "clean-up: ", event);
}

void TerminalView::show_summary(const Event& event) {
  running_.clear();
  live_.erase();
  live_.print("");
  if (not_selected_ > 0) {
    const std::string all = fmt::format("{} of {} steps were not selected", not_selected_, total_);
    live_.print(fmt::format("{} {}", mark(style_, Mark::kSkipped), paint(style_, Colour::kDim, all)));
  }
  hint("", at(event.data, {"error"}));
  if (const std::string chain = chain_line(event); !chain.empty()) live_.print(paint(style_, Colour::kDim, chain));
  show_end(event);
}

/// The last line of a run that passed is what came out; of another one why it did not pass, below what came out.
void TerminalView::show_end(const Event& event) {
  const std::string result = tally_.result().empty() ? "" : result_line(event.script, tally_.result());
  if (!passed(event)) {
    if (!result.empty()) live_.print(result);
    return line("", Mark::kFailed, summary_line(event));
  }
  if (result.empty()) return line("", Mark::kPassed, summary_line(event));
  live_.print(paint(style_, Colour::kDim, summary_line(event)));
  line("", Mark::kPassed, paint(style_, Colour::kBold, result));
}

}  // namespace zdt::report
