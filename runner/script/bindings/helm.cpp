// zdt.helm: releases on the run's own cluster, whatever the user's current context is.
#include "tools/helm.h"

#include "base/yaml.h"
#include "script/bindings/bindings.h"
#include "script/patience.h"
#include "script/unknown.h"
#include "script/world.h"

namespace zdt::script {
namespace helm_module {

tools::HelmTarget helm_target(World& world) {
  auto connection = world.target().connection();
  if (!connection) throw LuaFailure{connection.error()};
  return {world.target().kubeconfig_file(), connection->context};
}

/// A folder or archive beside the script or of the project stays one; anything else is a name in a repository.
std::string chart_of(World& world, const std::string& chart) {
  const host::fs::path here = world.file(chart);
  return !chart.empty() && host::fs::exists(here) ? here.string() : chart;
}

tools::Release release_from(World& world, const json& options, std::string_view what) {
  tools::Release release;
  release.name = text_option(options, "release");
  release.chart = chart_of(world, text_option(options, "chart"));
  release.version = text_option(options, "version");
  release.repo = text_option(options, "repo");
  release.ns = text_option(options, "namespace");
  const json& values = at(options, {"values"});
  if (values.is_object()) release.values = readable(values);
  const std::string file = text_option(options, "values_file");
  if (!file.empty()) release.values_file = world.file(file);
  release.wait = flag_option(options, "wait", true);
  release.timeout = duration_option(options, "timeout", release.timeout);
  release.create_namespace = flag_option(options, "create_namespace", true);
  if (release.name.empty() || release.chart.empty())
    fail_script(fmt::format("{}: want {{ release =, chart = }}", what));
  return release;
}

/// Whether the pod is the release's: charts label theirs with the release, or else leave the label out; then it counts when it
/// was made since helm began. (kube-system is full of pods of others.)
bool is_of_release(const json& pod, const std::string& release, WallTime since) {
  const std::string instance = string_at(pod, {"metadata", "labels", "app.kubernetes.io/instance"});
  if (!instance.empty()) return instance == release;
  auto made = parse_time(string_at(pod, {"metadata", "creationTimestamp"}));
  return made && *made >= std::chrono::floor<std::chrono::seconds>(since);
}

Look look_at_release(World& world, const tools::Release& release) {
  kube::Query pods{.kind = "pods", .ns = release.ns};
  kube::PodTroubles::Chosen chosen = [name = release.name, since = world.host().now()](const json& pod) {
    return is_of_release(pod, name, since);
  };
  const auto troubles = std::make_shared<kube::PodTroubles>(world.kube(), std::move(pods), world.patience, std::move(chosen));
  return [troubles] { return troubles->look(); };
}

Task<Result<void>> make_way(World& world, stage::Recorder& recorder, const tools::Release& release,
                            const tools::HelmTarget& target) {
  auto pending = co_await tools::clear_pending(world.runner(), release, target);
  if (!pending) co_return pending.error();
  if (!pending->empty()) {
    recorder.log("info", fmt::format("release {} was {}: an earlier helm was ended half-way. It has been uninstalled first", release.name, *pending));
  }
  co_return Result<void>();
}

Task<Result<Push>> upgrade_task(World& world, stage::Recorder& recorder, tools::Release release, tools::HelmTarget target) {
  auto way = co_await make_way(world, recorder, release, target);
  if (!way) co_return way.error();
  host::Command command = tools::helm_upgrade_install(release, target);
  auto work = tools::run_tool(world.runner(), std::move(command), tools::words_for(release));
  Result<host::Exit> exit = host::Exit{};
  if (world.plan != nullptr || !release.wait) {
    exit = co_await std::move(work);
  } else {
    Look look = look_at_release(world, release);
    exit = co_await with_patience(std::move(work), tools::words_for(release), std::move(look), recorder);
  }
  if (!exit) co_return exit.error();
  co_return Push([](lua_State*) { return 0; });
}

Outcome upgrade_install(lua_State* state, World& world) {
  const json options = options_argument(state, 1, "zdt.helm.upgrade_install");
  check_keys(options,
             {"release", "chart", "version", "repo", "namespace", "values", "values_file", "wait", "timeout",
              "create_namespace"},
             "zdt.helm.upgrade_install");
  stage::Recorder& recorder = world.current_recorder();
  tools::Release release = release_from(world, options, "zdt.helm.upgrade_install");
  world.touch(release.ns, "");
  return wait(state, world, upgrade_task(world, recorder, std::move(release), helm_target(world)));
}

Task<Result<Push>> template_task(World& world, tools::Release release) {
  auto exit =
      co_await tools::run_tool(world.runner(), tools::helm_template(release), tools::words_for(release));
  if (!exit) co_return exit.error();
  auto documents = parse_yaml_documents(exit->out, "helm template " + release.name);
  if (!documents) co_return documents.error();
  co_return Push([objects = json(*documents)](lua_State* state) { return push_json(state, objects), 1; });
}

/// The chart's objects, without a cluster.
Outcome render(lua_State* state, World& world) {
  const json options = options_argument(state, 1, "zdt.helm.template");
  check_keys(options, {"release", "chart", "version", "repo", "namespace", "values", "values_file"},
             "zdt.helm.template");
  world.current_recorder();
  return wait(state, world, template_task(world, release_from(world, options, "zdt.helm.template")));
}

/// name, { namespace = , … } as the calls that act on a release that exists have it.
tools::Release named_release(lua_State* state, const json& options, std::string_view what) {
  tools::Release release;
  release.name = string_argument(state, 1, what);
  release.ns = text_option(options, "namespace");
  release.timeout = duration_option(options, "timeout", release.timeout);
  return release;
}

Task<Result<Push>> uninstall_task(World& world, tools::Release release, tools::HelmTarget target) {
  auto removed = co_await tools::uninstall(world.runner(), std::move(release), std::move(target));
  if (!removed) co_return removed.error();
  co_return Push([removed = *removed](lua_State* state) { return lua_pushboolean(state, removed), 1; });
}

Outcome uninstall(lua_State* state, World& world) {
  const json options = options_argument(state, 2, "zdt.helm.uninstall");
  check_keys(options, {"namespace", "timeout"}, "zdt.helm.uninstall");
  world.current_recorder();
  return wait(state, world,
              uninstall_task(world, named_release(state, options, "zdt.helm.uninstall: release"),
                             helm_target(world)));
}

Task<Result<Push>> status_task(World& world, tools::Release release, tools::HelmTarget target) {
  if (world.plan != nullptr) {  // a fresh machine has no release
    auto planned = co_await world.run(tools::helm_status(release, target));
    if (!planned) co_return planned.error();
    co_return Push([](lua_State* state) { return lua_pushnil(state), 1; });
  }
  auto status = co_await tools::release_status(world.runner(), std::move(release), std::move(target));
  if (!status) co_return status.error();
  co_return Push([status = std::move(*status)](lua_State* state) { return push_json(state, status), 1; });
}

/// nil when there is no such release.
Outcome status(lua_State* state, World& world) {
  const json options = options_argument(state, 2, "zdt.helm.status");
  check_keys(options, {"namespace"}, "zdt.helm.status");
  world.current_recorder();
  return wait(
      state, world,
      status_task(world, named_release(state, options, "zdt.helm.status: release"), helm_target(world)));
}

Task<Result<Push>> list_task(World& world, tools::HelmTarget target, std::string ns) {
  auto exit = co_await tools::run_tool(world.runner(), tools::helm_list(target, ns), "helm list");
  if (!exit) co_return exit.error();
  auto releases = parse_json(exit->out.empty() ? "[]" : exit->out, "helm list");
  if (!releases) co_return releases.error();
  co_return Push(
      [releases = std::move(*releases)](lua_State* state) { return push_json(state, releases), 1; });
}

Outcome list(lua_State* state, World& world) {
  const json options = options_argument(state, 1, "zdt.helm.list");
  check_keys(options, {"namespace"}, "zdt.helm.list");
  world.current_recorder();
  return wait(state, world, list_task(world, helm_target(world), text_option(options, "namespace")));
}

}  // namespace helm_module

void open_helm(lua_State* state) {
  using namespace helm_module;
  add_module(state, "helm",
             {{"upgrade_install", &guarded<&upgrade_install>},
              {"template", &guarded<&render>},
              {"uninstall", &guarded<&uninstall>},
              {"status", &guarded<&status>},
              {"list", &guarded<&list>}});
}

}  // namespace zdt::script
