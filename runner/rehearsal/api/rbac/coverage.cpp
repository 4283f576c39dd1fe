#include "rehearsal/api/rbac/coverage.h"

#include <algorithm>
#include <map>

namespace zdt::rehearsal::api {
namespace {

/// Comparisons of texts for one answer: some 20 ms.
constexpr size_t kMaxComparisons = 2'000'000;
/// Single rules that one rule is taken apart into.
constexpr size_t kMaxParts = 20'000;

/// Saturates, so that no product of sizes wraps around.
size_t product(size_t a, size_t b) { return a != 0 && b > kMaxComparisons / a ? kMaxComparisons : a * b; }

size_t parts_in(const PolicyRule& rule) {
  const size_t targets = product(product(rule.groups.size(), rule.resources.size()), std::max<size_t>(rule.names.size(), 1));
  return product(rule.verbs.size(), targets + rule.urls.size());
}

size_t words_in(const std::vector<PolicyRule>& rules) {
  size_t words = 0;
  for (const PolicyRule& rule : rules)
    words += 5 + rule.verbs.size() + rule.groups.size() + rule.resources.size() + rule.names.size() + rule.urls.size();
  return words;
}

void add_parts_of_resource(const PolicyRule& rule, const std::string& group, const std::string& resource,
                           std::vector<PolicyRule>& parts) {
  for (const std::string& verb : rule.verbs) {
    if (rule.names.empty()) parts.push_back({{verb}, {group}, {resource}, {}, {}});
    for (const std::string& name : rule.names) parts.push_back({{verb}, {group}, {resource}, {name}, {}});
  }
}

/// Rules of one verb, one resource and one name each (BreakdownRule).
std::vector<PolicyRule> parts_of(const PolicyRule& rule) {
  std::vector<PolicyRule> parts;
  for (const std::string& group : rule.groups) {
    for (const std::string& resource : rule.resources) add_parts_of_resource(rule, group, resource, parts);
  }
  for (const std::string& url : rule.urls) {
    for (const std::string& verb : rule.verbs) parts.push_back({{verb}, {}, {}, {}, {url}});
  }
  return parts;
}

bool covers_name(const PolicyRule& held, const PolicyRule& part) {
  if (held.names.empty()) return true;
  return !part.names.empty() && name_matches(held, part.names.front());
}

bool covers_resource(const PolicyRule& held, const PolicyRule& part) {
  const std::string& whole = part.resources.front();
  const size_t slash = whole.find('/');
  const std::string subresource = slash == std::string::npos ? "" : whole.substr(slash + 1);
  return group_matches(held, part.groups.front()) &&
         resource_matches(held, whole.substr(0, slash), subresource) && covers_name(held, part);
}

bool covers(const PolicyRule& held, const PolicyRule& part) {
  if (!verb_matches(held, part.verbs.front())) return false;
  return part.urls.empty() ? covers_resource(held, part) : url_matches(held, part.urls.front());
}

/// Joins what differs by the verb alone (CompactRules).
std::vector<PolicyRule> compacted(const std::vector<PolicyRule>& parts) {
  std::vector<PolicyRule> all;
  std::map<std::pair<std::string, std::string>, size_t> known;
  for (const PolicyRule& part : parts) {
    const bool simple = part.urls.empty() && part.names.empty() && part.groups.size() == 1 && part.resources.size() == 1;
    if (!simple) {
      all.push_back(part);
      continue;
    }
    const auto [place, added] = known.try_emplace({part.groups[0], part.resources[0]}, all.size());
    if (added) {
      all.push_back(part);
    } else {
      auto& verbs = all[place->second].verbs;
      verbs.insert(verbs.end(), part.verbs.begin(), part.verbs.end());
    }
  }
  return all;
}

}  // namespace

std::vector<PolicyRule> not_covered(const std::vector<PolicyRule>& held, const std::vector<PolicyRule>& wanted) {
  const size_t words = words_in(held);
  size_t left = kMaxComparisons;
  std::vector<PolicyRule> missing;
  for (const PolicyRule& rule : wanted) {
    const size_t parts = parts_in(rule), cost = product(parts, words);
    if (parts > kMaxParts || cost > left) {
      missing.push_back(rule);
      continue;
    }
    left -= cost;
    for (PolicyRule& part : parts_of(rule)) {
      const auto covering = [&](const PolicyRule& each) { return covers(each, part); };
      if (std::none_of(held.begin(), held.end(), covering)) missing.push_back(std::move(part));
    }
  }
  return compacted(missing);
}

}  // namespace zdt::rehearsal::api
