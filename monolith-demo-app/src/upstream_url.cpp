#include "upstream_url.h"

namespace monolith {
namespace {

bool is_host(std::string_view text) {
  return !text.empty() &&
         text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") ==
             std::string_view::npos;
}

bool is_port(std::string_view text) {
  if (text.empty() || text.size() > 5 || text.find_first_not_of("0123456789") != std::string_view::npos)
    return false;
  const int port = std::stoi(std::string(text));
  return port >= 1 && port <= 65535;
}

bool is_path(std::string_view text) {
  for (const char c : text) {
    if (c <= ' ' || c == 0x7f || c == '?' || c == '#') return false;
  }
  return true;
}

}  // namespace

std::optional<UpstreamUrl> parse_upstream_url(std::string_view text) {
  constexpr std::string_view kScheme = "http://";
  if (!text.starts_with(kScheme)) return {};
  text.remove_prefix(kScheme.size());
  const auto slash = text.find('/');
  const std::string_view authority = text.substr(0, slash);
  const auto colon = authority.find(':');
  UpstreamUrl url;
  url.host = authority.substr(0, colon);
  if (colon != std::string_view::npos) url.port = authority.substr(colon + 1);
  if (slash != std::string_view::npos) url.prefix = text.substr(slash);
  while (url.prefix.ends_with('/')) url.prefix.pop_back();
  if (!is_host(url.host) || !is_port(url.port) || !is_path(url.prefix)) return {};
  return url;
}

}  // namespace monolith
