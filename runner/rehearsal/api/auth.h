// Who may speak to the API, and what they may do: whoever has the token everything, service accounts read.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/server.h"
#include "rehearsal/api/route.h"
#include "rehearsal/store/types.h"

namespace zdt::rehearsal::api {

/// name  "zdt-demo" or "system:serviceaccount:NAMESPACE:NAME".
struct User {
  std::string name;
  std::vector<std::string> groups;
  bool administrator = false;
};

/// Compares in a time that depends on the lengths alone.
bool equal_in_constant_time(std::string_view a, std::string_view b);

/// The token of a service account: a JWT (HS256) with its name, signed with `key`. It does not expire.
std::string account_token(std::string_view key, std::string_view ns, std::string_view name);

/// Whose `authorization` (the header's value, "Bearer TOKEN") it is: ours, or a token signed with
/// `account_key` of an account that `exists`. Nobody otherwise; an empty token or key lets nobody in.
std::optional<User> user_of(
    std::string_view authorization, std::string_view token, std::string_view account_key,
    const std::function<bool(const std::string& ns, const std::string& name)>& exists);

/// get, list, watch, create, update, patch, delete or deletecollection.
std::string verb_of(const http::Exchange& exchange, const Route& route);

/// A service account may get, list and watch everything, and see logs and scales.
bool may(const User& user, std::string_view verb, std::string_view subresource);

/// Throws Failure 403 in Kubernetes' words (apiserver/pkg/endpoints/handlers/responsewriters/errors.go).
void authorize(const User& user, const http::Exchange& exchange, const Route& route,
               const ResourceType& type);

}  // namespace zdt::rehearsal::api
