// zdt.load: a running load as a handle that the script steers.
#include "load/load.h"

#include "base/text.h"
#include "load/url.h"
#include "script/bindings/bindings.h"
#include "script/entrances.h"
#include "script/load_plan.h"
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
  const std::string url = load::without_credentials(plan.url);
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

/// The same with no user and password in the URLs of the load.
json without_passwords(json options) {
  if (options.is_string()) return load::without_credentials(options.get<std::string>());
  if (!options.is_structured()) return options;
  for (json& part : options) part = without_passwords(std::move(part));
  return options;
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
    json item = without_passwords(readable(options));
    item["type"] = "load";
    world.plan->record(std::move(item));
    if (!witnesses.none()) return wait(state, world, plan_watched(world, std::move(witnesses)));
    push_unknown(state);
    return {1};
  }
  load::Plan plan = load_plan_from(world, options);
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
  running_load(state, world).rate(load_rate_from(to_json(state, 2)));
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
