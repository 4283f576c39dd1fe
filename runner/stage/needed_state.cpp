// What steps leave for later ones, in memory or in the state: a step without it is refused, not run.
#include "stage/run.h"
#include "stage/selection.h"

namespace zdt::stage {

/// The first thing that the step needs and nobody has left; null when all is there.
const NeededState* Engine::Run::missing_state(size_t index) const {
  for (const NeededState& needed : plan.steps[index].needs_state) {
    if (!is_left(needed)) return &needed;
  }
  return nullptr;
}

Error Engine::Run::state_is_missing(size_t index, const NeededState& needed) const {
  return {Code::kUsage,
          fmt::format("step \"{}\" needs \"{}\" of step \"{}\", which did not run", plan.steps[index].id, needed.name, needed.step),
          fmt::format("zdt-demo run {} --from {}", plan.script, needed.step)};
}

/// Before anything runs: a step that is selected without the one that leaves what it needs.
Result<void> Engine::Run::look_at_what_is_needed() const {
  for (size_t index = 0; index < plan.steps.size(); ++index) {
    for (const NeededState& needed : plan.steps[index].needs_state) {
      const auto leaves = index_of(plan, needed.step);
      if (!selected[index] || !leaves || selected[*leaves] || is_left(needed)) continue;
      Error error = state_is_missing(index, needed);
      error.what = fmt::format("step \"{}\" needs \"{}\" of step \"{}\", which is not selected", plan.steps[index].id, needed.name, needed.step);
      return error;
    }
  }
  return {};
}

}  // namespace zdt::stage
