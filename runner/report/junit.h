// `--report junit=PATH`: the format that CI systems read (github.com/windyroad/JUnit-Schema, JUnit.xsd, plus
// the totals of testsuites and the assertions of testcase that most readers know).
//
// testsuites with totals > one testsuite per script, with timestamp and properties (the run's facts, its
// parameters as param.NAME) > one testcase per step: classname the script, name the step's id, time in
// seconds with three decimals, assertions. A failed assertion or operation is <failure>; a script error, a
// time-out, an interruption or an environment that falls short is <error>; <skipped> says why. Each has a
// message. system-out: what the step logged, observed and diagnosed, at most 64 KiB. A clean-up that failed
// is a testcase named "clean-up N"; whatever else went wrong outside of a step is one named "run".
#pragma once
#include "report/record.h"

namespace zdt::report {

/// kAssertion  one testcase per assertion, named `STEP: ASSERTION`, and one for the step itself when it has
/// none or
///             ended with another error; the step's time stands in its last one.
enum class Granularity { kStep, kAssertion };

/// "step", "assertion". Fails kUsage.
Result<Granularity> parse_granularity(std::string_view word);

class Junit : public stage::Sink {
 public:
  explicit Junit(Granularity granularity = Granularity::kStep) : granularity_(granularity) {}
  void receive(const stage::Event& event) override { records_.receive(event); }

  /// The document. Valid on every way out, also when nothing ran.   outside  what ended the program other
  /// than a run.
  std::string finish(const std::optional<Error>& outside = std::nullopt) const;

 private:
  Granularity granularity_;
  RunRecords records_;
};

}  // namespace zdt::report
