#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/execution.h"
#include "cli/plan.h"
#include "stage/journal.h"

namespace zdt::cli {

Task<int> run_script(host::Host& host, RunRequest request) {
  if (request.dry_run && !request.list) {
    const int code = co_await show_plan(host, std::move(request));
    co_return code;
  }
  if (request.list) {
    auto shown = co_await script_as_text(host, request.script, request.output == "json");
    if (!shown) co_return refuse(host, request, shown.error());
    host.terminal.write(*shown);
    co_return 0;
  }
  std::string target = request.on;
  if (target == "auto") {
    const auto choice = cluster::choose_target(host);
    target = choice.name;
    host.terminal.write_error(fmt::format("on {} ({})\n", choice.name, choice.reason));
  }
  auto prepared = co_await prepare(host, request, target, request.set);
  if (!prepared) co_return refuse(host, request, prepared.error());
  if (request.restart) {
    auto unfinished = stage::newest_unfinished_run(host.state, prepared->script->declaration().name);
    if (unfinished) prepared->replaces = *unfinished;
  }
  auto folder = stage::make_run_folder(host.state, prepared->script->declaration().name, host.now());
  if (!folder) co_return refuse(host, request, folder.error());
  prepared->folder = *folder;
  const int code = co_await execute(host, request, std::move(*prepared));
  std::error_code has_a_journal;  // only an empty folder goes: a run that was refused before it began
  host::fs::remove(*folder, has_a_journal);
  co_return code;
}

}  // namespace zdt::cli
