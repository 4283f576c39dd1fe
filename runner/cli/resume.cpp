#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/execution.h"
#include "stage/journal.h"

namespace zdt::cli {

Task<int> resume_run(host::Host& host, std::string run, RunRequest request) {
  Result<host::fs::path> folder = host.state / "runs" / run;
  if (run.empty()) folder = stage::newest_unfinished_run(host.state);
  if (!folder) co_return report_error(host.terminal, folder.error());
  auto journal = stage::read_journal(*folder);
  if (!journal) co_return report_error(host.terminal, journal.error());
  if (journal->cut) {
    host.terminal.write_error(fmt::format("the journal was cut within a line; going on from event {}\n", journal->last_seq));
  }
  request.script = journal->script;
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
