#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace monolith {

/// Where the upstream is: "http://HOST[:PORT][/PREFIX]", as in UPSTREAM_URL.
struct UpstreamUrl {
  std::string host;         // a name or an IPv4 address
  std::string port = "80";  // decimal, 1 to 65535
  std::string prefix;       // "" or "/path" without a slash at its end
};

/// Nothing for another scheme, a missing host, a bad port, user names, queries, blanks and control
/// characters.
std::optional<UpstreamUrl> parse_upstream_url(std::string_view text);

}  // namespace monolith
