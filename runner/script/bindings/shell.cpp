// zdt.shell: a program of this machine, by argument list. No shell interprets anything.
#include "base/text.h"
#include "host/process.h"
#include "script/bindings/bindings.h"
#include "script/world.h"

namespace zdt::script {
namespace {

Task<Result<Push>> run_command(host::Command command, bool check) {
  Result<host::Exit> exit = co_await host::run(command);
  if (!exit) co_return exit.error();
  if (check && !exit->ok()) {
    const std::string said = trim(exit->err.empty() ? exit->out : exit->err);
    co_return Error{Code::kFailed, fmt::format("{} exited {}: {}", command.argv.front(), exit->code, said), ""};
  }
  json result{{"code", exit->code}, {"out", exit->out}, {"err", exit->err}};
  co_return Push([result = std::move(result)](lua_State* state) { return push_json(state, result), 1; });
}

std::map<std::string, std::string> environment_from(const json& options) {
  std::map<std::string, std::string> environment;
  for (const auto& [name, value] : object_at(options, {"env"}).items()) environment[name] = plain_text(value);
  return environment;
}

/// shell({ "kubectl", "version" }, { timeout = "60s", input = …, env = {…}, cwd = …, check = true })
Outcome shell(lua_State* state, World& world) {
  const json options = options_argument(state, 2, "zdt.shell");
  check_keys(options, {"timeout", "input", "env", "cwd", "check"}, "zdt.shell");
  world.current_recorder();  // commands belong into steps
  host::Command command;
  command.argv = argv_argument(state, 1, "zdt.shell");
  command.limit = duration_option(options, "timeout", milliseconds(60'000));
  command.env = environment_from(options);
  command.cwd = options.contains("cwd") ? (world.host().root / text_option(options, "cwd")).string() : world.host().root.string();
  if (options.contains("input")) command.input = text_option(options, "input");
  return wait(state, world, run_command(std::move(command), flag_option(options, "check", true)));
}

}  // namespace

void open_shell(lua_State* state) { add_functions(state, {{"shell", &guarded<&shell>}}); }

}  // namespace zdt::script
