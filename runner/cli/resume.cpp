#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/execution.h"
#include "base/json.h"
#include "stage/journal.h"

namespace zdt::cli {

namespace {

/// That there is nothing to resume is no failed assertion.
Error as_usage(Error error) {
  if (error.code == Code::kNotFound) error.code = Code::kUsage;
  return error;
}

/// The run's own choice of steps; `resume` has no flags for one.
void take_selection(RunRequest& request, const json& run_started) {
  request.from = string_at(run_started, {"from"});
  request.until = string_at(run_started, {"until"});
  request.only = string_at(run_started, {"only"});
  request.skip = string_at(run_started, {"skip"});
  if (request.bundle.empty()) request.bundle = string_at(run_started, {"bundle"});
}

}  // namespace

Task<int> resume_run(host::Host& host, std::string run, RunRequest request) {
  Result<host::fs::path> folder = host.state / "runs" / run;
  if (run.empty()) folder = stage::newest_unfinished_run(host.state);
  if (!run.empty() && !host::fs::exists(*folder / "journal.jsonl")) {
    folder = Error{Code::kUsage, fmt::format("there is no run \"{}\"", run), "ls " + (host.state / "runs").string()};
  }
  if (!folder) co_return refuse(host, request, as_usage(folder.error()));
  auto journal = stage::read_journal(*folder);
  if (!journal) co_return refuse(host, request, journal.error());
  if (journal->cut) {
    host.terminal.write_error(fmt::format("the journal was cut within a line; going on from event {}\n", journal->last_seq));
  }
  // By its file where that is known: a script may lie anywhere.
  const std::string file = journal->events.empty() ? "" : string_at(journal->events.front().data, {"file"});
  const bool found = !file.empty() && host::fs::exists(host.root / "scripts" / file);
  if (!journal->events.empty()) take_selection(request, journal->events.front().data);
  request.script = found ? (host.root / "scripts" / file).string() : journal->script;
  auto prepared = co_await prepare(host, request, journal->target, {});
  if (!prepared) co_return refuse(host, request, prepared.error());
  prepared->params = journal->params;
  prepared->folder = *folder;
  prepared->history = journal->history();
  prepared->last_seq = journal->last_seq;
  const int code = co_await execute(host, request, std::move(*prepared));
  co_return code;
}

}  // namespace zdt::cli
