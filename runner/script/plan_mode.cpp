#include "script/plan_mode.h"

#include "kube/transport.h"
#include "script/bindings/bindings.h"
#include "script/unknown.h"

namespace zdt::script {
namespace {

constexpr size_t kMostItems = 5'000;
constexpr milliseconds kMostTime{30'000};

/// These go through the seams alone, so they are run.
constexpr std::string_view kWithinSeams[] = {"zdt.k8s.",      "zdt.tools.", "zdt.rollout.", "zdt.docker.",
                                             "zdt.kind.",     "zdt.helm.",  "zdt.http.",    "zdt.prometheus.",
                                             "zdt.envoy.",    "zdt.load.start", "Target:",    "zdt.shell",    "zdt.parallel",
                                             "zdt.eventually"};
/// Of those, the ones that hand on events as they come: they would wait for the first.
const std::set<std::string_view> kWaitForEvents{"zdt.rollout.watch"};
/// Their results are what the script itself computed, or what the plan knows.
const std::set<std::string_view> kKnownResults{"zdt.parallel", "zdt.eventually", "zdt.k8s.apply",
                                               "zdt.k8s.list", "zdt.shell"};
/// For these an object that the plan has not made does not exist: a plan shows a fresh installation.
const std::set<std::string_view> kFresh{"zdt.k8s.get", "zdt.k8s.apply", "zdt.k8s.delete"};

Push pushing_unknown() {
  return [](lua_State* state) { return push_unknown(state), 1; };
}

/// Tables came from a server that was not there.
Push with_unknown_tables(Push push) {
  return [push = std::move(push)](lua_State* state) {
    const int values = push(state);
    for (int index = lua_gettop(state) - values + 1; index <= lua_gettop(state); ++index) {
      if (!lua_istable(state, index)) continue;
      push_unknown(state);
      lua_replace(state, index);
    }
    return values;
  };
}

std::string shortened(std::string text) {
  if (text.size() <= 160) return text;
  size_t end = 160;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + " …";
}

/// The arguments from the `first` on, as they would be typed.
std::string arguments_of(lua_State* state, int first) {
  std::string text;
  for (int index = first; index <= lua_gettop(state); ++index) {
    std::string shown = "function";
    if (!lua_isfunction(state, index)) {
      try {
        shown = stage::shown(readable(to_json(state, index)));
      } catch (const LuaFailure&) {
        shown = luaL_typename(state, index);  // a table with functions in it
      }
    }
    text += (text.empty() ? "" : ", ") + shown;
  }
  return shortened(std::move(text));
}

/// "lib/workload.lua:31": the innermost function of a file, as pcall may stand between.
std::string place_of_call(lua_State* state) {
  lua_Debug call;
  for (int level = 1; lua_getstack(state, level, &call) != 0; ++level) {
    lua_getinfo(state, "Sl", &call);
    if (*call.source == '@' && call.currentline > 0) return fmt::format("{}:{}", call.source + 1, call.currentline);
  }
  return "";
}

}  // namespace

PlanMode::PlanMode() : bus_([] { return std::chrono::system_clock::now(); }), recorder_(bus_, "plan") {
  bus_.add(*this);
}

void PlanMode::open(lua_State* state) {
  open_unknown(state);
  names_ = api_functions(state);
}

void PlanMode::begin_step(std::string id, std::string title) {
  recorder_.begin_step(id);
  steps_.push_back({std::move(id), std::move(title)});
  name_.clear();
}

cluster::PlanSeams PlanMode::seams() {
  return {[this](json item) { record(std::move(item)); }, [this] { return kFresh.contains(name_); },
          [this](host::Command command) { return run(std::move(command)); }};
}

void PlanMode::record(json item) {
  if (steps_.empty()) return;  // the file's top level only declares
  if (!name_.empty()) item["by"] = name_;
  if (!place_.empty()) item["at"] = place_;
  json& items = steps_.back().items;
  items.push_back(std::move(item));
  if (items.size() > kMostItems) {
    fail_script("in a plan this step has no end: a loop waits for an answer that only a cluster has",
                "zdt.eventually does such loops");
  }
}

Task<Result<host::Exit>> PlanMode::run(host::Command command) {
  json item{{"type", "command"}, {"argv", command.argv}, {"line", tools::shell_line(command)}};
  if (!command.cwd.empty()) item["cwd"] = command.cwd;
  if (command.input && !command.input->empty()) item["input"] = *command.input;
  record(std::move(item));
  co_return host::Exit{};
}

void PlanMode::enter(lua_State* state) {
  lua_Debug call;
  lua_getstack(state, 0, &call);
  lua_getinfo(state, "f", &call);
  const auto found = names_.find(lua_tocfunction(state, -1));
  lua_pop(state, 1);
  if (found == names_.end()) return;
  name_ = found->second;
  arguments_ =
      arguments_of(state, name_.find(':') == std::string::npos ? 1 : 2);  // a method's first is its object
  place_ = place_of_call(state);
}

bool PlanMode::is_run() const {
  if (kWaitForEvents.contains(name_)) return false;
  return std::any_of(std::begin(kWithinSeams), std::end(kWithinSeams),
                     [this](std::string_view prefix) { return name_.starts_with(prefix); });
}

void PlanMode::record_call() { record({{"type", "call"}, {"name", name_}, {"arguments", arguments_}}); }

Task<Result<Push>> PlanMode::answer(Task<Result<Push>> work) {
  if (!is_run()) {
    record_call();
    co_return pushing_unknown();
  }
  const std::string name = name_;
  try {
    Error endless{Code::kScript, fmt::format("the plan of {} has no end", name), ""};
    const milliseconds limit =
        name == "zdt.parallel" || name == "zdt.eventually" ? milliseconds(0) : kMostTime;
    auto result = co_await with_deadline(std::move(work), limit, std::move(endless));
    if (!result) co_return result.error();
    if (kKnownResults.contains(name)) co_return std::move(*result);
    co_return with_unknown_tables(std::move(*result));
  } catch (const kube::Unanswered&) {
  }
  co_return pushing_unknown();
}

void PlanMode::receive(const stage::Event& event) {
  const json& name = at(event.data, {"name"});
  if (event.type == "assertion")
    record({{"type", "check"}, {"name", name}, {"want", stage::shown(at(event.data, {"want"}))}});
  if (event.type == "observation") record({{"type", "observe"}, {"name", name}});
  if (event.type == "log" && string_at(event.data, {"level"}) == "warn")
    record({{"type", "note"}, {"text", at(event.data, {"text"})}});
}

}  // namespace zdt::script
