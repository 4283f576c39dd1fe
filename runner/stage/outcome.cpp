// How an execution ended: the outcome, and the run-finished event.
#include <cmath>

#include "stage/precedence.h"
#include "stage/run.h"

namespace zdt::stage {
namespace {

/// The higher counts more.
int precedence(Code code) {
  switch (exit_code_of(code)) {
    case 130:
      return 5;
    case 2:
      return 4;
    case 3:
      return 3;
    case 4:
      return 2;
    default:
      return 1;
  }
}

/// How much longer than `base`, in percent with one decimal.
double percent_more(milliseconds whole, milliseconds base) {
  return std::round(1000.0 * static_cast<double>((whole - base).count()) / static_cast<double>(base.count())) / 10;
}

}  // namespace

bool outweighs(Code one, Code other) { return precedence(one) > precedence(other); }

Outcome Engine::Run::finish() {
  Outcome outcome;
  auto consider = [&](const std::optional<Error>& error) {
    if (error && (!outcome.error || outweighs(error->code, outcome.error->code)))
      outcome.error = error;
  };
  if (first_failed) consider(endings[*first_failed]->error);
  for (const auto& ending : endings) {
    if (!ending) continue;
    const bool passed = ending->status == Status::kPassed, skipped = ending->status == Status::kSkipped;
    ++(passed ? outcome.passed : skipped ? outcome.skipped : outcome.failed);
    outcome.assertions += ending->assertions;
    if (!ending->given_up) consider(ending->error);
  }
  consider(refusal);
  consider(quitting);
  if (interruption.asked && !abandoned)
    consider(Error{Code::kCancelled, "interrupted", "zdt-demo resume goes on where it stopped"});
  if (!outcome.error) outcome.error = clean_up_failure;
  if (abandoned) outcome.error = abandoned;  // whatever else went wrong, this is what the user has to know
  outcome.status = outcome.error ? status_of(outcome.error->code) : Status::kPassed;
  outcome.took = since(started);

  emit("run-finished", "", summary_of(outcome));
  return outcome;
}

json Engine::Run::summary_of(const Outcome& outcome) const {
  json fields{{"status", name_of(outcome.status)}, {"passed", outcome.passed},
              {"failed", outcome.failed},          {"skipped", outcome.skipped},
              {"assertions", outcome.assertions},  {"took_ms", outcome.took.count()}};
  if (outcome.error) fields["error"] = to_json(*outcome.error);
  if (refusal) return fields;
  const milliseconds longest = longest_chain(waits, spent);
  fields["longest_chain_ms"] = longest.count();
  fields["most_at_once"] = most_at_once;
  if (longest.count() > 0) fields["orchestration_percent"] = percent_more(outcome.took - cleaning_up, longest);
  return fields;
}

}  // namespace zdt::stage
