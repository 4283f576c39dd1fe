// Which kinds the server knows, asked once: /api/v1, then every group's preferred version and its others.
#include "base/text.h"
#include "kube/client.h"

namespace zdt::kube {

Task<Result<void>> Client::discover_group(std::string path, std::string group, std::string version,
                                          std::vector<Resource>& into) {
  Call request{.path = std::move(path)};
  auto list = co_await call(std::move(request));
  if (!list) co_return list.error();
  for (const json& item : array_at(*list, {"resources"})) {
    const std::string name = string_at(item, {"name"});
    if (name.find('/') != std::string::npos) continue;  // a subresource
    Resource found{group, version, string_at(item, {"kind"}), name, string_at(item, {"singularName"}),
                   bool_at(item, {"namespaced"}), {}};
    for (const json& short_name : array_at(item, {"shortNames"})) found.short_names.push_back(short_name.get<std::string>());
    into.push_back(std::move(found));
  }
  co_return Result<void>();
}

Task<Result<void>> Client::discover() {
  std::vector<Resource> found;  // taken over whole: others may look, or discover too, while we wait
  auto core = co_await discover_group("/api/v1", "", "v1", found);
  if (!core) co_return core.error();
  Call request{.path = "/apis"};
  auto groups = co_await call(std::move(request));
  if (!groups) co_return groups.error();
  for (const json& group : array_at(*groups, {"groups"})) {
    const std::string name = string_at(group, {"name"});
    std::vector<std::string> versions{string_at(group, {"preferredVersion", "version"})};
    for (const json& served : array_at(group, {"versions"})) {
      const std::string version = string_at(served, {"version"});
      if (version != versions.front()) versions.push_back(version);
    }
    for (const std::string& version : versions) {
      std::string path = "/apis/" + name + "/" + version;
      auto done = co_await discover_group(std::move(path), name, version, found);
      // An aggregated API whose server is down (metrics, say) must not hide all the others.
      if (!done && done.error().code == Code::kTimeout) co_return done.error();
    }
  }
  resources_ = std::move(found);
  co_return Result<void>();
}

namespace {

bool answers_to(const Resource& resource, const std::string& name) {
  const std::string wanted = lower(name);
  if (wanted == lower(resource.kind) || wanted == resource.plural || wanted == resource.singular) return true;
  if (wanted == resource.plural + "." + resource.group) return true;
  return std::find(resource.short_names.begin(), resource.short_names.end(), wanted) != resource.short_names.end();
}

}  // namespace

const Resource* Client::find(const std::string& kind, const std::string& api_version) const {
  for (const Resource& resource : resources_) {
    if (answers_to(resource, kind) && (api_version.empty() || resource.api_version() == api_version)) return &resource;
  }
  return nullptr;
}

Task<Result<Resource>> Client::resource(std::string kind, std::string api_version) {
  if (connection_.instead) co_return connection_.instead->resource(kind, api_version);
  if (const Resource* known = find(kind, api_version)) co_return *known;
  auto discovered = co_await discover();  // also after a miss: a CRD may be new
  if (!discovered) co_return discovered.error();
  if (const Resource* known = find(kind, api_version)) co_return *known;
  std::vector<std::string> names;
  for (const Resource& resource : resources_) {
    names.push_back(resource.kind);
    names.push_back(resource.plural);
  }
  const std::string near = nearest(kind, names);
  const std::string of = api_version.empty() ? "" : " in " + api_version;
  co_return Error{Code::kUsage, fmt::format("the cluster has no kind \"{}\"{}", kind, of),
                  near.empty() ? "kubectl api-resources" : fmt::format("did you mean {}?", near)};
}

}  // namespace zdt::kube
