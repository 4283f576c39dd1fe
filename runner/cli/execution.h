// One execution of a script: what `run` and `resume` share.
#pragma once
#include "cli/occupation.h"
#include "cli/outputs.h"
#include "cli/run_request.h"
#include "cluster/target.h"
#include "script/script.h"
#include "stage/engine.h"

namespace zdt::cli {

/// target, script  loaded and ready.   params  checked.   folder  of the run's journal.   history  of a resumed run.
/// replaces  the folder of the unfinished run that is given up when this one begins; "": none.
/// lease  of several runs on one cluster; null: the run has one of its own.
/// last_seq  of the journal so far.   cut_off_at  of a resumed run that was killed: when it wrote its last line.   limit  of steps without one of their own; zero: the engine's default.
struct Prepared {
  std::unique_ptr<cluster::Target> target;
  std::unique_ptr<script::Script> script;
  json params;
  host::fs::path folder, replaces;
  std::optional<stage::History> history;
  std::shared_ptr<cluster::RunLease> lease;
  uint64_t last_seq = 0;
  std::optional<WallTime> cut_off_at;
  milliseconds limit{0};
};

/// For what ends the program before there is a run: says it on every output that was asked for. Returns the exit code.
int refuse(host::Host& host, RunRequest request, const Error& error);

/// The script's defaults with --set-file and `set` put in. Fails kUsage.
Result<json> checked_params(const RunRequest& request, const script::Declaration& declaration, std::vector<std::string> set);

/// Loads the target and the script, and checks the parameters. Fails kUsage, kScript.
Task<Result<Prepared>> prepare(host::Host& host, const RunRequest& request, std::string target, std::vector<std::string> set);

/// How an execution ended.   outside  what went wrong around the run, so that no event of it tells.
struct End {
  std::optional<Error> error, outside;
};

/// Asks whether the cluster may be changed, takes its lease, verifies what the script needs, and runs the plan into `outputs`.
Task<End> execute_into(host::Host& host, const RunRequest& request, Prepared prepared, Outputs& outputs);

/// Writes every report, and says what went wrong. Returns the exit code.
int finish(host::Host& host, const RunRequest& request, Outputs& outputs, const End& end);

/// execute_into() and finish() with outputs of its own.
Task<int> execute(host::Host& host, const RunRequest& request, Prepared prepared);

/// Where the run's journal will be; the folder appears when the run begins.
host::fs::path new_run_folder(const host::Host& host, const Prepared& prepared);

}  // namespace zdt::cli
