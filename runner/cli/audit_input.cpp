#include "cli/audit_input.h"
#include "cli/targets.h"

#include "audit/live.h"
#include "base/json_limits.h"
#include "base/yaml.h"
#include "cli/audit_files.h"
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

/// Of all objects those that are Kubernetes'; says how many they are.
/// place_of  where the object of this number was read.
template <class PlaceOf>
size_t add_objects(AuditInput& read, std::vector<json> objects, PlaceOf place_of) {
  size_t count = 0;
  for (size_t i = 0; i < objects.size(); ++i) {
    const json& metadata = at(objects[i], {"metadata"});
    const bool named = !string_at(metadata, {"name"}).empty() || !string_at(metadata, {"generateName"}).empty();
    if (string_at(objects[i], {"kind"}).empty() || !named) continue;
    read.input.objects.push_back(std::move(objects[i]));
    read.input.places.push_back(place_of(i));
    ++count;
  }
  return count;
}

/// As SARIF's readers want it: seen from where the user is, without ./
std::string shown_path(const std::string& written, const fs::path& root, const fs::path& path) {
  return (fs::path(written) / path.lexically_relative(root)).lexically_normal().string();
}

/// name  of the file in findings. Fails kScript.
Result<size_t> add_manifest(AuditInput& read, const fs::path& path, const std::string& name) {
  auto text = host::read_file(path);
  if (!text) return Error{Code::kScript, text.error().what, ""};
  auto documents = parse_placed_documents(*text, name);
  if (!documents) return documents.error();
  size_t count = 0;
  for (PlacedDocument& document : *documents) {
    auto list = audit::flattened(std::move(document.value));
    const auto place_of = [&](size_t i) {
      const bool own = list.from_list && i < document.item_lines.size() && document.item_lines[i] > 0;
      return audit::Place{name, own ? document.item_lines[i] : document.line};
    };
    count += add_objects(read, std::move(list.objects), place_of);
  }
  return count;
}

/// A kustomize folder, built by kubectl. Fails kScript, kEnvironment (kubectl is missing, a base is not on this machine).
Task<Result<size_t>> add_kustomized(host::Host& host, AuditInput& read, fs::path folder, std::string name) {
  auto objects = co_await script::read_manifests(host, json(folder.string()));
  if (!objects) {
    const std::string remote = remote_base(folder);
    if (remote.empty() || objects.error().code != Code::kScript) co_return objects.error();
    co_return Error{Code::kEnvironment,
                    fmt::format("{}: the remote base {} cannot be read: {}", name, remote, excerpt(objects.error().what)),
                    "kubectl kustomize FOLDER > built.yaml where it can be reached, then audit built.yaml"};
  }
  co_return add_objects(read, std::move(*objects), [&](size_t) { return audit::Place{name, 1}; });
}

bool has_field(const std::string& text, std::string_view field) {
  return text.find(field) != std::string::npos;
}

/// What a folder's file that cannot be read means. A template of Helm's is no manifest yet, and what is no object at all is not
/// missed; else it is a mistake.
void note_unread(AuditInput& read, const fs::path& path, const std::string& name, const Error& error) {
  auto text = host::read_file(path);
  if (text && (!has_field(*text, "apiVersion") || !has_field(*text, "kind"))) {
    if (path.extension() != ".json") read.unread.push_back(fmt::format("{}: {}", name, excerpt(error.what)));
  } else if (text && has_field(*text, "{{")) {
    read.unread.push_back(fmt::format("{}: a template, not a manifest: audit what it renders (helm template)", name));
  } else {
    read.broken.push_back(error);
    read.unread.push_back(error.what);
  }
}

Result<void> add_dockerfile(AuditInput& read, const fs::path& path, const std::string& name) {
  auto text = host::read_file(path);
  if (!text) return text.error();
  read.input.dockerfiles.push_back({name, std::move(*text)});
  return Result<void>();
}

/// Everything in it. What cannot be read is named, and the rest is judged.
Task<Result<size_t>> add_folder(host::Host& host, AuditInput& read, fs::path folder, std::string written) {
  const FolderFiles files = files_in(folder);
  size_t count = 0;
  for (const fs::path& path : files.manifests) {
    const std::string name = shown_path(written, folder, path);
    auto added = add_manifest(read, path, name);
    if (added) count += *added;
    if (!added) note_unread(read, path, name, added.error());
  }
  for (const fs::path& path : files.kustomized) {
    const fs::path kustomization = kustomization_in(path);
    auto added = co_await add_kustomized(host, read, path, shown_path(written, folder, kustomization));
    if (added) count += *added;
    if (!added && added.error().code == Code::kEnvironment && remote_base(path).empty()) co_return added.error();
    if (!added) read.unread.push_back(excerpt(added.error().what));
  }
  for (const fs::path& path : files.dockerfiles) {
    auto added = add_dockerfile(read, path, shown_path(written, folder, path));
    if (!added) co_return added.error();
    ++count;
  }
  co_return count;
}

Task<Result<void>> read_path(host::Host& host, AuditInput& read, std::string written) {
  const fs::path path = found_path(host, written);
  std::error_code none;
  if (!fs::exists(path, none))
    co_return Error{Code::kUsage, fmt::format("{}: no such file or folder", written), ""};
  if (is_dockerfile(path) && !fs::is_directory(path)) {
    auto added = add_dockerfile(read, path, written);
    if (!added) co_return added.error();
    read.sources.push_back({written, written, 1});
    co_return Result<void>();
  }
  audit::Source source{written, written, 0};
  const fs::path kustomization = fs::is_directory(path) ? kustomization_in(path) : fs::path();
  if (!kustomization.empty()) source.file = (fs::path(written) / kustomization.filename()).lexically_normal().string();
  const bool first = read.sources.empty();
  Result<size_t> count = size_t{0};
  if (!kustomization.empty()) {
    count = co_await add_kustomized(host, read, path, source.file);
  } else if (fs::is_directory(path)) {
    count = co_await add_folder(host, read, path, written);
  } else {
    count = add_manifest(read, path, written);
  }
  if (!count) co_return count.error();
  source.objects = *count;
  // A second source cannot be a second base: the objects are written down instead.
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
  // A cluster that does not serve this kind: its discovery does not name it, or the server answers 404.
  if (!list && (list.error().code == Code::kUsage || list.error().code == Code::kNotFound)) co_return Result<void>();
  if (!list) co_return list.error();
  std::vector<json> objects;
  for (const json& item : array_at(*list, {"items"})) {
    if (!is_systems(item) && audit::is_written(item)) objects.push_back(audit::written_form(item));
  }
  read.sources.back().objects += add_objects(read, std::move(objects), [](size_t) { return audit::Place{}; });
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
       {kube::kDeployments, "statefulsets.apps", "daemonsets.apps", "replicasets.apps", "replicationcontrollers", kube::kRollouts, "pods", "services",
        "configmaps", "poddisruptionbudgets.policy", "horizontalpodautoscalers.autoscaling",
        "scaledobjects.keda.sh", "resourcequotas", "persistentvolumeclaims", "ingresses.networking.k8s.io"}) {
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
