// zdt.kind: what only a Kind cluster has. It is made and removed by s.target:up() and s.target:down().
#include "cluster/kind.h"

#include <algorithm>

#include "base/text.h"
#include "bundle/index.h"
#include "script/bindings/bindings.h"
#include "script/world.h"

namespace zdt::script {
namespace kind_module {

Task<Result<Push>> kind_task(World& world, stage::Recorder& recorder, host::Command command,
                             std::string what) {
  command.on_output = tools::by_lines([&recorder](std::string_view line) { recorder.log("debug", line); });
  auto exit = co_await tools::run_tool(world.runner(), std::move(command), std::move(what));
  if (!exit) co_return exit.error();
  co_return Push([](lua_State*) { return 0; });
}

/// load_image("a:1", "b:2", …): from this machine's Docker onto all nodes.
Outcome load_image(lua_State* state, World& world) {
  stage::Recorder& recorder = world.current_recorder();
  std::vector<std::string> images;
  for (int index = 1; index <= lua_gettop(state); ++index)
    images.push_back(string_argument(state, index, "zdt.kind.load_image"));
  if (images.empty()) fail_script("zdt.kind.load_image: want the images' names");
  std::string what = "kind load of " + join(images, ", ");
  return wait(
      state, world,
      kind_task(world, recorder, tools::kind_load_images(cluster::Kind::kName, images), std::move(what)));
}

Outcome load_archive(lua_State* state, World& world) {
  stage::Recorder& recorder = world.current_recorder();
  const std::string archive = string_argument(state, 1, "zdt.kind.load_archive: archive");
  host::Command command = tools::kind_load_archive(cluster::Kind::kName, world.file(archive));
  return wait(state, world, kind_task(world, recorder, std::move(command), "kind load of " + archive));
}

Task<Result<Push>> nodes_task(World& world) {
  auto names = co_await tools::kind_nodes(world.runner(), cluster::Kind::kName);
  if (!names) co_return names.error();
  co_return Push([names = json(*names)](lua_State* state) { return push_json(state, names), 1; });
}

Outcome nodes(lua_State* state, World& world) {
  world.current_recorder();
  return wait(state, world, nodes_task(world));
}

/// id  which of that name; "": any.
struct WantedImage {
  std::string name, id;
};

bool is_wanted(const tools::NodeImage& image, const WantedImage& wanted) {
  const bool named = std::any_of(image.names.begin(), image.names.end(), [name = bundle::normal_image(wanted.name)](const std::string& one) {
    return bundle::normal_image(one) == name;
  });
  return named && (wanted.id.empty() || image.is(wanted.id));
}

bool has_image(const std::vector<tools::NodeImage>& images, const WantedImage& wanted) {
  return std::any_of(images.begin(), images.end(), [&](const tools::NodeImage& image) { return is_wanted(image, wanted); });
}

/// Without nodes, as in a plan, all are missing.
Task<Result<Push>> missing_task(World& world, std::vector<WantedImage> images) {
  auto nodes = co_await tools::kind_images(world.runner(), cluster::Kind::kName);
  if (!nodes) co_return nodes.error();
  json missing = json::array();
  for (const WantedImage& image : images) {
    const bool everywhere = std::all_of(nodes->begin(), nodes->end(), [&](const auto& there) { return has_image(there, image); });
    if (nodes->empty() || !everywhere) missing.push_back(image.name);
  }
  co_return Push([missing = std::move(missing)](lua_State* state) { return push_json(state, missing), 1; });
}

WantedImage wanted_argument(lua_State* state, int index) {
  if (!lua_istable(state, index)) return {string_argument(state, index, "zdt.kind.missing"), ""};
  const json options = options_argument(state, index, "zdt.kind.missing");
  check_keys(options, {"name", "id"}, "zdt.kind.missing");
  WantedImage wanted{text_option(options, "name"), text_option(options, "id")};
  if (wanted.name.empty()) fail_script("zdt.kind.missing: want { name = }");
  return wanted;
}

/// missing("a:1", { name = "b:2", id = "sha256:…" }, …)
Outcome missing(lua_State* state, World& world) {
  std::vector<WantedImage> images;
  for (int index = 1; index <= lua_gettop(state); ++index) images.push_back(wanted_argument(state, index));
  return wait(state, world, missing_task(world, std::move(images)));
}

}  // namespace kind_module

void open_kind(lua_State* state) {
  using namespace kind_module;
  add_module(state, "kind",
             {{"load_image", &guarded<&load_image>},
              {"load_archive", &guarded<&load_archive>},
              {"missing", &guarded<&missing>},
              {"nodes", &guarded<&nodes>}});
}

}  // namespace zdt::script
