#include "rehearsal/api/rbac/escalation.h"

#include <fmt/format.h>

#include <set>

#include "base/text.h"
#include "rehearsal/api/rbac/coverage.h"

namespace zdt::rehearsal::api {
namespace {

/// One write, by whom.
struct Grantor {
  const Authorizer& authorizer;
  const User& user;
  const Place& place;
};

std::string missing_text(const User& user, const std::vector<PolicyRule>& missing,
                         const std::vector<std::string>& failures) {
  std::set<std::string> lines;
  for (const PolicyRule& rule : missing) lines.insert(compact_text(rule));
  std::string text = fmt::format(
      "user {} (groups={}) is attempting to grant RBAC permissions not currently held:\n{}", in_quotes(user.name),
      list_in_quotes(user.groups), join({lines.begin(), lines.end()}, "\n"));
  if (!failures.empty()) text += fmt::format("; resolution errors: [{}]", join(failures, ", "));
  return text;
}

/// ConfirmNoEscalation (pkg/registry/rbac/validation/rule.go). Throws Failure 403.
void confirm_held(const Grantor& by, const std::string& name, const std::vector<PolicyRule>& wanted) {
  const HeldRules held = by.authorizer.rules_of(by.user, by.place.ns);
  const auto missing = not_covered(held.rules, wanted);
  if (!missing.empty())
    throw forbidden(by.place.served.type, name, missing_text(by.user, missing, held.failures));
}

bool is_allowed(const Grantor& by, const char* verb, const std::string& resource, const std::string& name) {
  Attributes asked;
  asked.verb = verb;
  asked.group = kAccessGroup;
  asked.resource = resource;
  asked.ns = by.place.ns;
  asked.name = name;
  return by.authorizer.decide(by.user, asked).allowed;
}

bool aggregates(const json& role) { return !at(role, {"aggregationRule"}).is_null(); }

/// An aggregationRule gathers whatever comes, so it takes all rights.
void check_aggregation(const Grantor& by, const std::string& name, const json& current, const json& next) {
  if (!aggregates(current) && !aggregates(next)) return;
  const std::vector<PolicyRule> everything = {{{"*"}, {"*"}, {"*"}, {}, {}}, {{"*"}, {}, {}, {}, {"*"}}};
  const HeldRules held = by.authorizer.rules_of(by.user, "");
  if (!not_covered(held.rules, everything).empty())
    throw forbidden(by.place.served.type, name, "must have cluster-admin privileges to use the aggregationRule");
}

void check_role(const Grantor& by, const json& current, const json& next) {
  if (is_allowed(by, "escalate", by.place.served.type.plural, by.place.name)) return;
  const std::string name = string_at(next, {"metadata", "name"});
  confirm_held(by, name, rules_of(next));
  check_aggregation(by, name, current, next);
}

/// The 404 of a binding to a role that is not there.
Failure no_such_role(const std::string& kind, const std::string& name) {
  ResourceType type;
  type.group = kAccessGroup;
  type.plural = kind == "Role" ? "roles" : "clusterroles";
  return not_found(type, name);
}

void check_binding(const Grantor& by, const json& next) {
  const std::string kind = string_at(next, {"roleRef", "kind"}), role = string_at(next, {"roleRef", "name"});
  if (kind != "Role" && kind != "ClusterRole") return;  // validation refuses it
  if (is_allowed(by, "bind", kind == "Role" ? "roles" : "clusterroles", role)) return;
  const Rules rules = by.authorizer.roles().rules(kind, by.place.ns, role);
  if (!rules) throw no_such_role(kind, role);
  confirm_held(by, string_at(next, {"metadata", "name"}), *rules);
}

/// Whether they differ in nothing but what the garbage collector writes (IsOnlyMutatingGCFields).
bool differs_for_the_collector_alone(const json& current, const json& next) {
  if (!current.is_object()) return false;
  json before = current, after = next;
  for (json* object : {&before, &after}) {
    for (const char* field : {"ownerReferences", "finalizers", "managedFields", "resourceVersion"})
      (*object)["metadata"].erase(field);
  }
  return before == after;
}

void check_grant(const Grantor& by, const json& current, const json& next) {
  const ResourceType& type = by.place.served.type;
  if (type.group != kAccessGroup || is_superuser(by.user)) return;
  if (differs_for_the_collector_alone(current, next)) return;
  const bool binds = type.plural == "rolebindings" || type.plural == "clusterrolebindings";
  if (binds) {
    check_binding(by, next);
  } else {
    check_role(by, current, next);
  }
}

}  // namespace

Guard guard_of(const Authorizer& authorizer, User user, Attributes asked) {
  return [&authorizer, user = std::move(user), asked = std::move(asked)](const Place& place, const json& current,
                                                                         const json& next) {
    if (current.is_null() && asked.verb != "create") {
      Attributes creation = asked;
      creation.verb = "create";
      authorizer.require(user, creation);
    }
    check_grant({authorizer, user, place}, current, next);
  };
}

}  // namespace zdt::rehearsal::api
