// What a resume trusts: checkpoints that the journal has and that the live cluster still confirms.
#include "stage/run.h"

namespace zdt::stage {
namespace {

constexpr milliseconds kNeedsLimit{60'000};

/// Why the checkpoint of `step` does not hold; nothing when it does.
Task<std::optional<std::string>> broken(const Step& step, StepContext& context, milliseconds limit,
                                        Interruption* interruption) {
  Start<bool> question = [&step, &context] { return step.verify(context); };
  auto answer = co_await attempt<bool>(std::move(question), limit,
                                       fmt::format("verify of step \"{}\"", step.id), interruption);
  if (!answer) co_return answer.error().what;
  if (!*answer) co_return "verify says that it does not hold";
  co_return std::nullopt;
}

}  // namespace

/// Sets resume_at behind the last checkpoint of the unbroken row. A step that a person skipped breaks no row:
/// asked for once more, it would bring later checkpoints to be done twice.
Task<void> Engine::Run::find_what_holds() {
  if (!options.resume) co_return;
  const auto& steps = options.resume->steps;
  for (size_t index = 0; index < plan.steps.size() && !over(); ++index) {
    const Step& step = plan.steps[index];
    const auto before = steps.find(step.id);
    const bool skipped = before != steps.end() && before->second == Status::kSkipped;
    if (step.checkpoint.empty() || !selected[index] || skipped) continue;
    if (before == steps.end() || before->second != Status::kPassed) break;
    const bool trusted = co_await holds(step);
    if (!trusted) break;
    resume_at = index + 1;
  }
}

Task<bool> Engine::Run::holds(const Step& step) {
  if (!step.verify) co_return true;
  recorder.begin_step(step.id);
  auto why = co_await broken(step, context, limit_of(step), &interruption);
  recorder.begin_step("");
  if (why && !over()) emit("checkpoint-broken", step.id, {{"name", step.checkpoint}, {"why", *why}});
  co_return !why;
}

Task<std::optional<std::string>> first_broken_checkpoint(Plan& plan, Bus& bus) {
  Recorder recorder(bus, plan.script);
  json state = json::object();
  StepContext context{recorder, state};
  for (const Step& step : plan.steps) {
    if (step.checkpoint.empty() || !step.verify) continue;
    recorder.begin_step(step.id);
    const milliseconds limit = step.limit.count() > 0 ? step.limit : kNeedsLimit;
    auto why = co_await broken(step, context, limit, nullptr);
    if (!why) continue;
    bus.emit("checkpoint-broken", plan.script, step.id, {{"name", step.checkpoint}, {"why", *why}});
    co_return step.id;
  }
  co_return std::nullopt;
}

}  // namespace zdt::stage
