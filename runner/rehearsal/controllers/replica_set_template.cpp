#include "rehearsal/controllers/replica_set_template.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "rehearsal/controllers/objects.h"
#include "rehearsal/controllers/revisions.h"

namespace zdt::rehearsal {
namespace {

constexpr const char* kHistory = "deployment.kubernetes.io/revision-history";
constexpr const char* kDesired = "deployment.kubernetes.io/desired-replicas";

std::string template_hash(const json& deployment) {
  const int64_t collisions = int32_at(deployment, {"status", "collisionCount"});
  return safe_hash(template_without_hash(deployment).dump() + (collisions ? std::to_string(collisions) : ""));
}

bool is_copied(const std::string& annotation) {
  return annotation != "kubectl.kubernetes.io/last-applied-configuration" &&
         annotation != "deprecated.deployment.rollback.to" &&
         !annotation.starts_with("deployment.kubernetes.io/");
}

}  // namespace

std::string safe_hash(std::string_view text) {
  static constexpr std::string_view kAlphabet = "bcdfghjklmnpqrstvwxz2456789";
  std::string hash = std::to_string(fnv32a(text));
  for (char& c : hash) c = kAlphabet[static_cast<unsigned char>(c) % kAlphabet.size()];
  return hash;
}

int64_t number_in(const json& object, const char* annotation) {
  const std::string text = string_at(object, {"metadata", "annotations", annotation});
  int64_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return std::clamp<int64_t>(number, 0, INT32_MAX);
}

json template_without_hash(const json& object) {
  json pattern = object_at(object, {"spec", "template"});
  if (json& metadata = pattern["metadata"]; metadata.is_object() && metadata.contains("labels")) {
    metadata["labels"].erase(kTemplateHash);
    if (metadata["labels"].empty()) metadata.erase("labels");
  }
  return pattern;
}

void copy_annotations(const json& deployment, json& replica_set) {
  json& annotations = replica_set["metadata"]["annotations"];
  for (const auto& [key, value] : object_at(deployment, {"metadata", "annotations"}).items()) {
    if (is_copied(key)) annotations[key] = value;
  }
}

void raise_revision(json& replica_set, int64_t revision) {
  const int64_t earlier = number_in(replica_set, kRevision);
  if (earlier >= revision) return;
  json& annotations = replica_set["metadata"]["annotations"];
  if (earlier > 0) {
    const std::string history = string_at(annotations, {kHistory});
    annotations[kHistory] =
        history.empty() ? std::to_string(earlier) : fmt::format("{},{}", history, earlier);
  }
  annotations[kRevision] = std::to_string(revision);
}

void put_limits(const json& deployment, json& replica_set) {
  const int64_t wanted = wanted_replicas_of(deployment);
  json& annotations = replica_set["metadata"]["annotations"];
  annotations[kDesired] = std::to_string(wanted);
  annotations[kLimit] = std::to_string(wanted + fenceposts(deployment).surge);
}

json new_replica_set(const json& deployment, int64_t replicas) {
  const std::string hash = template_hash(deployment);
  const auto [ns, name] = key_of(deployment);
  json pattern = object_at(deployment, {"spec", "template"});
  pattern["metadata"]["labels"][kTemplateHash] = hash;
  json selector = object_at(deployment, {"spec", "selector"});
  selector["matchLabels"][kTemplateHash] = hash;
  json owner = controller_reference(deployment, "apps/v1", "Deployment");
  json spec = {{"replicas", replicas}, {"selector", std::move(selector)}};
  if (const int64_t seconds = int32_at(deployment, {"spec", "minReadySeconds"}))
    spec["minReadySeconds"] = seconds;
  json metadata = {{"namespace", ns},
                   {"name", fmt::format("{}-{}", name, hash)},
                   {"labels", at(pattern, {"metadata", "labels"})},
                   {"ownerReferences", json::array({std::move(owner)})}};
  spec["template"] = std::move(pattern);
  return {{"apiVersion", "apps/v1"},
          {"kind", "ReplicaSet"},
          {"metadata", std::move(metadata)},
          {"spec", std::move(spec)}};
}

}  // namespace zdt::rehearsal
