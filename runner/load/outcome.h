// How one request ended. Every request of a load ends in exactly one outcome, or is unfinished when the load
// ends.
#pragma once
#include <array>
#include <cstdint>
#include <string_view>

namespace zdt::load {

/// What libcurl reports is put into one of these; outcome.cpp holds the table, docs/load.md explains it.
enum class Outcome : uint8_t {
  kOk,               ///< an expected status and the whole body
  kStatus,           ///< a whole answer, but its status is not expected
  kRefused,          ///< no connection: refused, no route or unreachable
  kReset,            ///< the connection was reset (RST) after it stood
  kClosed,           ///< the connection ended with no answer, or with less of it than was promised
  kConnectTimeout,   ///< no connection within the plan's connect_timeout
  kResponseTimeout,  ///< no whole answer within the plan's response_timeout
  kDns,              ///< the host name does not resolve
  kTls,              ///< the TLS handshake or the certificate failed
  kLocal,            ///< it never left this machine: no free descriptor, local port or memory for it
};
inline constexpr size_t kOutcomeCount = 10;
inline constexpr std::array<Outcome, kOutcomeCount> kOutcomes = {
    Outcome::kOk,     Outcome::kStatus,         Outcome::kRefused,         Outcome::kReset,
    Outcome::kClosed, Outcome::kConnectTimeout, Outcome::kResponseTimeout, Outcome::kDns,
    Outcome::kTls,    Outcome::kLocal};

/// "ok", "status", "refused", "reset", "closed", "connect_timeout", "response_timeout", "dns", "tls",
/// "local".
std::string_view name_of(Outcome outcome);

/// What is known of an exchange that libcurl has given back.
/// code      the CURLcode.   error_number  errno of the failed socket, connect, send or receive, or 0.
/// resolved  the host name was, or needed no resolving.   sent  a connection stood and got the request.
/// retried   libcurl wanted to send it a second time, as its reused connection ended before any answer.
struct Ending {
  int code = 0;
  int error_number = 0;
  bool resolved = true;
  bool sent = false;
  bool retried = false;
  bool status_expected = false;
};

Outcome outcome_of(const Ending& ending);

/// What this machine had too little of.
enum class Shortage : uint8_t { kNone, kDescriptors, kPorts, kMemory };
/// Whether `error_number`, of a socket() or connect(), is our own machine's fault.
Shortage shortage_of(int error_number);

}  // namespace zdt::load
