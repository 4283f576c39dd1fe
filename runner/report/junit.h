// `--report junit=PATH`: the format that CI systems read, valid by the schema that Jenkins' xUnit plugin checks it against
// (https://github.com/jenkinsci/xunit-plugin/blob/master/src/main/resources/org/jenkinsci/plugins/xunit/types/model/xsd/junit-10.xsd),
// which knows neither testsuites@skipped nor testcase@assertions.
//
// testsuites with totals > one testsuite per script, with timestamp and properties (the run's facts, its
// parameters as param.NAME, the number of assertions, the result that the script said) > one testcase per step: classname the
// script, name the step's id, time in seconds with three decimals. A failed assertion or operation is <failure>; a script error, a
// time-out, an interruption or an environment that falls short is <error>; <skipped> says why. Each has a
// message, and the body of a failure names the requests that the loads lost. system-out: what the step logged, observed and diagnosed, at most 64 KiB. A clean-up that failed
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
