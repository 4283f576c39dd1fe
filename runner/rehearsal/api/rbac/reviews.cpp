#include "rehearsal/api/rbac/reviews.h"

#include <fmt/format.h>

#include "base/text.h"
#include "rehearsal/api/check/causes.h"

namespace zdt::rehearsal::api {
namespace {

constexpr const char* kAuthorization = "authorization.k8s.io";
constexpr const char* kAuthentication = "authentication.k8s.io";

/// One question, and what is needed to answer it.
struct Question {
  const ReviewKind& kind;
  const json& body;
  const Route& route;
  const User& user;
  const Authorizer& authorizer;
  const Authenticator& authenticator;
};

ResourceType type_of(const ReviewKind& kind) {
  ResourceType type;
  type.group = kind.group;
  type.version = "v1";
  type.kind = kind.kind;
  type.plural = kind.plural;
  return type;
}

const ReviewKind* review_of(const Route& route) {
  for (const ReviewKind& kind : review_kinds()) {
    const bool named = route.group == kind.group && route.version == "v1" && route.plural == kind.plural;
    const bool placed = route.ns.empty() != kind.namespaced && route.name.empty() && route.subresource.empty();
    if (named && placed) return &kind;
  }
  return nullptr;
}

std::vector<std::string> texts_at(const json& object, Path path) {
  std::vector<std::string> texts;
  for (const json& text : array_at(object, path)) {
    if (text.is_string()) texts.push_back(text.get<std::string>());
  }
  return texts;
}

Attributes asked_by(const json& spec) {
  Attributes asked;
  const json& resource = at(spec, {"resourceAttributes"});
  asked.for_resource = resource.is_object();
  const json& source = asked.for_resource ? resource : object_at(spec, {"nonResourceAttributes"});
  asked.verb = string_at(source, {"verb"});
  asked.path = string_at(source, {"path"});
  asked.group = string_at(source, {"group"});
  asked.resource = string_at(source, {"resource"});
  asked.subresource = string_at(source, {"subresource"});
  asked.ns = string_at(source, {"namespace"});
  asked.name = string_at(source, {"name"});
  return asked;
}

/// pkg/apis/authorization/validation.
void check_attributes(const json& spec, Causes& causes) {
  const json &resource = at(spec, {"resourceAttributes"}), &path = at(spec, {"nonResourceAttributes"});
  if (!resource.is_null() && !path.is_null())
    causes.invalid(Where("spec.nonResourceAttributes"), path, "cannot be specified in combination with resourceAttributes");
  if (resource.is_null() && path.is_null())
    causes.invalid(Where("spec.resourceAttributes"), nullptr,
                   "exactly one of nonResourceAttributes or resourceAttributes must be specified");
}

void check_subject(const json& spec, Causes& causes) {
  if (string_at(spec, {"user"}).empty() && array_at(spec, {"groups"}).empty())
    causes.invalid(Where("spec.user"), "", "at least one of user or group must be specified");
}

void check_place(const Question& question, const json& spec, Causes& causes) {
  if (!question.kind.namespaced) return;
  if (!at(spec, {"nonResourceAttributes"}).is_null())
    causes.invalid(Where("spec.nonResourceAttributes"), at(spec, {"nonResourceAttributes"}), "disallowed on this kind of request");
  const json& resource = at(spec, {"resourceAttributes"});
  const std::string ns = string_at(resource, {"namespace"});
  if (!resource.is_null() && ns != question.route.ns)
    causes.invalid(Where("spec.resourceAttributes.namespace"), ns, "must match metadata.namespace");
}

json status_of(const Decision& decision) {
  json status = {{"allowed", decision.allowed}};
  if (!decision.reason.empty()) status["reason"] = decision.reason;
  return status;
}

void refuse_when_invalid(const Question& question, const Causes& causes) {
  if (!causes.all().empty()) throw invalid(type_of(question.kind), "", causes.all());
}

json review_own_access(const Question& question) {
  const json& spec = object_at(question.body, {"spec"});
  Causes causes;
  check_attributes(spec, causes);
  refuse_when_invalid(question, causes);
  return status_of(question.authorizer.decide(question.user, asked_by(spec)));
}

json review_access(const Question& question) {
  const json& spec = object_at(question.body, {"spec"});
  Causes causes;
  check_attributes(spec, causes);
  check_subject(spec, causes);
  check_place(question, spec, causes);
  refuse_when_invalid(question, causes);
  const User user{string_at(spec, {"user"}), string_at(spec, {"uid"}), texts_at(spec, {"groups"}), {}};
  return status_of(question.authorizer.decide(user, asked_by(spec)));
}

json resource_rule(const PolicyRule& rule) {
  json shown = {{"verbs", rule.verbs}, {"apiGroups", rule.groups}, {"resources", rule.resources}};
  if (!rule.names.empty()) shown["resourceNames"] = rule.names;
  return shown;
}

json review_rules(const Question& question) {
  const std::string ns = string_at(question.body, {"spec", "namespace"});
  if (ns.empty()) throw bad_request("no namespace on request");
  const HeldRules held = question.authorizer.rules_of(question.user, ns);
  json status = {{"resourceRules", json::array()}, {"nonResourceRules", json::array()}, {"incomplete", false}};
  for (const PolicyRule& rule : held.rules) {
    if (!rule.resources.empty()) status["resourceRules"].push_back(resource_rule(rule));
    if (!rule.urls.empty())
      status["nonResourceRules"].push_back({{"verbs", rule.verbs}, {"nonResourceURLs", rule.urls}});
  }
  if (!held.failures.empty()) status["evaluationError"] = join(held.failures, ", ");
  return status;
}

json review_self(const Question& question) { return {{"userInfo", user_info(question.user)}}; }

json review_token(const Question& question) {
  const std::string token = string_at(question.body, {"spec", "token"});
  if (token.empty()) throw bad_request("token is required for TokenReview in authentication");
  auto audiences = texts_at(question.body, {"spec", "audiences"});
  if (audiences.empty()) audiences = {kAudience};
  const auto user = question.authenticator.user_of_token(token, audiences, std::chrono::system_clock::now());
  if (!user) return {{"user", json::object()}, {"error", user.error().what}};
  return {{"authenticated", true}, {"user", user_info(*user)}, {"audiences", audiences}};
}

using Answer = json (*)(const Question&);

Answer answer_of(const std::string& kind) {
  static const std::map<std::string, Answer> kAnswers = {
      {"SelfSubjectAccessReview", review_own_access}, {"SubjectAccessReview", review_access},
      {"LocalSubjectAccessReview", review_access},    {"SelfSubjectRulesReview", review_rules},
      {"SelfSubjectReview", review_self},             {"TokenReview", review_token}};
  return kAnswers.at(kind);
}

}  // namespace

const std::vector<ReviewKind>& review_kinds() {
  static const std::vector<ReviewKind> kinds = {
      {kAuthorization, "LocalSubjectAccessReview", "localsubjectaccessreviews", true},
      {kAuthorization, "SelfSubjectAccessReview", "selfsubjectaccessreviews", false},
      {kAuthorization, "SelfSubjectRulesReview", "selfsubjectrulesreviews", false},
      {kAuthorization, "SubjectAccessReview", "subjectaccessreviews", false},
      {kAuthentication, "SelfSubjectReview", "selfsubjectreviews", false},
      {kAuthentication, "TokenReview", "tokenreviews", false}};
  return kinds;
}

std::optional<Reply> answer_review(const http::Exchange& exchange, const Route& route, const User& user,
                                   const Authorizer& authorizer, const Authenticator& authenticator) {
  const ReviewKind* kind = review_of(route);
  if (kind == nullptr) return std::nullopt;
  if (exchange.method != "POST") throw method_not_allowed();
  json body = decode_body(exchange.body, exchange.headers.get("Content-Type"));
  if (!body.is_object()) throw bad_request("the body of the request is not an object");
  body["apiVersion"] = route.group + "/v1";
  body["kind"] = kind->kind;
  const Question question{*kind, body, route, user, authorizer, authenticator};
  json status = answer_of(kind->kind)(question);
  body["status"] = std::move(status);
  return Reply{.code = 201, .body = std::move(body), .warnings = {}};
}

}  // namespace zdt::rehearsal::api
