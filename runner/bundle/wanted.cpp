#include "bundle/wanted.h"

#include <algorithm>

#include "base/text.h"
#include "base/yaml.h"
#include "host/files.h"
#include "host/process.h"

namespace zdt::bundle {
namespace {

constexpr std::string_view kReloader = "--prometheus-config-reloader=";

void add_container(const json& container, std::set<std::string>& images) {
  const std::string image = string_at(container, {"image"});
  if (!image.empty()) images.insert(normal_image(image));
  for (const json& argument : array_at(container, {"args"})) {
    const std::string text = argument.is_string() ? argument.get<std::string>() : "";
    if (text.starts_with(kReloader))
      images.insert(normal_image(std::string_view(text).substr(kReloader.size())));
  }
}

void walk(const json& value, std::set<std::string>& images) {
  for (const char* list : {"containers", "initContainers", "ephemeralContainers"}) {
    for (const json& container : array_at(value, {list})) add_container(container, images);
  }
  if (!value.is_structured()) return;
  for (const json& part : value) walk(part, images);
}

bool pulls_always(const json& container) {
  const std::string policy = string_at(container, {"imagePullPolicy"}), image = string_at(container, {"image"});
  if (!policy.empty() || image.empty() || image.find('@') != std::string::npos) return policy == "Always";
  return normal_image(image).ends_with(":latest");
}

void walk_always(const json& value, const std::string& object, std::vector<std::string>& found) {
  for (const char* list : {"containers", "initContainers", "ephemeralContainers"}) {
    for (const json& container : array_at(value, {list})) {
      if (!pulls_always(container)) continue;
      found.push_back(fmt::format("{}: container {} pulls its image Always", object, string_at(container, {"name"})));
    }
  }
  if (!value.is_structured()) return;
  for (const json& part : value) walk_always(part, object, found);
}

bool is_operated(const json& object) { return string_at(object, {"apiVersion"}).starts_with("monitoring.coreos.com/"); }

bool is_component(const fs::path& file) {
  auto text = host::read_file(file);
  return text && text->find("kind: Component") != std::string::npos;
}

std::vector<std::string> texts(const json& list) {
  std::vector<std::string> words;
  for (const json& item : list) {
    if (item.is_string()) words.push_back(item.get<std::string>());
  }
  return words;
}

}  // namespace

std::set<std::string> images_in(const json& object) {
  std::set<std::string> images;
  walk(object, images);
  const std::string operated = string_at(object, {"spec", "image"});
  if (is_operated(object) && !operated.empty()) images.insert(normal_image(operated));
  return images;
}

std::vector<std::string> always_pulled(const json& object) {
  const std::string name = fmt::format("{} {}", string_at(object, {"kind"}), string_at(object, {"metadata", "name"}));
  std::vector<std::string> found;
  walk_always(object, name, found);
  const bool operated = is_operated(object) && string_at(object, {"spec", "imagePullPolicy"}) == "Always";
  if (operated) found.push_back(name + ": its pods pull their image Always");
  return found;
}

Result<Asked> asked_in_yaml(std::string_view text, std::string_view source) {
  auto documents = parse_yaml_documents(text, source);
  if (!documents) return documents.error();
  Asked asked;
  for (const json& document : *documents) {
    asked.images.merge(images_in(document));
    for (std::string& one : always_pulled(document)) asked.always.push_back(std::move(one));
  }
  return asked;
}

Result<std::set<std::string>> images_in_yaml(std::string_view text, std::string_view source) {
  auto asked = asked_in_yaml(text, source);
  if (!asked) return asked.error();
  return std::move(asked->images);
}

std::vector<fs::path> kustomize_folders(const fs::path& manifests) {
  std::vector<fs::path> folders;
  std::error_code missing;
  for (const auto& entry : fs::recursive_directory_iterator(manifests, missing)) {
    if (entry.path().filename() == "kustomization.yaml" && !is_component(entry.path()))
      folders.push_back(entry.path().parent_path());
  }
  std::sort(folders.begin(), folders.end());
  return folders;
}

namespace {

/// One tree of all `folders`, below `scratch`: kubectl takes 0.2 s to start, and there are dozens. Objects of the same name
/// are told apart by a suffix.
Result<void> write_tree_of_all(const std::vector<fs::path>& folders, const fs::path& scratch) {
  std::string all = "resources:\n";
  for (size_t i = 0; i < folders.size(); ++i) {
    const fs::path one = scratch / fmt::format("tree-{}", i);
    const std::string base = fs::relative(folders[i], one).string();
    auto written = host::write_file(one / "kustomization.yaml", fmt::format("nameSuffix: \"-{}\"\nresources: [ \"{}\" ]\n", i, base));
    if (!written) return written;
    all += fmt::format("- tree-{}\n", i);
  }
  return host::write_file(scratch / "kustomization.yaml", all);
}

}  // namespace

Task<Result<std::set<std::string>>> images_of_trees(std::string kubectl, fs::path manifests) {
  auto asked = co_await asked_by_trees(std::move(kubectl), std::move(manifests));
  if (!asked) co_return asked.error();
  co_return std::move(asked->images);
}

Task<Result<Asked>> asked_by_trees(std::string kubectl, fs::path manifests) {
  const auto folders = kustomize_folders(manifests);
  if (folders.empty()) co_return Asked();
  const host::TempDir scratch("zdt-trees");
  auto written = write_tree_of_all(folders, scratch.path());
  if (!written) co_return written.error();
  host::Command command;
  command.argv = {kubectl, "kustomize", scratch.path().string()};
  command.capture_limit = 64 << 20;
  command.limit = milliseconds(60'000);
  auto exit = co_await host::run(std::move(command));
  if (!exit) co_return exit.error();
  if (!exit->ok()) co_return Error{Code::kScript, fmt::format("{}: {}", manifests.string(), trim(exit->err)), ""};
  co_return asked_in_yaml(exit->out, manifests.string());
}

Result<Pins> pins_from(const json& declared) {
  Pins pins;
  pins.node_image = string_at(declared, {"node_image"});
  pins.images = texts(array_at(declared, {"images"}));
  pins.local_images = texts(array_at(declared, {"local_images"}));
  pins.host_images = texts(array_at(declared, {"host_images"}));
  for (const json& chart : array_at(declared, {"charts"})) {
    Chart one{string_at(chart, {"name"}), string_at(chart, {"repo"}), string_at(chart, {"version"}),
              texts(array_at(chart, {"values"}))};
    if (one.name.empty() || one.repo.empty() || one.version.empty()) {
      return Error{Code::kScript, "scripts/lib/pins.lua: a chart needs name, repo and version", ""};
    }
    pins.charts.push_back(std::move(one));
  }
  for (const json& manifest : array_at(declared, {"manifests"})) {
    const std::string name = string_at(manifest, {"name"}), url = string_at(manifest, {"url"});
    if (name.empty() || !url.starts_with("https://")) {
      return Error{Code::kScript, "scripts/lib/pins.lua: a manifest needs a name and an https:// url", ""};
    }
    pins.manifests[name] = url;
  }
  return pins;
}

Result<std::string> kind_node_image(const fs::path& configuration) {
  auto text = host::read_file(configuration);
  if (!text && text.error().code == Code::kNotFound) return std::string();
  if (!text) return text.error();
  auto document = parse_yaml(*text, configuration.filename().string());
  if (!document) return document.error();
  const json& nodes = array_at(*document, {"nodes"});
  return nodes.empty() ? std::string() : string_at(nodes.front(), {"image"});
}

std::string kubernetes_version_of(const Pins& pins) {
  const std::string name = pins.node_image.substr(0, pins.node_image.find('@'));
  const size_t colon = name.rfind(':');
  if (colon == std::string::npos || name.compare(colon, 2, ":v") != 0) return "";
  std::string version = name.substr(colon + 2);
  const bool digits = version.find_first_not_of("0123456789.") == std::string::npos;
  return digits && std::count(version.begin(), version.end(), '.') == 2 ? version : "";
}

std::vector<Wanted> wanted_by(const Pins& pins, bool node_image) {
  std::vector<Wanted> wanted;
  if (node_image && !pins.node_image.empty()) wanted.push_back({"node-image", normal_image(pins.node_image)});
  for (const auto* list : {&pins.images, &pins.local_images}) {
    for (const std::string& image : *list) wanted.push_back({"image", normal_image(image)});
  }
  for (const std::string& image : node_image ? pins.host_images : std::vector<std::string>())
    wanted.push_back({"image", normal_image(image)});
  for (const Chart& chart : pins.charts) wanted.push_back({"chart", chart.file_name()});
  for (const auto& [name, url] : pins.manifests) wanted.push_back({"manifest", name});
  return wanted;
}

}  // namespace zdt::bundle
