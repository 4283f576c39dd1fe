#include "stage/engine.h"

#include "stage/run.h"
#include "stage/selection.h"

namespace zdt::stage {
namespace {

constexpr int kJournalFormat = 1;
constexpr milliseconds kCleanUpLimit{60'000};

/// Which of several errors gives the exit code; the higher counts more.
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

json steps_of(const Plan& plan) {
  json steps = json::array();
  for (const Step& step : plan.steps) {
    steps.push_back({{"id", step.id}, {"title", step.title}, {"checkpoint", step.checkpoint}});
  }
  return steps;
}

}  // namespace

/// In a task of its own, so that a cancellation of execute()'s task is turned into an interruption here, and
/// does not reach what has to run after it.
Task<Outcome> Engine::execute(Plan plan, Options options) {
  auto executor = co_await asio::this_coro::executor;
  auto run = std::make_shared<Run>(executor, bus_, pilot_, std::move(plan), std::move(options));
  run_ = run;
  auto outcome = co_await asio::co_spawn(executor, run->whole(), asio::use_awaitable);
  run_.reset();
  co_return outcome;
}

void Engine::interrupt() {
  if (run_) run_->interrupt();
}

/// Posted: asked from within the step's first stretch of code, before it awaits anything, the signal would
/// find nobody who listens yet. Until the post arrives, `asked` lets no new attempt begin.
void Engine::Run::interrupt() {
  if (std::exchange(interruption.asked, true)) return;
  asio::post(executor, [self = shared_from_this()] {
    self->interruption.signal.emit(asio::cancellation_type::terminal);
  });
}

Task<Outcome> Engine::Run::whole() {
  auto interrupt_instead = [this](asio::cancellation_type) {
    interrupt();
    return asio::cancellation_type::none;
  };
  co_await asio::this_coro::reset_cancellation_state(interrupt_instead);

  start();
  if (!refusal) {
    co_await find_what_holds();
    co_await walk();
    if (!options.keep) co_await clean_up();
  }
  co_return finish();
}

void Engine::Run::start() {
  if (options.resume) state = options.resume->state;
  endings.resize(plan.steps.size());
  json fields = options.run_fields.is_object() ? options.run_fields : json::object();
  fields["title"] = plan.title;
  fields["params"] = plan.params;
  fields["steps"] = steps_of(plan);
  fields["resumed"] = options.resume.has_value();
  fields["format"] = kJournalFormat;
  emit("run-started", "", std::move(fields));

  auto selection = select_steps(plan, options);
  if (selection) {
    selected = *selection;
  } else {
    refusal = selection.error();
  }
}

Task<void> Engine::Run::walk() {
  while (position < plan.steps.size() && !over()) {
    if (!skip_by_itself()) co_await visit();
  }
}

Task<void> Engine::Run::clean_up() {
  for (size_t index = 0; index < plan.finally.size(); ++index) {
    recorder.begin_step("");
    const auto begun = Clock::now();
    Start<void> action = [this, index] { return plan.finally[index](context); };
    auto result = co_await attempt<void>(std::move(action), kCleanUpLimit,
                                         fmt::format("finally {}", index + 1), nullptr);
    if (result && !recorder.first_failure().empty())
      result = Error{Code::kFailed, recorder.first_failure(), ""};
    json fields{{"index", index}, {"took_ms", since(begun).count()}};
    fields["status"] = name_of(result ? Status::kPassed : status_of(result.error().code));
    if (!result) fields["error"] = to_json(result.error());
    if (!result && !clean_up_failure) clean_up_failure = with_context("clean-up", result.error());
    emit("clean-up-finished", "", std::move(fields));
  }
}

Outcome Engine::Run::finish() {
  Outcome outcome;
  auto consider = [&](const std::optional<Error>& error) {
    if (error && (!outcome.error || precedence(error->code) > precedence(outcome.error->code)))
      outcome.error = error;
  };
  for (const auto& ending : endings) {
    if (!ending) continue;
    const bool passed = ending->status == Status::kPassed, skipped = ending->status == Status::kSkipped;
    ++(passed ? outcome.passed : skipped ? outcome.skipped : outcome.failed);
    outcome.assertions += ending->assertions;
    consider(ending->error);
  }
  consider(refusal);
  consider(quitting);
  if (interruption.asked)
    consider(Error{Code::kCancelled, "interrupted", "zdt-demo resume goes on where it stopped"});
  if (!outcome.error) outcome.error = clean_up_failure;
  outcome.status = outcome.error ? status_of(outcome.error->code) : Status::kPassed;
  outcome.took = since(started);

  json fields{{"status", name_of(outcome.status)}, {"passed", outcome.passed},
              {"failed", outcome.failed},          {"skipped", outcome.skipped},
              {"assertions", outcome.assertions},  {"took_ms", outcome.took.count()}};
  if (outcome.error) fields["error"] = to_json(*outcome.error);
  emit("run-finished", "", std::move(fields));
  return outcome;
}

}  // namespace zdt::stage
