#include "rehearsal/api/table_cells.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "rehearsal/api/human_time.h"

namespace zdt::rehearsal::api {

json name_cell(const json& object) { return string_at(object, {"metadata", "name"}); }

json age_cell(const json& object, WallTime now) {
  return age_since(string_at(object, {"metadata", "creationTimestamp"}), now);
}

std::string joined(const std::vector<std::string>& words, const std::string& none) {
  return words.empty() ? none : join(words, ",");
}

std::string first_three(const std::vector<std::string>& words, const std::string& none) {
  constexpr size_t kShown = 3;
  if (words.size() <= kShown) return joined(words, none);
  const std::vector<std::string> shown(words.begin(), words.begin() + kShown);
  return fmt::format("{} + {} more...", join(shown, ","), words.size() - kShown);
}

std::string labels_text(const json& labels) {
  std::vector<std::string> pairs;
  if (!labels.is_object()) return "<none>";
  for (const auto& [key, value] : labels.items()) {
    pairs.push_back(key + "=" + (value.is_string() ? value.get<std::string>() : value.dump()));
  }
  return joined(pairs, "<none>");
}

namespace {

std::string expression_text(const json& expression) {
  const std::string key = string_at(expression, {"key"}), op = string_at(expression, {"operator"});
  if (op == "Exists") return key;
  if (op == "DoesNotExist") return "!" + key;
  std::vector<std::string> values;
  for (const json& value : array_at(expression, {"values"})) values.push_back(value.get<std::string>());
  return fmt::format("{} {} ({})", key, lower(op), join(values, ","));
}

}  // namespace

std::string selector_text(const json& selector) {
  std::vector<std::string> parts;
  if (!object_at(selector, {"matchLabels"}).empty()) parts.push_back(labels_text(selector["matchLabels"]));
  for (const json& expression : array_at(selector, {"matchExpressions"}))
    parts.push_back(expression_text(expression));
  return joined(parts, "<none>");
}

std::vector<std::string> each(const json& items, const std::string& field) {
  std::vector<std::string> words;
  for (const json& item : items) {
    const json& value = at(item, {field});
    if (!value.is_null()) words.push_back(value.is_string() ? value.get<std::string>() : value.dump());
  }
  return words;
}

}  // namespace zdt::rehearsal::api
