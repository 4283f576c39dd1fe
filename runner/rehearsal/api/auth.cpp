#include "rehearsal/api/auth.h"

#include <openssl/crypto.h>

#include <boost/algorithm/string/predicate.hpp>

namespace zdt::rehearsal::api {

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

bool is_authorized(std::string_view authorization, std::string_view token) {
  constexpr std::string_view kScheme = "Bearer ";
  if (token.empty() || !boost::istarts_with(authorization, kScheme)) return false;
  return equal_in_constant_time(authorization.substr(kScheme.size()), token);
}

}  // namespace zdt::rehearsal::api
