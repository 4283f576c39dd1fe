#include "rehearsal/api/rbac/authorizer.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "rehearsal/api/selector.h"

namespace zdt::rehearsal::api {
namespace {

std::string source_of(const Grant& grant) {
  const std::string binding = grant.ns.empty() ? grant.name : grant.name + "/" + grant.ns;
  return fmt::format("{} {} of {} {} to {}", grant.binding_kind, in_quotes(binding), grant.role_kind,
                     in_quotes(grant.role_name), grant.subject);
}

/// "RBAC: a", "RBAC: [a, b]".
std::string told(const std::vector<std::string>& failures) {
  if (failures.empty()) return "";
  return "RBAC: " + (failures.size() == 1 ? failures[0] : "[" + join(failures, ", ") + "]");
}

/// metadata.name of a field selector: who may list objects by name may list one (requestinfo.go). A selector that
/// cannot be read names nothing; the answer refuses it.
std::string selected_name(const http::Exchange& exchange) {
  const std::string text = exchange.target.value("fieldSelector");
  if (text.empty()) return "";
  try {
    return FieldSelector::parse(text).wanted("metadata.name");
  } catch (const Failure&) {
    return "";
  }
}

Attributes attributes_of_path(const http::Exchange& exchange) {
  Attributes asked;
  asked.for_resource = false;
  asked.verb = lower(exchange.method);
  asked.path = exchange.target.path;
  return asked;
}

std::string sentence_of(const User& user, const Attributes& asked) {
  if (!asked.for_resource)
    return fmt::format("User {} cannot {} path {}", in_quotes(user.name), asked.verb, in_quotes(asked.path));
  const std::string resource =
      asked.subresource.empty() ? asked.resource : asked.resource + "/" + asked.subresource;
  const std::string scope =
      asked.ns.empty() ? "at the cluster scope" : "in the namespace " + in_quotes(asked.ns);
  return fmt::format("User {} cannot {} resource {} in API group {} {}", in_quotes(user.name), asked.verb,
                     in_quotes(resource), in_quotes(asked.group), scope);
}

}  // namespace

bool is_superuser(const User& user) {
  return std::find(user.groups.begin(), user.groups.end(), "system:masters") != user.groups.end();
}

Decision Authorizer::decide(const User& user, const Attributes& asked) const {
  if (is_superuser(user)) return {true, ""};
  Decision decision;
  const auto failures = index_.visit(user, asked.ns, [&](const Grant& grant, const PolicyRule& rule) {
    decision.allowed = rule_allows(rule, asked);
    if (decision.allowed) decision.reason = "RBAC: allowed by " + source_of(grant);
    return !decision.allowed;
  });
  if (!decision.allowed) decision.reason = told(failures);
  return decision;
}

void Authorizer::require(const User& user, const Attributes& asked) const {
  const Decision decision = decide(user, asked);
  if (!decision.allowed) throw refusal_of(user, asked, decision.reason);
}

HeldRules Authorizer::rules_of(const User& user, const std::string& ns) const {
  HeldRules held;
  held.failures = index_.visit(user, ns, [&](const Grant&, const PolicyRule& rule) {
    held.rules.push_back(rule);
    return true;
  });
  return held;
}

bool is_watch(const http::Exchange& exchange, const Route& route) {
  const std::string word = exchange.target.value("watch");
  return exchange.method == "GET" && route.subresource.empty() && (word == "true" || word == "1");
}

std::string verb_of(const http::Exchange& exchange, const Route& route) {
  const std::string& method = exchange.method;
  if (is_watch(exchange, route)) return "watch";
  if (method == "GET" || method == "HEAD") return route.name.empty() ? "list" : "get";
  if (method == "POST") return "create";
  if (method == "PUT") return "update";
  if (method == "PATCH") return "patch";
  if (method == "DELETE") return route.name.empty() ? "deletecollection" : "delete";
  return "";
}

Attributes attributes_of(const http::Exchange& exchange, const std::optional<Route>& route) {
  if (!route || route->kind != Route::Kind::kObjects) return attributes_of_path(exchange);
  Attributes asked{true,        verb_of(exchange, *route), route->group, route->plural,
                   route->subresource, route->ns,          route->name,  ""};
  // A namespace lies in itself, so that who may get namespaces there may get this one.
  if (asked.ns.empty() && asked.resource == "namespaces") asked.ns = asked.name;
  const bool reads_many = asked.name.empty() && (asked.verb == "list" || asked.verb == "watch");
  if (reads_many) asked.name = selected_name(exchange);
  return asked;
}

Failure refusal_of(const User& user, const Attributes& asked, const std::string& reason) {
  std::string sentence = sentence_of(user, asked);
  if (!reason.empty()) sentence += ": " + reason;
  if (!asked.for_resource) return {403, "Forbidden", "forbidden: " + sentence};
  ResourceType type;
  type.group = asked.group;
  type.plural = asked.resource;
  return forbidden(type, asked.name, sentence);
}

}  // namespace zdt::rehearsal::api
