#include "kube/rollout.h"

#include "base/text.h"

namespace zdt::kube {
namespace {

constexpr const char* kInjected = "rollout.argoproj.io/ephemeral-metadata";

/// What differs between the two kinds.
struct Names {
  const char *revision, *hash;
};
Names names_of(const json& workload) {
  if (string_at(workload, {"kind"}) == "Rollout")
    return {"rollout.argoproj.io/revision", "rollouts-pod-template-hash"};
  return {"deployment.kubernetes.io/revision", "pod-template-hash"};
}

/// Null when it does not exist, or the cluster does not have the kind, or there is only a plan of a cluster.
Task<Result<json>> find_rollout(Client& client, Query query) {
  Result<json> found = json();
  try {
    found = co_await client.get(std::move(query));
  } catch (const Unanswered&) {
  }
  const bool none = !found && (found.error().code == Code::kNotFound || found.error().code == Code::kUsage);
  if (none) co_return json();
  co_return found;
}

std::string kind_of_prefix(const std::string& prefix) {
  for (const char* word : {"rollout", "rollouts", "ro", kRollouts}) {
    if (prefix == word) return kRollouts;
  }
  for (const char* word : {"deployment", "deployments", "deploy", kDeployments}) {
    if (prefix == word) return kDeployments;
  }
  return "";
}

/// The path of the container's image in the workload; "" when it has no such container, whose names are then
/// in `known`.
std::string image_path(const json& workload, const std::string& container, std::vector<std::string>& known) {
  for (const char* list : {"containers", "initContainers"}) {
    const json& all = array_at(workload, {"spec", "template", "spec", list});
    for (size_t i = 0; i < all.size(); ++i) {
      known.push_back(string_at(all[i], {"name"}));
      if (known.back() == container) return fmt::format("/spec/template/spec/{}/{}", list, i);
    }
  }
  return "";
}

int64_t revision_of(const json& object, const Names& names) {
  const std::string text = string_at(object, {"metadata", "annotations", names.revision});
  return std::strtoll(text.c_str(), nullptr, 10);
}

/// The ReplicaSet of the wanted revision, of those that belong to `workload`; null when there is none.
const json* set_of_revision(const json& workload, const json& sets, int64_t revision) {
  const Names names = names_of(workload);
  const int64_t current = revision_of(workload, names);
  const json* best = nullptr;
  for (const json& set : sets) {
    const json& owners = array_at(set, {"metadata", "ownerReferences"});
    if (owners.empty() || at(owners[0], {"uid"}) != at(workload, {"metadata", "uid"})) continue;
    const int64_t its = revision_of(set, names);
    const bool fits = revision > 0 ? its == revision : its < current;
    if (fits && (best == nullptr || its > revision_of(*best, names))) best = &set;
  }
  return best;
}

/// The template without what the controller has put there: the hash, and a canary's or stable pod's metadata.
json template_of(const json& set, const Names& names) {
  json pattern = at(set, {"spec", "template"});
  json& metadata = pattern["metadata"];
  if (metadata.contains("labels")) metadata["labels"].erase(names.hash);
  const std::string text = string_at(set, {"metadata", "annotations", kInjected});
  const auto injected = parse_json(text.empty() ? "{}" : text, kInjected);
  if (!injected) return pattern;
  for (const char* field : {"labels", "annotations"}) {
    for (const auto& [key, value] : object_at(*injected, {field}).items()) {
      if (metadata.contains(field)) metadata[field].erase(key);
    }
  }
  return pattern;
}

}  // namespace

Task<Result<Query>> workload_named(Client& client, std::string name, std::string ns) {
  Query query{.kind = kRollouts, .ns = std::move(ns), .name = name};
  if (const size_t slash = name.find('/'); slash != std::string::npos) {
    const std::string prefix = name.substr(0, slash), kind = kind_of_prefix(prefix);
    query.name = name.substr(slash + 1);
    if (!kind.empty()) {
      query.kind = kind;
      co_return query;
    }
    query.ns = prefix;
  }
  auto rollout = co_await find_rollout(client, query);
  if (!rollout) co_return rollout.error();
  if (rollout->is_null()) query.kind = kDeployments;
  co_return query;
}

Task<Result<json>> set_images(Client& client, Query workload, std::map<std::string, std::string> images) {
  auto current = co_await client.get(workload);
  if (!current) co_return current.error();
  json body = json::array();
  for (const auto& [container, image] : images) {
    std::vector<std::string> known;
    const std::string path = image_path(*current, container, known);
    if (path.empty()) {
      co_return Error{Code::kNotFound,
                      fmt::format("{} {} has no container \"{}\" (it has: {})", string_at(*current, {"kind"}),
                                  workload.name, container, fmt::join(known, ", ")),
                      ""};
    }
    body.push_back({{"op", "test"}, {"path", path + "/name"}, {"value", container}});
    body.push_back({{"op", "replace"}, {"path", path + "/image"}, {"value", image}});
  }
  auto patched = co_await client.patch(std::move(workload), PatchType::kJson, std::move(body));
  co_return patched;
}

Task<Result<json>> undo_rollout(Client& client, Query workload, int64_t revision) {
  auto current = co_await client.get(workload);
  if (!current) co_return current.error();
  Query sets{.kind = "replicasets.apps", .ns = workload.ns};
  auto list = co_await client.list(std::move(sets));
  if (!list) co_return list.error();
  const json* set = set_of_revision(*current, array_at(*list, {"items"}), revision);
  if (set == nullptr) {
    const std::string which = revision > 0 ? fmt::format("revision {}", revision) : "earlier revision";
    co_return Error{
        Code::kNotFound,
        fmt::format("{} {} has no {} to go back to", string_at(*current, {"kind"}), workload.name, which),
        ""};
  }
  json body = json::array();
  body.push_back(
      {{"op", "replace"}, {"path", "/spec/template"}, {"value", template_of(*set, names_of(*current))}});
  auto patched = co_await client.patch(std::move(workload), PatchType::kJson, std::move(body));
  co_return patched;
}

}  // namespace zdt::kube
