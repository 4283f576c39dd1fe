// Whether the rules that somebody holds cover the rules that he wants to give to others.
// After kubernetes' component-helpers/auth/rbac/validation/policy_comparator.go. Pure.
#pragma once
#include "rehearsal/api/rbac/rule.h"

namespace zdt::rehearsal::api {

/// What of `wanted` `held` does not cover, one resource at a time; empty: all is covered. A comparison that would take
/// too long (a rule of thousands of verbs, groups and resources) counts as not covered: the rule comes back as it is.
std::vector<PolicyRule> not_covered(const std::vector<PolicyRule>& held, const std::vector<PolicyRule>& wanted);

}  // namespace zdt::rehearsal::api
