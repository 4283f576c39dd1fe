#include "base/text.h"
#include "cli/cli.h"
#include "cli/install.h"
#include "cli/machine_commands.h"
#include "cli/targets.h"
#include "report/table.h"

namespace zdt::cli {
namespace {

/// The verdict as the table says it: a tool that this target does not need is no fault.
std::string shown_verdict(const script::Finding& finding, const std::string& target) {
  if (finding.verdict == "ok" || finding.verdict == "warning" || finding.needed_for.empty())
    return finding.verdict;
  const std::string kind = target.starts_with("context:") ? "context" : target;
  const auto& needed = finding.needed_for;
  const bool ours = std::find(needed.begin(), needed.end(), kind) != needed.end();
  return ours ? finding.verdict : fmt::format("{} (for {})", finding.verdict, join(needed, ", "));
}

/// An empty text would be shown with quotes.
json cell(const std::string& text) { return text.empty() ? json() : json(text); }

std::string table_of(const script::CheckUp& checked) {
  json rows = json::array();
  for (const script::Finding& one : checked.findings) {
    const std::string needed = one.needed.empty() ? "any" : one.needed;
    const std::string found = one.found.empty() && !one.path.empty() ? "yes" : one.found;
    rows.push_back({one.tool, cell(found), needed, shown_verdict(one, checked.target), cell(one.hint)});
  }
  const json columns{"tool", "found", "needed", "verdict", "how to get"};
  return join(report::table_lines(columns, rows), "\n") + "\n";
}

std::vector<std::string> blocking(const script::CheckUp& checked) {
  std::vector<std::string> tools;
  for (const script::Finding& one : checked.findings) {
    if (one.blocks) tools.push_back(fmt::format("{} ({})", one.tool, one.found.empty() ? one.verdict : one.verdict + ": " + one.found));
  }
  return tools;
}

json setup_document(const script::CheckUp& checked, const std::vector<std::string>& done) {
  json findings = json::array();
  for (const script::Finding& one : checked.findings) findings.push_back(to_json(one));
  return {{"version", 1},
          {"target", checked.target},
          {"system", checked.system},
          {"docker", checked.flavour},
          {"ready", !checked.blocked()},
          {"installed", done},
          {"findings", findings}};
}

/// Says what it will do, does it, and returns the sentences of what was done.
Task<Result<std::vector<std::string>>> install_all(host::Host& host, const script::CheckUp& checked) {
  const std::string arch = architecture();
  const auto plan = plan_installation(checked, arch);
  std::vector<std::string> done;
  if (plan.empty()) host.terminal.write_error("there is nothing that can be installed here\n");
  for (const Installation& one : plan) host.terminal.write_error("will " + one.what + "\n");
  for (const Installation& one : plan) {
    auto installed = co_await install(host, one, arch);
    if (!installed) co_return installed.error();
    host.terminal.write_error("done: " + one.what + "\n");
    done.push_back(one.what);
  }
  co_return done;
}

}  // namespace

Task<int> set_up(host::Host& host, SetupRequest request) {
  const std::string target = chosen_target(host, request.on);
  auto known = cluster::make_target(host, target, std::string());
  if (!known) co_return report_error(host.terminal, known.error());
  script::World world(host, nullptr);
  auto checked = co_await script::check_tools(world, target, true);
  if (!checked) co_return report_error(host.terminal, checked.error());
  std::vector<std::string> done;
  if (request.install) {
    auto installed = co_await install_all(host, *checked);
    if (!installed) co_return report_error(host.terminal, installed.error());
    done = std::move(*installed);
    checked = co_await script::check_tools(world, target, true);
    if (!checked) co_return report_error(host.terminal, checked.error());
  }
  const auto lacking = blocking(*checked);
  if (request.as_json) {
    host.terminal.write_json(setup_document(*checked, done));
  } else {
    host.terminal.write(table_of(*checked));
    host.terminal.write(lacking.empty() ? fmt::format("{}: everything that is needed is here\n", target)
                                        : fmt::format("{} lacks {}\n", target, join(lacking, ", ")));
  }
  co_return lacking.empty() ? 0 : 3;
}

}  // namespace zdt::cli
