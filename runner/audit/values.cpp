// Label selectors, shares and times, as the API means them.
#include <algorithm>

#include "audit/object_set.h"
#include "base/text.h"

namespace zdt::audit {
namespace {

/// One requirement of matchExpressions.
bool meets(const json& requirement, const json& labels) {
  const std::string key = string_at(requirement, {"key"}), op = string_at(requirement, {"operator"});
  const bool exists = labels.contains(key);
  if (op == "Exists") return exists;
  if (op == "DoesNotExist") return !exists;
  const json& values = array_at(requirement, {"values"});
  const bool among = exists && std::find(values.begin(), values.end(), labels.at(key)) != values.end();
  return op == "NotIn" ? !among : among;
}

}  // namespace

bool selects(const json& selector, const json& labels) {
  if (!selector.is_object()) return false;
  for (const auto& [key, value] : object_at(selector, {"matchLabels"}).items()) {
    if (!labels.contains(key) || labels.at(key) != value) return false;
  }
  const json& requirements = array_at(selector, {"matchExpressions"});
  return std::all_of(requirements.begin(), requirements.end(),
                     [&](const json& requirement) { return meets(requirement, labels); });
}

std::optional<int64_t> share_of(const json& value, int64_t whole, bool round_up) {
  if (value.is_number_integer()) return value.get<int64_t>();
  if (!value.is_string()) return std::nullopt;
  const std::string text = value.get<std::string>();
  if (text.size() < 2 || text.size() > 6 || text.back() != '%') return std::nullopt;
  int64_t percent = 0;
  for (char c : std::string_view(text).substr(0, text.size() - 1)) {
    if (c < '0' || c > '9') return std::nullopt;
    percent = percent * 10 + (c - '0');
  }
  return (percent * whole + (round_up ? 99 : 0)) / 100;
}

std::optional<milliseconds> time_in(std::string_view text) {
  auto parsed = parse_duration(trim(text));
  if (!parsed) return std::nullopt;
  return *parsed;
}

}  // namespace zdt::audit
