// Which steps of a plan wait for which.
#pragma once
#include "stage/plan.h"

namespace zdt::stage {

/// By the position of a step: the positions of the steps that it waits for, all of them smaller.
using Predecessors = std::vector<std::vector<size_t>>;

/// What Step::after and Step::needs_state say. Without `after` a step waits for every step before it, so also for those that have
/// one. Fails kScript: an id in them that the plan does not have (with the nearest as the hint) or has later.
Result<Predecessors> predecessors_of(const Plan& plan);
/// The same of one step.
Result<std::vector<size_t>> predecessors_of(const Plan& plan, size_t index);

/// Every step waits for all before it.
Predecessors one_after_another(size_t steps);

/// [i][j]: whether step j waits for step i, directly or through others.
std::vector<std::vector<bool>> waiting_for(const Predecessors& predecessors);

/// The largest sum of `times` (by position) along a row of steps each of which waited for the one before it.
milliseconds longest_chain(const Predecessors& predecessors, const std::vector<milliseconds>& times);

}  // namespace zdt::stage
