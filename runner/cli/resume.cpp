#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/execution.h"
#include "cli/pilot.h"
#include "base/json.h"
#include "stage/journal.h"

namespace zdt::cli {

namespace {

/// That there is nothing to resume is no failed assertion.
Error as_usage(Error error) {
  if (error.code == Code::kNotFound) error.code = Code::kUsage;
  return error;
}

/// Killed before its first line, by a program of an earlier version: now the folder appears with that line.
Error never_began(const host::fs::path& folder) {
  return {Code::kUsage, fmt::format("the run {} was ended before it began: there is nothing to go on with", folder.filename().string()),
          "zdt-demo run SCRIPT"};
}

/// The run's own choice of steps; `resume` has no flags for one.
void take_selection(RunRequest& request, const json& run_started) {
  request.from = string_at(run_started, {"from"});
  request.until = string_at(run_started, {"until"});
  request.only = string_at(run_started, {"only"});
  request.skip = string_at(run_started, {"skip"});
  if (request.bundle.empty()) request.bundle = string_at(run_started, {"bundle"});
}

Result<host::fs::path> run_called(const host::Host& host, const std::string& run) {
  const host::fs::path folder = host.state / "runs" / run;
  const bool is_name = run.find('/') == std::string::npos && !run.starts_with('.');
  if (is_name && host::fs::exists(folder / "journal.jsonl")) return folder;
  if (is_name && host::fs::is_directory(folder)) return never_began(folder);
  return Error{Code::kUsage, fmt::format("there is no run \"{}\"", run), "ls " + (host.state / "runs").string()};
}

}  // namespace

Task<int> resume_run(host::Host& host, std::string run, RunRequest request) {
  auto person = check_for_person(host, request.step, request.pause_on_failure, request.ci);
  if (!person) co_return refuse(host, request, person.error());
  auto folder = run.empty() ? stage::newest_unfinished_run(host.state) : run_called(host, run);
  if (!folder) co_return refuse(host, request, as_usage(folder.error()));
  auto journal = stage::read_journal(*folder);
  if (!journal) co_return refuse(host, request, journal.error());
  if (journal->cut) {
    host.terminal.write_error(fmt::format("the journal was cut within a line; going on from event {}\n", journal->last_seq));
  }
  if (journal->events.empty()) co_return refuse(host, request, never_began(*folder));
  // By its file where that is known: a script may lie anywhere.
  const std::string file = string_at(journal->events.front().data, {"file"});
  const bool found = !file.empty() && host::fs::exists(host.root / "scripts" / file);
  take_selection(request, journal->events.front().data);
  request.script = found ? (host.root / "scripts" / file).string() : journal->script;
  auto prepared = co_await prepare(host, request, journal->target, {});
  if (!prepared) co_return refuse(host, request, prepared.error());
  prepared->params = journal->params;
  prepared->folder = *folder;
  prepared->history = journal->history();
  prepared->last_seq = journal->last_seq;
  if (!journal->cut_off.empty()) prepared->cut_off_at = journal->events.back().ts;
  const int code = co_await execute(host, request, std::move(*prepared));
  co_return code;
}

}  // namespace zdt::cli
