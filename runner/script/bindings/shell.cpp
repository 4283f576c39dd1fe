// zdt.shell: a program of this machine, by argument list. No shell interprets anything.
#include "base/text.h"
#include "host/process.h"
#include "script/bindings/bindings.h"
#include "script/unknown.h"
#include "script/world.h"

namespace zdt::script {
namespace shell_module {

Task<Result<Push>> run_command(World& world, host::Command command, bool check) {
  Result<host::Exit> exit = co_await world.run(command);
  if (!exit) co_return exit.error();
  if (check && !exit->ok()) {
    const std::string said = trim(exit->err.empty() ? exit->out : exit->err);
    co_return Error{Code::kFailed, fmt::format("{} exited {}: {}", command.argv.front(), exit->code, said), ""};
  }
  json result{{"code", exit->code}, {"out", exit->out}, {"err", exit->err}};
  if (world.plan != nullptr) result["out"] = unknown_data();
  co_return Push([result = std::move(result)](lua_State* state) { return push_json(state, result), 1; });
}

/// KUBECONFIG is that of a cluster of ours, so that a kubectl in a script acts where everything else of it does. (With
/// the user's file the current context would decide.)
std::map<std::string, std::string> environment_from(World& world, const json& options) {
  std::map<std::string, std::string> environment = world.shell_environment;
  if (world.target().has("create")) environment.emplace("KUBECONFIG", world.target().kubeconfig_file().string());
  for (const auto& [name, value] : object_at(options, {"env"}).items()) {
    want_no_nul(name + plain_text(value), "zdt.shell: env");
    if (name.empty() || name.find('=') != std::string::npos) fail_script(fmt::format("zdt.shell: env: \"{}\" is no name", name));
    environment[name] = plain_text(value);
  }
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
  command.env = environment_from(world, options);
  command.cwd = options.contains("cwd") ? (world.host().root / text_option(options, "cwd")).string() : world.host().root.string();
  want_no_nul(command.cwd, "zdt.shell: cwd");
  if (options.contains("input")) command.input = text_option(options, "input");
  return wait(state, world, run_command(world, std::move(command), flag_option(options, "check", true)));
}

}  // namespace shell_module

void open_shell(lua_State* state) {
  using namespace shell_module;
  add_functions(state, {{"shell", &guarded<&shell>}});
}

}  // namespace zdt::script
