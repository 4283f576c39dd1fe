// zdt.docker: images of this machine's Docker.
#include "tools/docker.h"

#include "script/bindings/bindings.h"
#include "script/world.h"

namespace zdt::script {
namespace docker_module {

/// A path beside the script or of the project, unless it is absolute.
host::fs::path project_path(World& world, const json& options, std::string_view key) {
  const std::string path = text_option(options, key);
  return path.empty() ? host::fs::path() : world.file(path);
}

/// The build's steps, as both of docker's builders print them ("#7 [build 2/5] RUN …", "Step 2/5 : RUN …").
bool is_build_step(std::string_view line) {
  return line.starts_with("Step ") || (line.starts_with('#') && line.find(" [") < 6);
}

tools::OnLine to_log(stage::Recorder& recorder) {
  return [&recorder](std::string_view line) { recorder.log(is_build_step(line) ? "info" : "debug", line); };
}

Task<Result<Push>> build_task(World& world, stage::Recorder& recorder, tools::Build build) {
  auto built = co_await tools::build_image(world.runner(), std::move(build), to_log(recorder));
  if (!built) co_return built.error();
  co_return Push([built = *built](lua_State* state) { return lua_pushboolean(state, built), 1; });
}

/// build { context =, file =, tag =, args = {}, target = }: true when it was built now.
Outcome build(lua_State* state, World& world) {
  const json options = options_argument(state, 1, "zdt.docker.build");
  check_keys(options, {"context", "file", "tag", "args", "target"}, "zdt.docker.build");
  stage::Recorder& recorder = world.current_recorder();
  tools::Build wanted{project_path(world, options, "context"),
                      project_path(world, options, "file"),
                      text_option(options, "tag"),
                      text_option(options, "target"),
                      {}};
  for (const auto& [name, value] : object_at(options, {"args"}).items())
    wanted.args[name] = plain_text(value);
  if (wanted.context.empty() || wanted.tag.empty())
    fail_script("zdt.docker.build: want { context =, tag = }");
  return wait(state, world, build_task(world, recorder, std::move(wanted)));
}

Task<Result<Push>> tool_task(World& world, stage::Recorder& recorder, host::Command command,
                             std::string what) {
  command.on_output = tools::by_lines([&recorder](std::string_view line) { recorder.log("debug", line); });
  auto exit = co_await tools::run_tool(world.runner(), std::move(command), std::move(what));
  if (!exit) co_return exit.error();
  co_return Push([](lua_State*) { return 0; });
}

Outcome tag(lua_State* state, World& world) {
  const std::string image = string_argument(state, 1, "zdt.docker.tag: image"),
                    name = string_argument(state, 2, "zdt.docker.tag: tag");
  return wait(
      state, world,
      tool_task(world, world.current_recorder(), tools::docker_tag(image, name), "docker tag of " + image));
}

Outcome load(lua_State* state, World& world) {
  const std::string archive = string_argument(state, 1, "zdt.docker.load: archive");
  return wait(state, world,
              tool_task(world, world.current_recorder(), tools::docker_load(world.file(archive)),
                        "docker load of " + archive));
}

Outcome save(lua_State* state, World& world) {
  const auto images = argv_argument(state, 1, "zdt.docker.save");
  const std::string file = string_argument(state, 2, "zdt.docker.save: file");
  return wait(state, world,
              tool_task(world, world.current_recorder(), tools::docker_save(images, world.host().root / file),
                        "docker save to " + file));
}

Outcome push(lua_State* state, World& world) {
  const std::string image = string_argument(state, 1, "zdt.docker.push: image");
  return wait(
      state, world,
      tool_task(world, world.current_recorder(), tools::docker_push(image), "docker push of " + image));
}

Task<Result<Push>> id_task(World& world, std::string image) {
  auto id = co_await tools::image_id(world.runner(), std::move(image));
  if (!id) co_return id.error();
  co_return Push([id = *id](lua_State* state) {
    return id.empty() ? lua_pushnil(state) : static_cast<void>(lua_pushlstring(state, id.data(), id.size())),
           1;
  });
}

/// nil when there is no such image here.
Outcome image_id(lua_State* state, World& world) {
  world.current_recorder();
  return wait(state, world, id_task(world, string_argument(state, 1, "zdt.docker.image_id: image")));
}

}  // namespace docker_module

void open_docker(lua_State* state) {
  using namespace docker_module;
  add_module(state, "docker",
             {{"build", &guarded<&build>},
              {"tag", &guarded<&tag>},
              {"load", &guarded<&load>},
              {"save", &guarded<&save>},
              {"push", &guarded<&push>},
              {"image_id", &guarded<&image_id>}});
}

}  // namespace zdt::script
