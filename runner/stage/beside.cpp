// Steps side by side: what runs when nobody is asked.
#include "stage/run.h"

namespace zdt::stage {

Task<void> Engine::Run::walk_side_by_side() {
  while (true) {
    while (start_next()) {
    }
    if (in_flight == 0) break;
    co_await step_ended.wait();
  }
  if (defect) std::rethrow_exception(defect);
  if (first_failed && !interruption.asked) co_await diagnose(*first_failed);
}

/// Skips or begins the first step that waits for nothing more; false when there is none.
bool Engine::Run::start_next() {
  if (over()) return false;
  for (size_t index = 0; index < plan.steps.size(); ++index) {
    if (taken[index] || !is_ready(index)) continue;
    taken[index] = true;
    if (!skip_by_itself(index)) launch(index);
    return true;
  }
  return false;
}

/// A step that failed does not count: over() stands before this question then.
bool Engine::Run::is_ready(size_t index) const {
  return std::all_of(waits.at(index).begin(), waits.at(index).end(),
                     [this](size_t before) { return endings[before].has_value(); });
}

void Engine::Run::launch(size_t index) {
  ++in_flight;
  asio::co_spawn(executor, perform_beside(index), [self = shared_from_this()](std::exception_ptr failure) {
    if (failure && !self->defect) self->defect = failure;
    if (failure) self->ended = true;
    --self->in_flight;
    self->step_ended.notify_all();
  });
}

Task<void> Engine::Run::perform_beside(size_t index) {
  if (over()) co_return;  // decided since launch()
  co_await perform(index);
  if (endings[index]->status == Status::kPassed || ended) co_return;
  ended = true;
  first_failed = index;
  // Without its environment (the cluster has gone) none of the others can pass: they would wait out their limits.
  if (options.fail_fast || exit_code_of(endings[index]->error->code) == 3) stop_running();
}

}  // namespace zdt::stage
