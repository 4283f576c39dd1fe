// A run as its events tell it, put together for the reports that are written at the end (JSON, JUnit).
#pragma once
#include <optional>

#include "stage/event.h"

namespace zdt::report {

/// status  of the run's events (docs/journal.md), or "" while it has not been reached, "running" while it
/// runs. reason  why it was skipped.   error  {code, what, hint} or null.   assertions, observations  the
/// data of these events, of the latest attempt.   diagnosis  its sections.   events  any other event of the
/// step that a machine may want (load-finished, table …), as {type, fields}.   output  what a person would
/// have read, as lines.
struct StepRecord {
  std::string id, title, checkpoint, status, reason;
  int64_t took_ms = 0;
  json error, assertions = json::array(), observations = json::array(), diagnosis = json::array(),
              events = json::array();
  std::string output;
};

/// figures  longest_chain_ms, most_at_once and orchestration_percent of run-finished, as far as they are there.
/// facts  the fields of run-started that name the circumstances: run, target, version …   clean_up  the data
/// of the clean-ups that failed.   result  what the script says that came out (zdt.result), the last time; "": nothing.
struct RunRecord {
  std::string script, title, status, result;
  WallTime started, finished;
  bool resumed = false;
  int64_t took_ms = 0;
  json params = json::object(), facts = json::object(), figures = json::object(), error, clean_up = json::array();
  std::vector<StepRecord> steps;

  int count(std::string_view word) const;  ///< steps with this report word
  int assertions() const;
};

/// The word of a report for a status of an event: passed, failed, skipped, or error for all others.
std::string_view report_word(std::string_view status);

/// Puts the runs of one program together.
class RunRecords {
 public:
  void receive(const stage::Event& event);

  /// The runs as they stand at the end. A run that never finished ends as an error, with `outside` (else "it
  /// ended without a result") as the reason, and so does the step that it was in. Steps that were not reached
  /// are skipped, with the reason "not reached".
  std::vector<RunRecord> closed(const std::optional<Error>& outside) const;
  /// `outside`, when no run has taken it for its own.
  std::optional<Error> left_over(const std::optional<Error>& outside) const;

 private:
  void start(const stage::Event& event);
  void finish(const stage::Event& event);
  void receive_in_step(StepRecord& step, const stage::Event& event);
  StepRecord* step_of(const stage::Event& event);
  bool has_open_run() const { return !runs_.empty() && runs_.back().status.empty(); }

  std::vector<RunRecord> runs_;
};

}  // namespace zdt::report
