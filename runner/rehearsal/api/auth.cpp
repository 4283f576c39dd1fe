#include "rehearsal/api/auth.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <boost/algorithm/string/predicate.hpp>

#include "base/text.h"
#include "rehearsal/api/failure.h"

namespace zdt::rehearsal::api {
namespace {

constexpr const char* kAuthenticated = "system:authenticated";
constexpr std::chrono::seconds kPodTokenLife = std::chrono::hours(24 * 365);
/// How long after its deletion an object's token still works (go-jose's DefaultLeeway).
constexpr std::chrono::seconds kLeeway{60};

/// RFC 7515, 2: the URL's alphabet, no padding.
std::string base64_url(std::string_view bytes) {
  std::string text = base64_encode(bytes);
  for (char& c : text) c = c == '+' ? '-' : c == '/' ? '_' : c;
  text.erase(text.find_last_not_of('=') + 1);
  return text;
}

std::string from_base64_url(std::string text) {
  for (char& c : text) c = c == '-' ? '+' : c == '_' ? '/' : c;
  text.append((4 - text.size() % 4) % 4, '=');
  return base64_decode(text);
}

std::string signature_of(std::string_view key, std::string_view text) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest, &size);
  return base64_url({reinterpret_cast<const char*>(digest), size});
}

User administrator() { return {"kubernetes-admin", "", {"system:masters", kAuthenticated}, {}}; }

/// The claims of a token that we signed, else null. Nothing of it is read before the signature is known to be ours.
json signed_claims(std::string_view token, std::string_view key) {
  const size_t end = token.rfind('.'), start = token.find('.');
  if (key.empty() || end == std::string_view::npos || start == end) return nullptr;
  if (!equal_in_constant_time(token.substr(end + 1), signature_of(key, token.substr(0, end)))) return nullptr;
  return json::parse(from_base64_url(std::string(token.substr(start + 1, end - start - 1))), nullptr, false);
}

int64_t seconds_of(WallTime time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
}

/// What of the claims' times does not hold, else "".
std::string broken_time(const json& claims, WallTime now) {
  if (int_at(claims, {"exp"}) <= seconds_of(now)) return "service account token has expired";
  if (int_at(claims, {"nbf"}) > seconds_of(now + kLeeway)) return "service account token is not valid yet";
  return "";
}

/// Whether `object` is still the one of `uid`, and was not deleted more than a minute ago. The deletion of a pod counts
/// from the end of its grace period.
bool is_alive(const ObjectPtr& object, const std::string& uid, WallTime now) {
  if (!object || uid.empty() || string_at(*object, {"metadata", "uid"}) != uid) return false;
  const std::string deleted = string_at(*object, {"metadata", "deletionTimestamp"});
  if (deleted.empty()) return true;
  const auto when = parse_time(deleted);
  return when && *when + kLeeway >= now;
}

/// "pods" for a token that is bound to a pod; "" for one that is bound to nothing.
const char* bound_resource(const json& kubernetes) {
  if (kubernetes.contains("pod")) return "pods";
  return kubernetes.contains("secret") ? "secrets" : "";
}

std::string broken_binding(const Store& store, const json& kubernetes, WallTime now) {
  const std::string ns = string_at(kubernetes, {"namespace"}),
                    account = string_at(kubernetes, {"serviceaccount", "name"});
  const ObjectPtr owner = store.find("serviceaccounts", ns, account);
  if (!is_alive(owner, string_at(kubernetes, {"serviceaccount", "uid"}), now))
    return fmt::format("service account {}/{} has been deleted", ns, account);
  const std::string resource = bound_resource(kubernetes);
  if (resource.empty()) return "";
  const char* kind = resource == "pods" ? "pod" : "secret";
  const ObjectPtr bound = store.find(resource, ns, string_at(kubernetes, {kind, "name"}));
  return is_alive(bound, string_at(kubernetes, {kind, "uid"}), now) ? "" : "service account token has been invalidated";
}

bool is_meant_for(const json& claims, const std::vector<std::string>& audiences) {
  const json& meant = array_at(claims, {"aud"});
  return std::any_of(audiences.begin(), audiences.end(), [&](const std::string& audience) {
    return std::find(meant.begin(), meant.end(), audience) != meant.end();
  });
}

void add_extra(User& user, const char* key, const std::string& value) {
  if (!value.empty()) user.extra[std::string("authentication.kubernetes.io/") + key] = {value};
}

User account_user(const json& claims, const json& kubernetes) {
  const std::string ns = string_at(kubernetes, {"namespace"});
  User user;
  user.name = account_user_name(ns, string_at(kubernetes, {"serviceaccount", "name"}));
  user.uid = string_at(kubernetes, {"serviceaccount", "uid"});
  user.groups = account_groups(ns);
  user.groups.push_back(kAuthenticated);
  const std::string id = string_at(claims, {"jti"});
  add_extra(user, "credential-id", id.empty() ? "" : "JTI=" + id);
  add_extra(user, "node-name", string_at(kubernetes, {"node", "name"}));
  add_extra(user, "node-uid", string_at(kubernetes, {"node", "uid"}));
  add_extra(user, "pod-name", string_at(kubernetes, {"pod", "name"}));
  add_extra(user, "pod-uid", string_at(kubernetes, {"pod", "uid"}));
  return user;
}

