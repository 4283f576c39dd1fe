// Rolling updates of Deployments.
#include "base/text.h"
#include "kube/wait.h"

namespace zdt::kube {
namespace {

constexpr std::string_view kRevision = "deployment.kubernetes.io/revision";

std::string progress_failure(const json& deployment) {
  for (const json& condition : array_at(deployment, {"status", "conditions"})) {
    if (string_at(condition, {"type"}) == "Progressing" && string_at(condition, {"reason"}) == "ProgressDeadlineExceeded") {
      return string_at(condition, {"message"}, "the progress deadline has passed");
    }
  }
  return "";
}

int64_t revision_of(const json& object) {
  const std::string text = string_at(object, {"metadata", "annotations", kRevision});
  return text.empty() ? 0 : std::strtoll(text.c_str(), nullptr, 10);
}

}  // namespace

std::string rollout_unmet(const json* deployment) {
  if (deployment == nullptr) return "it does not exist";
  const json& status = at(*deployment, {"status"});
  if (int_at(status, {"observedGeneration"}) < int_at(*deployment, {"metadata", "generation"})) {
    return "the new specification has not been observed yet";
  }
  const int64_t want = int_at(*deployment, {"spec", "replicas"}, 1), updated = int_at(status, {"updatedReplicas"});
  const int64_t all = int_at(status, {"replicas"}), available = int_at(status, {"availableReplicas"});
  const std::string failure = progress_failure(*deployment);
  if (!failure.empty()) return failure;
  if (updated < want) return fmt::format("{} of {} replicas updated", updated, want);
  if (all > updated) return fmt::format("{} old replicas still to end", all - updated);
  if (available < updated) return fmt::format("{} of {} updated replicas available", available, updated);
  return "";
}

json rollout_status(const json& deployment) {
  const std::string unmet = rollout_unmet(&deployment), failure = progress_failure(deployment);
  std::string phase = unmet.empty() ? "Healthy" : "Progressing";
  if (!failure.empty()) phase = "Degraded";
  if (bool_at(deployment, {"spec", "paused"})) phase = "Paused";
  json images = json::object();
  for (const json& container : array_at(deployment, {"spec", "template", "spec", "containers"})) {
    images[string_at(container, {"name"})] = string_at(container, {"image"});
  }
  return {{"phase", phase},
          {"message", unmet},
          {"revision", revision_of(deployment)},
          {"replicas", int_at(deployment, {"spec", "replicas"}, 1)},
          {"updated", int_at(deployment, {"status", "updatedReplicas"})},
          {"ready", int_at(deployment, {"status", "readyReplicas"})},
          {"available", int_at(deployment, {"status", "availableReplicas"})},
          {"images", images}};
}

Task<Result<json>> set_images(Client& client, Query deployment, std::map<std::string, std::string> images) {
  auto current = co_await client.get(deployment);
  if (!current) co_return current.error();
  std::map<std::string, std::string> list_of;  // container -> the list that it stands in
  std::vector<std::string> known;
  for (const char* list : {"containers", "initContainers"}) {
    for (const json& container : array_at(*current, {"spec", "template", "spec", list})) {
      known.push_back(string_at(container, {"name"}));
      list_of[known.back()] = list;
    }
  }
  json body;
  for (const auto& [name, image] : images) {
    if (!list_of.contains(name)) {
      co_return Error{Code::kNotFound,
                      fmt::format("{}/{} has no container \"{}\" (it has: {})", deployment.kind, deployment.name, name,
                                  fmt::join(known, ", ")),
                      ""};
    }
    body["spec"]["template"]["spec"][list_of[name]].push_back({{"name", name}, {"image", image}});
  }
  auto patched = co_await client.patch(std::move(deployment), PatchType::kStrategic, std::move(body));
  co_return patched;
}

Task<Result<json>> undo_rollout(Client& client, Query deployment, int64_t revision) {
  auto current = co_await client.get(deployment);
  if (!current) co_return current.error();
  Query sets{.kind = "replicasets", .ns = deployment.ns};
  auto list = co_await client.list(std::move(sets));
  if (!list) co_return list.error();
  const int64_t now = revision_of(*current);
  const json* best = nullptr;
  for (const json& set : array_at(*list, {"items"})) {
    const json& owners = array_at(set, {"metadata", "ownerReferences"});
    if (owners.empty() || at(owners[0], {"uid"}) != at(*current, {"metadata", "uid"})) continue;
    const int64_t its = revision_of(set);
    const bool fits = revision > 0 ? its == revision : its < now;
    if (fits && (best == nullptr || its > revision_of(*best))) best = &set;
  }
  if (best == nullptr) {
    co_return Error{Code::kNotFound, fmt::format("{}/{} has no earlier revision to go back to", deployment.kind, deployment.name), ""};
  }
  json pod_template = at(*best, {"spec", "template"});
  pod_template["metadata"]["labels"].erase("pod-template-hash");
  json body = json::array({{{"op", "replace"}, {"path", "/spec/template"}, {"value", std::move(pod_template)}}});
  auto patched = co_await client.patch(std::move(deployment), PatchType::kJson, std::move(body));
  co_return patched;
}

}  // namespace zdt::kube
