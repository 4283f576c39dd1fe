#pragma once

#include <chrono>
#include <csignal>
#include <cstdint>
#include <optional>
#include <string>

namespace monolith {

/// Everything that is settled before the first request. Each field is a flag with an environment fallback;
/// the flag wins.
struct Config {
  std::string address = "0.0.0.0";  // --address, ADDRESS: an IPv4 or IPv6 literal
  std::uint16_t port = 8000;        // --port, PORT: 0 takes any free port, which the log names
  int workers = 2;                  // --workers, WORKERS: threads, 1..64
  std::chrono::milliseconds startup_delay{
      0};                // --startup-delay, STARTUP_DELAY: the port is closed until then
  std::chrono::milliseconds warm_up{0};  // --warm-up, WARM_UP: the port is open, answers wait until then
  bool graceful = true;  // --graceful, GRACEFUL: what SIGTERM does
  std::chrono::milliseconds drain_timeout{25'000};  // --drain-timeout, DRAIN_TIMEOUT
  std::chrono::milliseconds drain_idle{0};  // --drain-idle, DRAIN_IDLE: an idle connection may still ask, for so long
  int drain_signal = SIGTERM;               // --drain-signal, DRAIN_SIGNAL
  int slots = 0;                            // --slots, SLOTS: requests worked on at a time; 0 is no limit
  int cold_requests = 0;                    // --cold-requests, COLD_REQUESTS: slow ones after a start
  std::chrono::milliseconds cold_delay{2000};  // --cold-delay, COLD_DELAY: how much slower
  std::string version = "dev";                      // --version-label, APP_VERSION
  std::string pod;                                  // POD_NAME, else the host name
  std::string node = "unknown";                     // NODE_NAME
  bool access_log = false;                          // --access-log, ACCESS_LOG
  std::chrono::milliseconds fail_every{0};  // --fail-every, FAIL_EVERY: one 503 in each such time; 0 is never
  std::string upstream_url;  // --upstream-url, UPSTREAM_URL: for /upstream; "" is none
  /// --upstream-connect-timeout and --upstream-read-timeout, or the variables of these names. Nothing: no limit.
  std::optional<std::chrono::milliseconds> upstream_connect_timeout;
  std::optional<std::chrono::milliseconds> upstream_read_timeout;  // from the first byte sent to the whole answer
};

/// Either a config to run with, or what to print and the code to exit with (0 after --help, 2 after a
/// mistake).
struct ParsedConfig {
  std::optional<Config> config;
  int exit_code = 0;
  std::string help;     // for stdout
  std::string message;  // for stderr: names the flag or variable, and what it accepts
};

/// Reads the command line and the environment. Never exits and prints nothing.
ParsedConfig parse_config(int argc, const char* const* argv);

}  // namespace monolith
