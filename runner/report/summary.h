// How the program ended and why, in one line: the last of its output.
#pragma once
#include <optional>

#include "stage/event.h"

namespace zdt::report {

/// `rollout passed: 3 passed, 0 failed, 1 skipped, 12 assertions, 4.6 s`, or with the reason
/// `rollout failed: failed requests: want 0, got 3 (2 passed, 1 failed, …)`. From a run-finished event.
std::string summary_line(const stage::Event& run_finished);

/// What the script says that came out (zdt.result), as the last line of a run that passed: `rollout  0 of 1,888 requests lost`.
std::string result_line(const std::string& script, const std::string& result);

/// `steps waited 41.2 s on the longest chain, the run took 42 s (+1.9 %)`; empty when no steps ran side by side.
std::string chain_line(const stage::Event& run_finished);

/// Follows the runs of one program from their events.
class Tally {
 public:
  void receive(const stage::Event& event);

  /// outside  what ended the program other than a run (no cluster, a script that does not load).
  /// Several runs are summed up; a run that never finished is named.
  std::string last_line(const std::optional<Error>& outside) const;
  /// What the run that is open, or ended last, says that came out; "": nothing.
  const std::string& result() const { return result_; }
  bool all_passed(const std::optional<Error>& outside) const;
  /// Whether the last run's own summary already says all that last_line() would.
  bool said_by_last_run(const std::optional<Error>& outside) const;

 private:
  int finished_ = 0, passed_ = 0;
  std::string open_, last_, first_problem_, result_;
};

}  // namespace zdt::report
