#include "script/plan_manifests.h"

#include "base/yaml.h"
#include "script/plan_mode.h"
#include "script/world.h"

namespace zdt::script {
namespace {

namespace fs = host::fs;

bool is_remote(const std::string& entry) {
  return entry.find("://") != std::string::npos || entry.starts_with("github.com/");
}

/// The first thing on the network that a kustomization, or one that it stands on, names; "" when all is in
/// files here.
std::string remote_part(const fs::path& folder, int depth = 0) {
  auto text = host::read_file(folder / "kustomization.yaml");
  if (!text || depth > 20) return "";
  auto kustomization = parse_yaml(*text, (folder / "kustomization.yaml").string());
  if (!kustomization) return "";  // kubectl says what is wrong with it
  for (const char* list : {"resources", "bases", "components", "crds"}) {
    for (const json& entry : array_at(*kustomization, {list})) {
      if (!entry.is_string()) continue;
      const auto name = entry.get<std::string>();
      const std::string remote = is_remote(name) ? name : remote_part(folder / name, depth + 1);
      if (!remote.empty()) return remote;
    }
  }
  return "";
}

}  // namespace

void plan_rendering(World& world, const json& what) {
  if (!what.is_string()) return;
  const fs::path folder = world.file(what.get<std::string>());
  if (!fs::is_directory(folder)) return;
  const json argv{"kubectl", "kustomize", folder.string()};
  world.plan->record({{"type", "command"}, {"argv", argv}, {"line", "kubectl kustomize " + folder.string()}});
  const std::string remote = remote_part(folder);
  if (remote.empty()) return;
  world.plan->record(
      {{"type", "note"},
       {"text", fmt::format("its objects are not known: it takes {} from the network", remote)}});
  throw kube::Unanswered();
}

}  // namespace zdt::script
