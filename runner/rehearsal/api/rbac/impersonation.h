// Requests in somebody else's name (kubectl --as, --as-group, --as-uid).
// https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation
#pragma once
#include "rehearsal/api/rbac/authorizer.h"

namespace zdt::rehearsal::api {

/// Whom `requestor` acts as by the Impersonate-… headers: itself without any. Throws Failure 403 unless it may
/// impersonate each of the user, groups, uid and extra that are asked for, and 400 for groups, uid or extra without a user.
/// After apiserver/pkg/endpoints/filters/impersonation.go.
User acting_user(const User& requestor, const http::Headers& headers, const Authorizer& authorizer);

}  // namespace zdt::rehearsal::api