Error not_good(const std::string& why) { return {Code::kInvalid, why, ""}; }

}  // namespace

json user_info(const User& user) {
  json info = {{"username", user.name}};
  if (!user.uid.empty()) info["uid"] = user.uid;
  if (!user.groups.empty()) info["groups"] = user.groups;
  if (!user.extra.empty()) info["extra"] = user.extra;
  return info;
}

std::string account_user_name(const std::string& ns, const std::string& name) {
  return "system:serviceaccount:" + ns + ":" + name;
}

std::vector<std::string> account_groups(const std::string& ns) {
  return {"system:serviceaccounts", "system:serviceaccounts:" + ns};
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string account_token(std::string_view key, const TokenClaims& claims) {
  const json header = {{"alg", "HS256"}, {"typ", "JWT"}};
  json kubernetes = {{"namespace", claims.ns},
                     {"serviceaccount", {{"name", claims.account}, {"uid", claims.account_uid}}}};
  if (!claims.bound_kind.empty())
    kubernetes[claims.bound_kind] = {{"name", claims.bound_name}, {"uid", claims.bound_uid}};
  if (!claims.node.empty()) kubernetes["node"] = {{"name", claims.node}, {"uid", claims.node_uid}};
  const json body = {{"iss", kAudience},
                     {"aud", claims.audiences},
                     {"sub", account_user_name(claims.ns, claims.account)},
                     {"iat", seconds_of(claims.issued)},
                     {"nbf", seconds_of(claims.issued)},
                     {"exp", seconds_of(claims.expires)},
                     {"jti", random_uuid()},
                     {"kubernetes.io", kubernetes}};
  const std::string text = base64_url(header.dump()) + "." + base64_url(body.dump());
  return text + "." + signature_of(key, text);
}

std::string pod_token(std::string_view key, const Store& store, const json& pod, WallTime now) {
  TokenClaims claims;
  claims.ns = string_at(pod, {"metadata", "namespace"});
  claims.account = string_at(pod, {"spec", "serviceAccountName"}, "default");
  const ObjectPtr account = store.find("serviceaccounts", claims.ns, claims.account);
  if (!account) return "";
  claims.account_uid = string_at(*account, {"metadata", "uid"});
  claims.bound_kind = "pod";
  claims.bound_name = string_at(pod, {"metadata", "name"});
  claims.bound_uid = string_at(pod, {"metadata", "uid"});
  claims.node = string_at(pod, {"spec", "nodeName"});
  if (const ObjectPtr node = store.find("nodes", "", claims.node)) claims.node_uid = string_at(*node, {"metadata", "uid"});
  claims.issued = now;
  claims.expires = now + kPodTokenLife;
  return account_token(key, claims);
}

Authenticator::Authenticator(const Store& store, std::string token, std::string account_key)
    : store_(store), token_(std::move(token)), account_key_(std::move(account_key)) {}

User Authenticator::user_of(const http::Headers& headers) const {
  constexpr std::string_view kScheme = "Bearer ";
  const std::string authorization = headers.get("Authorization");
  const bool bears = boost::istarts_with(authorization, kScheme) && authorization.size() > kScheme.size();
  if (!bears) return {"system:anonymous", "", {"system:unauthenticated"}, {}};
  auto user = user_of_token(std::string_view(authorization).substr(kScheme.size()), {kAudience},
                            std::chrono::system_clock::now());
  if (!user) throw unauthorized();
  return std::move(*user);
}

Result<User> Authenticator::user_of_token(std::string_view token, const std::vector<std::string>& audiences,
                                          WallTime now) const {
  if (!token_.empty() && equal_in_constant_time(token, token_)) return administrator();
  const json claims = signed_claims(token, account_key_);
  if (!claims.is_object()) return not_good("invalid bearer token");
  return user_of_claims(claims, audiences, now);
}

Result<User> Authenticator::user_of_claims(const json& claims, const std::vector<std::string>& audiences,
                                           WallTime now) const {
  if (!is_meant_for(claims, audiences)) {
    return not_good(fmt::format("token audiences {} is invalid for the target audiences [{}]",
                                array_at(claims, {"aud"}).dump(), join(audiences, " ")));
  }
  const json& kubernetes = object_at(claims, {"kubernetes.io"});
  std::string broken = broken_time(claims, now);
  if (broken.empty()) broken = broken_binding(store_, kubernetes, now);
  if (!broken.empty()) return not_good(broken);
  return account_user(claims, kubernetes);
}

}  // namespace zdt::rehearsal::api
