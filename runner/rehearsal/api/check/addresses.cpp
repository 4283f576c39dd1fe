#include "rehearsal/api/check/addresses.h"

#include <arpa/inet.h>

#include <array>
#include <charconv>

namespace zdt::rehearsal::api {
namespace {

template <size_t N>
std::optional<std::array<uint8_t, N>> parsed(int family, std::string_view text) {
  // inet_pton reads up to the first NUL: one inside would let anything follow.
  if (text.size() > INET6_ADDRSTRLEN || text.find('\0') != std::string_view::npos) return std::nullopt;
  std::array<uint8_t, N> bytes{};
  if (inet_pton(family, std::string(text).c_str(), bytes.data()) != 1) return std::nullopt;
  return bytes;
}

std::optional<std::array<uint8_t, 4>> ipv4(std::string_view text) { return parsed<4>(AF_INET, text); }
std::optional<std::array<uint8_t, 16>> ipv6(std::string_view text) { return parsed<16>(AF_INET6, text); }

/// Why the address is no destination, "" when it is one.
std::string special(const std::array<uint8_t, 4>& ip, const std::string& text) {
  if (ip == std::array<uint8_t, 4>{}) return "may not be unspecified (" + text + ")";
  if (ip[0] == 127) return "may not be in the loopback range (127.0.0.0/8, ::1/128)";
  if (ip[0] == 169 && ip[1] == 254) return "may not be in the link-local range (169.254.0.0/16, fe80::/10)";
  if (ip[0] == 224 && ip[1] == 0 && ip[2] == 0)
    return "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)";
  return "";
}

std::string special(const std::array<uint8_t, 16>& ip, const std::string& text) {
  std::array<uint8_t, 16> loopback{};
  loopback[15] = 1;
  if (ip == std::array<uint8_t, 16>{}) return "may not be unspecified (" + text + ")";
  if (ip == loopback) return "may not be in the loopback range (127.0.0.0/8, ::1/128)";
  if (ip[0] == 0xFE && (ip[1] & 0xC0) == 0x80)
    return "may not be in the link-local range (169.254.0.0/16, fe80::/10)";
  if (ip[0] == 0xFF && (ip[1] & 0x0F) == 2)
    return "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)";
  return "";
}

bool is_mapped(const std::array<uint8_t, 16>& ip) {
  constexpr std::array<uint8_t, 12> kPrefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
  return std::equal(kPrefix.begin(), kPrefix.end(), ip.begin());
}

/// Whether bits behind the first `length` are set.
template <size_t N>
bool has_host_bits(const std::array<uint8_t, N>& ip, unsigned length) {
  for (unsigned bit = length; bit < N * 8; ++bit) {
    if ((ip[bit / 8] >> (7 - bit % 8)) & 1) return true;
  }
  return false;
}

}  // namespace

bool is_ipv4(std::string_view text) { return ipv4(text).has_value(); }
bool is_ipv6(std::string_view text) { return ipv6(text).has_value(); }

std::string broken_address_rule(std::string_view text) {
  if (ipv4(text)) return "";
  const auto six = ipv6(text);
  if (!six) return "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)";
  return is_mapped(*six) ? "must not be an IPv4-mapped IPv6 address" : "";
}

std::string broken_network_rule(std::string_view text) {
  constexpr const char* kInvalid = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)";
  const size_t slash = text.find('/');
  if (slash == std::string_view::npos) return kInvalid;
  const std::string_view address = text.substr(0, slash), digits = text.substr(slash + 1);
  unsigned length = 0;
  const auto [end, failure] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
  if (failure != std::errc() || end != digits.data() + digits.size()) return kInvalid;
  if (digits.size() > 1 && digits[0] == '0') return "must not have leading 0s in IP or prefix length";
  const auto four = ipv4(address);
  const auto six = four ? std::nullopt : ipv6(address);
  if ((!four && !six) || length > (four ? 32U : 128U)) return kInvalid;
  if (six && is_mapped(*six)) return "must not have an IPv4-mapped IPv6 address";
  const bool bits = four ? has_host_bits(*four, length) : has_host_bits(*six, length);
  return bits ? "must not have bits set beyond the prefix length" : "";
}

void check_destination(const json& address, const Where& where, Causes& causes) {
  const std::string& given = text(address);
  const std::string broken = broken_address_rule(given);
  if (!broken.empty()) return causes.invalid(where, given, broken);
  const auto four = ipv4(given);
  const std::string why = four ? special(*four, given) : special(*ipv6(given), given);
  if (!why.empty()) causes.invalid(where, given, why);
}

}  // namespace zdt::rehearsal::api
