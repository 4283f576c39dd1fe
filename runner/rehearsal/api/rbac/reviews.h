// The kinds that are questions: who am I, may I, may he, what may I, whose token is that. They are posted, answered and
// not stored. https://kubernetes.io/docs/reference/access-authn-authz/authorization/#checking-api-access
#pragma once
#include "rehearsal/api/call.h"
#include "rehearsal/api/rbac/authorizer.h"

namespace zdt::rehearsal::api {

/// A review's kind, for discovery.
struct ReviewKind {
  const char *group, *kind, *plural;
  bool namespaced;
};
const std::vector<ReviewKind>& review_kinds();

/// POST of a review of authentication.k8s.io/v1 or authorization.k8s.io/v1, which `user` may create. Nothing when `route`
/// is none. Throws Failure 400, 405, 422.
std::optional<Reply> answer_review(const http::Exchange& exchange, const Route& route, const User& user,
                                   const Authorizer& authorizer, const Authenticator& authenticator);

/// POST of serviceaccounts/NAME/token (kubectl create token). Throws Failure 400, 404, 405, 409, 422.
Reply answer_token_request(const Objects& objects, const Store& store, const ApiCall& call,
                           const Authenticator& authenticator);

}  // namespace zdt::rehearsal::api
