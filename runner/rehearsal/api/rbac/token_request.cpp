// After kubernetes/pkg/registry/core/serviceaccount/storage/token.go.
#include <fmt/format.h>

#include "rehearsal/api/rbac/reviews.h"
#include "rehearsal/api/check/causes.h"

namespace zdt::rehearsal::api {
namespace {

constexpr int64_t kDefaultLife = 3600, kShortestLife = 600, kLongestLife = 1LL << 32;

const ResourceType& token_request_type() {
  static const ResourceType kType = [] {
    ResourceType type;
    type.group = "authentication.k8s.io";
    type.kind = "TokenRequest";
    return type;
  }();
  return kType;
}

/// pkg/apis/authentication/validation.
int64_t checked_life(const json& body) {
  const json& asked = at(body, {"spec", "expirationSeconds"});
  if (!asked.is_null() && !asked.is_number_integer())
    throw bad_request("spec.expirationSeconds is not a whole number");
  const int64_t seconds = asked.is_number_unsigned() && asked.get<uint64_t>() > static_cast<uint64_t>(kLongestLife)
                              ? kLongestLife + 1
                              : int_at(body, {"spec", "expirationSeconds"}, kDefaultLife);
  Causes causes;
  if (seconds < kShortestLife)
    causes.invalid(Where("spec.expirationSeconds"), seconds, "may not specify a duration less than 10 minutes");
  if (seconds > kLongestLife)
    causes.invalid(Where("spec.expirationSeconds"), asked, "may not specify a duration larger than 2^32 seconds");
  if (!causes.all().empty()) throw invalid(token_request_type(), "", causes.all());
  return seconds;
}

/// "pod" or "secret".
std::string bound_kind(const json& reference) {
  const std::string kind = string_at(reference, {"kind"}), version = string_at(reference, {"apiVersion"}, "v1");
  if (version == "v1" && kind == "Pod") return "pod";
  if (version == "v1" && kind == "Secret") return "secret";
  throw bad_request(fmt::format("cannot bind token to object of type {}, Kind={}", version, kind));
}

void bind(const Store& store, const json& reference, TokenClaims& claims) {
  claims.bound_kind = bound_kind(reference);
  claims.bound_name = string_at(reference, {"name"});
  ResourceType type;
  type.plural = claims.bound_kind + "s";
  const ObjectPtr bound = store.find(type.plural, claims.ns, claims.bound_name);
  if (!bound) throw not_found(type, claims.bound_name);
  const std::string account = string_at(*bound, {"spec", "serviceAccountName"});
  if (claims.bound_kind == "pod" && account != claims.account)
    throw bad_request(fmt::format("cannot bind token for serviceaccount \"{}\" to pod running with serviceaccount \"{}\"",
                                  claims.account, account));
  claims.bound_uid = string_at(*bound, {"metadata", "uid"});
  const std::string wanted = string_at(reference, {"uid"});
  if (!wanted.empty() && wanted != claims.bound_uid)
    throw conflict(type, claims.bound_name,
                   fmt::format("the UID in the bound object reference ({}) does not match the UID in record. The object "
                               "might have been deleted and then recreated",
                               wanted));
}

void take_audiences(const json& body, TokenClaims& claims) {
  const json& audiences = array_at(body, {"spec", "audiences"});
  if (audiences.empty()) return;
  claims.audiences.clear();
  for (const json& audience : audiences) {
    if (!audience.is_string()) throw bad_request("spec.audiences is not a list of texts");
    claims.audiences.push_back(audience.get<std::string>());
  }
}

/// What the token will say. Throws Failure.
TokenClaims claims_for(const json& body, const json& account, const Store& store) {
  TokenClaims claims;
  claims.ns = string_at(account, {"metadata", "namespace"});
  claims.account = string_at(account, {"metadata", "name"});
  claims.account_uid = string_at(account, {"metadata", "uid"});
  const int64_t life = checked_life(body);
  take_audiences(body, claims);
  const json& reference = at(body, {"spec", "boundObjectRef"});
  if (!reference.is_null()) bind(store, reference, claims);
  claims.issued = std::chrono::system_clock::now();
  claims.expires = claims.issued + std::chrono::seconds(life);
  return claims;
}

/// The request as it is answered: with what was filled in, and the token.
json answered(json body, const TokenClaims& claims, std::string token) {
  json spec = object_at(body, {"spec"});
  spec["audiences"] = claims.audiences;
  spec["expirationSeconds"] = std::chrono::duration_cast<std::chrono::seconds>(claims.expires - claims.issued).count();
  body["apiVersion"] = "authentication.k8s.io/v1";
  body["kind"] = "TokenRequest";
  body["metadata"] = {{"name", claims.account}, {"namespace", claims.ns}};
  body["spec"] = std::move(spec);
  body["status"] = {{"token", std::move(token)}, {"expirationTimestamp", format_time(claims.expires)}};
  return body;
}

}  // namespace

Reply answer_token_request(const Objects& objects, const Store& store, const ApiCall& call,
                           const Authenticator& authenticator) {
  if (call.exchange.method != "POST") throw method_not_allowed();
  const std::string& content = call.exchange.body;
  json body = content.empty() ? json::object() : decode_body(content, call.exchange.headers.get("Content-Type"));
  if (!body.is_object()) throw bad_request("the body of the request is not an object");
  Place place = call.place();
  place.subresource.clear();
  const ObjectPtr account = objects.get(place);
  const TokenClaims claims = claims_for(body, *account, store);
  return Reply{.code = 201, .body = answered(std::move(body), claims, authenticator.sign(claims)), .warnings = {}};
}

}  // namespace zdt::rehearsal::api
