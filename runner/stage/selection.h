// Which steps of a plan a command line means: --from, --until, --only, --skip.
#pragma once
#include "stage/engine.h"

namespace zdt::stage {

/// One flag for each step of the plan, true when it is to run. Fails kUsage as Options says; the message
/// names the nearest step id.
Result<std::vector<bool>> select_steps(const Plan& plan, const Options& options);

/// The position of the step `id`, or nothing.
std::optional<size_t> index_of(const Plan& plan, std::string_view id);

/// `script x has no step "id"`, with the nearest id as the hint.
Error unknown_step(const Plan& plan, std::string_view id);

}  // namespace zdt::stage
