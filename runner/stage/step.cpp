// How a step of a plan is run.
#include "stage/run.h"

namespace zdt::stage {
namespace {

constexpr milliseconds kDiagnosisLimit{10'000};

/// An assertion that failed is the cause; an error that came with it counts when its class says more than
/// "failed".
std::optional<Error> failure_of(const Result<void>& result, const std::string& first_failure) {
  const bool says_more = !result && exit_code_of(result.error().code) != exit_code_of(Code::kFailed);
  if (says_more || (!result && first_failure.empty())) return result.error();
  if (first_failure.empty()) return std::nullopt;
  return Error{Code::kFailed, first_failure, result ? "" : result.error().hint};
}

Task<Result<json>> as_result(std::function<Task<json>()> question) {
  json answer = co_await question();
  co_return answer;
}

}  // namespace

bool Engine::Run::skip_by_itself() {
  if (selected[position] && position >= resume_at) return false;
  skip(position, selected[position] ? "holds" : "not selected");
  ++position;
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
    co_await perform();
    if (interruption.asked) co_return;
    if (endings[position]->status == Status::kPassed) {
      ++position;
      co_return;
    }
    co_await diagnose();
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

Task<void> Engine::Run::perform() {
  const Step& step = plan.steps[position];
  if (ran.empty() || ran.back().index != position) ran.push_back({position, state});
  recorder.begin_step(step.id);
  emit("step-started", step.id,
       {{"title", step.title}, {"notes", step.notes}, {"index", position}, {"total", plan.steps.size()}});
  const auto begun = Clock::now();
  Start<void> action = [this, &step] { return step.run(context); };
  auto result = co_await attempt<void>(std::move(action), limit_of(step), fmt::format("step \"{}\"", step.id),
                                       &interruption);
  conclude(since(begun), failure_of(result, recorder.first_failure()));
}

void Engine::Run::conclude(milliseconds took, std::optional<Error> error) {
  const Step& step = plan.steps[position];
  const Ending ending{error ? status_of(error->code) : Status::kPassed, error, recorder.assertions()};
  json fields{{"status", name_of(ending.status)},
              {"took_ms", took.count()},
              {"state", state},
              {"assertions", ending.assertions}};
  if (error) fields["error"] = to_json(*error);
  const bool reached = !error && !step.checkpoint.empty();
  if (reached) fields["checkpoint"] = step.checkpoint;
  endings[position] = ending;
  recorder.begin_step("");
  emit("step-finished", step.id, std::move(fields));
  if (reached) emit("checkpoint", step.id, {{"name", step.checkpoint}});
}

Task<void> Engine::Run::diagnose() {
  if (!plan.diagnose) co_return;
  const std::string& id = plan.steps[position].id;
  Start<json> question = [this] { return as_result(plan.diagnose); };
  auto sections =
      co_await attempt<json>(std::move(question), kDiagnosisLimit, "the diagnosis", &interruption);
  if (!sections) {
    emit("note", id, {{"text", sections.error().what}});
  } else if (!sections->empty()) {
    emit("diagnosis", id, {{"sections", *sections}});
  }
}

}  // namespace zdt::stage
