#include "stage/order.h"

#include <algorithm>

#include "stage/selection.h"

namespace zdt::stage {
namespace {

std::vector<size_t> all_before(size_t index) {
  std::vector<size_t> earlier(index);
  for (size_t each = 0; each < index; ++each) earlier[each] = each;
  return earlier;
}

/// The position of the step that the one at `index` names in its `field`.
Result<size_t> earlier_step(const Plan& plan, size_t index, std::string_view field, const std::string& id) {
  const std::string who = fmt::format("step \"{}\": {}", plan.steps[index].title, field);
  const auto found = index_of(plan, id);
  if (!found) return Error{Code::kScript, fmt::format("{}: there is no step \"{}\"", who, id), unknown_step(plan, id).hint};
  if (*found < index) return *found;
  return Error{Code::kScript, fmt::format("{}: step \"{}\" does not come before it", who, id),
               "a step waits only for steps above it"};
}

}  // namespace

Result<std::vector<size_t>> predecessors_of(const Plan& plan, size_t index) {
  const Step& step = plan.steps[index];
  std::vector<size_t> predecessors = step.after ? std::vector<size_t>() : all_before(index);
  for (const std::string& id : step.after.value_or(std::vector<std::string>())) {
    auto earlier = earlier_step(plan, index, "after", id);
    if (!earlier) return earlier.error();
    predecessors.push_back(*earlier);
  }
  for (const NeededState& needed : step.needs_state) {
    auto earlier = earlier_step(plan, index, "needs_state", needed.step);
    if (!earlier) return earlier.error();
    predecessors.push_back(*earlier);
  }
  return predecessors;
}

Result<Predecessors> predecessors_of(const Plan& plan) {
  Predecessors all;
  for (size_t index = 0; index < plan.steps.size(); ++index) {
    auto predecessors = predecessors_of(plan, index);
    if (!predecessors) return predecessors.error();
    all.push_back(std::move(*predecessors));
  }
  return all;
}

Predecessors one_after_another(size_t steps) {
  Predecessors predecessors;
  for (size_t index = 0; index < steps; ++index) predecessors.push_back(all_before(index));
  return predecessors;
}

std::vector<std::vector<bool>> waiting_for(const Predecessors& predecessors) {
  const size_t count = predecessors.size();
  std::vector<std::vector<bool>> waits(count, std::vector<bool>(count, false));
  for (size_t later = 0; later < count; ++later) {
    for (size_t direct : predecessors[later]) {
      waits[direct][later] = true;
      for (size_t before = 0; before < direct; ++before) {
        if (waits[before][direct]) waits[before][later] = true;
      }
    }
  }
  return waits;
}

milliseconds longest_chain(const Predecessors& predecessors, const std::vector<milliseconds>& times) {
  milliseconds longest{0};
  std::vector<milliseconds> until(predecessors.size());
  for (size_t index = 0; index < predecessors.size(); ++index) {
    for (size_t before : predecessors[index]) until[index] = std::max(until[index], until[before]);
    until[index] += times[index];
    longest = std::max(longest, until[index]);
  }
  return longest;
}

}  // namespace zdt::stage
