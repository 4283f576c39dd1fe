#include "rehearsal/api/auth.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <boost/algorithm/string/predicate.hpp>

#include "base/text.h"
#include "rehearsal/api/failure.h"

namespace zdt::rehearsal::api {
namespace {

constexpr std::string_view kAccountPrefix = "system:serviceaccount:";

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

User administrator() { return {"zdt-demo", {"system:masters", "system:authenticated"}, true}; }

/// "NAMESPACE", "NAME" of a token that we signed, else nothing.
std::vector<std::string> account_of(std::string_view token, std::string_view key) {
  const size_t end = token.rfind('.'), start = token.find('.');
  if (key.empty() || end == std::string_view::npos || start == end) return {};
  if (!equal_in_constant_time(token.substr(end + 1), signature_of(key, token.substr(0, end)))) return {};
  const json claims =
      json::parse(from_base64_url(std::string(token.substr(start + 1, end - start - 1))), nullptr, false);
  const std::string subject = string_at(claims, {"sub"});
  if (!subject.starts_with(kAccountPrefix)) return {};
  return split(subject.substr(kAccountPrefix.size()), ':');
}

}  // namespace

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string account_token(std::string_view key, std::string_view ns, std::string_view name) {
  const json header = {{"alg", "HS256"}, {"typ", "JWT"}};
  const json claims = {{"iss", "https://kubernetes.default.svc.cluster.local"},
                       {"aud", {"https://kubernetes.default.svc.cluster.local"}},
                       {"sub", fmt::format("{}{}:{}", kAccountPrefix, ns, name)}};
  const std::string text = base64_url(header.dump()) + "." + base64_url(claims.dump());
  return text + "." + signature_of(key, text);
}

std::optional<User> user_of(std::string_view authorization, std::string_view token,
                            std::string_view account_key,
                            const std::function<bool(const std::string&, const std::string&)>& exists) {
  constexpr std::string_view kScheme = "Bearer ";
  if (!boost::istarts_with(authorization, kScheme)) return std::nullopt;
  const std::string_view given = authorization.substr(kScheme.size());
  if (!token.empty() && equal_in_constant_time(given, token)) return administrator();
  const auto account = account_of(given, account_key);
  if (account.size() != 2 || !exists(account[0], account[1])) return std::nullopt;
  return User{fmt::format("{}{}:{}", kAccountPrefix, account[0], account[1]),
              {"system:serviceaccounts", "system:serviceaccounts:" + account[0], "system:authenticated"}};
}

std::string verb_of(const http::Exchange& exchange, const Route& route) {
  const std::string& method = exchange.method;
  if (method == "GET" || method == "HEAD") {
    const std::string watch = exchange.target.value("watch");
    if (watch == "true" || watch == "1") return "watch";
    return route.name.empty() ? "list" : "get";
  }
  if (method == "PUT") return "update";
  if (method == "PATCH") return "patch";
  if (method == "DELETE") return route.name.empty() ? "deletecollection" : "delete";
  return "create";
}

bool may(const User& user, std::string_view verb, std::string_view subresource) {
  if (user.administrator) return true;
  const bool reads = verb == "get" || verb == "list" || verb == "watch";
  const bool only_looks =
      subresource.empty() || subresource == "status" || subresource == "scale" || subresource == "log";
  return reads && only_looks;
}

void authorize(const User& user, const http::Exchange& exchange, const Route& route,
               const ResourceType& type) {
  const std::string verb = verb_of(exchange, route);
  if (may(user, verb, route.subresource)) return;
  const std::string resource =
      route.subresource.empty() ? route.plural : route.plural + "/" + route.subresource;
  const std::string scope =
      route.ns.empty() ? "at the cluster scope" : fmt::format("in the namespace \"{}\"", route.ns);
  throw forbidden(type, route.name,
                  fmt::format("User \"{}\" cannot {} resource \"{}\" in API group \"{}\" {}", user.name, verb,
                              resource, route.group, scope));
}

}  // namespace zdt::rehearsal::api
