#include "script/tool_check.h"

#include "base/json_limits.h"
#include "base/text.h"
#include "script/data_file.h"

namespace zdt::script {
namespace {

/// What one program answered.
struct ToolAnswer {
  bool ok = false, in_time = true;
  std::string text;
};

Task<ToolAnswer> ask(World& world, std::string program, std::vector<std::string> arguments,
                     milliseconds limit) {
  host::Command command;
  command.argv = std::move(arguments);
  command.argv.insert(command.argv.begin(), std::move(program));
  command.limit = limit;
  auto exit = co_await world.run(std::move(command));
  if (!exit) co_return ToolAnswer{false, exit.error().code != Code::kTimeout, exit.error().what};
  co_return ToolAnswer{exit->ok(), true, exit->out + exit->err};
}

/// The first capture of a Lua pattern in `text`; "" when it does not match, or is no pattern.
std::string match(lua_State* state, const std::string& text, const std::string& pattern) {
  const int top = lua_gettop(state);
  std::string found;
  if (lua_getglobal(state, "string") == LUA_TTABLE && lua_getfield(state, -1, "match") == LUA_TFUNCTION) {
    lua_pushlstring(state, text.data(), text.size());
    lua_pushlstring(state, pattern.data(), pattern.size());
    if (lua_pcall(state, 2, 1, 0) == LUA_OK && lua_isstring(state, -1)) found = lua_tostring(state, -1);
  }
  lua_settop(state, top);
  return found;
}

/// `docker info` exits 0 with ServerErrors when the daemon does not answer, in versions before 23.
bool has_answered(const ToolAnswer& answer, const json& info) {
  if (!answer.ok || !answer.in_time) return false;
  return !info.is_object() || array_at(info, {"ServerErrors"}).empty();
}

std::string not_answering(const ToolAnswer& answer, milliseconds limit) {
  if (!answer.in_time) return "it did not answer within " + format_duration(limit);
  const auto lines = split(trim(answer.text), '\n');
  const std::string said = trim(lines.back());
  return said.starts_with("{") ? "its daemon does not answer"
                               : said.substr(0, said.rfind(". Is the docker daemon running?"));
}

class CheckRound {
 public:
  CheckRound(World& world, CheckUp& result, milliseconds limit)
      : world_(world), result_(result), limit_(limit) {}

  Task<void> look_at(const Tool& tool, Finding& finding) {
    const std::string path = find_tool(world_.host(), tool.program);
    std::string version;
    if (!path.empty() && !tool.version.empty()) {
      const ToolAnswer said = co_await ask(world_, path, tool.version, limit_);
      if (said.ok || tool.program == tool.name) version = match(world_.state(), said.text, tool.pattern);
    }
    finding = judge(tool, path, version, result_.target, result_.system);
    if (finding.verdict != "ok" || tool.answers.empty()) co_return;
    const ToolAnswer answer = co_await ask(world_, path, tool.answers, limit_);
    json info = parse_json_or_null(answer.text.substr(0, answer.text.find('\n')));
    if (has_answered(answer, info)) {
      if (info.is_object()) daemon_ = std::move(info);
      co_return;
    }
    finding.verdict = "not-answering";
    finding.blocks = tool.is_for(result_.target);
    finding.hint = not_answering(answer, limit_) + "; " + tool.why;
  }

  /// What `docker info` said; null when it said nothing.
  const json& daemon() const { return daemon_; }

 private:
  World& world_;
  CheckUp& result_;
  milliseconds limit_;
  json daemon_;
};

/// Docker in a virtual machine has that machine's processors and memory, and its own disk, which nobody
/// tells.
Machine machine_of(const host::Host& host, const json& daemon, const std::string& flavour) {
  Machine machine = this_machine(host);
  if (flavour != "colima" && flavour != "desktop") return machine;
  machine.cpus = int_at(daemon, {"NCPU"}, machine.cpus);
  machine.memory_bytes = int_at(daemon, {"MemTotal"}, machine.memory_bytes);
  return machine;
}

}  // namespace

bool CheckUp::blocked() const {
  return std::any_of(findings.begin(), findings.end(), [](const Finding& one) { return one.blocks; });
}

Task<Result<CheckUp>> check_tools(World& world, std::string target, bool every, milliseconds limit) {
  auto declared = co_await read_data_file(world, world.host().root / "setup.lua");
  if (!declared) co_return declared.error();
  auto wanted = prerequisites_from(*declared);
  if (!wanted) co_return wanted.error();
  CheckUp result;
  result.wanted = std::move(*wanted);
  result.target = target;
  auto os_release = host::read_file("/etc/os-release");
  result.system = system_from(os_release ? *os_release : "");
  std::vector<const Tool*> tools;
  for (const Tool& tool : result.wanted.tools) {
    if (every || tool.is_for(target) || tool.needed_for.empty()) tools.push_back(&tool);
  }
  result.findings.resize(tools.size());
  CheckRound round(world, result, limit);
  std::vector<Task<void>> looks;
  for (size_t i = 0; i < tools.size(); ++i) looks.push_back(round.look_at(*tools[i], result.findings[i]));
  co_await all_of(std::move(looks));
  result.flavour = docker_flavour(round.daemon());
  for (Finding& finding : result.findings) {
    if (finding.tool == "docker" && !result.flavour.empty()) finding.found += " (" + result.flavour + ")";
  }
  Finding root = judge_privileges(own_privileges(), target);
  if (every || root.blocks) result.findings.push_back(std::move(root));
  for (Finding& finding : judge_machine(machine_of(world.host(), round.daemon(), result.flavour),
                                        result.wanted, result.flavour)) {
    result.findings.push_back(std::move(finding));
  }
  co_return result;
}

}  // namespace zdt::script
