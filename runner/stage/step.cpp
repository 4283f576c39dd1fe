// How a step of a plan is run.
#include "stage/run.h"

namespace zdt::stage {
namespace {

constexpr milliseconds kDiagnosisLimit{10'000};

/// An assertion that failed is the cause; an error that came with it counts when its class says more than
/// "failed".
std::optional<Error> failure_of(const Result<void>& result, const Recorder& recorder) {
  auto verdict = recorder.verdict();
  const bool says_more = !result && exit_code_of(result.error().code) != exit_code_of(Code::kFailed);
  if (says_more || (!result && (verdict || verdict.error().code != Code::kFailed))) return result.error();
  if (verdict) return std::nullopt;
  if (!result) verdict.error().hint = result.error().hint;
  return verdict.error();
}

Task<Result<json>> as_result(std::function<Task<json>(const Recorder&)> question, const Recorder& step) {
  json answer = co_await question(step);
  co_return answer;
}

}  // namespace

bool Engine::Run::skip_by_itself(size_t index) {
  if (selected[index] && !holding[index]) return false;
  skip(index, selected[index] ? "holds" : "not selected");
  return true;
}

void Engine::Run::skip(size_t index, std::string_view reason) {
  if (endings[index]) return;  // it ran, and was then gone past a second time
  endings[index] = Ending{Status::kSkipped, std::nullopt, 0};
  emit("step-skipped", plan.steps[index].id,
       {{"reason", reason}, {"title", plan.steps[index].title}, {"index", index}});
}

Task<void> Engine::Run::visit() {
  Start<Choice> question = [this]() -> Task<Result<Choice>> {
    auto choice = co_await pilot.before(plan.steps[position], position, plan.steps.size());
    co_return choice;
  };
  Choice choice = co_await ask(std::move(question));
  if (choice.decision == Decision::kRun) {
    co_await perform_until_settled();
  } else {
    co_await follow(std::move(choice));
  }
}

Task<void> Engine::Run::perform_until_settled() {
  for (bool retry = true; retry;) {
    retry = false;
    if (ran.empty() || ran.back().index != position) ran.push_back({position, state});
    co_await perform(position);
    if (interruption.asked) co_return;
    if (endings[position]->status == Status::kPassed) {
      ++position;
      co_return;
    }
    co_await diagnose(position);
    for (bool settled = false; !settled && !retry;) {
      Start<Choice> question = [this]() -> Task<Result<Choice>> {
        auto choice = co_await pilot.after_failure(plan.steps[position], *endings[position]->error);
        co_return choice;
      };
      Choice choice = co_await ask(std::move(question));
      retry = choice.decision == Decision::kRetry;
      if (!retry) settled = co_await follow(std::move(choice));
    }
  }
}

Task<void> Engine::Run::perform(size_t index) {
  const Step& step = plan.steps[index];
  const auto now_running = begin(index);
  StepContext context{recorders[index], state};
  const auto at = Clock::now();
  Start<void> action = [&step, &context] { return step.run(context); };
  Result<void> result;
  if (const NeededState* needed = missing_state(index)) {
    result = state_is_missing(index, *needed);
  } else {
    result = co_await attempt<void>(std::move(action), limit_of(step), fmt::format("step \"{}\"", step.id),
                                    &now_running->interruption);
  }
  std::erase(running, now_running);
  conclude(*now_running, since(at), failure_of(result, recorders[index]));
}

std::shared_ptr<Engine::Run::Running> Engine::Run::begin(size_t index) {
  const Step& step = plan.steps[index];
  json beside = json::array();
  for (const auto& each : running) beside.push_back(plan.steps[each->index].id);
  auto begun_now = std::make_shared<Running>(index);
  begun_now->interruption.asked = interruption.asked;
  running.push_back(begun_now);
  most_at_once = std::max(most_at_once, running.size());
  recorders[index].begin_step(step.id, limit_of(step));
  emit("step-started", step.id,
       {{"title", step.title},
        {"notes", step.notes},
        {"index", index},
        {"total", plan.steps.size()},
        {"beside", std::move(beside)}});
  return begun_now;
}

void Engine::Run::conclude(const Running& ended_now, milliseconds took, std::optional<Error> error) {
  const size_t index = ended_now.index;
  const Step& step = plan.steps[index];
  const bool cancelled = error && error->code == Code::kCancelled && ended_now.interruption.asked;
  const bool given_up = cancelled && !interruption.asked;
  if (cancelled && abandoned) error = abandoned;
  if (given_up) error->what = fmt::format("cancelled, for step \"{}\" failed", plan.steps[*first_failed].id);
  const Ending ending{error ? status_of(error->code) : Status::kPassed, error, recorders[index].assertions(), given_up};
  json fields{{"status", name_of(ending.status)},
              {"took_ms", took.count()},
              {"state", state},
              {"assertions", ending.assertions}};
  if (error) fields["error"] = to_json(*error);
  const bool reached = !error && !step.checkpoint.empty();
  if (reached) fields["checkpoint"] = step.checkpoint;
  endings[index] = ending;
  spent[index] += took;
  recorders[index].begin_step("");
  emit("step-finished", step.id, std::move(fields));
  if (reached) emit("checkpoint", step.id, {{"name", step.checkpoint}});
}

Task<void> Engine::Run::diagnose(size_t index) {
  if (!plan.diagnose) co_return;
  const std::string& id = plan.steps[index].id;
  Start<json> question = [this, index] { return as_result(plan.diagnose, recorders[index]); };
  auto sections =
      co_await attempt<json>(std::move(question), kDiagnosisLimit, "the diagnosis", &interruption);
  if (!sections) {
    emit("note", id, {{"text", sections.error().what}});
  } else if (!sections->empty()) {
    emit("diagnosis", id, {{"sections", *sections}});
  }
}

}  // namespace zdt::stage
