#include <fmt/format.h>

#include "rehearsal/api/check/pod.h"

namespace zdt::rehearsal::api {
namespace {

void check_http_get(const json& action, const Where& where, Causes& causes) {
  if (is_set(action, "path")) check_required(action, "path", where, causes);
  check_port_or_name(at(action, {"port"}), where / "port", causes);
  check_choice(action, "scheme", {"HTTP", "HTTPS"}, where, causes);
  const json& headers = array_at(action, {"httpHeaders"});
  for (size_t i = 0; i < headers.size() && !causes.full(); ++i)
    check_text(text_of(headers[i], "name"), broken_header_name_rule, where / "httpHeaders", causes);
}

void check_sleep(const json& action, const Where& where, int64_t grace_seconds, Causes& causes) {
  const int64_t seconds = int_at(action, {"seconds"});
  if (seconds >= 0 && seconds <= grace_seconds) return;
  causes.invalid(
      where, seconds,
      fmt::format("must be non-negative and less than terminationGracePeriodSeconds ({})", grace_seconds));
}

void check_action(std::string_view kind, const json& action, const Where& where, int64_t grace_seconds,
                  Causes& causes) {
  if (kind == "exec") {
    if (array_at(action, {"command"}).empty()) causes.required(where / "command");
  } else if (kind == "httpGet") {
    check_http_get(action, where, causes);
  } else if (kind == "tcpSocket") {
    check_port_or_name(at(action, {"port"}), where / "port", causes);
  } else if (kind == "grpc") {
    check_port_number(at(action, {"port"}), where / "port", causes);
  } else {
    check_sleep(action, where, grace_seconds, causes);
  }
}

/// One of `kinds`, and only one.
void check_handler(const json& handler, Causes::Words kinds, const Where& where, int64_t grace_seconds,
                   Causes& causes) {
  int handlers = 0;
  for (std::string_view kind : kinds) {
    if (!is_set(handler, kind)) continue;
    if (++handlers > 1) {
      causes.forbidden(where / kind, "may not specify more than 1 handler type");
    } else {
      check_action(kind, at(handler, {kind}), where / kind, grace_seconds, causes);
    }
  }
  if (handlers == 0) causes.required(where, "must specify a handler type");
}

void check_probe_numbers(const json& probe, bool readiness, const Where& where, Causes& causes) {
  for (const char* number :
       {"initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"}) {
    check_not_negative(probe, number, where, causes);
  }
  const json& grace = at(probe, {"terminationGracePeriodSeconds"});
  if (grace.is_number() && int_at(grace, {}) <= 0)
    causes.invalid(where / "terminationGracePeriodSeconds", grace, "must be greater than 0");
  if (int_at(grace, {}) > INT32_MAX)
    causes.invalid(where / "terminationGracePeriodSeconds", grace, range_words(1, INT32_MAX));
  if (readiness && !grace.is_null())
    causes.invalid(where / "terminationGracePeriodSeconds", grace, "must not be set for readinessProbes");
  const json& successes = at(probe, {"successThreshold"});
  if (!readiness && successes.is_number() && int_at(successes, {}) != 1)
    causes.invalid(where / "successThreshold", successes, "must be 1");
}

/// What a container's image may ask to be stopped by (core.Signal).
bool is_signal(std::string_view name) {
  static const std::set<std::string_view> kSignals = {
      "SIGABRT", "SIGALRM", "SIGBUS",  "SIGCHLD", "SIGCLD",  "SIGCONT", "SIGFPE",    "SIGHUP",  "SIGILL",
      "SIGINT",  "SIGIO",   "SIGIOT",  "SIGKILL", "SIGPIPE", "SIGPOLL", "SIGPROF",   "SIGPWR",  "SIGQUIT",
      "SIGSEGV", "SIGSTKFLT", "SIGSTOP", "SIGSYS", "SIGTERM", "SIGTRAP", "SIGTSTP",  "SIGTTIN", "SIGTTOU",
      "SIGURG",  "SIGUSR1", "SIGUSR2", "SIGVTALRM", "SIGWINCH", "SIGXCPU", "SIGXFSZ", "SIGRTMIN", "SIGRTMAX"};
  if (kSignals.contains(name)) return true;
  const bool above = name.starts_with("SIGRTMIN+"), below = name.starts_with("SIGRTMAX-");
  if (!above && !below) return false;
  const std::string number(name.substr(9));
  const bool digits = !number.empty() && number.size() <= 2 && number.find_first_not_of("0123456789") == std::string::npos;
  return digits && number[0] != '0' && std::stoi(number) <= (above ? 15 : 14);
}

}  // namespace

void check_probes(const json& container, const Where& where, int64_t grace_seconds, bool allowed, Causes& causes) {
  constexpr const char* kForbidden = "may not be set for init containers without restartPolicy=Always";
  for (const char* name : {"livenessProbe", "readinessProbe", "startupProbe"}) {
    const json& probe = at(container, {name});
    if (probe.is_null()) continue;
    const Where here = where / name;
    if (!allowed) {
      causes.forbidden(here, kForbidden);
      continue;
    }
    check_handler(probe, {"exec", "httpGet", "tcpSocket", "grpc"}, here, grace_seconds, causes);
    check_probe_numbers(probe, std::string_view(name) == "readinessProbe", here, causes);
  }
  if (!allowed && is_set(container, "lifecycle")) causes.forbidden(where / "lifecycle", kForbidden);
}

void check_lifecycle(const json& lifecycle, const Where& where, int64_t grace_seconds, Causes& causes) {
  for (const char* hook : {"postStart", "preStop"}) {
    if (!is_set(lifecycle, hook)) continue;
    check_handler(at(lifecycle, {hook}), {"exec", "httpGet", "tcpSocket", "sleep"}, where / hook, grace_seconds, causes);
  }
  const std::string& signal = text_of(lifecycle, "stopSignal");
  if (is_set(lifecycle, "stopSignal") && !is_signal(signal))
    causes.invalid(where / "stopSignal", signal, "must be a signal of Linux, such as SIGTERM or SIGRTMIN+3");
}

}  // namespace zdt::rehearsal::api
