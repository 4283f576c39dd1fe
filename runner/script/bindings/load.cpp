// zdt.load: a running load as a handle that the script steers.
#include "load/load.h"

#include "base/text.h"
#include "base/units.h"
#include "load/url_file.h"
#include "script/bindings/bindings.h"
#include "script/entrances.h"
#include "script/load_report.h"
#include "script/load_witnesses.h"
#include "script/plan_mode.h"
#include "script/unknown.h"
#include "script/world.h"

namespace zdt::script {
namespace load_module {

constexpr const char* kType = "zdt.Load";

/// What a handle points to. Shared with the world, which ends the load when the run ends before the script does.
struct Handle {
  std::unique_ptr<load::Load> load;
  std::unique_ptr<LoadWitnesses> witnesses;  ///< null: nobody is asked
  bool problems_fail = true;
  std::string url;
  stage::Recorder* user = nullptr;  ///< of the step that called it last
  Background progress;
  std::optional<json> report;
};
using HandlePtr = std::shared_ptr<Handle>;

HandlePtr& handle_of(lua_State* state) {
  auto* handle = static_cast<HandlePtr*>(luaL_testudata(state, 1, kType));
  if (handle == nullptr || *handle == nullptr) fail_script("call it with a colon on what zdt.load.start returned");
  return *handle;
}

/// {"url", "method", "body", "weight"} of one target of a mix.
load::Target target_from(const json& entry) {
  load::Target target;
  if (!entry.is_object()) fail_script("targets: want a list of tables");
  check_keys(entry, {"url", "method", "body", "weight"}, "zdt.load.start: targets");
  target.url = text_option(entry, "url");
  target.method = text_option(entry, "method", "GET");
  target.body = text_option(entry, "body");
  target.weight = static_cast<unsigned>(count_option(entry, "weight", 1));
  return target;
}

double rate_from(const json& value) {
  if (value.is_number()) return value.get<double>();
  if (value.is_null()) return 0;
  auto rate = parse_rate(stage::shown(value));
  if (!rate) fail_script("rate: " + rate.error().what, rate.error().hint);
  return *rate;
}

template <class T>
T or_fail(Result<T> read) {
  if (!read) fail_script(read.error().what, read.error().hint);
  return std::move(*read);
}

/// The targets of a file below the project's folder.
void add_url_file(World& world, const std::string& path, load::Plan& plan) {
  if (path.empty()) return;
  const host::fs::path file = world.host().root / path;
  auto text = host::read_file(file);
  if (!text) fail_script("urls: " + text.error().what);
  const auto variable = [&world](const std::string& name) {
    const auto& environment = world.host().environment;
    const auto found = environment.find(name);
    return found == environment.end() ? std::nullopt : std::optional(found->second);
  };
  for (load::Target& target : or_fail(load::parse_url_file(*text, file.parent_path(), variable))) {
    plan.targets.push_back(std::move(target));
  }
}

/// A list of texts, or one text.
std::vector<std::string> text_list(const json& options, const char* key) {
  if (at(options, {key}).is_string()) return {text_option(options, key)};
  if (options.contains(key) && !options[key].is_array()) fail_script(std::string(key) + ": want a list of texts");
  std::vector<std::string> texts;
  for (const json& entry : array_at(options, {key})) texts.push_back(plain_text(entry));
  return texts;
}

/// What only some loads have.
void add_rarer_options(World& world, const json& options, load::Plan& plan) {
  add_url_file(world, text_option(options, "urls"), plan);
  for (const std::string& text : text_list(options, "stages")) plan.stages.push_back(or_fail(load::parse_stage(text)));
  for (const std::string& text : text_list(options, "thresholds"))
    plan.thresholds.push_back(or_fail(load::parse_threshold(text)));
  if (const std::string expect = text_option(options, "expect"); !expect.empty())
    plan.expected = or_fail(load::parse_statuses(expect));
  plan.retries = static_cast<unsigned>(count_option(options, "retries", 0));
  plan.requests_per_connection = static_cast<unsigned>(count_option(options, "requests_per_connection", 0));
  plan.http2 = flag_option(options, "http2", false);
  plan.queue_limit = static_cast<unsigned>(count_option(options, "queue", 10'000));
  plan.drain = duration_option(options, "drain", milliseconds(-1));
}

load::Plan plan_from(World& world, const json& options) {
  load::Plan plan;
  add_rarer_options(world, options, plan);
  plan.url = text_option(options, "url");
  plan.method = text_option(options, "method", "GET");
  plan.body = text_option(options, "body");
  for (const auto& [name, value] : object_at(options, {"headers"}).items()) plan.headers.emplace_back(name, plain_text(value));
  if (options.contains("targets") && !options["targets"].is_array()) fail_script("targets: want a list of tables");
  for (const json& entry : array_at(options, {"targets"})) plan.targets.push_back(target_from(entry));
  plan.rate = rate_from(at(options, {"rate"}));
  plan.connections = static_cast<unsigned>(count_option(options, "connections", plan.open_model() ? 200 : 10));
  plan.duration = duration_option(options, "duration", milliseconds(0));
  plan.max_requests = static_cast<uint64_t>(count_option(options, "requests", 0));
  plan.think_time = duration_option(options, "think_time", milliseconds(0));
  plan.connect_timeout = duration_option(options, "connect_timeout", milliseconds(2'000));
  plan.response_timeout = duration_option(options, "timeout", milliseconds(10'000));
  plan.keep_alive = flag_option(options, "keep_alive", true);
  plan.seed = static_cast<uint64_t>(count_option(options, "seed", 1));
  plan.workers = static_cast<unsigned>(count_option(options, "workers", 1));
  plan.network = network_path_for(world, plan.url.empty() && !plan.targets.empty() ? plan.targets.front().url : plan.url);
  return plan;
}

/// Once a second, to the step that used the load last, or when that is over to whatever step runs then.
Task<void> tell_progress(World& world, const Handle& handle) {
  while (handle.load->running()) {
    co_await sleep_for(std::chrono::seconds(1));
    if (world.recorder == nullptr) continue;  // the run is over, and the recorders of its steps are gone
    stage::Recorder* recorder = handle.user->step().empty() ? world.recorder : handle.user;
    recorder->emit("load-progress", progress_data(handle.load->snapshot()));
  }
}

/// Whether problems with the load's own counts fail the step.
bool problems_fail(const json& options) {
  const std::string word = text_option(options, "self_check", "fail");
  if (word != "fail" && word != "observe") fail_script("self_check is \"fail\" or \"observe\"");
  return word == "fail";
}

HandlePtr begin(World& world, load::Plan plan, stage::Recorder& recorder) {
  const std::string url = plan.url;
  auto started = load::Load::start(world.host().loop.get_executor(), std::move(plan));
  if (!started && started.error().code == Code::kUsage) fail_script(started.error().what, started.error().hint);
  if (!started) throw LuaFailure(started.error());
  auto handle = std::make_shared<Handle>();
  handle->load = std::move(*started);
  handle->url = url;
  handle->user = &recorder;
  handle->progress = Background(world.host().loop.get_executor(), tell_progress(world, *handle));
  world.at_end([handle]() -> Task<void> {
    handle->progress.stop();
    co_await handle->progress.join();
    handle->load.reset();
    if (handle->witnesses) co_await handle->witnesses->end();
    handle->witnesses.reset();
  });
  return handle;
}

int push_handle(lua_State* state, HandlePtr handle) {
  new (lua_newuserdatauv(state, sizeof(HandlePtr), 0)) HandlePtr(std::move(handle));
  luaL_setmetatable(state, kType);
  return 1;
}

/// The witnesses first, so that they see the load from its beginning.
Task<Result<Push>> begin_watched(World& world, load::Plan plan, WitnessOptions options, bool problems_fail,
                                 stage::Recorder* recorder) {
  auto witnesses = co_await LoadWitnesses::start(world, std::move(options));
  if (!witnesses) co_return witnesses.error();
  try {
    HandlePtr handle = begin(world, std::move(plan), *recorder);
    handle->witnesses = std::move(*witnesses);
    handle->problems_fail = problems_fail;
    co_return Push([handle](lua_State* state) { return push_handle(state, handle); });
  } catch (const LuaFailure& failure) {
    co_return failure.error;
  }
}

Task<Result<Push>> plan_watched(World& world, WitnessOptions options) {
  auto planned = co_await LoadWitnesses::plan(world, std::move(options));
  if (!planned) co_return planned.error();
  co_return Push([](lua_State* state) { return push_unknown(state), 1; });
}

Outcome start(lua_State* state, World& world) {
  const json options = options_argument(state, 1, "zdt.load.start");
  check_keys(options,
             {"url", "method", "body", "headers", "targets", "rate", "connections", "duration", "requests", "think_time",
              "connect_timeout", "timeout", "keep_alive", "seed", "workers", "urls", "stages", "thresholds", "expect", "retries",
              "requests_per_connection", "http2", "queue", "drain", "follow", "reconcile", "self_check"},
             "zdt.load.start");
  stage::Recorder& recorder = world.current_recorder();
  WitnessOptions witnesses = witness_options(options);
  const bool fails = problems_fail(options);
  if (world.plan != nullptr) {
    json item = readable(options);
    item["type"] = "load";
    world.plan->record(std::move(item));
    if (!witnesses.none()) return wait(state, world, plan_watched(world, std::move(witnesses)));
    push_unknown(state);
    return {1};
  }
  load::Plan plan = plan_from(world, options);
  plan.trace = !witnesses.follow.empty();
  if (!witnesses.none()) {
    world.kube();
    return wait(state, world, begin_watched(world, std::move(plan), std::move(witnesses), fails, &recorder));
  }
  HandlePtr handle = begin(world, std::move(plan), recorder);
  handle->problems_fail = fails;
  return {push_handle(state, std::move(handle))};
}

constexpr const char* kTrust = "the load's own counts can be trusted";

/// What makes the counts untrue fails the step, or is only told.
void judge(const Handle& handle, const load::Report& report, stage::Recorder& recorder) {
  if (handle.witnesses) {
    for (const std::string& gap : handle.witnesses->gaps()) recorder.log("warn", gap);
  }
  for (const load::ThresholdResult& result : report.thresholds) {
    recorder.assertion("threshold", result.passed, result.expression, load::shown(result));
  }
  const auto& problems = report.self_check.problems;
  if (problems.empty()) return;
  if (handle.problems_fail) recorder.assertion(kTrust, false, "no problem", join(problems, "; "));
  if (!handle.problems_fail) recorder.observation(kTrust, "no: " + join(problems, "; "));
}

/// Ends the load (or waits for its end), reports it once, and gives its report.
/// trial  whether a try of zdt.eventually asks: the text output then shows only the last one's.
Task<Result<Push>> report_of(HandlePtr handle, stage::Recorder& recorder, bool stop, bool trial) {
  if (!handle->report) {
    if (!handle->load) co_return Error{Code::kScript, "this load ended with its run", ""};
    auto work = stop ? handle->load->stop() : handle->load->wait();
    load::Report report = co_await std::move(work);
    handle->progress.stop();
    if (handle->witnesses && !handle->report) {
      co_await handle->witnesses->testify(report);
      co_await handle->witnesses->end();
    }
    if (!handle->report) {
      json data = finished_data(report, handle->url);
      if (trial) data["trial"] = true;
      recorder.emit("load-finished", std::move(data));
      if (!trial) judge(*handle, report, recorder);
    }
    handle->report = script_report(report);
  }
  co_return Push([report = *handle->report](lua_State* state) { return push_json(state, report), 1; });
}

Outcome report_at_end(lua_State* state, World& world, bool stop) {
  HandlePtr handle = handle_of(state);
  handle->user = &world.current_recorder();
  const Fiber* fiber = World::fiber_of(state);
  return wait(state, world, report_of(handle, *handle->user, stop, fiber != nullptr && fiber->trial));
}
Outcome stop(lua_State* state, World& world) { return report_at_end(state, world, true); }
Outcome wait_end(lua_State* state, World& world) { return report_at_end(state, world, false); }

load::Load& running_load(lua_State* state, World& world) {
  HandlePtr& handle = handle_of(state);
  if (!handle->load) fail_script("this load ended with its run");
  handle->user = &world.current_recorder();
  return *handle->load;
}

Outcome mark(lua_State* state, World& world) {
  running_load(state, world).mark(string_argument(state, 2, "load:mark"));
  return {0};
}
Outcome rate(lua_State* state, World& world) {
  running_load(state, world).rate(rate_from(to_json(state, 2)));
  return {0};
}
Outcome pause(lua_State* state, World& world) {
  running_load(state, world).pause();
  return {0};
}
Outcome resume(lua_State* state, World& world) {
  running_load(state, world).resume();
  return {0};
}
Outcome snapshot(lua_State* state, World& world) {
  push_json(state, progress_data(running_load(state, world).snapshot()));
  return {1};
}

/// A script can call it too, as handle.__gc, with anything: so it empties the handle and may come twice.
int collect(lua_State* state) {
  auto* handle = static_cast<HandlePtr*>(luaL_testudata(state, 1, kType));
  if (handle != nullptr) handle->reset();
  return 0;
}

}  // namespace load_module

void open_load(lua_State* state) {
  using namespace load_module;
  add_class(state, kType,
            {{"stop", &guarded<&stop>},
             {"wait", &guarded<&wait_end>},
             {"mark", &guarded<&mark>},
             {"rate", &guarded<&rate>},
             {"pause", &guarded<&pause>},
             {"resume", &guarded<&resume>},
             {"snapshot", &guarded<&snapshot>},
             {"__gc", &collect}});
  add_module(state, "load", {{"start", &guarded<&start>}});
}

}  // namespace zdt::script
