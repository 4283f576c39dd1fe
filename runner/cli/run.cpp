#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/execution.h"
#include "cli/pilot.h"
#include "cli/plan.h"
#include "cli/targets.h"
#include "stage/journal.h"

namespace zdt::cli {

Task<int> run_script(host::Host& host, RunRequest request) {
  auto person = check_for_person(host, request.step, request.pause_on_failure, request.ci);
  if (!person) co_return refuse(host, request, person.error());
  if (request.script == "all") {
    const int code = co_await run_all(host, std::move(request));
    co_return code;
  }
  if (request.dry_run && !request.list) {
    const int code = co_await show_plan(host, std::move(request));
    co_return code;
  }
  if (request.list) {
    auto shown = co_await script_as_text(host, request.script, request.output == "json");
    if (!shown) co_return refuse(host, request, shown.error());
    if (request.output == "json") host.terminal.write_json_text(*shown);
    if (request.output != "json") host.terminal.write(*shown);
    co_return 0;
  }
  const std::string target = chosen_target(host, request.on);
  auto prepared = co_await prepare(host, request, target, request.set);
  if (!prepared) co_return refuse(host, request, prepared.error());
  if (request.restart) {
    auto unfinished = stage::newest_unfinished_run(host.state, prepared->script->declaration().name);
    if (unfinished) prepared->replaces = *unfinished;
  }
  prepared->folder = new_run_folder(host, *prepared);
  const int code = co_await execute(host, request, std::move(*prepared));
  co_return code;
}

}  // namespace zdt::cli
