#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/library.h"
#include "base/text.h"
#include "script/script.h"

namespace zdt::cli {
namespace {

json plan_as_json(const script::Declaration& d, const stage::Plan& plan) {
  json steps = json::array();
  for (const auto& step : plan.steps) {
    steps.push_back({{"id", step.id},
                     {"title", step.title},
                     {"notes", step.notes},
                     {"checkpoint", step.checkpoint},
                     {"undo", static_cast<bool>(step.undo)},
                     {"verify", static_cast<bool>(step.verify)}});
    if (step.after) steps.back()["after"] = *step.after;
  }
  return {{"name", d.name}, {"title", d.title}, {"about", d.about}, {"needs", d.needs}, {"params", d.params}, {"steps", steps}};
}

std::string step_line(const stage::Step& step, size_t number) {
  std::string marks;
  if (!step.checkpoint.empty()) marks += fmt::format("  [checkpoint {}]", step.checkpoint);
  if (step.undo) marks += "  [undo]";
  if (step.after) marks += step.after->empty() ? "  [at once]" : fmt::format("  [after {}]", join(*step.after, ", "));
  std::string text = fmt::format("{:>3}. {}  ({}){}\n", number, step.title, step.id, marks);
  if (!step.notes.empty()) text += fmt::format("     {}\n", step.notes);
  return text;
}

}  // namespace

Task<Result<std::string>> script_as_text(host::Host& host, std::string name, bool as_json) {
  auto file = find_script(host, name);
  if (!file) co_return file.error();
  auto script = co_await script::Script::load(host, nullptr, *file);
  if (!script) co_return script.error();
  const auto& d = (*script)->declaration();
  const stage::Plan plan = (*script)->plan(d.params);
  if (as_json) co_return plan_as_json(d, plan).dump(2, ' ', false, json::error_handler_t::replace) + "\n";
  std::string text = fmt::format("{}: {}\n", d.name, d.title);
  if (!d.about.empty()) text += d.about + "\n";
  if (!d.needs.empty()) text += "needs " + join(d.needs, ", ") + "\n";
  for (const auto& [param, value] : d.params.items()) text += fmt::format("--set {}={}\n", param, stage::shown(value));
  text += "\n";
  for (size_t i = 0; i < plan.steps.size(); ++i) text += step_line(plan.steps[i], i + 1);
  co_return text;
}

Task<int> show_script(host::Host& host, std::string name, bool as_json) {
  auto text = co_await script_as_text(host, std::move(name), as_json);
  if (!text) co_return report_error(host.terminal, text.error());
  if (as_json) host.terminal.write_json_text(*text);
  if (!as_json) host.terminal.write(*text);
  co_return 0;
}

}  // namespace zdt::cli
