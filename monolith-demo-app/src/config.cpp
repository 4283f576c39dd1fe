#include "config.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <boost/asio/ip/address.hpp>
#include <cstdlib>

#include "duration.h"
#include "upstream_url.h"

namespace monolith {
namespace {

constexpr int kUsageError = 2;

std::string environment_or(const char* name, std::string fallback) {
  const char* value = std::getenv(name);
  return value != nullptr && *value != '\0' ? std::string(value) : fallback;
}

std::string host_name() {
  std::array<char, 256> name{};
  if (gethostname(name.data(), name.size() - 1) != 0) return "unknown";
  return name.data();
}

/// These values travel in response headers, so a line break in one would forge a header.
std::string check_label(const std::string& text) {
  const bool printable = std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7f; });
  return printable && text.size() <= 253 ? "" : "wants at most 253 printable ASCII characters";
}

std::string check_address(const std::string& text) {
  boost::system::error_code bad;
  boost::asio::ip::make_address(text, bad);
  return bad ? "wants an IPv4 or IPv6 address, got \"" + text + "\"" : "";
}

std::string check_duration(const std::string& text) {
  return parse_duration(text) ? "" : "wants a time such as 1500ms, 2s or 1m, got \"" + text + "\"";
}

std::string check_limit(const std::string& text) {
  const auto limit = parse_duration(text);
  return limit && limit->count() > 0 ? "" : "wants a time above 0 such as 500ms or 2s, got \"" + text + "\"";
}

std::string check_upstream(const std::string& text) {
  return parse_upstream_url(text) ? "" : "wants http://HOST[:PORT][/PATH], got \"" + text + "\"";
}

std::string check_switch(const std::string& text) {
  return text == "on" || text == "off" ? "" : "wants on or off, got \"" + text + "\"";
}

/// 0 for a signal that no server drains on.
int drain_signal_number(const std::string& name) {
  for (const auto& [known, number] :
       {std::pair{"SIGTERM", SIGTERM}, {"SIGINT", SIGINT}, {"SIGQUIT", SIGQUIT}, {"SIGUSR1", SIGUSR1},
        {"SIGUSR2", SIGUSR2}, {"SIGWINCH", SIGWINCH}}) {
    if (name == known) return number;
  }
  return 0;
}

std::string check_drain_signal(const std::string& text) {
  return drain_signal_number(text) > 0
             ? ""
             : "wants SIGTERM, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2 or SIGWINCH, got \"" + text + "\"";
}

/// Flags whose text form differs from the field's type.
struct RawFlags {
  std::string startup_delay = "0s";
  std::string warm_up = "0s";
  std::string drain_timeout = "25s";
  std::string graceful = "on";
  std::string drain_idle = "0s";
  std::string drain_signal = "SIGTERM";
  std::string cold_delay = "2s";
  std::string fail_every = "0s";
  std::string upstream_connect_timeout;
  std::string upstream_read_timeout;
};

void declare_network(CLI::App& cli, Config& config) {
  cli.add_option("--port", config.port, "TCP port; 0 takes any free one")
      ->envname("PORT")
      ->capture_default_str();
  cli.add_option("--address", config.address, "address to listen on")
      ->envname("ADDRESS")
      ->check(check_address)
      ->capture_default_str();
  cli.add_option("--workers", config.workers, "threads that serve requests")
      ->envname("WORKERS")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
}

void declare_life(CLI::App& cli, RawFlags& raw) {
  cli.add_option("--startup-delay", raw.startup_delay, "keep the port closed for this long")
      ->envname("STARTUP_DELAY")
      ->check(check_duration)
      ->type_name("TIME")
      ->capture_default_str();
  cli.add_option("--warm-up", raw.warm_up, "after that, take requests and answer none for this long")
      ->envname("WARM_UP")
      ->check(check_duration)
      ->type_name("TIME")
      ->capture_default_str();
  cli.add_option("--graceful", raw.graceful, "on: SIGTERM drains; off: SIGTERM drops what is in flight")
      ->envname("GRACEFUL")
      ->check(check_switch)
      ->type_name("on|off")
      ->capture_default_str();
  cli.add_option("--drain-timeout", raw.drain_timeout, "cut off what is still in flight after this long")
      ->envname("DRAIN_TIMEOUT")
      ->check(check_duration)
      ->type_name("TIME")
      ->capture_default_str();
  cli.add_option("--fail-every", raw.fail_every, "answer one request with 503 in each such time; 0s: never")
      ->envname("FAIL_EVERY")
      ->check(check_duration)
      ->type_name("TIME")
      ->capture_default_str();
}

