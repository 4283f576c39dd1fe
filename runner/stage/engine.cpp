#include "stage/engine.h"

#include "stage/run.h"
#include "stage/selection.h"

namespace zdt::stage {
namespace {

constexpr int kJournalFormat = 1;
constexpr milliseconds kCleanUpLimit{60'000};

json steps_of(const Plan& plan) {
  json steps = json::array();
  for (const Step& step : plan.steps) {
    steps.push_back({{"id", step.id}, {"title", step.title}, {"checkpoint", step.checkpoint}});
    if (!step.after) continue;
    steps.back()["after"] = *step.after;
    for (const NeededState& needed : step.needs_state) steps.back()["after"].push_back(needed.step);
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

void Engine::abandon(Error why) {
  if (run_) run_->abandon(std::move(why));
}

void Engine::Run::abandon(Error why) {
  if (abandoned) return;
  abandoned = std::move(why);
  abandonment.asked = true;
  asio::post(executor, [self = shared_from_this()] { self->abandonment.signal.emit(asio::cancellation_type::terminal); });
  interrupt();
}

/// Posted: asked from within the step's first stretch of code, before it awaits anything, the signal would
/// find nobody who listens yet. Until the post arrives, `asked` lets no new attempt begin.
void Engine::Run::interrupt() {
  if (std::exchange(interruption.asked, true)) return;
  stop_running();
  asio::post(executor, [self = shared_from_this()] {
    self->interruption.signal.emit(asio::cancellation_type::terminal);
  });
}

void Engine::Run::stop_running() {
  for (const auto& each : running) {
    each->interruption.asked = true;
    asio::post(executor, [each] { each->interruption.signal.emit(asio::cancellation_type::terminal); });
  }
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
    auto way = pilot.asks() ? walk() : walk_side_by_side();
    co_await std::move(way);
    if (!options.keep && !abandoned) co_await clean_up();
  }
  co_return finish();
}

void Engine::Run::start() {
  if (options.resume) state = options.resume->state;
  const size_t count = plan.steps.size();
  endings.resize(count);
  spent.resize(count);
  taken.resize(count);
  holding.resize(count);
  for (size_t index = 0; index < count; ++index) recorders.emplace_back(bus, plan.script);
  json fields = options.run_fields.is_object() ? options.run_fields : json::object();
  fields["title"] = plan.title;
  fields["params"] = plan.params;
  fields["steps"] = steps_of(plan);
  fields["resumed"] = options.resume.has_value();
  fields["format"] = kJournalFormat;
  emit("run-started", "", std::move(fields));

  if (auto looked = look_at_the_plan(); !looked) refusal = looked.error();
}

Result<void> Engine::Run::look_at_the_plan() {
  auto predecessors = predecessors_of(plan);
  if (!predecessors) return predecessors.error();
  order = std::move(*predecessors);
  waits = pilot.asks() ? one_after_another(plan.steps.size()) : order;
  auto selection = select_steps(plan, options);
  if (!selection) return selection.error();
  selected = *selection;
  return look_at_what_is_needed();
}

Task<void> Engine::Run::walk() {
  while (position < plan.steps.size() && !over()) {
    if (skip_by_itself(position)) {
      ++position;
    } else {
      co_await visit();
    }
  }
}

Task<void> Engine::Run::clean_up() {
  StepContext context{recorder, state};
  for (size_t index = 0; index < plan.finally.size() && !abandoned; ++index) {
    recorder.begin_step("");
    emit("clean-up-started", "", {{"index", index}});
    const auto begun = Clock::now();
    Start<void> action = [this, index, &context] { return plan.finally[index](context); };
    auto result = co_await attempt<void>(std::move(action), kCleanUpLimit,
                                         fmt::format("finally {}", index + 1), &abandonment);
    if (result) result = recorder.verdict();
    json fields{{"index", index}, {"took_ms", since(begun).count()}};
    fields["status"] = name_of(result ? Status::kPassed : status_of(result.error().code));
    if (!result) fields["error"] = to_json(result.error());
    if (!result && !clean_up_failure) clean_up_failure = with_context("clean-up", result.error());
    cleaning_up += since(begun);
    emit("clean-up-finished", "", std::move(fields));
  }
}

}  // namespace zdt::stage
