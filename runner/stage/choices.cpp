// What the engine does when the pilot decides something else than to run the next step.
#include "stage/run.h"
#include "stage/selection.h"

namespace zdt::stage {

/// A question that is interrupted, or fails, ends the run.
Task<Choice> Engine::Run::ask(Start<Choice> question) {
  auto choice = co_await attempt<Choice>(std::move(question), milliseconds(0), "the question to the pilot",
                                         &interruption);
  if (choice) co_return *choice;
  if (!interruption.asked) quitting = choice.error();
  co_return Choice{Decision::kQuit, ""};
}

Task<bool> Engine::Run::follow(Choice choice) {
  switch (choice.decision) {
    case Decision::kSkip:
      skip(position, "skipped by the speaker");
      ++position;
      co_return true;
    case Decision::kBack: {
      const bool went_back = co_await go_back();
      co_return went_back;
    }
    case Decision::kGoto:
      co_return go_to(choice.step);
    case Decision::kRetry:
      co_return again();
    case Decision::kRun:
    case Decision::kQuit:
      break;
  }
  quit();
  co_return true;
}

Task<bool> Engine::Run::go_back() {
  if (ran.empty()) co_return refuse("cannot go back: no step has run yet");
  const size_t latest = ran.back().index;
  const Step& step = plan.steps[latest];
  if (!step.undo) co_return refuse(fmt::format("cannot go back: step \"{}\" has no undo", step.id));
  auto undone = co_await undo(latest);
  co_return undone.has_value();
}

Task<Result<void>> Engine::Run::undo(size_t index) {
  const Step& step = plan.steps[index];
  Recorder& own = recorders[index];
  StepContext context{own, state};
  own.begin_step(step.id);
  emit("undo-started", step.id, {{"title", step.title}});
  const auto begun = Clock::now();
  Start<void> action = [&step, &context] { return step.undo(context); };
  auto result = co_await attempt<void>(std::move(action), limit_of(step),
                                       fmt::format("the undo of step \"{}\"", step.id), &interruption);
  if (result) result = own.verdict();
  own.begin_step("");
  if (result) {
    position = index;
    state = std::move(ran.back().before);
    ran.pop_back();
    for (size_t later = position; later < endings.size(); ++later) endings[later].reset();
  }
  json fields{{"took_ms", since(begun).count()}, {"state", state}};
  fields["status"] = name_of(result ? Status::kPassed : status_of(result.error().code));
  if (!result) fields["error"] = to_json(result.error());
  emit("undo-finished", step.id, std::move(fields));
  co_return result;
}

/// Steps that are jumped over count as skipped, so that a resume does not take them for forgotten.
bool Engine::Run::go_to(const std::string& id) {
  const auto target = index_of(plan, id);
  if (!target) return refuse(unknown_step(plan, id).what);
  if (!selected[*target]) return refuse(fmt::format("step \"{}\" is not selected", id));
  const NeededState* needed = *target > position ? missing_state(*target) : nullptr;
  if (needed != nullptr) {
    const Error why = state_is_missing(*target, *needed);
    return refuse(fmt::format("cannot go to step \"{}\": {}", id, why.what));
  }
  const bool redone = *target < position || holding[*target];
  if (redone) std::fill(holding.begin() + static_cast<std::ptrdiff_t>(*target), holding.end(), false);
  for (size_t index = position; index < *target; ++index) skip(index, "skipped by the speaker");
  position = *target;
  return true;
}

/// Before a step there is nothing to retry but the one that ran last.
bool Engine::Run::again() {
  if (ran.empty()) return refuse("nothing to retry: no step has run yet");
  position = ran.back().index;
  return true;
}

/// After a failure the failure says how the run ended; before a step it is the person who ended it.
void Engine::Run::quit() {
  ended = true;
  const bool failed = endings[position] && endings[position]->error;
  if (interruption.asked || quitting || failed) return;
  quitting = Error{Code::kCancelled, fmt::format("quit before step \"{}\"", plan.steps[position].id),
                   "zdt-demo resume goes on where it stopped"};
}

bool Engine::Run::refuse(std::string text) {
  emit("note", plan.steps[position].id, {{"text", std::move(text)}});
  return false;
}

}  // namespace zdt::stage
