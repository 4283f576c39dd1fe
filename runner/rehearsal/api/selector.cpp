#include "rehearsal/api/selector.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/json_limits.h"
#include "base/text.h"
#include "rehearsal/api/failure.h"

namespace zdt::rehearsal::api {
namespace {

using Operator = Requirement::Operator;

/// Splits at commas that are not inside brackets.
std::vector<std::string> split_conditions(std::string_view text) {
  std::vector<std::string> parts(1);
  int depth = 0;
  for (char c : text) {
    if (c == '(') ++depth;
    if (c == ')') --depth;
    if (c == ',' && depth == 0) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

Failure unparsable(std::string_view text) {
  return bad_request(fmt::format("unable to parse requirement: {}", excerpt(text)));
}

Failure too_many(size_t conditions) {
  return bad_request(fmt::format("a selector of {} conditions; the rehearsal cluster reads {}", conditions, kMaxConditions));
}

std::vector<std::string> trimmed(const std::vector<std::string>& words) {
  std::vector<std::string> result;
  for (const std::string& word : words) result.push_back(trim(word));
  return result;
}

bool is_label_key(const std::string& key) {
  return !key.empty() && std::all_of(key.begin(), key.end(), [](unsigned char c) {
    return std::isalnum(c) || c == '-' || c == '_' || c == '.' || c == '/';
  });
}

/// "key in (a,b)" and "key notin (a,b)".
Requirement parse_set(const std::string& text) {
  const size_t open = text.find('('), close = text.rfind(')');
  if (close == std::string::npos || close < open) throw unparsable(text);
  std::vector<std::string> words;
  for (const std::string& word : split(trim(text.substr(0, open)), ' ')) {
    if (!word.empty()) words.push_back(word);
  }
  if (words.size() != 2 || (words[1] != "in" && words[1] != "notin")) throw unparsable(text);
  const auto values = trimmed(split(text.substr(open + 1, close - open - 1), ','));
  return {words[1] == "in" ? Operator::kIn : Operator::kNotIn, words[0], values};
}

/// "key", "!key", "key=value", "key==value", "key!=value".
Requirement parse_equality(const std::string& text) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos) {
    if (text.starts_with("!")) return {Operator::kDoesNotExist, trim(text.substr(1)), {}};
    return {Operator::kExists, text, {}};
  }
  const bool negated = equals > 0 && text[equals - 1] == '!';
  const size_t value = equals + (text.substr(equals, 2) == "==" ? 2 : 1);
  return {negated ? Operator::kNotIn : Operator::kIn,
          trim(text.substr(0, equals - (negated ? 1 : 0))),
          {trim(text.substr(value))}};
}

Requirement parse_requirement(const std::string& text) {
  Requirement requirement = text.find('(') == std::string::npos ? parse_equality(text) : parse_set(text);
  if (!is_label_key(requirement.key)) throw unparsable(text);
  std::sort(requirement.values.begin(), requirement.values.end());
  return requirement;
}

bool holds(const Requirement& requirement, const json& labels) {
  const json& value = at(labels, {requirement.key});
  const bool present = value.is_string();
  const auto listed = [&] {
    const auto& values = requirement.values;
    return present && std::binary_search(values.begin(), values.end(), value.get_ref<const std::string&>());
  };
  switch (requirement.op) {
    case Operator::kIn:
      return listed();
    case Operator::kNotIn:
      return !listed();
    case Operator::kExists:
      return present;
    case Operator::kDoesNotExist:
      return !present;
  }
  return false;
}

Operator operator_from(const std::string& word) {
  if (word == "In") return Operator::kIn;
  if (word == "NotIn") return Operator::kNotIn;
  return word == "DoesNotExist" ? Operator::kDoesNotExist : Operator::kExists;
}

/// The value below a dotted path as text; "" when it is missing, as Kubernetes' field sets have it.
std::string field_text(const json& object, const std::vector<std::string>& path) {
  const json* here = &object;
  for (const std::string& part : path) {
    if (here->is_null()) return "";
    here = &at(*here, {part});
  }
  if (here->is_string()) return here->get<std::string>();
  return here->is_null() ? "" : here->dump();
}

}  // namespace

LabelSelector LabelSelector::parse(std::string_view text) {
  LabelSelector selector;
  if (trim(text).empty()) return selector;
  const auto parts = split_conditions(text);
  if (parts.size() > kMaxConditions) throw too_many(parts.size());
  for (const std::string& part : parts) {
    selector.requirements_.push_back(parse_requirement(trim(part)));
  }
  return selector;
}

LabelSelector LabelSelector::from_json(const json& object) {
  LabelSelector selector;
  for (const auto& [key, value] : object_at(object, {"matchLabels"}).items()) {
    if (value.is_string()) selector.requirements_.push_back({Operator::kIn, key, {value.get<std::string>()}});
  }
  for (const json& expression : array_at(object, {"matchExpressions"})) {
    Requirement requirement{
        operator_from(string_at(expression, {"operator"})), string_at(expression, {"key"}), {}};
    for (const json& value : array_at(expression, {"values"})) {
      if (value.is_string()) requirement.values.push_back(value.get<std::string>());
    }
    std::sort(requirement.values.begin(), requirement.values.end());
    selector.requirements_.push_back(std::move(requirement));
  }
  return selector;
}

bool LabelSelector::matches(const json& labels) const {
  return std::all_of(requirements_.begin(), requirements_.end(),
                     [&](const Requirement& requirement) { return holds(requirement, labels); });
}

FieldSelector FieldSelector::parse(std::string_view text) {
  FieldSelector selector;
  if (trim(text).empty()) return selector;
  const auto parts = split(text, ',');
  if (parts.size() > kMaxConditions) throw too_many(parts.size());
  for (const std::string& part : parts) {
    const size_t equals = part.find('=');
    if (equals == std::string::npos || equals == 0) {
      throw bad_request(fmt::format("invalid selector: '{}'; can't understand '{}'", text, part));
    }
    const bool negated = part[equals - 1] == '!';
    const size_t value = equals + (part.substr(equals, 2) == "==" ? 2 : 1);
    std::string field = trim(part.substr(0, equals - (negated ? 1 : 0)));
    selector.conditions_.push_back({field, split(field, '.'), trim(part.substr(value)), !negated});
  }
  return selector;
}

bool FieldSelector::matches(const json& object) const {
  return std::all_of(conditions_.begin(), conditions_.end(), [&](const Condition& condition) {
    return (field_text(object, condition.path) == condition.value) == condition.equal;
  });
}

std::string FieldSelector::wanted(std::string_view field) const {
  for (const Condition& condition : conditions_) {
    if (condition.field == field && condition.equal) return condition.value;
  }
  return "";
}

}  // namespace zdt::rehearsal::api
