// `-o text`: a run for a person to read.
#pragma once
#include "report/live_line.h"
#include "report/summary.h"

namespace zdt::report {

/// Writes each event as it comes. In rewrite mode the running step has a live line: how long it has been
/// running, and its latest log or load progress. Otherwise there are plain lines only; load progress is then
/// shown every 10 s. Log lines of level debug are never shown; in rewrite mode info is shown on the live line
/// only.
class TerminalView : public stage::Sink {
 public:
  TerminalView(host::Terminal& terminal, TerminalStyle style) : style_(style), live_(terminal, style) {}
  void receive(const stage::Event& event) override;

  /// Brings the live line's seconds up to date; to be called about once a second.
  void tick(WallTime now);

  /// Once, on every way out: the last line says how it ended and why. outside  see Tally::last_line.
  void finish(const std::optional<Error>& outside = std::nullopt);

 private:
  void show_header(const stage::Event& event);
  void show_step(const stage::Event& event);
  void show_skipped(const stage::Event& event);
  void show_assertion(const stage::Event& event);
  void show_log(const stage::Event& event);
  void show_progress(const stage::Event& event);
  void show_table(const stage::Event& event);
  void show_finished_step(const stage::Event& event);
  void show_diagnosis(const stage::Event& event);
  void show_undo(const stage::Event& event);
  void show_clean_up(const stage::Event& event);
  void show_summary(const stage::Event& event);

  std::string counter(const stage::Event& event) const;
  void line(std::string_view indent, Mark kind, std::string_view text);
  void lines(std::string_view indent, std::string_view text);
  void hint(std::string_view indent, const json& error);

  TerminalStyle style_;
  LiveLine live_;
  Tally tally_;
  size_t total_ = 0;
  std::string shown_failure_, shown_hint_, activity_;
  WallTime step_started_, progress_shown_;
  bool in_step_ = false, wrote_ = false;
};

}  // namespace zdt::report
