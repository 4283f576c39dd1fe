// One rule of a Role: what a request asks for, and whether the rule allows it. Pure, and never throws.
// After kubernetes/pkg/apis/rbac/v1/evaluation_helpers.go.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"

namespace zdt::rehearsal::api {

/// What an authorizer sees of a request.
/// group, resource, subresource, ns, name  of a request for objects; "" where the request has none.
/// path  of any other request ("/metrics"); its verb is the HTTP method in lower case.
struct Attributes {
  bool for_resource = true;
  std::string verb, group, resource, subresource, ns, name, path;
};

/// names  resourceNames; empty: all objects.   urls  nonResourceURLs.
struct PolicyRule {
  std::vector<std::string> verbs, groups, resources, names, urls;
};

/// Nothing when a field is not a list of texts: a rule that cannot be understood allows nothing.
std::optional<PolicyRule> rule_from(const json& rule);
/// The rules of a Role or ClusterRole that can be understood, in order.
std::vector<PolicyRule> rules_of(const json& role);

bool verb_matches(const PolicyRule& rule, std::string_view verb);
bool group_matches(const PolicyRule& rule, std::string_view group);
/// "*", the resource ("pods", "pods/exec"), or "*/exec".
bool resource_matches(const PolicyRule& rule, std::string_view resource, std::string_view subresource);
bool name_matches(const PolicyRule& rule, std::string_view name);
/// "*", the path, or a beginning of it before a "*" at the end of the rule's URL.
bool url_matches(const PolicyRule& rule, std::string_view path);
bool rule_allows(const PolicyRule& rule, const Attributes& asked);

/// `text` in quotation marks, with everything escaped that would break a line or JSON.
std::string in_quotes(std::string_view text);
/// ["a" "b"], as Go's %q prints a list.
std::string list_in_quotes(const std::vector<std::string>& words);
/// {APIGroups:[""], Resources:["pods"], Verbs:["get"]}, as refusals show a rule.
std::string compact_text(const PolicyRule& rule);

}  // namespace zdt::rehearsal::api
