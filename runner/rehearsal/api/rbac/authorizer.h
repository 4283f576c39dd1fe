// May this user do that? After kubernetes/plugin/pkg/auth/authorizer/rbac/rbac.go.
#pragma once
#include "http/server.h"
#include "rehearsal/api/failure.h"
#include "rehearsal/api/rbac/role_index.h"
#include "rehearsal/api/route.h"

namespace zdt::rehearsal::api {

/// reason  which binding allows it, or what of the user's bindings could not be resolved.
struct Decision {
  bool allowed = false;
  std::string reason;
};

/// failures  what could not be resolved; the rules that were found hold all the same.
struct HeldRules {
  std::vector<PolicyRule> rules;
  std::vector<std::string> failures;
};

class Authorizer {
 public:
  /// `store` outlives it.
  explicit Authorizer(Store& store) : index_(store) {}

  /// Members of system:masters may do everything, all others what their roles say.
  Decision decide(const User& user, const Attributes& asked) const;
  /// Throws Failure 403.
  void require(const User& user, const Attributes& asked) const;
  HeldRules rules_of(const User& user, const std::string& ns) const;
  const RoleIndex& roles() const { return index_; }

 private:
  RoleIndex index_;
};

bool is_superuser(const User& user);

/// Whether a request asks for a watch, which the answer depends on as well: GET with ?watch=true (or 1), not of a
/// subresource.
bool is_watch(const http::Exchange& exchange, const Route& route);

/// get, list, watch, create, update, patch, delete or deletecollection; "" for a method that is none of these.
std::string verb_of(const http::Exchange& exchange, const Route& route);

/// What is asked, by method, path and query alone (apiserver/pkg/endpoints/request/requestinfo.go). `route` is the path's;
/// the answer must come from the same route, so that nobody gets something else than what was allowed.
Attributes attributes_of(const http::Exchange& exchange, const std::optional<Route>& route);

/// 403 in the words of apiserver/pkg/endpoints/handlers/responsewriters/errors.go.
Failure refusal_of(const User& user, const Attributes& asked, const std::string& reason);

}  // namespace zdt::rehearsal::api
