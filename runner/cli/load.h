// zdt-demo load: one load by hand. Its options, what they mean, and how it is shown.
#pragma once
#include <CLI/CLI.hpp>

#include "base/json.h"
#include "host/host.h"
#include "load/plan.h"
#include "load/report.h"
#include "report/colour.h"

namespace zdt::cli {

/// As they stand on the command line, none of them empty but the body. connections  0: 10, or 200 in the open model.
/// requests  0: no such end.   duration  "": as the stages, or 10 s unless `requests` ends it.   output  text, json, ndjson or
/// quiet.
struct LoadRequest {
  std::vector<std::string> urls, headers, stages, thresholds;
  std::string url_file, method, body_file, rate, duration, think_time, expected;
  std::optional<std::string> body;  ///< given: POST, also when it is empty
  std::string timeout = "10s", connect_timeout = "2s", drain;
  std::string pod_header = "x-pod", version_header = "x-version";
  std::string output = "text", colour = "auto", self_check = "fail";
  unsigned connections = 0, workers = 1, retries = 0, requests_per_connection = 0, queue = 10'000;
  uint64_t requests = 0, seed = 1;
  bool no_keep_alive = false, http2 = false;
};

void add_load_command(CLI::App& app, LoadRequest& request);

/// Fails kUsage: with the option, the wanted and the seen. Reads the files that the request names.
Result<load::Plan> load_plan(host::Host& host, const LoadRequest& request);
/// What the plan says, for the envelope's `config`.
json to_json(const load::Plan& plan);

/// Sends until the plan's end; Ctrl-C ends it, and a second time at once. 0 passed · 1 a threshold failed, or
/// without thresholds anything did · 2 usage · 3 no server answered · 130 interrupted.
Task<int> run_load(host::Host& host, LoadRequest request);
/// For what ends the command before there is a load, on the output that was asked for. Returns the exit code.
int refuse_load(host::Host& host, const LoadRequest& request, const Error& error);

/// How it ended. error  nothing when it passed; kFailed, kEnvironment or kCancelled.   line  the last line on
/// stdout.
struct LoadEnd {
  std::optional<Error> error;
  std::string line;
};
/// trust_matters  problems with the counts themselves are a failure.
LoadEnd end_of(const load::Report& report, bool interrupted, bool trust_matters);

/// The line that is written over while the load runs. limit_ms  0: none.
std::string progress_line(const load::Snapshot& seen, int64_t limit_ms, const report::TerminalStyle& style);
/// The whole report, for a person.
std::vector<std::string> summary_lines(const load::Report& report, const report::TerminalStyle& style);

}  // namespace zdt::cli
