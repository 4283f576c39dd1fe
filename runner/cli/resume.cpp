#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/execution.h"
#include "base/json.h"
#include "stage/journal.h"

namespace zdt::cli {

Task<int> resume_run(host::Host& host, std::string run, RunRequest request) {
  Result<host::fs::path> folder = host.state / "runs" / run;
  if (run.empty()) folder = stage::newest_unfinished_run(host.state);
  if (!run.empty() && !host::fs::exists(*folder / "journal.jsonl")) {
    folder = Error{Code::kUsage, fmt::format("there is no run \"{}\"", run), "ls " + (host.state / "runs").string()};
  }
  if (!folder) co_return report_error(host.terminal, folder.error());
  auto journal = stage::read_journal(*folder);
  if (!journal) co_return report_error(host.terminal, journal.error());
  if (journal->cut) {
    host.terminal.write_error(fmt::format("the journal was cut within a line; going on from event {}\n", journal->last_seq));
  }
  // By its file where that is known: a script may lie anywhere.
  const std::string file = journal->events.empty() ? "" : string_at(journal->events.front().data, {"file"});
  const bool found = !file.empty() && host::fs::exists(host.root / "scripts" / file);
  request.script = found ? (host.root / "scripts" / file).string() : journal->script;
  auto prepared = co_await prepare(host, request, journal->target, {});
  if (!prepared) co_return report_error(host.terminal, prepared.error());
  prepared->params = journal->params;
  prepared->folder = *folder;
  prepared->history = journal->history();
  prepared->last_seq = journal->last_seq;
  const int code = co_await execute(host, request, std::move(*prepared));
  co_return code;
}

}  // namespace zdt::cli