void declare_drain(CLI::App& cli, RawFlags& raw) {
  cli.add_option("--drain-signal", raw.drain_signal, "the signal that drains; with another one SIGTERM ends at once")
      ->envname("DRAIN_SIGNAL")
      ->check(check_drain_signal)
      ->type_name("SIGNAL")
      ->capture_default_str();
  cli.add_option("--drain-idle", raw.drain_idle, "in a drain, idle connections may still ask for this long")
      ->envname("DRAIN_IDLE")
      ->check(check_duration)
      ->type_name("TIME")
      ->capture_default_str();
}

void declare_capacity(CLI::App& cli, Config& config, RawFlags& raw) {
  cli.add_option("--slots", config.slots, "requests worked on at a time, /health included; 0 is no limit")
      ->envname("SLOTS")
      ->check(CLI::Range(0, 10'000))
      ->capture_default_str();
  cli.add_option("--cold-requests", config.cold_requests, "how many requests after the start are slow")
      ->envname("COLD_REQUESTS")
      ->check(CLI::Range(0, 1'000'000))
      ->capture_default_str();
  cli.add_option("--cold-delay", raw.cold_delay, "by how much they are slower")
      ->envname("COLD_DELAY")
      ->check(check_duration)
      ->type_name("TIME")
      ->capture_default_str();
}

void declare_upstream(CLI::App& cli, Config& config, RawFlags& raw) {
  cli.add_option("--upstream-url", config.upstream_url, "whom /upstream/PATH asks for /PATH")
      ->envname("UPSTREAM_URL")
      ->check(check_upstream)
      ->type_name("URL");
  cli.add_option("--upstream-connect-timeout", raw.upstream_connect_timeout, "give up connecting; none: as TCP does")
      ->envname("UPSTREAM_CONNECT_TIMEOUT")
      ->check(check_limit)
      ->type_name("TIME");
  cli.add_option("--upstream-read-timeout", raw.upstream_read_timeout, "give up waiting for the answer; none: never")
      ->envname("UPSTREAM_READ_TIMEOUT")
      ->check(check_limit)
      ->type_name("TIME");
}

void declare_identity(CLI::App& cli, Config& config) {
  cli.add_option("--version-label", config.version, "version to report, in X-Version among others")
      ->envname("APP_VERSION")
      ->check(check_label)
      ->capture_default_str();
  cli.add_flag("--access-log", config.access_log, "log one line per request")->envname("ACCESS_LOG");
  cli.footer("POD_NAME (else the host name) and NODE_NAME name the pod and its node in X-Pod and /metadata.");
}

Config finish(Config config, const RawFlags& raw) {
  config.startup_delay = parse_duration(raw.startup_delay).value();
  config.warm_up = parse_duration(raw.warm_up).value();
  config.drain_timeout = parse_duration(raw.drain_timeout).value();
  config.graceful = raw.graceful == "on";
  config.drain_idle = parse_duration(raw.drain_idle).value();
  config.drain_signal = drain_signal_number(raw.drain_signal);
  config.cold_delay = parse_duration(raw.cold_delay).value();
  config.fail_every = parse_duration(raw.fail_every).value();
  config.upstream_connect_timeout = parse_duration(raw.upstream_connect_timeout);
  config.upstream_read_timeout = parse_duration(raw.upstream_read_timeout);
  config.pod = environment_or("POD_NAME", host_name());
  config.node = environment_or("NODE_NAME", config.node);
  return config;
}

ParsedConfig usage_error(const std::string& what) {
  return {.config = {},
          .exit_code = kUsageError,
          .help = {},
          .message = "monolith: " + what + "\nTry: monolith --help\n"};
}

}  // namespace

ParsedConfig parse_config(int argc, const char* const* argv) {
  CLI::App cli("The demo application of zdt-demo: one HTTP server with a life cycle worth watching.",
               "monolith");
  cli.option_defaults()->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
  Config config;
  RawFlags raw;
  declare_network(cli, config);
  declare_life(cli, raw);
  declare_drain(cli, raw);
  declare_capacity(cli, config, raw);
  declare_upstream(cli, config, raw);
  declare_identity(cli, config);
  try {
    cli.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return {.config = {}, .exit_code = 0, .help = cli.help(), .message = {}};
  } catch (const CLI::ParseError& error) {
    return usage_error(error.what());
  }
  config = finish(std::move(config), raw);
  if (!check_label(config.pod).empty()) return usage_error("POD_NAME " + check_label(config.pod));
  if (!check_label(config.node).empty()) return usage_error("NODE_NAME " + check_label(config.node));
  return {.config = std::move(config), .exit_code = 0, .help = {}, .message = {}};
}

}  // namespace monolith
