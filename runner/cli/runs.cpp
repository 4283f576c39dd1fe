#include "cli/runs.h"

#include "base/text.h"
#include "cli/cli.h"
#include "report/table.h"
#include "stage/runs.h"

namespace zdt::cli {
namespace {

json to_json(const stage::RunListed& run) {
  json row{{"run", run.id}, {"script", run.script}, {"target", run.target}, {"status", run.status}, {"resumable", run.resumable}};
  row["started"] = run.status == "unreadable" ? json() : json(format_time(run.started));
  if (!run.why.empty()) row["why"] = run.why;
  return row;
}

std::string counted(size_t count) { return fmt::format("{} run{}", count, count == 1 ? "" : "s"); }

}  // namespace

int list_runs(host::Host& host, bool as_json) {
  json rows = json::array(), cells = json::array();
  for (const stage::RunListed& run : stage::list_runs(host.state)) {
    rows.push_back(to_json(run));
    const std::string status = run.resumable ? run.status + ", can be resumed" : run.why.empty() ? run.status : run.status + ": " + run.why;
    cells.push_back({run.id, run.script.empty() ? "-" : run.script, run.target.empty() ? "-" : run.target, status});
  }
  if (as_json) {
    host.terminal.write_json(rows);
  } else if (rows.empty()) {
    host.terminal.write(fmt::format("no runs below {}\n", (host.state / "runs").string()));
  } else {
    host.terminal.write(join(report::table_lines(json{"run", "script", "target", "status"}, cells), "\n") + "\n");
  }
  return 0;
}

int prune_runs(host::Host& host, size_t keep) {
  auto removed = stage::prune_runs(host.state, keep);
  if (!removed) return report_error(host.terminal, removed.error());
  const size_t left = stage::list_runs(host.state).size();
  host.terminal.write(fmt::format("removed {}, {} left\n", counted(removed->size()), left));
  return 0;
}

}  // namespace zdt::cli
