// `show SCRIPT --commands` and `run SCRIPT --dry-run`: every command line and API call that a script would
// make.
#include "cli/plan.h"

#include "base/text.h"
#include "cli/cli.h"
#include "cli/commands.h"
#include "cli/execution.h"
#include "cli/library.h"
#include "cli/targets.h"
#include "script/plan_mode.h"
#include "stage/selection.h"

namespace zdt::cli {
namespace {

constexpr const char* kAssumption =
    "a fresh installation: nothing exists before the script makes it, checks hold, conditions on what only a "
    "cluster knows are true";

/// What was planned, and where it ended early.
struct Planned {
  std::string script, title, target;
  std::vector<script::PlannedStep> steps;
  std::optional<Error> error;
};

std::string line_of(const json& item) {
  const std::string type = string_at(item, {"type"});
  if (type == "command") return "$ " + string_at(item, {"line"});
  if (type == "api") {
    const std::string query = string_at(item, {"query"}), object = string_at(item, {"object"});
    return fmt::format("> {} {}{}{}{}", string_at(item, {"method"}), string_at(item, {"path"}),
                       query.empty() ? "" : "?" + query, object.empty() ? "" : "  # ", object);
  }
  if (type == "request") return fmt::format("~ {} {}", string_at(item, {"method"}), string_at(item, {"url"}));
  if (type == "load") {
    json plan = item;
    for (const char* field : {"type", "by", "at"}) plan.erase(field);
    return "~ load " + stage::shown(plan);
  }
  if (type == "check") return fmt::format("? {}: {}", string_at(item, {"name"}), string_at(item, {"want"}));
  if (type == "observe") return fmt::format("· {}", string_at(item, {"name"}));
  if (type == "call")
    return fmt::format("- {}({})", string_at(item, {"name"}), string_at(item, {"arguments"}));
  return fmt::format("! {}", string_at(item, {"text"}));
}

std::string text_of(const script::PlannedStep& step, size_t number) {
  std::string text = fmt::format("\n{:>3}. {}  ({})\n", number, step.title, step.id), before;
  for (const json& item : step.items) {
    const std::string head = fmt::format("{}  {}", string_at(item, {"by"}), string_at(item, {"at"}));
    if (head != before) text += fmt::format("     {}\n", trim(head));
    before = head;
    text += fmt::format("       {}\n", line_of(item));
  }
  return text;
}

std::string text_of(const Planned& planned) {
  std::string text = fmt::format("{} on {}: {}\n", planned.script, planned.target, planned.title);
  text += fmt::format("Nothing was done. This is {}.\n", kAssumption);
  text += "$ command  > API call  ~ request or load  ? check  · observation  - other call  ! note\n";
  for (size_t i = 0; i < planned.steps.size(); ++i) text += text_of(planned.steps[i], i + 1);
  return text;
}

json document_of(const Planned& planned) {
  json steps = json::array();
  for (const auto& step : planned.steps)
    steps.push_back({{"id", step.id}, {"title", step.title}, {"items", step.items}});
  json metadata{{"script", planned.script},
                {"title", planned.title},
                {"target", planned.target},
                {"assumes", kAssumption}};
  metadata["status"] = planned.error ? "error" : "planned";
  if (planned.error) metadata["error"] = stage::to_json(*planned.error);
  return {{"version", 1}, {"metadata", metadata}, {"steps", steps}};
}

/// One step's function, or the script's `finally`, with what it is called in an error.
struct Part {
  std::string id, title;
  stage::Action action;
};

Result<std::vector<Part>> parts_of(const stage::Plan& plan, const RunRequest& request) {
  stage::Options options;
  options.from = request.from;
  options.until = request.until;
  options.only = request.only;
  options.skip = request.skip;
  auto selected = stage::select_steps(plan, options);
  if (!selected) return selected.error();
  std::vector<Part> parts;
  for (size_t i = 0; i < plan.steps.size(); ++i) {
    if ((*selected)[i]) parts.push_back({plan.steps[i].id, plan.steps[i].title, plan.steps[i].run});
  }
  for (const stage::Action& action : plan.finally)
    parts.push_back({"finally", "At the end, whatever happened", action});
  return parts;
}

Task<std::optional<Error>> plan_parts(script::PlanMode& mode, std::vector<Part> parts) {
  json state = json::object();
  for (const Part& part : parts) {
    mode.begin_step(part.id, part.title);
    stage::StepContext context{mode.recorder(), state};
    auto done = co_await part.action(context);
    if (!done) co_return with_context(fmt::format("step \"{}\"", part.id), done.error());
  }
  co_return std::nullopt;
}

Task<Result<Planned>> planned(host::Host& host, RunRequest request) {
  auto file = find_script(host, request.script);
  if (!file) co_return file.error();
  script::PlanMode mode;
  auto target =
      cluster::make_planned_target(host, request.on, mode.seams(), {.kind_config = request.kind_config});
  if (!target) co_return target.error();
  auto script = co_await script::Script::load(host, target->get(), *file, {}, &mode);
  if (!script) co_return script.error();
  const script::Declaration& declaration = (*script)->declaration();
  auto params = checked_params(request, declaration, request.set);
  if (!params) co_return params.error();
  const stage::Plan plan = (*script)->plan(std::move(*params));
  auto parts = parts_of(plan, request);
  if (!parts) co_return parts.error();
  Planned result{declaration.name, declaration.title, (*target)->name(), {}, {}};
  result.error = co_await plan_parts(mode, std::move(*parts));
  result.steps = mode.steps();
  co_return std::move(result);
}

}  // namespace

Task<int> show_plan(host::Host& host, RunRequest request) {
  request.on = chosen_target(host, request.on);
  const bool as_json = request.output == "json";
  auto plan = co_await planned(host, request);
  if (!plan) co_return refuse(host, request, plan.error());
  if (as_json) host.terminal.write_json(document_of(*plan));
  if (!as_json) host.terminal.write(text_of(*plan));
  if (plan->error) co_return report_error(host.terminal, *plan->error);
  co_return 0;
}

}  // namespace zdt::cli
