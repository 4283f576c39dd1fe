// Who speaks to the API: whoever has the cluster's token is its administrator, service accounts have signed tokens, and
// who shows nothing is system:anonymous. What they may do is rbac/authorizer.h's.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/units.h"
#include "http/message.h"
#include "rehearsal/store/store.h"

namespace zdt::rehearsal::api {

/// name   "kubernetes-admin", "system:serviceaccount:NAMESPACE:NAME" or "system:anonymous".
/// extra  what else is known, such as the pod that a token was made for.
struct User {
  std::string name, uid;
  std::vector<std::string> groups;
  std::map<std::string, std::vector<std::string>> extra;
};

/// authentication.k8s.io/v1 UserInfo.
json user_info(const User& user);

/// "system:serviceaccount:NAMESPACE:NAME".
std::string account_user_name(const std::string& ns, const std::string& name);
/// The groups of all service accounts of a namespace, without system:authenticated.
std::vector<std::string> account_groups(const std::string& ns);

/// Compares in a time that depends on the lengths alone.
bool equal_in_constant_time(std::string_view a, std::string_view b);

/// Who a token's holder must be to use it against this API.
inline constexpr const char* kAudience = "https://kubernetes.default.svc.cluster.local";

/// What a service account's token says (pkg/serviceaccount/claims.go). It is good as long as the account, and the pod or
/// Secret that it is bound to, are the ones of these uids.
/// bound_kind  "pod" or "secret", or "" for one that is bound to nothing.
struct TokenClaims {
  std::string ns, account, account_uid;
  std::string bound_kind, bound_name, bound_uid;
  std::string node, node_uid;
  std::vector<std::string> audiences = {kAudience};
  WallTime issued, expires;
};

/// A JWT (HS256), signed with `key`.
std::string account_token(std::string_view key, const TokenClaims& claims);

/// The token of a pod's account, for one year, as kube-apiserver extends those of pods; "" while the account is missing.
std::string pod_token(std::string_view key, const Store& store, const json& pod, WallTime now);

class Authenticator {
 public:
  /// token        the administrator's. account_key  what signs the accounts' tokens. Empty ones let nobody in.
  /// `store` outlives it.
  Authenticator(const Store& store, std::string token, std::string account_key);

  /// By the headers alone. Without a bearer token: system:anonymous. Throws Failure 401 for a token that is not good.
  User user_of(const http::Headers& headers) const;
  /// Whose `token` it is, and that it is for one of `audiences`. Fails kInvalid, in kube-apiserver's words.
  Result<User> user_of_token(std::string_view token, const std::vector<std::string>& audiences,
                             WallTime now) const;
  std::string sign(const TokenClaims& claims) const { return account_token(account_key_, claims); }

 private:
  Result<User> user_of_claims(const json& claims, const std::vector<std::string>& audiences,
                              WallTime now) const;

  const Store& store_;
  std::string token_, account_key_;
};

}  // namespace zdt::rehearsal::api
