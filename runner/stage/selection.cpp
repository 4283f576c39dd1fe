#include "stage/selection.h"

#include <algorithm>

#include "base/text.h"

namespace zdt::stage {
namespace {

using Globs = std::vector<std::string>;

Globs globs_of(const std::string& list) { return list.empty() ? Globs{} : split(list, ','); }

bool matches(const Globs& globs, const std::string& id) {
  return std::any_of(globs.begin(), globs.end(),
                     [&](const std::string& glob) { return glob_match(glob, id); });
}

bool fits_some_step(const std::string& glob, const Plan& plan) {
  return std::any_of(plan.steps.begin(), plan.steps.end(),
                     [&](const Step& step) { return glob_match(glob, step.id); });
}

bool is_pattern(const std::string& glob) { return glob.find_first_of("*?") != std::string::npos; }

/// A --skip pattern may fit nothing (it is given to many scripts at once), a plain id must be there.
Result<void> check_globs(const Plan& plan, const Globs& only, const Globs& skip) {
  for (const std::string& glob : only) {
    if (!fits_some_step(glob, plan)) return unknown_step(plan, glob);
  }
  for (const std::string& glob : skip) {
    if (!is_pattern(glob) && !fits_some_step(glob, plan)) return unknown_step(plan, glob);
  }
  return {};
}

}  // namespace

std::optional<size_t> index_of(const Plan& plan, std::string_view id) {
  for (size_t index = 0; index < plan.steps.size(); ++index) {
    if (plan.steps[index].id == id) return index;
  }
  return std::nullopt;
}

Error unknown_step(const Plan& plan, std::string_view id) {
  std::vector<std::string> known;
  for (const Step& step : plan.steps) known.push_back(step.id);
  const std::string meant = nearest(id, known);
  const std::string hint = meant.empty() ? fmt::format("zdt-demo run {} --list shows the steps", plan.script)
                                         : fmt::format("did you mean \"{}\"?", meant);
  return {Code::kUsage, fmt::format("script {} has no step \"{}\"", plan.script, id), hint};
}

Result<std::vector<bool>> select_steps(const Plan& plan, const Options& options) {
  if (plan.steps.empty()) return std::vector<bool>{};
  const auto first = options.from.empty() ? size_t{0} : index_of(plan, options.from);
  const auto last = options.until.empty() ? plan.steps.size() - 1 : index_of(plan, options.until);
  if (!first) return unknown_step(plan, options.from);
  if (!last) return unknown_step(plan, options.until);
  if (*first > *last) {
    return Error{Code::kUsage, fmt::format("--from {} comes after --until {}", options.from, options.until),
                 ""};
  }
  const Globs only = globs_of(options.only), skip = globs_of(options.skip);
  if (auto checked = check_globs(plan, only, skip); !checked) return checked.error();

  std::vector<bool> selected(plan.steps.size(), false);
  for (size_t index = *first; index <= *last; ++index) {
    const std::string& id = plan.steps[index].id;
    selected[index] = (only.empty() || matches(only, id)) && !matches(skip, id);
  }
  if (std::count(selected.begin(), selected.end(), true) > 0) return selected;
  return Error{Code::kUsage, fmt::format("no step of script {} is selected", plan.script), ""};
}

}  // namespace zdt::stage
