// One execution of a script: what `run` and `resume` share.
#pragma once
#include "cli/run_request.h"
#include "cluster/target.h"
#include "script/script.h"
#include "stage/engine.h"

namespace zdt::cli {

/// target, script  loaded and ready.   params  checked.   folder  of the run's journal.   history  of a resumed run.
/// replaces  the folder of the unfinished run that is given up when this one begins; "": none.
/// last_seq  of the journal so far.   limit  of steps without one of their own; zero: the engine's default.
struct Prepared {
  std::unique_ptr<cluster::Target> target;
  std::unique_ptr<script::Script> script;
  json params;
  host::fs::path folder, replaces;
  std::optional<stage::History> history;
  uint64_t last_seq = 0;
  milliseconds limit{0};
};

/// For what ends the program before there is a run: says it on every output that was asked for. Returns the exit code.
int refuse(host::Host& host, RunRequest request, const Error& error);

/// The script's defaults with --set-file and `set` put in. Fails kUsage.
Result<json> checked_params(const RunRequest& request, const json& defaults, std::vector<std::string> set);

/// Loads the target and the script, and checks the parameters. Fails kUsage, kScript.
Task<Result<Prepared>> prepare(host::Host& host, const RunRequest& request, std::string target, std::vector<std::string> set);

/// Asks whether the cluster may be changed, verifies what the script needs, runs the plan, writes every report.
/// Returns the exit code.
Task<int> execute(host::Host& host, const RunRequest& request, Prepared prepared);

}  // namespace zdt::cli
