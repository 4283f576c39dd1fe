#include <fmt/format.h>

#include <algorithm>

#include "base/units.h"
#include "rehearsal/store/finalizers.h"
#include "rehearsal/store/store.h"
#include "rehearsal/store/values.h"

namespace zdt::rehearsal {
namespace {

constexpr int64_t kDefaultGraceSeconds = 30;

std::string seconds_from(WallTime start, int64_t seconds) {
  return format_time(start + std::chrono::seconds(seconds));
}

bool is_deleting(const json& object) { return !at(object, {"metadata", "deletionTimestamp"}).is_null(); }

/// The grace that a pod really gets: none before it has a node or after it has ended
/// (kubernetes/pkg/registry/core/pod/strategy.go, CheckGracefulDelete).
int64_t pod_grace(const json& pod, int64_t asked) {
  const std::string phase = string_at(pod, {"status", "phase"});
  if (string_at(pod, {"spec", "nodeName"}).empty() || phase == "Failed" || phase == "Succeeded") return 0;
  const int64_t own = std::max<int64_t>(int32_at(pod, {"spec", "terminationGracePeriodSeconds"}, kDefaultGraceSeconds), 0);
  return asked >= 0 ? std::min<int64_t>(asked, INT32_MAX) : own;
}

void mark_deleted(json& object, int64_t grace) {
  object["metadata"]["deletionTimestamp"] = seconds_from(std::chrono::system_clock::now(), grace);
  object["metadata"]["deletionGracePeriodSeconds"] = grace;
}

/// Counts from the first request, as BeforeDelete does (apiserver/pkg/registry/rest/delete.go).
void shorten_grace(json& object, int64_t grace) {
  const int64_t earlier = int32_at(object, {"metadata", "deletionGracePeriodSeconds"});
  const auto deadline = parse_time(string_at(object, {"metadata", "deletionTimestamp"}));
  if (grace >= earlier || !deadline) return;
  object["metadata"]["deletionTimestamp"] = seconds_from(*deadline - std::chrono::seconds(earlier), grace);
  object["metadata"]["deletionGracePeriodSeconds"] = grace;
}

/// An object that waits for finalizers. Namespaces say so in their phase, too.
void mark_terminating(const std::string& resource, json& object, int64_t grace) {
  mark_deleted(object, grace);
  if (resource == "namespaces") object["status"]["phase"] = "Terminating";
}

Result<ObjectPtr> delete_pod(Store& store, const ObjectPtr& pod, int64_t asked) {
  const std::string ns = string_at(*pod, {"metadata", "namespace"});
  const std::string name = string_at(*pod, {"metadata", "name"});
  const int64_t grace = pod_grace(*pod, asked);
  if (grace == 0 && !has_finalizers("pods", *pod)) return store.remove("pods", ns, name);
  if (!is_deleting(*pod))
    return store.modify("pods", ns, name, [&](json& object) { mark_deleted(object, grace); });
  if (asked < 0) return pod;
  return store.modify("pods", ns, name, [&](json& object) { shorten_grace(object, grace); });
}

}  // namespace

bool has_finalizers(const std::string& resource, const json& object) {
  if (!array_at(object, {"metadata", "finalizers"}).empty()) return true;
  return resource == "namespaces" && !array_at(object, {"spec", "finalizers"}).empty();
}

Result<ObjectPtr> request_deletion(Store& store, const std::string& resource, const std::string& ns,
                                   const std::string& name, int64_t grace_seconds) {
  const ObjectPtr current = store.find(resource, ns, name);
  if (!current) return Error{Code::kNotFound, fmt::format("{} \"{}\" not found", resource, name), ""};
  if (resource == "pods") return delete_pod(store, current, grace_seconds);
  if (!has_finalizers(resource, *current)) return store.remove(resource, ns, name);
  if (is_deleting(*current)) return current;
  return store.modify(resource, ns, name, [&](json& object) { mark_terminating(resource, object, 0); });
}

}  // namespace zdt::rehearsal
