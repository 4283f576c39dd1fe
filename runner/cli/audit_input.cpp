#include "cli/audit_input.h"
#include "cli/targets.h"

#include "audit/live.h"
#include "cluster/target.h"
#include "kube/client.h"
#include "kube/rollout.h"
#include "script/manifests.h"

namespace zdt::cli {
namespace {

namespace fs = host::fs;

/// Seen from the working folder, else from the project's.
fs::path found_path(const host::Host& host, const std::string& path) {
  std::error_code none;
  const fs::path here = fs::absolute(path, none);
  return fs::exists(here, none) ? here : host.root / path;
}

bool is_dockerfile(const fs::path& path) {
  const std::string name = path.filename().string();
  return name.starts_with("Dockerfile") || name.starts_with("Containerfile") || name.ends_with(".Dockerfile");
}

/// The kustomization of a folder; "" without one.
fs::path kustomization_in(const fs::path& folder) {
  for (const char* name : {"kustomization.yaml", "kustomization.yml", "Kustomization"}) {
    if (fs::is_regular_file(folder / name)) return folder / name;
  }
  return {};
}

/// What is handed to read_manifests: the folder itself, the file, or each YAML file of a plain folder.
std::vector<fs::path> manifest_parts(const fs::path& path) {
  if (!fs::is_directory(path) || !kustomization_in(path).empty()) return {path};
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(path)) {
    const std::string extension = entry.path().extension().string();
    if (entry.is_regular_file() && (extension == ".yaml" || extension == ".yml"))
      files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// Of all objects those that are Kubernetes'; says how many they are.
size_t add_objects(AuditInput& read, std::vector<json> objects) {
  size_t count = 0;
  for (json& object : objects) {
    if (string_at(object, {"kind"}).empty() || string_at(object, {"metadata", "name"}).empty()) continue;
    read.input.objects.push_back(std::move(object));
    ++count;
  }
  return count;
}

Task<Result<void>> read_path(host::Host& host, AuditInput& read, std::string written) {
  const fs::path path = found_path(host, written);
  if (!fs::exists(path))
    co_return Error{Code::kUsage, fmt::format("{}: no such file or folder", written), ""};
  if (is_dockerfile(path)) {
    auto text = host::read_file(path);
    if (!text) co_return text.error();
    read.input.dockerfiles.push_back({written, std::move(*text)});
    read.sources.push_back({written, written, 1});
    co_return Result<void>();
  }
  audit::Source source{written, written, 0};
  const fs::path kustomization = fs::is_directory(path) ? kustomization_in(path) : fs::path();
  if (!kustomization.empty()) source.file = (fs::path(written) / kustomization.filename()).string();
  for (const fs::path& part : manifest_parts(path)) {
    auto objects = co_await script::read_manifests(host, json(part.string()));
    if (!objects) co_return objects.error();
    source.objects += add_objects(read, std::move(*objects));
  }
  // A second source cannot be a second base: the objects are written down instead.
  const bool first = read.base.empty() && read.input.objects.size() == source.objects;
  read.base = first && !kustomization.empty() ? path : fs::path();
  read.sources.push_back(std::move(source));
  co_return Result<void>();
}

/// Kubernetes' own namespaces are not ours to judge.
bool is_systems(const json& object) {
  return string_at(object, {"metadata", "namespace"}).starts_with("kube-");
}

Task<Result<void>> read_kind(kube::Client& client, AuditInput& read, kube::Query query) {
  auto list = co_await client.list(std::move(query));
  if (!list && list.error().code == Code::kUsage)
    co_return Result<void>();  // a cluster without this custom resource
  if (!list) co_return list.error();
  std::vector<json> objects;
  for (const json& item : array_at(*list, {"items"})) {
    if (!is_systems(item) && audit::is_written(item)) objects.push_back(audit::written_form(item));
  }
  read.sources.back().objects += add_objects(read, std::move(objects));
  co_return Result<void>();
}

Task<Result<AuditInput>> read_cluster(host::Host& host, AuditRequest request) {
  auto connection = connection_to(host, request.on, request.kubeconfig);
  if (!connection) co_return connection.error();
  auto executor = co_await asio::this_coro::executor;
  const std::string ns = request.all_namespaces ? "*" : request.ns;
  const std::string shown =
      request.all_namespaces ? "all namespaces" : "namespace " + (ns.empty() ? connection->ns : ns);
  AuditInput read;
  read.sources.push_back({fmt::format("{}, {}", request.on, shown), "", 0});
  kube::Client client(executor, std::move(*connection));
  for (const char* kind :
       {kube::kDeployments, "statefulsets.apps", "daemonsets.apps", kube::kRollouts, "pods", "services",
        "configmaps", "poddisruptionbudgets.policy", "horizontalpodautoscalers.autoscaling",
        "scaledobjects.keda.sh", "resourcequotas", "ingresses.networking.k8s.io"}) {
    kube::Query query{.kind = kind, .ns = ns};
    auto done = co_await read_kind(client, read, std::move(query));
    if (!done) co_return done.error();
  }
  co_return read;
}

}  // namespace

Task<Result<AuditInput>> read_audit_input(host::Host& host, AuditRequest request) {
  if (!request.on.empty()) {
    auto live = co_await read_cluster(host, std::move(request));
    co_return live;
  }
  AuditInput read;
  for (const std::string& path : request.paths) {
    auto done = co_await read_path(host, read, path);
    if (!done) co_return done.error();
  }
  co_return read;
}

}  // namespace zdt::cli
