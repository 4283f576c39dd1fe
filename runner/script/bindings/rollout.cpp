// zdt.rollout: rolling updates of Deployments and Argo Rollouts, in the same words.
#include "kube/rollout_tree.h"
#include "script/patience.h"
#include "script/bindings/bindings.h"
#include "script/world.h"

namespace zdt::script {
namespace rollout_module {

constexpr milliseconds kPatience{300'000};

Push pushing(json value) {
  return [value = std::move(value)](lua_State* state) { return push_json(state, value), 1; };
}

/// The first argument and the option ns: which workload is meant.
struct Name {
  std::string name, ns;
};

Name name_argument(lua_State* state, const json& options, std::string_view function) {
  return {string_argument(state, 1, fmt::format("{}: name", function)), text_option(options, "ns")};
}

/// "rollout/web" and "shop/web" are the object web, for the diagnosis.
void touch(World& world, const Name& name) {
  const size_t slash = name.name.rfind('/');
  const std::string before = slash == std::string::npos ? "" : name.name.substr(0, slash);
  const bool is_kind = before.empty() || before == "rollout" || before == "deployment";
  world.touch(is_kind ? name.ns : before, slash == std::string::npos ? name.name : name.name.substr(slash + 1));
}

using Work = std::function<Task<Result<json>>(kube::Client& client, kube::Query workload)>;

/// Finds the workload, does `work`, and gives its status after that.
Task<Result<Push>> status_after(kube::Client& client, Name name, Work work) {
  auto workload = co_await kube::workload_named(client, std::move(name.name), std::move(name.ns));
  if (!workload) co_return workload.error();
  auto object = co_await work(client, std::move(*workload));
  if (!object) co_return object.error();
  co_return pushing(kube::rollout_status(*object));
}

/// "app=web,tier=front" of a workload's matchLabels; "" when it has none.
std::string labels_of(const json& workload) {
  std::string labels;
  for (const auto& [key, value] : object_at(workload, {"spec", "selector", "matchLabels"}).items()) {
    labels += fmt::format("{}{}={}", labels.empty() ? "" : ",", key, plain_text(value));
  }
  return labels;
}

/// What the workload lacks, and what keeps its pods from getting ready.
class WorkloadLook {
 public:
  WorkloadLook(kube::Client& client, kube::Query workload, milliseconds patience)
      : client_(client), workload_(std::move(workload)), patience_(patience) {}

  Task<kube::Standstill> look() {
    kube::Query query = workload_;
    auto object = co_await client_.get(std::move(query));
    if (!object) co_return kube::Standstill{object.error().what, "", ""};
    if (!pods_) {
      kube::Query pods{.kind = "pods", .ns = string_at(*object, {"metadata", "namespace"}), .labels = labels_of(*object)};
      if (pods.labels.empty()) co_return kube::Standstill{kube::rollout_unmet(&*object), "", ""};
      pods_.emplace(client_, std::move(pods), patience_);
    }
    kube::Standstill seen = co_await pods_->look();
    const std::string missing = kube::rollout_unmet(&*object);
    if (!seen.waiting.empty() && !missing.empty()) seen.waiting = "; " + seen.waiting;
    seen.waiting = missing + seen.waiting;
    co_return seen;
  }

 private:
  kube::Client& client_;
  kube::Query workload_;
  milliseconds patience_;
  std::optional<kube::PodTroubles> pods_;
};

/// A function of (name, options).
Outcome act(lua_State* state, World& world, std::string_view function,
            std::initializer_list<std::string_view> keys,
            const std::function<Work(const json& options)>& work_with) {
  const json options = options_argument(state, 2, function);
  check_keys(options, keys, function);
  Name name = name_argument(state, options, function);
  touch(world, name);
  return wait(state, world, status_after(world.kube(), std::move(name), work_with(options)));
}

Task<Result<json>> get(kube::Client& client, kube::Query workload) {
  auto object = co_await client.get(std::move(workload));
  co_return object;
}

Outcome status(lua_State* state, World& world) {
  return act(state, world, "zdt.rollout.status", {"ns"}, [](const json&) { return &get; });
}

Outcome set_image(lua_State* state, World& world) {
  const json options = options_argument(state, 3, "zdt.rollout.set_image");
  check_keys(options, {"ns"}, "zdt.rollout.set_image");
  const json wanted = to_json(state, 2);
  if (!wanted.is_object() || wanted.empty())
    fail_script("zdt.rollout.set_image: want { container = \"image\" }");
  std::map<std::string, std::string> images;
  for (const auto& [container, image] : wanted.items()) images[container] = plain_text(image);
  const Work work = [images](kube::Client& client, kube::Query workload) {
    return kube::set_images(client, std::move(workload), images);
  };
  return wait(state, world,
              status_after(world.kube(), name_argument(state, options, "zdt.rollout.set_image"), work));
}

Outcome undo(lua_State* state, World& world) {
  return act(state, world, "zdt.rollout.undo", {"ns", "revision"}, [](const json& options) -> Work {
    return [revision = count_option(options, "revision", 0)](kube::Client& client, kube::Query workload) {
      return kube::undo_rollout(client, std::move(workload), revision);
    };
  });
}

Outcome restart(lua_State* state, World& world) {
  return act(state, world, "zdt.rollout.restart", {"ns"}, [&world](const json&) -> Work {
    return [now = world.host().now()](kube::Client& client, kube::Query workload) {
      return kube::restart_rollout(client, std::move(workload), now);
    };
  });
}

Outcome promote(lua_State* state, World& world) {
  return act(state, world, "zdt.rollout.promote", {"ns", "full"}, [](const json& options) -> Work {
    return [full = flag_option(options, "full", false)](kube::Client& client, kube::Query workload) {
      return kube::promote_rollout(client, std::move(workload), full);
    };
  });
}

Outcome abort_update(lua_State* state, World& world) {
  return act(state, world, "zdt.rollout.abort", {"ns"}, [](const json&) { return &kube::abort_rollout; });
}

Outcome retry(lua_State* state, World& world) {
  return act(state, world, "zdt.rollout.retry", {"ns"}, [](const json&) { return &kube::retry_rollout; });
}

kube::RolloutGoal goal_from(const json& options) {
  kube::RolloutGoal goal;
  goal.step = count_option(options, "step", -1);
  goal.phase = text_option(options, "until_phase", goal.step < 0 ? "Healthy" : "");
  for (const char* phase : {"", "Healthy", "Progressing", "Paused", "Degraded"}) {
    if (goal.phase == phase) return goal;
  }
  fail_script(fmt::format("zdt.rollout.wait: until_phase is Healthy, Progressing, Paused or Degraded, not {}",
                          goal.phase));
}

/// Outside of steps and in a plan nobody is told anything meanwhile.
Task<Result<json>> patient_wait(World& world, stage::Recorder* recorder, kube::Client& client, kube::Query workload,
                                kube::RolloutGoal goal, milliseconds limit) {
  auto work = kube::wait_for_rollout(client, workload, goal, limit);
  if (world.plan != nullptr || recorder == nullptr) co_return co_await std::move(work);
  std::string what = fmt::format("{} {}", workload.kind == kube::kRollouts ? "Rollout" : "Deployment", workload.name);
  const auto watched = std::make_shared<WorkloadLook>(client, std::move(workload), world.patience);
  Look look = [watched] { return watched->look(); };
  co_return co_await with_patience(std::move(work), std::move(what), std::move(look), *recorder);
}

Outcome wait_for_goal(lua_State* state, World& world) {
  return act(state, world, "zdt.rollout.wait", {"ns", "timeout", "until_phase", "step"},
             [&world, recorder = world.recorder](const json& options) -> Work {
               return [goal = goal_from(options), limit = duration_option(options, "timeout", kPatience), &world, recorder](
                          kube::Client& client, kube::Query workload) {
                 return patient_wait(world, recorder, client, std::move(workload), goal, limit);
               };
             });
}

/// What a watch has shown so far; `seen` is the last status.
struct Shown {
  World& world;
  int function;
  stage::Recorder* recorder;  ///< of the step that watches
  json seen;
};

/// Calls the Lua function when the status differs. False: enough.
Task<Result<bool>> show_status(Shown& shown, json object) {
  if (object.is_null()) co_return Error{Code::kNotFound, "the workload is gone", ""};
  json now = kube::rollout_status(object);
  if (now == shown.seen) co_return true;
  shown.seen = now;
  std::vector<json> arguments{now};
  auto returned = co_await shown.world.call(shown.function, false, std::move(arguments), shown.recorder);
  if (!returned) co_return returned.error();
  co_return returned->first != json(true) && string_at(now, {"phase"}) != "Healthy";
}

Task<Result<Push>> watch_status(World& world, Name name, int function, milliseconds limit,
                                stage::Recorder* recorder) {
  auto workload = co_await kube::workload_named(world.kube(), name.name, name.ns);
  if (!workload) co_return workload.error();
  Shown shown{world, function, recorder, nullptr};
  const kube::OnWorkload on_change = [&shown](const kube::WorkloadView& view) {
    return show_status(shown, view.workload);
  };
  Error late{Code::kTimeout, "", "zdt-demo watch " + name.name};
  auto ended = co_await with_deadline(
      kube::watch_rollout(world.kube(), std::move(*workload), false, on_change), limit, late);
  world.forget(function);
  if (!ended && ended.error().what.empty()) {
    Error timed_out = ended.error();
    timed_out.what = fmt::format("{}: timed out after {}. Last: {} {}", name.name, format_duration(limit),
                                 string_at(shown.seen, {"phase"}), string_at(shown.seen, {"message"}));
    co_return timed_out;
  }
  if (!ended) co_return ended.error();
  co_return pushing(std::move(shown.seen));
}

Outcome watch(lua_State* state, World& world) {
  const json options = options_argument(state, 2, "zdt.rollout.watch");
  check_keys(options, {"ns", "timeout"}, "zdt.rollout.watch");
  if (!lua_isfunction(state, 3))
    fail_script("zdt.rollout.watch: want a function(status) as its third argument");
  Name name = name_argument(state, options, "zdt.rollout.watch");
  const milliseconds limit = duration_option(options, "timeout", kPatience);
  lua_pushvalue(state, 3);
  const int function = luaL_ref(state, LUA_REGISTRYINDEX);
  return wait(state, world, watch_status(world, std::move(name), function, limit, world.recorder));
}

Task<Result<Push>> tree_text(World& world, Name name) {
  auto workload = co_await kube::workload_named(world.kube(), std::move(name.name), std::move(name.ns));
  if (!workload) co_return workload.error();
  auto view = co_await kube::view_rollout(world.kube(), std::move(*workload));
  if (!view) co_return view.error();
  co_return pushing(kube::draw_rollout(*view, world.host().now()));
}

Outcome tree(lua_State* state, World& world) {
  const json options = options_argument(state, 2, "zdt.rollout.tree");
  check_keys(options, {"ns"}, "zdt.rollout.tree");
  return wait(state, world, tree_text(world, name_argument(state, options, "zdt.rollout.tree")));
}

}  // namespace rollout_module

void open_rollout(lua_State* state) {
  using namespace rollout_module;
  add_module(state, "rollout",
             {{"status", &guarded<&status>},
              {"set_image", &guarded<&set_image>},
              {"undo", &guarded<&undo>},
              {"restart", &guarded<&restart>},
              {"promote", &guarded<&promote>},
              {"abort", &guarded<&abort_update>},
              {"retry", &guarded<&retry>},
              {"wait", &guarded<&wait_for_goal>},
              {"watch", &guarded<&watch>},
              {"tree", &guarded<&tree>}});
}

}  // namespace zdt::script
