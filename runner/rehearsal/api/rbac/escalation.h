// Nobody gives away what he does not hold: the rules beside authorization that writes of roles and bindings must keep.
// https://kubernetes.io/docs/reference/access-authn-authz/rbac/#privilege-escalation-prevention-and-bootstrapping
#pragma once
#include "rehearsal/api/objects.h"
#include "rehearsal/api/rbac/authorizer.h"

namespace zdt::rehearsal::api {

/// What `user` may write, for Intent::guard. Throws Failure 403 (and 404 for a binding to a role that does not exist) for:
/// - a patch that creates an object without the verb create,
/// - a role with rules that the user does not hold, without the verb escalate, or with an aggregationRule without all rights,
/// - a binding to a role whose rules the user does not hold, without the verb bind.
/// asked  what the request was allowed for. The authorizer outlives the guard.
Guard guard_of(const Authorizer& authorizer, User user, Attributes asked);

}  // namespace zdt::rehearsal::api
