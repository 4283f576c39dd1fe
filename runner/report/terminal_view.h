// `-o text`: a run for a person to read.
#pragma once
#include "report/live_line.h"
#include "report/summary.h"

namespace zdt::report {

inline constexpr std::string_view kBelow = "      ";  ///< where lines below a step's title begin

/// Writes each event as it comes. In rewrite mode the running step has a live line: how long it has been
/// running, and its latest log or load progress. Otherwise there are plain lines only; load progress is then
/// shown every 10 s. Log lines of level debug are never shown; in rewrite mode info is shown on the live line
/// only.
/// Steps that were not selected are counted on one line at the end. Of the loads that the tries of a
/// zdt.eventually make, only the last one is shown, when the tries are over.
/// While a question is open (hold()) nothing is printed, so that it stays the last thing on the screen: what happens then is
/// printed when it is answered, but for the progress of loads, of which only the latest is of interest.
/// While steps run side by side, the title of a step stands again, with dots, where it goes on after another
/// one has spoken; one that passes then is a single line. The live line is shared by all that run.
class TerminalView : public stage::Sink {
 public:
  TerminalView(host::Terminal& terminal, TerminalStyle style) : style_(style), live_(terminal, style) {}
  void receive(const stage::Event& event) override;

  void hold(bool open);

  /// Brings the live line's seconds up to date; to be called about once a second.
  void tick(WallTime now);

  /// Once, on every way out: the last line says how it ended and why. outside  see Tally::last_line.
  void finish(const std::optional<Error>& outside = std::nullopt);

 private:
  void show(const stage::Event& event);
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
  void show_end(const stage::Event& event);

  /// What is on the screen about a step that runs.   heading  "[4/12] Title".   failure  the first failed assertion.
  /// reason  why it failed, once it has.
  struct Shown {
    std::string id, heading;
    WallTime started, progress_shown;
    std::string activity, failure, reason;
    std::vector<std::string> trial_load;  ///< of the latest try of an eventually, until the tries are over
  };
  /// The running step that the event belongs to; else the one that ended last.
  Shown& shown_of(const stage::Event& event);
  std::string live_text(const Shown& step, WallTime now) const;
  /// Writes a line. An indented one belongs to a step: the step's heading comes before it when another one spoke last.
  void print(std::string_view indent, std::string_view text);

  std::string counter(const stage::Event& event) const;
  void line(std::string_view indent, Mark kind, std::string_view text);
  void lines(std::string_view indent, std::string_view text);
  void failure(std::string_view indent, std::string_view start, const stage::Event& event);
  void hint(std::string_view indent, const json& error);

  TerminalStyle style_;
  LiveLine live_;
  Tally tally_;
  size_t total_ = 0, not_selected_ = 0;
  std::vector<Shown> running_;
  Shown ended_;                                ///< the step that ended last
  std::map<std::string, std::string> titles_;  ///< headings by step id
  std::string current_, speaker_, shown_hint_;
  bool beside_ = false;  ///< whether other steps ran when the latest one began
  bool wrote_ = false;
  bool held_ = false;
  std::vector<stage::Event> waiting_;  ///< while held
};

}  // namespace zdt::report
