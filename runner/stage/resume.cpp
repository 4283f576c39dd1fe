// What a resume trusts: checkpoints that the journal has and that the live cluster still confirms.
#include "base/text.h"
#include "stage/run.h"
#include "stage/selection.h"

namespace zdt::stage {
namespace {

constexpr milliseconds kNeedsLimit{60'000};

/// Why the checkpoint of `step` does not hold; nothing when it does.
Task<Missing> broken(const Step& step, StepContext& context, milliseconds limit,
                                        Interruption* interruption) {
  Start<bool> question = [&step, &context] { return step.verify(context); };
  auto answer = co_await attempt<bool>(std::move(question), limit,
                                       fmt::format("verify of step \"{}\"", step.id), interruption);
  if (!answer) co_return answer.error().what;
  if (!*answer) co_return "verify says that it does not hold";
  co_return std::nullopt;
}

Task<Result<Missing>> as_answer(const Settling& settling, const std::function<Task<Missing>()>& question) {
  auto missing = co_await ask_until_settled(settling, question);
  co_return missing;
}

}  // namespace

/// The checkpoints first, each with all that it waits for; then the steps between them. `holding` has both.
Task<void> Engine::Run::find_what_holds() {
  if (!options.resume) co_return;
  const auto waits_for = waiting_for(order);
  std::vector<bool> broken_before(plan.steps.size(), false);
  for (size_t index = 0; index < plan.steps.size() && !over(); ++index) {
    if (!counts(index)) continue;
    if (passed_before(index) && !broken_before[index]) {
      const bool trusted = co_await holds(index);
      holding[index] = trusted;
    }
    for (size_t later = index + 1; !holding[index] && later < plan.steps.size(); ++later) {
      if (waits_for[index][later]) broken_before[later] = true;
    }
  }
  const std::vector<bool> checkpoints = holding;
  for (size_t index = 0; index < plan.steps.size(); ++index) {
    for (size_t later = index + 1; later < plan.steps.size(); ++later) {
      if (checkpoints[later] && waits_for[index][later] && is_vouched_for(index)) holding[index] = true;
    }
  }
  run_again_what_leaves_state();
  const bool none_holds = std::none_of(holding.begin(), holding.end(), [](bool holds) { return holds; });
  if (none_holds && !options.resume->cleaned_up.empty()) state = json::object();
}

/// From the last step: what it needs may itself need something.
void Engine::Run::run_again_what_leaves_state() {
  for (size_t index = plan.steps.size(); index-- > 0;) {
    if (holding[index] || !selected[index]) continue;
    for (const NeededState& needed : plan.steps[index].needs_state) {
      const auto leaves = index_of(plan, needed.step);
      if (leaves && !is_left(needed)) holding[*leaves] = false;
    }
  }
}

bool Engine::Run::is_put_back(size_t index) const {
  const Step& step = plan.steps[index];
  const bool kept = std::any_of(plan.finally_keeps.begin(), plan.finally_keeps.end(),
                                [&](const std::string& glob) { return glob_match(glob, step.checkpoint); });
  return options.resume->cleaned_up.contains(step.id) && !kept;
}

/// Whether the step's checkpoint is looked at. A step that a person skipped breaks no row: asked for once more,
/// it would bring later checkpoints to be done twice.
bool Engine::Run::counts(size_t index) const {
  const auto before = options.resume->steps.find(plan.steps[index].id);
  const bool skipped = before != options.resume->steps.end() && before->second == Status::kSkipped;
  return !plan.steps[index].checkpoint.empty() && selected[index] && !skipped;
}

bool Engine::Run::passed_before(size_t index) const {
  const auto before = options.resume->steps.find(plan.steps[index].id);
  return before != options.resume->steps.end() && before->second == Status::kPassed;
}

/// Whether a later checkpoint, which waited for the step and holds, says that it is done. In a plan with `after`
/// the journal has to say so, too.
bool Engine::Run::is_vouched_for(size_t index) const {
  const bool in_a_row =
      std::none_of(plan.steps.begin(), plan.steps.end(), [](const Step& step) { return step.after.has_value(); });
  const auto before = options.resume->steps.find(plan.steps[index].id);
  const bool done = before != options.resume->steps.end() &&
                    (before->second == Status::kPassed || before->second == Status::kSkipped);
  return in_a_row || done;
}

/// Asked again while the cluster is in motion: what the run had begun when it was cut off is no reason to do a step twice.
Task<bool> Engine::Run::holds(size_t index) {
  const Step& step = plan.steps[index];
  if (is_put_back(index)) {
    emit("checkpoint-broken", step.id, {{"name", step.checkpoint}, {"why", "the clean-up of the run has put things back since"}});
    co_return false;
  }
  if (!step.verify) co_return true;
  StepContext context{recorders[index], state};
  recorders[index].begin_step(step.id);
  Settling settling = options.settling;
  settling.say = [this, &step](const std::string& sentence) { emit("note", step.id, {{"text", sentence}}); };
  const std::function<Task<Missing>()> question = [this, &step, &context] { return broken(step, context, limit_of(step), nullptr); };
  Start<Missing> asking = [&settling, &question] { return as_answer(settling, question); };
  auto answer = co_await attempt<Missing>(std::move(asking), milliseconds(0), fmt::format("verify of step \"{}\"", step.id), &interruption);
  recorders[index].begin_step("");
  const Missing why = answer ? *answer : Missing(answer.error().what);
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
