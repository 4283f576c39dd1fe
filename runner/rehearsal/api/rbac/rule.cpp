#include "rehearsal/api/rbac/rule.h"

#include <algorithm>

#include "base/text.h"

namespace zdt::rehearsal::api {
namespace {

/// Takes the texts of rule.FIELD; false when it is something else than a list of texts.
bool take_texts(const json& rule, const char* field, std::vector<std::string>& texts) {
  const json& list = at(rule, {field});
  if (list.is_null()) return true;
  if (!list.is_array()) return false;
  for (const json& text : list) {
    if (!text.is_string()) return false;
    texts.push_back(text.get<std::string>());
  }
  return true;
}

bool holds(const std::vector<std::string>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

bool holds_or_all(const std::vector<std::string>& words, std::string_view word) {
  return std::any_of(words.begin(), words.end(), [&](const std::string& w) { return w == "*" || w == word; });
}

/// "*/SUBRESOURCE".
bool is_any_with(std::string_view pattern, std::string_view subresource) {
  return pattern.size() == subresource.size() + 2 && pattern.starts_with("*/") && pattern.ends_with(subresource);
}

bool url_covers(std::string_view pattern, std::string_view path) {
  if (pattern == "*" || pattern == path) return true;
  if (!pattern.ends_with('*')) return false;
  while (pattern.ends_with('*')) pattern.remove_suffix(1);
  return path.starts_with(pattern);
}

void add_part(std::vector<std::string>& parts, const char* title, const std::vector<std::string>& words) {
  if (!words.empty()) parts.push_back(title + list_in_quotes(words));
}

}  // namespace

std::optional<PolicyRule> rule_from(const json& rule) {
  PolicyRule result;
  const bool understood = rule.is_object() && take_texts(rule, "verbs", result.verbs) &&
                          take_texts(rule, "apiGroups", result.groups) &&
                          take_texts(rule, "resources", result.resources) &&
                          take_texts(rule, "resourceNames", result.names) &&
                          take_texts(rule, "nonResourceURLs", result.urls);
  if (!understood) return std::nullopt;
  return result;
}

std::vector<PolicyRule> rules_of(const json& role) {
  std::vector<PolicyRule> rules;
  for (const json& rule : array_at(role, {"rules"})) {
    if (auto understood = rule_from(rule)) rules.push_back(std::move(*understood));
  }
  return rules;
}

bool verb_matches(const PolicyRule& rule, std::string_view verb) { return holds_or_all(rule.verbs, verb); }

bool group_matches(const PolicyRule& rule, std::string_view group) { return holds_or_all(rule.groups, group); }

bool resource_matches(const PolicyRule& rule, std::string_view resource, std::string_view subresource) {
  std::string whole(resource);
  if (!subresource.empty()) whole.append("/").append(subresource);
  return std::any_of(rule.resources.begin(), rule.resources.end(), [&](const std::string& pattern) {
    return pattern == "*" || pattern == whole || (!subresource.empty() && is_any_with(pattern, subresource));
  });
}

bool name_matches(const PolicyRule& rule, std::string_view name) {
  return rule.names.empty() || holds(rule.names, name);
}

bool url_matches(const PolicyRule& rule, std::string_view path) {
  return std::any_of(rule.urls.begin(), rule.urls.end(),
                     [&](const std::string& pattern) { return url_covers(pattern, path); });
}

bool rule_allows(const PolicyRule& rule, const Attributes& asked) {
  if (!verb_matches(rule, asked.verb)) return false;
  if (!asked.for_resource) return url_matches(rule, asked.path);
  return group_matches(rule, asked.group) && resource_matches(rule, asked.resource, asked.subresource) &&
         name_matches(rule, asked.name);
}

std::string in_quotes(std::string_view text) {
  return json(text).dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string list_in_quotes(const std::vector<std::string>& words) {
  std::vector<std::string> all;
  for (const std::string& word : words) all.push_back(in_quotes(word));
  return "[" + join(all, " ") + "]";
}

std::string compact_text(const PolicyRule& rule) {
  std::vector<std::string> parts;
  add_part(parts, "APIGroups:", rule.groups);
  add_part(parts, "Resources:", rule.resources);
  add_part(parts, "NonResourceURLs:", rule.urls);
  add_part(parts, "ResourceNames:", rule.names);
  add_part(parts, "Verbs:", rule.verbs);
  return "{" + join(parts, ", ") + "}";
}

}  // namespace zdt::rehearsal::api
