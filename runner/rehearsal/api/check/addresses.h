// IP addresses and networks in objects (apimachinery/pkg/util/validation/ip.go). Addresses that the C library reads in
// another way than Go does (leading zeros: octal or decimal) are refused, as StrictIPCIDRValidation does.
#pragma once
#include <optional>

#include "rehearsal/api/check/rules.h"

namespace zdt::rehearsal::api {

/// "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)", or ""; likewise for networks.
std::string broken_address_rule(std::string_view text);
std::string broken_network_rule(std::string_view text);
bool is_ipv4(std::string_view text);
bool is_ipv6(std::string_view text);

/// As a destination: not unspecified, loopback, link-local, nor link-local multicast.
void check_destination(const json& address, const Where& where, Causes& causes);

}  // namespace zdt::rehearsal::api
