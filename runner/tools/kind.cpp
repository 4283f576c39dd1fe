#include "tools/kind.h"

#include <algorithm>

#include "base/json.h"
#include "base/text.h"

namespace zdt::tools {
namespace {

constexpr milliseconds kKindQuick{30'000}, kKindLong{900'000};
/// How long kind itself waits until the control plane is ready; it only warns when it is not.
constexpr const char* kWait = "180s";

host::Command kind(std::vector<std::string> arguments, milliseconds limit) {
  host::Command command;
  command.argv = std::move(arguments);
  command.argv.insert(command.argv.begin(), "kind");
  command.limit = limit;
  return command;
}

/// `kind get` prints names on stdout; that there are none it says on stderr.
Task<Result<std::vector<std::string>>> names_from(Runner runner, host::Command command, std::string what) {
  auto exit = co_await run_tool(std::move(runner), std::move(command), std::move(what));
  if (!exit) co_return exit.error();
  std::vector<std::string> names;
  for (const std::string& line : split(exit->out, '\n')) {
    const std::string name = trim(line);
    if (!name.empty() && name.find(' ') == std::string::npos) names.push_back(name);
  }
  co_return std::move(names);
}

}  // namespace

host::Command kind_get_clusters() { return kind({"get", "clusters"}, kKindQuick); }

host::Command kind_create(const KindCluster& cluster) {
  std::vector<std::string> arguments{"create",       "cluster",
                                     "--name",       cluster.name,
                                     "--config",     cluster.config.string(),
                                     "--kubeconfig", cluster.kubeconfig.string(),
                                     "--wait",       kWait};
  if (!cluster.image.empty()) arguments.insert(arguments.end(), {"--image", cluster.image});
  return kind(std::move(arguments), kKindLong);
}

host::Command kind_delete(const KindCluster& cluster) {
  return kind({"delete", "cluster", "--name", cluster.name, "--kubeconfig", cluster.kubeconfig.string()},
              kKindLong);
}

host::Command kind_get_kubeconfig(const std::string& name) {
  return kind({"get", "kubeconfig", "--name", name}, kKindQuick);
}

host::Command kind_get_nodes(const std::string& name) {
  return kind({"get", "nodes", "--name", name}, kKindQuick);
}

host::Command kind_load_images(const std::string& name, const std::vector<std::string>& images) {
  std::vector<std::string> arguments{"load", "docker-image", "--name", name};
  arguments.insert(arguments.end(), images.begin(), images.end());
  return kind(std::move(arguments), kKindLong);
}

host::Command kind_load_archive(const std::string& name, const host::fs::path& archive) {
  return kind({"load", "image-archive", "--name", name, archive.string()}, kKindLong);
}

Task<Result<std::vector<std::string>>> kind_clusters(Runner runner) {
  auto names = co_await names_from(std::move(runner), kind_get_clusters(), "kind get clusters");
  co_return names;
}

Task<Result<std::vector<std::string>>> kind_nodes(Runner runner, std::string name) {
  auto names = co_await names_from(std::move(runner), kind_get_nodes(name), "kind get nodes");
  co_return names;
}

namespace {

host::Command crictl_images(const std::string& node) {
  host::Command command;
  command.argv = {"docker", "exec", node, "crictl", "images", "--output", "json"};
  command.limit = kKindQuick;
  return command;
}

std::vector<NodeImage> images_of(const json& listed) {
  std::vector<NodeImage> images;
  for (const json& image : array_at(listed, {"images"})) {
    NodeImage one{string_at(image, {"id"}), {}};
    for (const char* field : {"repoTags", "repoDigests"}) {
      for (const json& name : array_at(image, {field})) {
        if (name.is_string()) one.names.insert(name.get<std::string>());
      }
    }
    images.push_back(std::move(one));
  }
  return images;
}

}  // namespace

bool NodeImage::is(std::string_view digest) const {
  return id == digest || std::any_of(names.begin(), names.end(), [end = fmt::format("@{}", digest)](const std::string& name) { return name.ends_with(end); });
}

Task<Result<std::vector<std::vector<NodeImage>>>> kind_images(Runner runner, std::string name) {
  auto nodes = co_await kind_nodes(runner, std::move(name));
  if (!nodes) co_return nodes.error();
  std::vector<std::vector<NodeImage>> images;
  for (const std::string& node : *nodes) {
    std::string what = "crictl images on " + node;
    auto exit = co_await run_tool(runner, crictl_images(node), std::move(what));
    if (!exit) co_return exit.error();
    auto listed = parse_json(exit->out, "crictl images");
    if (!listed) co_return listed.error();
    images.push_back(images_of(*listed));
  }
  co_return std::move(images);
}

}  // namespace zdt::tools
