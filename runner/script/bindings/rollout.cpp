// zdt.rollout: rolling updates, in words that fit Deployments now and Argo Rollouts later.
#include "kube/wait.h"
#include "script/bindings/bindings.h"
#include "script/world.h"

namespace zdt::script {
namespace {

Push pushing(json value) {
  return [value = std::move(value)](lua_State* state) { return push_json(state, value), 1; };
}

kube::Query deployment_query(lua_State* state, const json& options, std::string_view what) {
  return {.kind = "deployments.apps", .ns = text_option(options, "ns"), .name = string_argument(state, 1, what)};
}

/// The status of the workload that `work` returns.
Task<Result<Push>> status_after(Task<Result<json>> work) {
  auto workload = co_await std::move(work);
  if (!workload) co_return workload.error();
  co_return pushing(kube::rollout_status(*workload));
}

Outcome status(lua_State* state, World& world) {
  const json options = options_argument(state, 2, "zdt.rollout.status");
  check_keys(options, {"ns"}, "zdt.rollout.status");
  return wait(state, world, status_after(world.kube().get(deployment_query(state, options, "zdt.rollout.status: name"))));
}

Outcome set_image(lua_State* state, World& world) {
  const json options = options_argument(state, 3, "zdt.rollout.set_image");
  check_keys(options, {"ns"}, "zdt.rollout.set_image");
  const json wanted = to_json(state, 2);
  if (!wanted.is_object() || wanted.empty()) fail_script("zdt.rollout.set_image: want { container = \"image\" }");
  std::map<std::string, std::string> images;
  for (const auto& [container, image] : wanted.items()) images[container] = plain_text(image);
  return wait(state, world,
              status_after(kube::set_images(world.kube(), deployment_query(state, options, "zdt.rollout.set_image: name"),
                                            std::move(images))));
}

Outcome undo(lua_State* state, World& world) {
  const json options = options_argument(state, 2, "zdt.rollout.undo");
  check_keys(options, {"ns", "revision"}, "zdt.rollout.undo");
  return wait(state, world,
              status_after(kube::undo_rollout(world.kube(), deployment_query(state, options, "zdt.rollout.undo: name"),
                                              count_option(options, "revision", 0))));
}

Outcome restart(lua_State* state, World& world) {
  const json options = options_argument(state, 2, "zdt.rollout.restart");
  check_keys(options, {"ns"}, "zdt.rollout.restart");
  json body;
  body["spec"]["template"]["metadata"]["annotations"]["kubectl.kubernetes.io/restartedAt"] =
      format_time(world.host().now());
  return wait(state, world,
              status_after(world.kube().patch(deployment_query(state, options, "zdt.rollout.restart: name"),
                                              kube::PatchType::kStrategic, std::move(body))));
}

Outcome wait_healthy(lua_State* state, World& world) {
  const json options = options_argument(state, 2, "zdt.rollout.wait");
  check_keys(options, {"ns", "timeout"}, "zdt.rollout.wait");
  return wait(state, world,
              status_after(kube::wait_until(world.kube(), deployment_query(state, options, "zdt.rollout.wait: name"),
                                            &kube::rollout_unmet,
                                            duration_option(options, "timeout", milliseconds(300'000)))));
}

}  // namespace

void open_rollout(lua_State* state) {
  add_module(state, "rollout",
             {{"status", &guarded<&status>},
              {"set_image", &guarded<&set_image>},
              {"undo", &guarded<&undo>},
              {"restart", &guarded<&restart>},
              {"wait", &guarded<&wait_healthy>}});
}

}  // namespace zdt::script
