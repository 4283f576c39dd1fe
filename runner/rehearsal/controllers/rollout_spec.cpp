#include "rehearsal/controllers/rollout_spec.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "rehearsal/controllers/replica_set_template.h"

namespace zdt::rehearsal {
namespace {

const json kNoStep;

/// GetCurrentSetWeight: the last setWeight up to the current step.
int64_t set_weight(const json& rollout) {
  if (bool_at(rollout, {"status", "abort"})) return 0;
  if (current_step(rollout).is_null()) return 100;
  for (int64_t i = step_index(rollout); i >= 0; --i) {
    const json& step = steps_of(rollout)[static_cast<size_t>(i)];
    if (step.contains("setWeight")) return int32_at(step, {"setWeight"});
  }
  return 0;
}

std::string expression_text(const json& expression) {
  const std::string key = string_at(expression, {"key"}), op = string_at(expression, {"operator"});
  if (op == "Exists") return key;
  if (op == "DoesNotExist") return "!" + key;
  std::vector<std::string> values = strings_at(expression, {"values"});
  std::sort(values.begin(), values.end());
  return fmt::format("{} {} ({})", key, op == "In" ? "in" : "notin", join(values, ","));
}

}  // namespace

const json& canary_of(const json& rollout) { return object_at(rollout, {"spec", "strategy", "canary"}); }
const json& steps_of(const json& rollout) { return array_at(canary_of(rollout), {"steps"}); }
int64_t step_count(const json& rollout) { return static_cast<int64_t>(steps_of(rollout).size()); }
int64_t step_index(const json& rollout) {
  return std::max<int64_t>(int32_at(rollout, {"status", "currentStepIndex"}), 0);
}

const json& current_step(const json& rollout) {
  const int64_t index = step_index(rollout);
  return index < step_count(rollout) ? steps_of(rollout)[static_cast<size_t>(index)] : kNoStep;
}

bool is_pause(const json& step) { return at(step, {"pause"}).is_object(); }

std::optional<milliseconds> pause_duration(const json& step) {
  const json& duration = at(step, {"pause", "duration"});
  if (duration.is_null()) return std::nullopt;
  if (duration.is_number()) return std::chrono::seconds(int32_of(duration));
  if (!duration.is_string()) return milliseconds(-1);
  const auto parsed = parse_duration(duration.get<std::string>());
  return parsed ? *parsed : milliseconds(-1);
}

std::string step_text(const json& step) {
  if (step.contains("setWeight")) return fmt::format("setWeight: {}", int32_at(step, {"setWeight"}));
  if (!is_pause(step)) return "invalid";
  const json& duration = at(step, {"pause", "duration"});
  if (duration.is_null()) return "pause";
  return "pause: " + (duration.is_string() ? duration.get<std::string>() : duration.dump());
}

std::string step_hash(const json& rollout) { return safe_hash(steps_of(rollout).dump()); }

int64_t canary_weight(const json& rollout) {
  const json& status = object_at(rollout, {"status"});
  const std::string stable = string_at(status, {"stableRS"});
  if (bool_at(status, {"promoteFull"}) || stable.empty() || stable == string_at(status, {"currentPodHash"}))
    return 100;
  return set_weight(rollout);
}

std::string selector_text(const json& selector) {
  std::vector<std::string> parts;
  for (const auto& [key, value] : object_at(selector, {"matchLabels"}).items()) {
    if (value.is_string()) parts.push_back(fmt::format("{}={}", key, value.get<std::string>()));
  }
  for (const json& expression : array_at(selector, {"matchExpressions"}))
    parts.push_back(expression_text(expression));
  return join(parts, ",");
}

}  // namespace zdt::rehearsal
