#include "rehearsal/api/patch.h"

#include "rehearsal/api/content.h"
#include "rehearsal/api/failure.h"
#include "rehearsal/api/strategic_merge.h"

namespace zdt::rehearsal::api {
namespace {

constexpr size_t kMaxOperations = 10'000;  // as kube-apiserver's

json json_patched(const json& object, const json& patch) {
  if (!patch.is_array()) throw bad_request("error decoding patch: a JSON Patch is a list of operations");
  if (patch.size() > kMaxOperations)
    throw too_large("The allowed maximum operations in a JSON patch is 10000");
  try {
    return object.patch(patch);
  } catch (const json::exception& failure) {
    throw Failure(
        422, "Invalid",
        std::string("the server rejected our request due to an error in our request: ") + failure.what());
  }
}

}  // namespace

PatchKind patch_kind_from(std::string_view content_type, const ServedType& served) {
  const std::string type = media_type(content_type);
  if (type == "application/json-patch+json") return PatchKind::kJson;
  if (type == "application/merge-patch+json") return PatchKind::kMerge;
  if (type == "application/apply-patch+yaml") return PatchKind::kApply;
  if (type == "application/strategic-merge-patch+json" && !served.is_custom()) return PatchKind::kStrategic;
  std::vector<std::string> accepted = {"application/json-patch+json", "application/merge-patch+json"};
  if (!served.is_custom()) accepted.push_back("application/strategic-merge-patch+json");
  accepted.push_back("application/apply-patch+yaml");
  throw unsupported_media_type(accepted);
}

json patched(PatchKind kind, const json& object, const json& patch, const Shape& shape) {
  if (kind == PatchKind::kJson) return json_patched(object, patch);
  if (kind == PatchKind::kStrategic) return strategic_merge(object, patch, shape);
  if (!patch.is_object()) throw bad_request("error decoding patch: a merge patch is an object");
  json result = object;
  result.merge_patch(patch);
  return result;
}

}  // namespace zdt::rehearsal::api
