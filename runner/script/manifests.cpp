#include "script/manifests.h"

#include "base/text.h"
#include "base/yaml.h"
#include "host/process.h"

namespace zdt::script {
namespace {

Task<Result<std::string>> build_kustomization(const host::Host& host, const host::fs::path& folder) {
  const host::fs::path private_kubectl = host.tools / "bin/kubectl";
  host::Command command;
  command.argv = {host::fs::exists(private_kubectl) ? private_kubectl.string() : "kubectl", "kustomize", folder.string()};
  command.capture_limit = 16 << 20;
  command.limit = milliseconds(60'000);
  auto exit = co_await host::run(std::move(command));
  if (!exit) co_return exit.error();
  if (!exit->ok()) co_return Error{Code::kScript, fmt::format("{}: {}", folder.string(), trim(exit->err)), ""};
  co_return std::move(exit->out);
}

std::vector<json> flattened(const json& value) {
  std::vector<json> objects;
  if (value.is_array()) {
    for (const json& item : value) objects.push_back(item);
  } else if (string_at(value, {"kind"}) == "List") {
    for (const json& item : array_at(value, {"items"})) objects.push_back(item);
  } else {
    objects.push_back(value);
  }
  return objects;
}

/// Lower comes first.
int rank_of(const json& object) {
  const std::string kind = string_at(object, {"kind"});
  if (kind == "Namespace") return 0;
  if (kind == "CustomResourceDefinition") return 1;
  if (kind == "ServiceAccount" || kind == "ConfigMap" || kind == "Secret") return 2;
  if (kind == "Service") return 3;
  return 4;
}

std::string name_of(const json& object) {
  return string_at(object, {"kind"}) + "/" + string_at(object, {"metadata", "name"});
}

Task<Result<json>> apply_one(kube::Client& client, json object) {
  kube::Query query{.kind = string_at(object, {"kind"}),
                    .ns = string_at(object, {"metadata", "namespace"}),
                    .name = string_at(object, {"metadata", "name"})};
  auto before = co_await client.get(query);
  auto after = co_await client.apply(std::move(object));
  if (!after) co_return after.error();
  std::string change = "created";
  if (before) {
    const bool same = at(*before, {"metadata", "resourceVersion"}) == at(*after, {"metadata", "resourceVersion"});
    change = same ? "unchanged" : "configured";
  }
  co_return json{{"kind", query.kind},
                 {"name", query.name},
                 {"ns", string_at(*after, {"metadata", "namespace"})},
                 {"change", change}};
}

}  // namespace

Task<Result<std::vector<json>>> read_manifests(const host::Host& host, json what) {
  if (!what.is_string()) co_return flattened(what);
  const host::fs::path path = host.root / what.get<std::string>();
  std::string text;
  if (host::fs::is_directory(path)) {
    auto built = co_await build_kustomization(host, path);
    if (!built) co_return built.error();
    text = std::move(*built);
  } else {
    auto content = host::read_file(path);
    if (!content) co_return Error{Code::kScript, content.error().what, ""};
    text = std::move(*content);
  }
  auto documents = parse_yaml_documents(text, what.get<std::string>());
  if (!documents) co_return documents.error();
  std::vector<json> objects;
  for (const json& document : *documents) {
    for (json& object : flattened(document)) objects.push_back(std::move(object));
  }
  co_return std::move(objects);
}

void rename_images(json& object, const std::map<std::string, std::string>& images) {
  if (!object.is_structured()) return;
  for (const char* list : {"containers", "initContainers"}) {
    if (array_at(object, {list}).empty()) continue;
    for (json& container : object[list]) {
      const std::string image = string_at(container, {"image"});
      const size_t name_end = std::min(image.find_first_of(":@", image.rfind('/') + 1), image.size());
      const auto renamed = images.find(image.substr(0, name_end));
      if (renamed != images.end()) container["image"] = renamed->second + image.substr(name_end);
    }
  }
  for (json& part : object) rename_images(part, images);
}

Task<Result<json>> apply_manifests(const host::Host& host, kube::Client& client, json what, ApplyOptions options) {
  auto objects = co_await read_manifests(host, std::move(what));
  if (!objects) co_return objects.error();
  for (json& object : *objects) {
    if (!options.ns.empty() && string_at(object, {"metadata", "namespace"}).empty()) object["metadata"]["namespace"] = options.ns;
    if (!options.images.empty()) rename_images(object, options.images);
  }
  std::stable_sort(objects->begin(), objects->end(), [](const json& a, const json& b) { return rank_of(a) < rank_of(b); });
  for (const json& object : *objects) {
    auto tried = co_await client.apply(object, true);
    // Only the content is judged here: a namespace or kind that this very set brings does not exist yet.
    if (!tried && (tried.error().code == Code::kInvalid || tried.error().code == Code::kScript)) {
      co_return Error{Code::kScript, name_of(object) + " is refused, nothing was applied: " + tried.error().what, ""};
    }
  }
  json changes = json::array();
  for (json& object : *objects) {
    auto change = co_await apply_one(client, std::move(object));
    if (!change) co_return change.error();
    changes.push_back(std::move(*change));
  }
  co_return std::move(changes);
}

}  // namespace zdt::script
