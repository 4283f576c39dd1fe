// zdt.start: a program of this machine that goes on beside the steps, until the run ends.
#include <signal.h>

#include "base/text.h"
#include "host/process.h"
#include "script/bindings/bindings.h"
#include "script/plan_mode.h"
#include "script/unknown.h"
#include "script/world.h"

namespace zdt::script {
namespace program_module {

constexpr const char* kType = "zdt.Program";
constexpr size_t kMostOutput = 4'096;
constexpr milliseconds kGrace{5'000};

/// tail  the last of what it printed.
struct Program {
  std::optional<host::Child> child;
  std::string tail;
  std::optional<host::Exit> exit;
};
using ProgramPtr = std::shared_ptr<Program>;

Program& program_of(lua_State* state) {
  auto* program = static_cast<ProgramPtr*>(luaL_testudata(state, 1, kType));
  if (program == nullptr || *program == nullptr) fail_script("call it with a colon on what zdt.start returned");
  return **program;
}

Task<void> watch_end(ProgramPtr program) { program->exit = co_await program->child->wait(); }

Task<Result<void>> joined(std::shared_ptr<Background> watch) {
  co_await watch->join();
  co_return Result<void>();
}

/// SIGTERM; after kGrace the end of the Child, which is SIGKILL.
Task<void> end_program(ProgramPtr program, std::shared_ptr<Background> watch) {
  if (!program->exit) program->child->signal(SIGTERM);
  Error slow{Code::kTimeout, "the program did not end", ""};
  auto ended = co_await with_deadline(joined(watch), kGrace, slow);
  if (!ended) {
    watch->stop();
    co_await watch->join();
  }
  program->child.reset();
}

/// Starts it, and keeps an eye on it: running() knows its end at once.
ProgramPtr launch(World& world, host::Command command) {
  auto program = std::make_shared<Program>();
  command.on_output = [raw = program.get()](host::Stream, std::string_view chunk) {
    raw->tail.append(chunk);
    if (raw->tail.size() > kMostOutput) raw->tail.erase(0, raw->tail.size() - kMostOutput);
  };
  command.capture_limit = 0;
  auto started = host::Child::start(world.host().loop.get_executor(), command);
  if (!started) throw LuaFailure{started.error()};
  program->child.emplace(std::move(*started));
  auto watch = std::make_shared<Background>(world.host().loop.get_executor(), watch_end(program));
  world.at_end([program, watch] { return end_program(program, watch); });
  return program;
}

/// start({ "cloud-provider-kind" })
Outcome start(lua_State* state, World& world) {
  host::Command command;
  command.argv = argv_argument(state, 1, "zdt.start");
  command.cwd = world.host().root.string();
  command.env = world.shell_environment;
  if (world.target().has("create")) command.env.emplace("KUBECONFIG", world.target().kubeconfig_file().string());
  world.current_recorder();
  if (world.plan != nullptr) {
    world.plan->record({{"type", "command"}, {"argv", command.argv}, {"line", tools::shell_line(command) + " &"}});
    push_unknown(state);
    return {1};
  }
  ProgramPtr program = launch(world, std::move(command));
  new (lua_newuserdatauv(state, sizeof(ProgramPtr), 0)) ProgramPtr(std::move(program));
  luaL_setmetatable(state, kType);
  return {1};
}

Outcome running(lua_State* state, World&) {
  const Program& program = program_of(state);
  lua_pushboolean(state, !program.exit);
  return {1};
}

Outcome output(lua_State* state, World&) {
  const Program& program = program_of(state);
  lua_pushlstring(state, program.tail.data(), program.tail.size());
  return {1};
}

int collect_program(lua_State* state) {
  auto* program = static_cast<ProgramPtr*>(luaL_testudata(state, 1, kType));
  if (program != nullptr) program->reset();
  return 0;
}

}  // namespace program_module

void open_program(lua_State* state) {
  using namespace program_module;
  add_functions(state, {{"start", &guarded<&start>}});
  add_class(state, kType,
            {{"running", &guarded<&running>}, {"output", &guarded<&output>}, {"__gc", &collect_program}});
}

}  // namespace zdt::script
